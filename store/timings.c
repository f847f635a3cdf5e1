#include "store/timings.h"

#include "store/query.h"

bool store_timing_begun(struct store *store, int64_t action_id, int64_t *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_timing_begun);

    query_int(&q, action_id);
    return query_figure(&q, out, err);
}

bool store_timing_add(struct store *store, int64_t release_id, int64_t minutes, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_timing_add);

    query_int(&q, release_id);
    query_int(&q, minutes);
    return query_run(&q, NULL, err);
}

static bool timings_read(struct query *q, struct timing *out, size_t max, size_t *count, struct err *err)
{
    enum step step;
    size_t n = 0;

    while ((step = query_step(q, err)) == STEP_ROW) {
        struct timing t;

        t.minutes = row_int(q);
        t.installs = row_int(q);
        if (n < max)
            out[n++] = t;
    }
    *count = n;
    return step == STEP_DONE;
}

bool store_timing_of_release(struct store *store, int64_t release_id, struct timing *out, size_t max,
                             size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_timing_of_release);

    query_int(&q, release_id);
    return timings_read(&q, out, max, count, err);
}

bool store_timing_of_family(struct store *store, int64_t tenant_id, const char *family, struct timing *out,
                            size_t max, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_timing_of_family);

    query_int(&q, tenant_id);
    query_text(&q, family);
    return timings_read(&q, out, max, count, err);
}
