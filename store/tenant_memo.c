#include "store/tenant_memo.h"

#include <stdlib.h>

#include "base/text.h"
#include "store/private.h"

#define TENANTS_MAX 32 /* more than these a thread does not remember */

struct tenant_memo {
    struct arena *arena; /* of the texts */
    uint64_t read_at;
    size_t count;
    struct tenant tenants[TENANTS_MAX];
};

void tenant_memo_freep(struct tenant_memo **memo)
{
    if (*memo)
        arena_freep(&(*memo)->arena);
    free(*memo);
    *memo = NULL;
}

static void copy(struct arena *arena, const struct tenant *from, struct tenant *to)
{
    *to = *from;
    to->name = arena_dup(arena, from->name);
    to->gateway_hash = arena_dup(arena, from->gateway_hash);
    to->certificate_issuer = arena_dup(arena, from->certificate_issuer);
    to->window = arena_dup(arena, from->window);
}

/* What another program commits, beside a store open for reading, is not counted. */
static bool may_remember(const struct store *store, const struct seat *seat)
{
    return !seat->is_in_tx && !store->is_read_only;
}

bool tenant_recall(struct store *store, struct arena *arena, int64_t id, const char *name, struct tenant *out)
{
    const struct seat *seat = store_seat(store);
    const struct tenant_memo *memo = seat->tenants;

    if (!memo || !may_remember(store, seat) || memo->read_at != store_generation(store))
        return false;
    for (size_t i = 0; i < memo->count; i++)
        if (name ? text_equal(memo->tenants[i].name, name) : memo->tenants[i].id == id) {
            copy(arena, &memo->tenants[i], out);
            return true;
        }
    return false;
}

static struct tenant_memo *memo_new(void)
{
    struct tenant_memo *memo = calloc(1, sizeof(*memo));

    if (!memo)
        abort();
    memo->arena = arena_new();
    return memo;
}

void tenant_remember(struct store *store, uint64_t read_at, const struct tenant *tenant)
{
    struct seat *seat = store_seat(store);

    if (!may_remember(store, seat))
        return;
    if (!seat->tenants)
        seat->tenants = memo_new();
    struct tenant_memo *memo = seat->tenants;

    if (memo->read_at != read_at) {
        arena_reset(memo->arena);
        memo->count = 0;
        memo->read_at = read_at;
    }
    if (memo->count < TENANTS_MAX)
        copy(memo->arena, tenant, &memo->tenants[memo->count++]);
}
