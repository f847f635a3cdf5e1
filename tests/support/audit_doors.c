#include "support/audit_doors.h"

#include "base/text.h"
#include "store/audits.h"

#define D AUDIT_DOORS_D
#define API AUDIT_DOORS_API

/* clang-format off */
static const struct {
    const char *method, *path, *why;
} silent[] = {
    {"POST",   D "/deploymentBase/{action}/feedback", "the action keeps every word of its device"},
    {"POST",   D "/cancelAction/{action}/feedback",   "the action keeps every word of its device"},
    {"PUT",    D "/usage",                            "a device about its own days: the gate weighs them"},
    {"PUT",    D "/report",                           "a device about itself, kept with it as it was signed"},
    {"PUT",    D "/configData",                       "a device about itself: kept with it, decides nothing"},
    {"PUT",    D "/installedBase",                    "a device about itself: kept with it, decides nothing"},
    {"DELETE", D "/backups/{upload}",                 "the device's own, not yet accepted: nobody has seen it"},
    {"POST",   API "/session",                        "changes nothing that rests: a cookie is the token"},
    {"POST",   API "/rollouts/{rollout}/rehearse",    "changes nothing: a question whose answer takes seconds"},
    {"DELETE", API "/session",                        "changes nothing that rests"},
};
/* clang-format on */

#define DOORS_MAX 512
static bool is_proven[DOORS_MAX];

static void mark(const char *method, const char *path)
{
    for (size_t i = 0; routes[i].method; i++)
        if (text_equal(routes[i].method, method) && text_equal(routes[i].path, path)) {
            is_proven[i] = true;
            return;
        }
    fail_msg("there is no door %s %s", method, path);
}

int64_t audit_doors_newest(struct support *s)
{
    struct audit *rows;
    struct err err;
    size_t count;

    if (!store_audit_list(s->store, s->arena, s->tenant_id, 0, 1, &rows, &count, &err))
        fail_msg("%s", err.text);
    return count ? rows[0].id : 0;
}

void audit_doors_prove(struct support *s, const char *method, const char *path, const char *what,
                       int64_t before, const struct answer *a)
{
    const char *seen = "";
    struct audit *rows;
    struct err err;
    size_t count;

    if (a->status < 200 || a->status > 299)
        fail_msg("%s %s: %d %s", method, path, a->status, a->text);
    if (!store_audit_list(s->store, s->arena, s->tenant_id, 0, 20, &rows, &count, &err))
        fail_msg("%s", err.text);
    for (size_t i = 0; i < count && rows[i].id > before; i++) {
        if (text_equal(rows[i].who, "service"))
            continue;
        assert_true(*rows[i].who && *rows[i].source && *rows[i].request_id);
        seen = arena_printf(s->arena, "%s%s%s", rows[i].what, *seen ? " " : "", seen);
    }
    if (!text_equal(seen, what))
        fail_msg("%s %s writes \"%s\", not \"%s\"", method, path, seen, what);
    mark(method, path);
}

static const char *why_silent(const struct route *route)
{
    for (size_t i = 0; i < COUNT(silent); i++)
        if (text_equal(route->method, silent[i].method) && text_equal(route->path, silent[i].path))
            return silent[i].why;
    return NULL;
}

static bool is_of_backups(const char *path)
{
    return strstr(path, "/backup") || strstr(path, "/restores") || text_ends(path, "/recipient");
}

void audit_doors_none_left(bool of_backups)
{
    int left = 0;

    for (size_t i = 0; routes[i].method; i++) {
        const struct route *route = &routes[i];
        bool is_reading = text_equal(route->method, "GET") || text_equal(route->method, "HEAD") ||
                          text_equal(route->method, "OPTIONS");

        assert_true(i < DOORS_MAX);
        if (is_reading || is_of_backups(route->path) != of_backups ||
            is_proven[i] != (why_silent(route) != NULL))
            continue;
        print_error("%s %s: %s\n", route->method, route->path,
                    is_proven[i] ? "is on the list of the silent, and speaks" : "no audit record was seen");
        left++;
    }
    assert_int_equal(left, 0);
}
