#include "store/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "store/blob.h"
#include "store/fleet.h"
#include "store/private.h"
#include "store/query.h"
#include "store/rows.h"

struct check {
    struct store *store;
    struct store_check_report report;
    const struct store_check_progress *wish;
    const char **needed; /* blob ids, sorted */
};

static void found(struct check *check, int64_t *count, const char *text)
{
    ++*count;
    if (!check->report.first[0])
        snprintf(check->report.first, sizeof(check->report.first), "%s", text);
}

static void note(void *ctx, const char *problem)
{
    struct check *check = ctx;

    found(check, &check->report.problems, problem);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool list_needed(struct check *check, struct arena *arena, struct err *err)
{
    AUTO(query_end) struct query q = query_new(check->store, SQL_blob_list);
    struct rows rows = {.arena = arena, .size = sizeof(*check->needed)};
    enum step step;

    while ((step = query_step(&q, err)) == STEP_ROW)
        *(const char **)rows_next(&rows) = row_text(&q, arena);
    check->needed = (const char **)(void *)rows.at;
    check->report.needed = (int64_t)rows.count;
    if (check->report.needed)
        qsort(check->needed, (size_t)check->report.needed, sizeof(*check->needed), by_text);
    return step == STEP_DONE;
}

/* The same blob is in the same part each time, whatever else is there. */
static bool is_wished(const struct store_check_progress *wish, const char *id)
{
    unsigned long name =
        strtoul((char[9]){id[0], id[1], id[2], id[3], id[4], id[5], id[6], id[7], '\0'}, NULL, 16);

    return wish->of <= 1 || (int64_t)name % wish->of == wish->part - 1;
}

static bool verify_one(struct check *check, const char *id, struct err *err)
{
    if (blob_verify(store_blobs(check->store), id, err))
        return true;
    if (err->code == ERR_NOT_FOUND)
        found(check, &check->report.missing, id);
    else if (err->code == ERR_CORRUPT)
        found(check, &check->report.wrong, err->text);
    else
        return false;
    if (check->wish->bad)
        check->wish->bad(check->wish->ctx, id, err->text);
    return true;
}

static bool verify_needed(struct check *check, struct err *err)
{
    const struct store_check_progress *wish = check->wish;

    for (int64_t i = 0; i < check->report.needed; i++) {
        if (is_wished(wish, check->needed[i])) {
            if (!verify_one(check, check->needed[i], err))
                return false;
            check->report.read++;
        }
        if (wish->say)
            wish->say(wish->ctx, i + 1, check->report.needed);
    }
    return true;
}

static bool count_blob(void *ctx, const char *id, int64_t size, struct err *err)
{
    struct check *check = ctx;

    (void)err;
    check->report.blobs++;
    check->report.bytes += size;
    if (!check->report.needed ||
        !bsearch(&id, check->needed, (size_t)check->report.needed, sizeof(*check->needed), by_text))
        check->report.orphans++;
    return true;
}

/* Counters move with what they count. */
static bool compare_counters(struct check *check, struct err *err)
{
    int64_t wrong;

    if (check->wish->is_blobs_only)
        return true;
    if (!store_fleet_differs(check->store, &wrong, err))
        return false;
    if (wrong > 0)
        note(check, "the counters of the fleet's summary are not what a count finds");
    return true;
}

static bool check_rows(struct check *check, struct err *err)
{
    struct seat *seat = store_seat(check->store);

    if (!reader_take(seat, err))
        return false;
    bool is_read = check->store->driver->check(seat->reader->session.db, false, note, check, err);
    reader_give(seat);
    return is_read;
}

bool store_check(struct store *store, const struct store_check_progress *progress,
                 struct store_check_report *out, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    static const struct store_check_progress all = {0};
    struct check check = {.store = store, .wish = progress ? progress : &all};

    if ((!check.wish->is_blobs_only && !check_rows(&check, err)) || !compare_counters(&check, err) ||
        !list_needed(&check, arena, err) || !verify_needed(&check, err) ||
        !blob_each(store_blobs(store), count_blob, &check, err))
        return err_within(err, "checking the store");
    *out = check.report;
    return true;
}

bool store_check_is_sound(const struct store_check_report *report)
{
    return report->problems + report->missing + report->wrong == 0;
}
