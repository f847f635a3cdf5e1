#include "store/actions.h"

#include <stdlib.h>

#include "store/query.h"

size_t action_modules(struct arena *arena, const char *modules, int64_t **out)
{
    size_t count = 0, room = 1;

    for (const char *at = modules; *at; at++)
        room += *at == ',';
    *out = ARENA_MANY(arena, int64_t, room);
    for (const char *at = modules; *at;) {
        char *end;
        int64_t id = strtoll(at, &end, 10);

        if (end == at)
            break;
        (*out)[count++] = id;
        at = *end == ',' ? end + 1 : end;
    }
    return count;
}

bool store_action_gave(struct store *store, int64_t device_id, int64_t module_id, bool *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_action_gave);
    AUTO(arena_freep) struct arena *arena = arena_new();

    query_int(&q, device_id);
    query_text(&q, arena_printf(arena, "%lld", (long long)module_id));
    if (query_step(&q, err) != STEP_ROW)
        return false;
    *out = row_int(&q) > 0;
    return true;
}
