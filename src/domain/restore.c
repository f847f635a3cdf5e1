#include "domain/restore_parts.h"

#include "base/json.h"
#include "base/text.h"
#include "domain/restore_end.h"
#include "store/devices.h"
#include "store/restores.h"

/* ---- looking -------------------------------------------------------------------------------- */

bool restore_get(struct world *world, struct arena *arena, int64_t tenant_id, int64_t id,
                 struct restore_view *out, struct err *err)
{
    struct restore_view view;

    if (!store_restore_get(world->store, arena, tenant_id, id, &view.restore, err) ||
        !restore_facts_parse(arena, view.restore.facts, &view.facts, err))
        return false;
    *out = view;
    return true;
}

static bool rows_find(struct world *world, struct arena *arena, int64_t tenant_id, const char *device,
                      int64_t before, int64_t limit, struct restore **out, size_t *count, struct err *err)
{
    struct device found;

    if (!device)
        return store_restore_list(world->store, arena, tenant_id, before, limit, out, count, err);
    return store_device_get(world->store, arena, tenant_id, device, &found, err) &&
           store_restore_of_device(world->store, arena, found.id, before, limit, out, count, err);
}

bool restore_list(struct world *world, struct arena *arena, int64_t tenant_id, const char *device,
                  int64_t before, int64_t limit, struct restore_view **out, size_t *count, struct err *err)
{
    struct restore_view *views;
    struct restore *rows;
    size_t n;

    if (!rows_find(world, arena, tenant_id, device, before, limit, &rows, &n, err))
        return false;
    views = ARENA_MANY(arena, struct restore_view, n + 1);
    for (size_t i = 0; i < n; i++) {
        views[i].restore = rows[i];
        if (!restore_facts_parse(arena, rows[i].facts, &views[i].facts, err))
            return false;
    }
    *out = views;
    *count = n;
    return true;
}

/* ---- what its files share --------------------------------------------------------------------- */

bool restore_moved(bool moved, int64_t id, const char *verb, struct err *err)
{
    return moved ||
           FAIL(err, ERR_CONFLICT, "restore %lld cannot be %s now; look at its state", (long long)id, verb);
}

static bool category_need(const char *name, const struct json *has, const struct backup *backup,
                          struct err *err)
{
    const struct snapshot_kind *kind;

    if (!snapshot_kind_need(name, &kind, err))
        return false;
    return json_member(has, name) ||
           FAIL(err, ERR_INVALID, "backup %lld has no category \"%s\"", (long long)backup->id, name);
}

bool restore_categories(struct arena *arena, const char *names, const struct backup *backup, const char **out,
                        struct err *err)
{
    struct span rest = span_of(text_blank(names) ? NULL : names), word;
    struct buf list = {.arena = arena};
    const struct json *has;

    if (!json_parse(arena, span_of(backup->categories), &has, err))
        return err_within(err, "backup %lld", (long long)backup->id);
    while (rest.at && text_split(&rest, ',', &word)) {
        const char *name = arena_text(arena, text_trim(word));

        if (!category_need(name, has, backup, err))
            return false;
        if (restore_has_category(buf_cstr(&list), name))
            return FAIL(err, ERR_INVALID, "\"%s\" is named twice", name);
        buf_printf(&list, "%s%s", list.size ? "," : "", name);
    }
    *out = buf_cstr(&list);
    return true;
}
