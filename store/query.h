/* Bind in order, step, read in order, or stop. Private to store/. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "store/store.h"

enum sql {
#define SQL(name, text) SQL_##name,
#include "store/sql.def"
#undef SQL
    SQL__MAX
};
extern const char *const sql_text[SQL__MAX];
extern const char *const sql_name[SQL__MAX];

enum step { STEP_ROW, STEP_DONE, STEP_FAILED };

struct query {
    struct store *store;
    enum sql sql;
    void *stmt;
    int bound, column;
    bool has_row, is_writing; /* is_writing: through the writer, inside a tx */
    bool is_failed;           /* preparing failed: the first step says why */
};

/* Uses the writer inside a tx, a reader lent to this thread outside. Ends itself, on the same thread: AUTO(query_end) struct query q =
 * ... */
struct query query_new(struct store *store, enum sql sql);
void query_end(struct query *q);
void query_text(struct query *q, const char *text); /* NULL binds "" */
void query_int(struct query *q, int64_t value);
void query_blob(struct query *q, struct span bytes);
/* Three answers. Aborts when fewer values were bound than the statement has. A broken uniqueness or foreign
 * key is STEP_FAILED with ERR_CONFLICT. */
enum step query_step(struct query *q, struct err *err);
/* For INSERT/UPDATE/DELETE: true when done; *changed = rows changed (may be NULL). */
bool query_run(struct query *q, int64_t *changed, struct err *err) CHECKED;
/* After query_run of an INSERT with an INTEGER PRIMARY KEY left out. */
int64_t query_inserted_id(struct query *q);

const char *row_text(struct query *q, struct arena *arena); /* copied */
int64_t row_int(struct query *q);
bool row_bool(struct query *q);
struct span row_bytes(struct query *q); /* not copied: good until the next step */
struct span row_blob(struct query *q, struct arena *arena);
/* The one integer of a statement that always has a row: a count, a RETURNING. */
bool query_figure(struct query *q, int64_t *out, struct err *err) CHECKED;
/* All rows of a statement with one column of ids. */
bool query_ids(struct query *q, struct arena *arena, int64_t **out, size_t *count, struct err *err) CHECKED;
