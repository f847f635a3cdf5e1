#include "store/calendars.h"

#include <stdlib.h>

#include "store/query.h"
#include "store/rows.h"

/* ---- calendars ------------------------------------------------------------------ */

/* Reads the columns of CALENDAR, in that order. */
static void row_calendar(struct query *q, struct arena *arena, struct calendar *out)
{
    out->id = row_int(q);
    out->tenant_id = row_int(q);
    out->name = row_text(q, arena);
    out->days = row_int(q);
    out->first_day = row_int(q);
    out->last_day = row_int(q);
    out->created_by = row_text(q, arena);
    out->changed_ms = row_int(q);
    out->ics = (struct span){NULL, 0};
}

static bool head_put(struct store *store, struct arena *arena, const struct calendar *calendar,
                     struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_calendar_put);

    query_int(&q, calendar->tenant_id);
    query_text(&q, calendar->name);
    query_text(&q, arena_text(arena, calendar->ics));
    query_int(&q, calendar->days);
    query_int(&q, calendar->first_day);
    query_int(&q, calendar->last_day);
    query_text(&q, calendar->created_by);
    query_int(&q, calendar->changed_ms);
    return query_run(&q, NULL, err);
}

static bool days_drop(struct store *store, int64_t id, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_calendar_day_drop);

    query_int(&q, id);
    return query_run(&q, NULL, err);
}

static bool day_put(struct store *store, int64_t id, const struct calendar_day *day, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_calendar_day_put);

    query_int(&q, id);
    query_int(&q, day->day);
    query_text(&q, day->name);
    return query_run(&q, NULL, err);
}

bool store_calendar_put(struct store *store, struct arena *arena, const struct calendar *calendar,
                        const struct calendar_day *days, struct err *err)
{
    struct calendar rests;

    if (!head_put(store, arena, calendar, err) ||
        !store_calendar_get(store, arena, calendar->tenant_id, calendar->name, &rests, err) ||
        !days_drop(store, rests.id, err))
        return false;
    for (int64_t i = 0; i < calendar->days; i++)
        if (!day_put(store, rests.id, &days[i], err))
            return err_within(err, "calendar %s", calendar->name);
    return true;
}

bool store_calendar_get(struct store *store, struct arena *arena, int64_t tenant_id, const char *name,
                        struct calendar *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_calendar_get);

    query_int(&q, tenant_id);
    query_text(&q, name);
    switch (query_step(&q, err)) {
    case STEP_FAILED:
        return err_within(err, "reading calendar %s", name);
    case STEP_DONE:
        return FAIL(err, ERR_NOT_FOUND, "no calendar %s", name);
    case STEP_ROW:
        row_calendar(&q, arena, out);
        return true;
    }
    abort();
}

bool store_calendar_ics(struct store *store, struct arena *arena, int64_t id, struct span *out,
                        struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_calendar_ics);

    query_int(&q, id);
    switch (query_step(&q, err)) {
    case STEP_FAILED:
        return false;
    case STEP_DONE:
        return FAIL(err, ERR_NOT_FOUND, "no calendar %lld", (long long)id);
    case STEP_ROW:
        *out = span_of(row_text(&q, arena));
        return true;
    }
    abort();
}

bool store_calendar_list(struct store *store, struct arena *arena, int64_t tenant_id, const char *after,
                         int64_t limit, struct calendar **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_calendar_list);
    struct rows rows = {.arena = arena, .size = sizeof(**out)};
    enum step step;

    query_int(&q, tenant_id);
    query_text(&q, after);
    query_int(&q, limit);
    while ((step = query_step(&q, err)) == STEP_ROW)
        row_calendar(&q, arena, rows_next(&rows));
    if (step == STEP_FAILED)
        return err_within(err, "listing calendars");
    *out = (struct calendar *)(void *)rows.at;
    *count = rows.count;
    return true;
}

bool store_calendar_drop(struct store *store, int64_t id, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_calendar_drop);
    int64_t changed;

    if (!days_drop(store, id, err))
        return false;
    query_int(&q, id);
    if (!query_run(&q, &changed, err))
        return false;
    return changed == 1 || FAIL(err, ERR_NOT_FOUND, "no calendar %lld", (long long)id);
}

bool store_calendar_user(struct store *store, struct arena *arena, int64_t tenant_id, const char *name,
                         const char **site, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_calendar_user);
    enum step step;

    query_int(&q, tenant_id);
    query_text(&q, name);
    step = query_step(&q, err);
    *site = step == STEP_ROW ? row_text(&q, arena) : NULL;
    return step != STEP_FAILED;
}

bool store_calendar_day_list(struct store *store, struct arena *arena, int64_t id, int64_t from_day,
                             int64_t limit, struct calendar_day **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_calendar_day_list);
    struct rows rows = {.arena = arena, .size = sizeof(**out)};
    struct calendar_day *day;
    enum step step;

    query_int(&q, id);
    query_int(&q, from_day);
    query_int(&q, limit);
    while ((step = query_step(&q, err)) == STEP_ROW) {
        day = rows_next(&rows);
        day->day = row_int(&q);
        day->name = row_text(&q, arena);
    }
    *out = (struct calendar_day *)(void *)rows.at;
    *count = rows.count;
    return step != STEP_FAILED;
}

bool store_calendar_closed(struct store *store, struct arena *arena, int64_t tenant_id, const char *name,
                           int64_t from_day, int64_t to_day, int64_t **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_calendar_closed);

    query_int(&q, tenant_id);
    query_text(&q, name);
    query_int(&q, from_day);
    query_int(&q, to_day);
    return query_ids(&q, arena, out, count, err);
}

/* ---- blackouts ------------------------------------------------------------------- */

/* Reads the columns of BLACKOUT, in that order. */
static void row_blackout(struct query *q, struct arena *arena, struct blackout *out)
{
    out->id = row_int(q);
    out->tenant_id = row_int(q);
    out->customer = row_text(q, arena);
    out->from_day = row_int(q);
    out->to_day = row_int(q);
    out->reason = row_text(q, arena);
    out->created_by = row_text(q, arena);
    out->created_ms = row_int(q);
}

static bool blackout_insert(struct store *store, const struct blackout *b, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_blackout_put);

    query_int(&q, b->tenant_id);
    query_text(&q, b->customer);
    query_int(&q, b->from_day);
    query_int(&q, b->to_day);
    query_text(&q, b->reason);
    query_text(&q, b->created_by);
    query_int(&q, b->created_ms);
    return query_run(&q, NULL, err);
}

bool store_blackout_put(struct store *store, struct arena *arena, const struct blackout *blackout,
                        struct blackout *out, struct err *err)
{
    if (!blackout_insert(store, blackout, err))
        return false;
    AUTO(query_end) struct query q = query_new(store, SQL_blackout_find);

    query_int(&q, blackout->tenant_id);
    query_text(&q, blackout->customer);
    query_int(&q, blackout->from_day);
    query_int(&q, blackout->to_day);
    if (query_step(&q, err) != STEP_ROW)
        return false;
    row_blackout(&q, arena, out);
    return true;
}

bool store_blackout_list(struct store *store, struct arena *arena, int64_t tenant_id, int64_t after,
                         int64_t limit, struct blackout **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_blackout_list);
    struct rows rows = {.arena = arena, .size = sizeof(**out)};
    enum step step;

    query_int(&q, tenant_id);
    query_int(&q, after);
    query_int(&q, limit);
    while ((step = query_step(&q, err)) == STEP_ROW)
        row_blackout(&q, arena, rows_next(&rows));
    *out = (struct blackout *)(void *)rows.at;
    *count = rows.count;
    return step != STEP_FAILED;
}

bool store_blackout_drop(struct store *store, int64_t tenant_id, int64_t id, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_blackout_drop);
    int64_t changed;

    query_int(&q, tenant_id);
    query_int(&q, id);
    if (!query_run(&q, &changed, err))
        return false;
    return changed == 1 || FAIL(err, ERR_NOT_FOUND, "no blackout %lld", (long long)id);
}

bool store_blackout_closed(struct store *store, struct arena *arena, int64_t tenant_id, const char *customer,
                           int64_t from_day, struct blackout **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_blackout_closed);
    struct rows rows = {.arena = arena, .size = sizeof(**out)};
    struct blackout *blackout;
    enum step step;

    query_int(&q, tenant_id);
    query_text(&q, customer);
    query_int(&q, from_day);
    while ((step = query_step(&q, err)) == STEP_ROW) {
        blackout = rows_next(&rows);
        blackout->from_day = row_int(&q);
        blackout->to_day = row_int(&q);
    }
    *out = (struct blackout *)(void *)rows.at;
    *count = rows.count;
    return step != STEP_FAILED;
}
