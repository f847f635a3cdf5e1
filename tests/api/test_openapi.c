#include "api/api.h"

#include <ctype.h>

#include "base/embedded.h"
#include "base/text.h"
#include "support/unit.h"

static const struct json *document(struct unit *unit)
{
    const struct embedded *file = embedded_files;
    const struct json *out = NULL;

    while (file->name && !text_equal(file->name, "openapi.json"))
        file++;
    assert_non_null(file->name);
    MUST(json_parse(unit->arena, span_make(file->at, file->size), &out, &unit->err));
    return out;
}

static const char *lower(struct arena *arena, const char *method)
{
    char *out = arena_dup(arena, method);

    for (char *c = out; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return out;
}

UNIT(every_door_is_described)
{
    const struct json *paths = json_member(document(unit), "paths");

    for (const struct route *route = routes; route->method; route++) {
        const struct json *path = json_member(paths, route->path);

        if (route->face == FACE_WEB)
            continue;
        if (!path || !json_member(path, lower(unit->arena, route->method)))
            fail_msg("%s %s is not in openapi.json", route->method, route->path);
    }
}

UNIT(every_description_has_its_door_and_its_roles)
{
    static const struct {
        int bit;
        const char *name;
    } roles[] = {{WHO_VIEWER, "viewer"},
                 {WHO_TECHNICIAN, "technician"},
                 {WHO_ENGINEER, "engineer"},
                 {WHO_ADMIN, "admin"}};
    const struct json *paths = json_member(document(unit), "paths");

    for (size_t i = 0; i < json_count(paths); i++) {
        const char *path, *method;
        const struct json *item = json_member_at(paths, i, &path);

        for (size_t k = 0; k < json_count(item); k++) {
            const struct json *operation = json_member_at(item, k, &method);
            const struct json *said = json_member(operation, "x-roles");
            const struct route *route = routes;
            int mask = 0;

            while (route->method &&
                   !(text_equal(route->path, path) && text_equal_nocase(route->method, method)))
                route++;
            if (!route->method)
                fail_msg("%s %s is described but there is no such door", method, path);
            for (size_t r = 0; r < json_count(said); r++)
                for (size_t n = 0; n < COUNT(roles); n++)
                    mask |= text_equal(json_string(json_item(said, r)), roles[n].name) ? roles[n].bit : 0;
            if (mask != (route->who & ~WHO_DEVICE))
                fail_msg("%s %s: its roles are not those of the route table", method, path);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(every_door_is_described),
        UNIT_TEST(every_description_has_its_door_and_its_roles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
