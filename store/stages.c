#include "store/rollouts.h"

#include "base/buf.h"
#include "store/actions.h"
#include "store/query.h"
#include "store/rows.h"

bool store_stage_put(struct store *store, const struct rollout_stage *stage, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_stage_put);

    query_int(&q, stage->rollout_id);
    query_int(&q, stage->no);
    query_text(&q, stage_kind_name[stage->kind]);
    query_int(&q, stage->value);
    query_text(&q, stage->tag);
    return query_run(&q, NULL, err);
}

static size_t chosen_read(struct arena *arena, const char *text, const int64_t **out)
{
    int64_t *ranks;
    size_t count = action_modules(arena, text, &ranks);

    *out = ranks;
    return count;
}

static const char *chosen_text(struct arena *arena, const struct rollout_stage *stage)
{
    struct buf b = {.arena = arena};

    for (size_t i = 0; i < stage->chosen_count; i++)
        buf_printf(&b, "%s%lld", i ? "," : "", (long long)stage->chosen[i]);
    return buf_cstr(&b);
}

/* Reads the columns of STAGE, in that order. */
static bool stage_from(struct query *q, struct arena *arena, struct rollout_stage *out, struct err *err)
{
    const char *kind;

    out->rollout_id = row_int(q);
    out->no = row_int(q);
    kind = row_text(q, arena);
    out->value = row_int(q);
    out->tag = row_text(q, arena);
    out->rank_below = row_int(q);
    out->planned = row_int(q);
    out->opened_ms = row_int(q);
    out->closed_ms = row_int(q);
    out->chosen_count = chosen_read(arena, row_text(q, arena), &out->chosen);
    if (!stage_kind_parse(kind, &out->kind))
        return FAIL(err, ERR_CORRUPT, "a stage of rollout %lld has an unknown kind",
                    (long long)out->rollout_id);
    return true;
}

bool store_stage_list(struct store *store, struct arena *arena, int64_t rollout_id,
                      struct rollout_stage **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_stage_list);
    struct rows rows = {.arena = arena, .size = sizeof(struct rollout_stage)};
    enum step step;

    query_int(&q, rollout_id);
    while ((step = query_step(&q, err)) == STEP_ROW)
        if (!stage_from(&q, arena, rows_next(&rows), err))
            return false;
    if (step == STEP_FAILED)
        return false;
    *out = (struct rollout_stage *)(void *)rows.at;
    *count = rows.count;
    return true;
}

bool store_stage_plan(struct store *store, const struct rollout_stage *stage, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    AUTO(query_end) struct query q = query_new(store, SQL_stage_plan);

    query_int(&q, stage->rollout_id);
    query_int(&q, stage->no);
    query_int(&q, stage->rank_below);
    query_int(&q, stage->planned);
    query_text(&q, chosen_text(arena, stage));
    return query_run(&q, NULL, err);
}

/* Both stamps are set once: asking again changes nothing. */
static bool stage_stamp(struct store *store, enum sql sql, int64_t rollout_id, int64_t no, int64_t at_ms,
                        struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, sql);

    query_int(&q, rollout_id);
    query_int(&q, no);
    query_int(&q, at_ms);
    return query_run(&q, NULL, err);
}

bool store_stage_open(struct store *store, int64_t rollout_id, int64_t no, int64_t at_ms, struct err *err)
{
    return stage_stamp(store, SQL_stage_open, rollout_id, no, at_ms, err);
}

bool store_stage_close(struct store *store, int64_t rollout_id, int64_t no, int64_t at_ms, struct err *err)
{
    return stage_stamp(store, SQL_stage_close, rollout_id, no, at_ms, err);
}

bool store_tally_list(struct store *store, int64_t rollout_id, struct rollout_tally *out, size_t stages,
                      struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_tally_list);
    AUTO(arena_freep) struct arena *arena = arena_new();
    enum action_state state;
    enum step step;

    memset(out, 0, sizeof(*out) * stages);
    query_int(&q, rollout_id);
    while ((step = query_step(&q, err)) == STEP_ROW) {
        int64_t stage = row_int(&q);
        const char *name = row_text(&q, arena);
        int64_t devices = row_int(&q);

        if (stage >= 0 && (size_t)stage < stages && action_state_parse(name, &state))
            out[stage].devices[state] = devices;
    }
    return step == STEP_DONE;
}

bool store_candidate_each(struct store *store, int64_t tenant_id, const char *family, int64_t release_id,
                          int64_t changed_by,
                          bool (*fn)(void *ctx, const struct candidate *candidate, struct err *err),
                          void *ctx, struct err *err)
{
    AUTO(query_end)
    struct query q = query_new(store, changed_by ? SQL_candidate_changed : SQL_candidate_list);
    AUTO(arena_freep) struct arena *arena = arena_new();
    enum step step;

    query_int(&q, tenant_id);
    query_text(&q, family);
    query_int(&q, release_id);
    if (changed_by)
        query_int(&q, changed_by);
    while ((step = query_step(&q, err)) == STEP_ROW) {
        struct candidate c;

        arena_reset(arena);
        c.id = row_int(&q);
        c.controller_id = row_text(&q, arena);
        c.model = row_text(&q, arena);
        c.site = row_text(&q, arena);
        c.takes_backups = row_bool(&q);
        c.modules_had = row_int(&q);
        if (!fn(ctx, &c, err))
            return false;
    }
    return step == STEP_DONE;
}

bool store_family_reach(struct store *store, int64_t tenant_id, const char *family, int64_t limit,
                        int64_t *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_family_reach);

    query_int(&q, tenant_id);
    query_text(&q, family);
    query_int(&q, limit);
    return query_figure(&q, out, err);
}

bool store_family_page(struct store *store, struct arena *arena, int64_t tenant_id, int64_t after,
                       const char *family, int64_t limit, int64_t **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_family_page);

    query_int(&q, tenant_id);
    query_int(&q, after);
    query_text(&q, family);
    query_int(&q, limit);
    return query_ids(&q, arena, out, count, err);
}

bool store_family_acted(struct store *store, struct arena *arena, const struct rollout *rollout,
                        int64_t after, const char *family, int64_t limit, struct family_member **out,
                        size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_family_acted);
    struct rows rows = {.arena = arena, .size = sizeof(struct family_member)};
    enum step step;

    query_int(&q, rollout->tenant_id);
    query_int(&q, after);
    query_text(&q, family);
    query_int(&q, limit);
    query_int(&q, rollout->id);
    while ((step = query_step(&q, err)) == STEP_ROW) {
        struct family_member *member = rows_next(&rows);

        member->id = row_int(&q);
        member->has_acted = row_bool(&q);
    }
    if (step == STEP_FAILED)
        return false;
    *out = (struct family_member *)(void *)rows.at;
    *count = rows.count;
    return true;
}

bool store_supersession_put(struct store *store, int64_t rollout_id, int64_t by_id, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_supersession_put);

    query_int(&q, rollout_id);
    query_int(&q, by_id);
    return query_run(&q, NULL, err);
}

bool store_supersession_list(struct store *store, struct arena *arena, int64_t rollout_id, int64_t **out,
                             size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_supersession_list);

    query_int(&q, rollout_id);
    return query_ids(&q, arena, out, count, err);
}
