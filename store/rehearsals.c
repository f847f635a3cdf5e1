#include "store/rehearsals.h"

#include "store/query.h"
#include "store/rows.h"

/* The rest of a row of member_list, behind the id: what is told of the device ... */
static bool device_rest(struct query *q, struct arena *arena, struct device *d, int64_t *last_seen_ms,
                        struct err *err)
{
    const char *quirk;

    d->controller_id = row_text(q, arena);
    d->model = row_text(q, arena);
    d->customer = row_text(q, arena);
    d->site = row_text(q, arena);
    quirk = row_text(q, arena);
    d->release_counter = row_int(q);
    *last_seen_ms = row_int(q);
    return device_quirk_parse(quirk, &d->quirk) ||
           FAIL(err, ERR_CORRUPT, "device %s rests with quirk '%s'", d->controller_id, quirk);
}

/* ... the same, of a device that is known from the row before ... */
static void device_skip(struct query *q)
{
    for (int i = 0; i < 7; i++)
        (void)row_bytes(q);
}

/* ... and one of its components, "" when it has none. */
static struct device_component part_rest(struct query *q, struct arena *arena)
{
    struct device_component part = {0};

    part.component = row_text(q, arena);
    part.version = row_text(q, arena);
    part.sha256 = row_text(q, arena);
    return part;
}

static void add_part(struct member *m, const struct device_component *part)
{
    if (*part->component && m->component_count < MEMBER_COMPONENTS_MAX)
        m->components[m->component_count++] = *part;
}

struct members { /* a walk: the device whose components are still coming */
    struct member at;
    struct arena *arena, *spare; /* its texts; those of the next one */
};

/* A device comes again and again, each time with another component: it is whole when the next one comes. */
static bool member_row(struct query *q, struct members *m,
                       bool (*fn)(void *ctx, const struct member *member, struct err *err), void *ctx,
                       struct err *err)
{
    struct device d = {.id = row_int(q),
                       .tenant_id = m->at.device.tenant_id,
                       .family = m->at.device.family,
                       .state = DEVICE_ACTIVE};
    bool is_next = d.id != m->at.device.id, is_sound = true;
    struct arena *done = m->arena;
    struct device_component part;
    int64_t seen_ms = 0;

    if (is_next)
        is_sound = device_rest(q, m->spare, &d, &seen_ms, err);
    else
        device_skip(q);
    part = part_rest(q, is_next ? m->spare : m->arena);
    if (!is_sound || (is_next && m->at.device.id && !fn(ctx, &m->at, err)))
        return false;
    if (is_next) {
        m->at.device = d;
        m->at.last_seen_ms = seen_ms;
        m->at.component_count = 0;
        arena_reset(done);
        m->arena = m->spare;
        m->spare = done;
    }
    add_part(&m->at, &part);
    return true;
}

bool store_member_each(struct store *store, int64_t tenant_id, const char *family,
                       bool (*fn)(void *ctx, const struct member *member, struct err *err), void *ctx,
                       struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_member_list);
    AUTO(arena_freep) struct arena *one = arena_new();
    AUTO(arena_freep) struct arena *other = arena_new();
    struct members m = {
        .at.device = {.tenant_id = tenant_id, .family = family}, .arena = one, .spare = other};
    enum step step;

    query_int(&q, tenant_id);
    query_text(&q, family);
    while ((step = query_step(&q, err)) == STEP_ROW)
        if (!member_row(&q, &m, fn, ctx, err))
            return false;
    return step == STEP_DONE && (!m.at.device.id || fn(ctx, &m.at, err));
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
    return query_figure(&q, out, err);
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
