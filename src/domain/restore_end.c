#include "domain/restore_end.h"

#include "base/json.h"
#include "base/text.h"
#include "store/restores.h"

bool restore_has_category(const char *categories, const char *name)
{
    struct span rest = span_of(categories), word;

    while (text_split(&rest, ',', &word))
        if (word.size == strlen(name) && memcmp(word.at, name, word.size) == 0)
            return true;
    return false;
}

/* ---- with its action ---------------------------------------------------------------------- */

struct ending {
    enum restore_state to;
    const char *why;
};

/* False: it goes on. */
static bool ending_of(const struct action *action, enum restore_state state, struct ending *out)
{
    switch (action->state) {
    case ACTION_HEALTHY:
        *out = (struct ending){RESTORE_DONE, ""};
        return true;
    case ACTION_FAILED:
        *out = (struct ending){RESTORE_FAILED, action->error};
        return true;
    case ACTION_SILENT:
        *out = (struct ending){RESTORE_EXPIRED, "nothing was heard of it"};
        return true;
    case ACTION_RECALLED:
        *out = (struct ending){RESTORE_CANCELLED, "called back"};
        return true;
    case ACTION_CANCELING:
        *out = (struct ending){RESTORE_CANCELLED, "called back before the device took it"};
        return state == RESTORE_STARTED;
    default:
        return false;
    }
}

bool restore_settle(struct store *store, const struct action *action, int64_t now_ms, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct restore restore;
    struct ending end;
    bool moved;

    if (!store_restore_get(store, arena, action->tenant_id, action->restore_id, &restore, err))
        return false;
    if (restore_is_closed(restore.state) || !ending_of(action, restore.state, &end))
        return true;
    return store_restore_end(store, restore.id, restore.state, end.to, end.why, now_ms, &moved, err) &&
           (moved || FAIL(err, ERR_BUSY, "restore %lld was moved by another", (long long)restore.id));
}

/* ---- what a device says of it --------------------------------------------------------------- */

/* NULL: it was told of no such category. */
static const char *result_of(const struct json *results, const char *name)
{
    for (size_t i = 0; i < json_count(results); i++)
        if (text_equal(json_string(json_member(json_item(results, i), "name")), name))
            return json_string(json_member(json_item(results, i), "result"));
    return NULL;
}

static const char *shortfall(struct arena *arena, const struct restore *restore, const struct json *results)
{
    struct span rest = span_of(restore->categories), word;

    while (text_split(&rest, ',', &word)) {
        const char *name = arena_text(arena, word), *result = result_of(results, name);
        enum restore_result is;

        if (!restore_result_parse(result, &is))
            return arena_printf(arena, "success without a result for %s", name);
        if (is != RESULT_APPLIED && is != RESULT_SKIPPED)
            return arena_printf(arena, "%s was %s", name, result);
    }
    return NULL;
}

bool restore_falls_short(struct store *store, struct arena *arena, const struct action *action,
                         const char **why, struct err *err)
{
    const struct json *results = NULL;
    struct restore restore;

    if (!store_restore_get(store, arena, action->tenant_id, action->restore_id, &restore, err) ||
        (!text_blank(restore.results) && !json_parse(arena, span_of(restore.results), &results, err)))
        return false;
    if (restore.state != RESTORE_REDEEMED && restore.state != RESTORE_DONE)
        *why = arena_printf(arena, "success of a restore that is %s", restore_state_name[restore.state]);
    else
        *why = shortfall(arena, &restore, results);
    return true;
}
