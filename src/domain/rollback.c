#include "domain/rollback.h"

#include <inttypes.h>

#include "base/json.h"
#include "base/text.h"
#include "domain/terms.h"
#include "signing/manifest.h"
#include "store/actions.h"
#include "store/releases.h"
#include "store/rollouts.h"

#define ROLLOUTS_AT_ONCE 100

/* ---- where to ------------------------------------------------------------------------------ */

/* Where one version leads: itself, else the newest one below what is taken back. NULL: nowhere. */
static const struct release *target_of(const struct release *releases, size_t count,
                                       const struct release *from, const char *had, bool any_counter)
{
    const struct release *best = NULL;

    for (size_t i = 0; i < count; i++) {
        const struct release *r = &releases[i];

        if (version_compare(r->version, from->version) >= 0 || (!any_counter && r->counter < from->counter))
            continue;
        if (text_equal(r->version, had))
            return r;
        if (!best || version_compare(r->version, best->version) > 0)
            best = r;
    }
    return best;
}

static struct rollback_way *way_to(struct arena *arena, struct rollback *b, const struct release *target,
                                   size_t most)
{
    struct rollback_way *way;

    for (size_t i = 0; i < b->count; i++)
        if (b->ways[i].release.id == target->id)
            return &b->ways[i];
    way = &b->ways[b->count++];
    *way = (struct rollback_way){.release = *target, .had = ARENA_MANY(arena, const char *, most + 1)};
    return way;
}

static const char *no_target(struct arena *arena, const struct release *from, const struct release *older)
{
    if (!older)
        return arena_printf(arena,
                            "no release of family %s below %s is published: publish the one to go back to",
                            from->family, from->version);
    return arena_printf(arena,
                        "%s %s has release counter %" PRId64 ", and what runs %s must not fall below %" PRId64
                        ": a permit for it, signed by the family's release keys, would be needed",
                        older->family, older->version, older->counter, from->version, from->counter);
}

static void lead_back(struct arena *arena, const struct release *releases, size_t count,
                      const struct release *from, const struct action_had *had, size_t had_count,
                      struct rollback *out)
{
    out->ways = ARENA_MANY(arena, struct rollback_way, had_count + 1);
    for (size_t i = 0; i < had_count; i++) {
        const struct release *target = target_of(releases, count, from, had[i].version, false);
        struct rollback_way *way;

        if (!target) { /* the same for all: whatever the counter allows would do for any of them */
            out->refused = no_target(arena, from, target_of(releases, count, from, had[i].version, true));
            return;
        }
        way = way_to(arena, out, target, had_count);
        way->had[way->had_count++] = had[i].version;
        way->devices += had[i].devices;
        out->devices += had[i].devices;
    }
    if (had_count == 0)
        out->refused = "it has changed no device";
}

/* In what state, and of what release. */
static const char *not_at_all(struct arena *arena, const struct rollout *r, const struct release *from)
{
    if (r->state == ROLLOUT_DRAFT)
        return "it was never started";
    if (r->state == ROLLOUT_PLANNING || r->state == ROLLOUT_RUNNING || r->state == ROLLOUT_PAUSED)
        return arena_printf(arena, "it is %s, and would go on beside the way back: abort it first",
                            rollout_state_name[r->state]);
    if (!from->is_reversible)
        return arena_printf(arena, "%s %s says of itself that it cannot be reversed", from->family,
                            from->version);
    return NULL;
}

bool rollback_propose(struct world *world, struct arena *arena, const struct rollout *r, struct rollback *out,
                      struct err *err)
{
    struct release from, *releases;
    struct rollback b = {0};
    struct action_had *had;
    size_t count, had_count;
    int64_t made;

    if (!store_release_get(world->store, arena, r->tenant_id, r->release_id, &from, err) ||
        !rollback_made(world, arena, r, &b.open_id, &made, err))
        return false;
    b.refused = not_at_all(arena, r, &from);
    if (!b.refused) {
        if (!store_release_current(world->store, arena, r->tenant_id, from.family, &releases, &count, err) ||
            !store_action_had(world->store, arena, r->id, &had, &had_count, err))
            return false;
        lead_back(arena, releases, count, &from, had, had_count, &b);
    }
    *out = b;
    return true;
}

const char *rollback_command(struct arena *arena, int64_t rollout_id)
{
    return arena_printf(arena, "nightshift rollout back %" PRId64, rollout_id);
}

const char *rollback_text(struct arena *arena, int64_t rollout_id, const struct rollback *b)
{
    struct buf text = {.arena = arena};

    if (b->open_id)
        return arena_printf(arena, "rollout %" PRId64 " takes it back", b->open_id);
    if (b->refused)
        return arena_printf(arena, "there is no way back: %s", b->refused);
    buf_printf(&text, "%s takes back", rollback_command(arena, rollout_id));
    for (size_t i = 0; i < b->count; i++)
        buf_printf(&text, "%s %" PRId64 " to %s", i ? "," : "", b->ways[i].devices,
                   b->ways[i].release.version);
    return buf_cstr(&text);
}

/* ---- another one --------------------------------------------------------------------------- */

/* Those that take it back are younger than it. */
bool rollback_made(struct world *world, struct arena *arena, const struct rollout *r, int64_t *open_id,
                   int64_t *made, struct err *err)
{
    int64_t before = 0;
    size_t count;

    *open_id = *made = 0;
    do {
        struct rollout *list;

        if (!store_rollout_list(world->store, arena, r->tenant_id, before, ROLLOUTS_AT_ONCE, &list, &count,
                                err))
            return false;
        for (size_t i = 0; i < count && list[i].id > r->id; i++) {
            struct rollout_terms terms;

            if (!terms_text(arena, list[i].terms, &terms, err))
                return false;
            if (terms.rolls_back != r->id)
                continue;
            (*made)++;
            if (list[i].state != ROLLOUT_ABORTED && list[i].state != ROLLOUT_FINISHED)
                *open_id = list[i].id;
        }
        before = count ? list[count - 1].id : 0;
    } while (count == ROLLOUTS_AT_ONCE && before > r->id);
    return true;
}

bool rollback_none_open(struct world *world, struct arena *arena, const struct rollout *r, struct err *err)
{
    int64_t open_id, made;

    if (!rollback_made(world, arena, r, &open_id, &made, err))
        return false;
    return !open_id || FAIL(err, ERR_CONFLICT,
                            "rollout %" PRId64 " takes %s back already: abort it, or let it finish, first",
                            open_id, r->name);
}

bool rollback_awaits(struct world *world, struct arena *arena, const struct rollout *r, int64_t *out,
                     struct err *err)
{
    struct rollout_tally tally[STAGES_MAX + 1] = {0};
    struct rollout_terms terms;

    *out = 0;
    if (!terms_text(arena, r->terms, &terms, err))
        return false;
    if (!terms.rolls_back)
        return true;
    if (!store_tally_list(world->store, terms.rolls_back, tally, COUNT(tally), err))
        return false;
    for (size_t i = 0; i < COUNT(tally); i++)
        *out += tally[i].devices[ACTION_BACKING_UP] + tally[i].devices[ACTION_INSTALLING] +
                tally[i].devices[ACTION_REBOOTING];
    return true;
}
