#include "sim/ledger.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#define ROW                                                                                                  \
    "SELECT id, device_id, release_id, rollout_id, stage, state, cancel_from, weight, not_before_ms,"        \
    " not_after_ms, tries, retry_ms, created_ms, updated_ms, closed_ms, was_retrieved, is_past FROM action"

static void must(struct ledger *ledger, bool is_ok)
{
    if (is_ok)
        return;
    fprintf(stderr, "reading the ledger: %s\n", sqlite3_errmsg(ledger->db));
    abort();
}

static struct sqlite3_stmt *prepare(struct ledger *ledger, const char *sql)
{
    struct sqlite3_stmt *stmt = NULL;

    must(ledger, sqlite3_prepare_v2(ledger->db, sql, -1, &stmt, NULL) == SQLITE_OK);
    return stmt;
}

void ledger_open(struct ledger *ledger, const char *path)
{
    must(ledger, sqlite3_open_v2(path, &ledger->db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK);
    ledger->all = prepare(ledger, ROW " ORDER BY id");
    ledger->of_device = prepare(ledger, ROW " WHERE device_id = ?1 ORDER BY id");
    ledger->rollouts = prepare(ledger, "SELECT id, state, stage, weight FROM rollout ORDER BY id");
    ledger->stages =
        prepare(ledger, "SELECT no, kind, value, planned, opened_ms, closed_ms FROM rollout_stage"
                        " WHERE rollout_id = ?1 ORDER BY no");
    ledger->tally = prepare(ledger, "SELECT stage, state, devices FROM rollout_tally WHERE rollout_id = ?1");
}

void ledger_close(struct ledger *ledger)
{
    sqlite3_finalize(ledger->all);
    sqlite3_finalize(ledger->of_device);
    sqlite3_finalize(ledger->rollouts);
    sqlite3_finalize(ledger->stages);
    sqlite3_finalize(ledger->tally);
    sqlite3_close(ledger->db);
    ledger->db = NULL;
}

void ledger_free(struct ledger *ledger)
{
    free(ledger->rows);
    *ledger = (struct ledger){0};
}

/* ---- rows ---------------------------------------------------------------------------- */

static int64_t integer(struct sqlite3_stmt *stmt, int *column)
{
    return sqlite3_column_int64(stmt, (*column)++);
}

static enum action_state state(struct sqlite3_stmt *stmt, int *column)
{
    const char *text = (const char *)sqlite3_column_text(stmt, (*column)++);
    enum action_state found = ACTION_OFFERED;

    if (text && *text && !action_state_parse(text, &found))
        abort();
    return found;
}

static struct row row_from(struct sqlite3_stmt *stmt)
{
    struct row row = {0};
    int c = 0;

    row.id = integer(stmt, &c);
    row.device_id = integer(stmt, &c);
    row.release_id = integer(stmt, &c);
    row.rollout_id = integer(stmt, &c);
    row.stage = integer(stmt, &c);
    row.state = state(stmt, &c);
    row.cancel_from = state(stmt, &c);
    row.weight = integer(stmt, &c);
    row.not_before_ms = integer(stmt, &c);
    row.not_after_ms = integer(stmt, &c);
    row.tries = integer(stmt, &c);
    row.retry_ms = integer(stmt, &c);
    row.created_ms = integer(stmt, &c);
    row.updated_ms = integer(stmt, &c);
    row.closed_ms = integer(stmt, &c);
    row.was_retrieved = integer(stmt, &c) != 0;
    row.is_past = integer(stmt, &c) != 0;
    return row;
}

struct row *ledger_row(struct ledger *ledger, int64_t id)
{
    size_t low = 0, high = ledger->count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (ledger->rows[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < ledger->count && ledger->rows[low].id == id ? &ledger->rows[low] : NULL;
}

static bool is_same(const struct row *a, const struct row *b)
{
    return a->device_id == b->device_id && a->release_id == b->release_id && a->rollout_id == b->rollout_id &&
           a->stage == b->stage && a->state == b->state && a->cancel_from == b->cancel_from &&
           a->not_before_ms == b->not_before_ms && a->not_after_ms == b->not_after_ms &&
           a->tries == b->tries && a->retry_ms == b->retry_ms && a->created_ms == b->created_ms &&
           a->updated_ms == b->updated_ms && a->closed_ms == b->closed_ms &&
           a->was_retrieved == b->was_retrieved && a->is_past == b->is_past;
}

/* Ids only rise, so a new row is the last. */
static void keep(struct ledger *ledger, struct row row, int64_t true_ms)
{
    struct row *had = ledger_row(ledger, row.id);

    if (had) {
        row.was = had->state;
        row.is_changed = !is_same(had, &row);
        row.read_ms = had->read_ms;
        row.begun_ms = had->begun_ms;
        row.made_ms = had->made_ms;
        *had = row;
        return;
    }
    if (ledger->count == ledger->room) {
        ledger->room = ledger->room ? ledger->room * 2 : 128;
        ledger->rows = reallocarray(ledger->rows, ledger->room, sizeof(*ledger->rows));
        if (!ledger->rows)
            abort();
    }
    row.is_new = row.is_changed = true;
    row.was = row.state;
    row.made_ms = true_ms;
    ledger->rows[ledger->count++] = row;
}

/* ---- rollouts --------------------------------------------------------------------------- */

static void stages_read(struct ledger *ledger, struct rollout_row *r)
{
    sqlite3_bind_int64(ledger->stages, 1, r->id);
    r->stage_count = 0;
    while (sqlite3_step(ledger->stages) == SQLITE_ROW) {
        int c = 1;

        if (r->stage_count == LEDGER_STAGES ||
            !stage_kind_parse((const char *)sqlite3_column_text(ledger->stages, c++),
                              &r->stages[r->stage_count].kind))
            abort();
        r->stages[r->stage_count].value = integer(ledger->stages, &c);
        r->stages[r->stage_count].planned = integer(ledger->stages, &c);
        r->stages[r->stage_count].opened_ms = integer(ledger->stages, &c);
        r->stages[r->stage_count].closed_ms = integer(ledger->stages, &c);
        memset(r->stages[r->stage_count].tally, 0, sizeof(r->stages[0].tally));
        r->stage_count++;
    }
    sqlite3_reset(ledger->stages);
}

static void tally_read(struct ledger *ledger, struct rollout_row *r)
{
    sqlite3_bind_int64(ledger->tally, 1, r->id);
    while (sqlite3_step(ledger->tally) == SQLITE_ROW) {
        int c = 0;
        int64_t stage = integer(ledger->tally, &c);
        enum action_state s = state(ledger->tally, &c);

        if (stage >= 0 && stage < LEDGER_STAGES)
            r->stages[stage].tally[s] = integer(ledger->tally, &c);
    }
    sqlite3_reset(ledger->tally);
}

static void rollouts_read(struct ledger *ledger)
{
    size_t count = 0;

    while (sqlite3_step(ledger->rollouts) == SQLITE_ROW) {
        struct rollout_row *r = &ledger->rollouts_now[count];
        bool is_new = count >= ledger->rollout_count;
        int c = 0;

        if (count == COUNT(ledger->rollouts_now))
            abort();
        r->was = r->state;
        r->stage_was = r->stage;
        r->id = integer(ledger->rollouts, &c);
        if (!rollout_state_parse((const char *)sqlite3_column_text(ledger->rollouts, c++), &r->state))
            abort();
        r->stage = integer(ledger->rollouts, &c);
        r->weight = integer(ledger->rollouts, &c);
        if (is_new) {
            r->was = r->state;
            r->stage_was = r->stage;
        }
        count++;
    }
    sqlite3_reset(ledger->rollouts);
    ledger->rollout_count = count;
    for (size_t i = 0; i < count; i++) {
        stages_read(ledger, &ledger->rollouts_now[i]);
        tally_read(ledger, &ledger->rollouts_now[i]);
    }
}

struct rollout_row *ledger_rollout(struct ledger *ledger, int64_t id)
{
    for (size_t i = 0; i < ledger->rollout_count; i++)
        if (ledger->rollouts_now[i].id == id)
            return &ledger->rollouts_now[i];
    return NULL;
}

/* ---- reading ------------------------------------------------------------------------------ */

void ledger_read(struct ledger *ledger, int64_t device_id, int64_t true_ms)
{
    struct sqlite3_stmt *stmt = device_id ? ledger->of_device : ledger->all;

    for (size_t i = 0; i < ledger->count; i++) {
        ledger->rows[i].is_new = ledger->rows[i].is_changed = false;
        ledger->rows[i].was = ledger->rows[i].state;
    }
    if (device_id)
        sqlite3_bind_int64(stmt, 1, device_id);
    must(ledger, sqlite3_exec(ledger->db, "BEGIN", NULL, NULL, NULL) == SQLITE_OK);
    while (sqlite3_step(stmt) == SQLITE_ROW)
        keep(ledger, row_from(stmt), true_ms);
    must(ledger, sqlite3_reset(stmt) == SQLITE_OK);
    rollouts_read(ledger);
    must(ledger, sqlite3_exec(ledger->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK);
}

int64_t ledger_differs(struct ledger *ledger)
{
    int64_t differs = 0;
    size_t seen = 0;

    while (sqlite3_step(ledger->all) == SQLITE_ROW) {
        struct row now = row_from(ledger->all), *had = ledger_row(ledger, now.id);

        seen++;
        differs += !had || !is_same(had, &now);
    }
    sqlite3_reset(ledger->all);
    return differs + (int64_t)(ledger->count - seen);
}
