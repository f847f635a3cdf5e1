#include "store/rehearsals.h"

#include "store/query.h"
#include "store/rows.h"

/* Reads a row of member_list: the device again and again, each time with another component. */
static bool member_from(struct query *q, struct arena *arena, struct member *m, struct device_component *part,
                        struct err *err)
{
    struct device *d = &m->device;
    const char *quirk;

    d->id = row_int(q);
    d->controller_id = row_text(q, arena);
    d->model = row_text(q, arena);
    d->customer = row_text(q, arena);
    d->site = row_text(q, arena);
    quirk = row_text(q, arena);
    d->release_counter = row_int(q);
    m->last_seen_ms = row_int(q);
    part->component = row_text(q, arena);
    part->version = row_text(q, arena);
    part->sha256 = row_text(q, arena);
    return device_quirk_parse(quirk, &d->quirk) ||
           FAIL(err, ERR_CORRUPT, "device %s rests with quirk '%s'", d->controller_id, quirk);
}

bool store_member_each(struct store *store, int64_t tenant_id, const char *family,
                       bool (*fn)(void *ctx, const struct member *member, struct err *err), void *ctx,
                       struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_member_list);
    AUTO(arena_freep) struct arena *one = arena_new();
    AUTO(arena_freep) struct arena *other = arena_new();
    struct member member = {.device.id = 0};
    enum step step;

    query_int(&q, tenant_id);
    query_text(&q, family);
    while ((step = query_step(&q, err)) == STEP_ROW) {
        struct member next = {.device = {.tenant_id = tenant_id, .family = family, .state = DEVICE_ACTIVE}};
        struct device_component part = {0};
        struct arena *done = one;

        if (!member_from(&q, other, &next, &part, err))
            return false;
        if (next.device.id != member.device.id) {
            if (member.device.id && !fn(ctx, &member, err))
                return false;
            member = next;
            one = other;
            other = done;
        } else {
            part.component = arena_dup(one, part.component);
            part.version = arena_dup(one, part.version);
            part.sha256 = arena_dup(one, part.sha256);
        }
        if (*part.component && member.component_count < MEMBER_COMPONENTS_MAX)
            member.components[member.component_count++] = part;
        arena_reset(other);
    }
    return step == STEP_DONE && (!member.device.id || fn(ctx, &member, err));
}

bool store_turn_list(struct store *store, int64_t rollout_id, struct member_turn *out, size_t room,
                     size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_turn_list);
    AUTO(arena_freep) struct arena *arena = arena_new();
    enum step step;

    *count = 0;
    query_int(&q, rollout_id);
    while ((step = query_step(&q, err)) == STEP_ROW) {
        struct member_turn turn = {.device_id = row_int(&q)};
        const char *state = row_text(&q, arena);

        if (!action_state_parse(state, &turn.state))
            return FAIL(err, ERR_CORRUPT, "an action of rollout %lld is '%s'", (long long)rollout_id, state);
        if (*count < room)
            out[(*count)++] = turn;
        arena_reset(arena);
    }
    return step == STEP_DONE;
}

bool store_turn_count(struct store *store, int64_t rollout_id, int64_t *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_turn_count);

    query_int(&q, rollout_id);
    if (query_step(&q, err) != STEP_ROW)
        return false;
    *out = row_int(&q);
    return true;
}

bool store_ends_count(struct store *store, int64_t tenant_id, const char *family, int64_t but_rollout,
                      int64_t out[ACTION_STATE__MAX], struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_ends_count);
    AUTO(arena_freep) struct arena *arena = arena_new();
    enum action_state state;
    enum step step;

    memset(out, 0, sizeof(*out) * ACTION_STATE__MAX);
    query_int(&q, tenant_id);
    query_text(&q, family);
    query_int(&q, but_rollout);
    while ((step = query_step(&q, err)) == STEP_ROW) {
        const char *name = row_text(&q, arena);
        int64_t devices = row_int(&q);

        if (action_state_parse(name, &state))
            out[state] = devices;
    }
    return step == STEP_DONE;
}

bool store_family_rollouts(struct store *store, struct arena *arena, int64_t tenant_id, const char *family,
                           int64_t limit, int64_t **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_family_rollouts);

    query_int(&q, tenant_id);
    query_text(&q, family);
    query_int(&q, limit);
    return query_ids(&q, arena, out, count, err);
}

bool store_took_list(struct store *store, struct arena *arena, int64_t rollout_id, int64_t limit,
                     int64_t **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_took_list);

    query_int(&q, rollout_id);
    query_int(&q, limit);
    return query_ids(&q, arena, out, count, err);
}
