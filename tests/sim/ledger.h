/* What rests in the database, read past the store by SQL of its own, and how it was before. The only file
 * here that knows the database. */
#pragma once

#include "base/err.h"
#include "model/action.h"
#include "model/rollout.h"

struct row { /* an action */
    int64_t id, device_id, release_id, rollout_id, stage;
    enum action_state state, cancel_from;
    int64_t weight, not_before_ms, not_after_ms, tries, retry_ms, created_ms, updated_ms, closed_ms;
    bool was_retrieved, is_past;
    /* how it was when it was read before */
    bool is_new, is_changed;
    enum action_state was;
    /* what the simulation saw itself, in true time; 0: never */
    int64_t read_ms, begun_ms, made_ms;
};

#define LEDGER_STAGES 8
struct rollout_row {
    int64_t id, stage, weight;
    enum rollout_state state, was;
    int64_t stage_was;
    size_t stage_count;
    struct {
        int64_t planned, opened_ms, closed_ms, value;
        enum stage_kind kind;
        int64_t tally[ACTION_STATE__MAX];
    } stages[LEDGER_STAGES];
};

struct ledger {
    struct sqlite3 *db;
    struct sqlite3_stmt *all, *of_device, *rollouts, *stages, *tally;
    struct row *rows; /* by id */
    size_t count, room;
    struct rollout_row rollouts_now[8];
    size_t rollout_count;
};

void ledger_open(struct ledger *ledger, const char *path);
void ledger_close(struct ledger *ledger); /* what was read stays */
void ledger_free(struct ledger *ledger);
/* device_id 0: everything. Rows that are not of the device are left as they were. */
void ledger_read(struct ledger *ledger, int64_t device_id, int64_t true_ms);
struct row *ledger_row(struct ledger *ledger, int64_t id);             /* NULL: none */
struct rollout_row *ledger_rollout(struct ledger *ledger, int64_t id); /* NULL: none */
/* How much of what was read is otherwise in the database now: after a crash, nothing may be. */
int64_t ledger_differs(struct ledger *ledger);
