#include "model/audit.h"
#include "store/private.h"
#include "store/rows.h"

#define ROWS_AT_ONCE 1000

static const char read_rows[] =
    "SELECT id, tenant_id, at_ms, who, role, what, object, detail, source, request_id FROM audit"
    " WHERE (tenant_id, id) > ($1, $2) ORDER BY tenant_id, id LIMIT $3";
static const char write_row[] = "UPDATE audit SET no = $2, digest = $3 WHERE id = $1";

static const char *text_at(const struct db_driver *driver, struct db_stmt *stmt, int no, struct arena *arena)
{
    return arena_text(arena, driver->column_bytes(stmt, no));
}

/* The rows after `last`, which stays when there are none. */
static bool read_some(const struct db_driver *driver, struct db_stmt *stmt, struct arena *arena,
                      const struct audit *last, struct rows *rows, struct err *err)
{
    enum step step;

    driver->bind_int(stmt, 1, last->tenant_id);
    driver->bind_int(stmt, 2, last->id);
    driver->bind_int(stmt, 3, ROWS_AT_ONCE);
    while ((step = driver->step(stmt, err)) == STEP_ROW) {
        struct audit *row = rows_next(rows);
        const char **texts[] = {&row->who,    &row->role,   &row->what,      &row->object,
                                &row->detail, &row->source, &row->request_id};

        row->id = driver->column_int(stmt, 0);
        row->tenant_id = driver->column_int(stmt, 1);
        row->at_ms = driver->column_int(stmt, 2);
        for (int i = 0; i < (int)COUNT(texts); i++)
            *texts[i] = text_at(driver, stmt, 3 + i, arena);
    }
    driver->reset(stmt);
    return step == STEP_DONE;
}

static bool chain_one(const struct db_driver *driver, struct db_stmt *stmt, const struct audit *last,
                      struct audit *row, struct err *err)
{
    bool is_first = row->tenant_id != last->tenant_id || !last->no;

    row->no = is_first ? 1 : last->no + 1;
    audit_digest(row, is_first ? AUDIT_NO_DIGEST : last->digest, row->digest);
    driver->bind_int(stmt, 1, row->id);
    driver->bind_int(stmt, 2, row->no);
    driver->bind_text(stmt, 3, row->digest);
    bool is_done = driver->step(stmt, err) == STEP_DONE;
    driver->reset(stmt);
    return is_done;
}

static bool chain_all(const struct db_driver *driver, struct db_stmt *reading, struct db_stmt *writing,
                      struct err *err)
{
    struct audit last = {.tenant_id = INT64_MIN};
    struct rows rows;

    do {
        AUTO(arena_freep) struct arena *arena = arena_new();

        rows = (struct rows){.arena = arena, .size = sizeof(struct audit)};
        if (!read_some(driver, reading, arena, &last, &rows, err))
            return false;
        for (size_t i = 0; i < rows.count; i++) {
            struct audit *row = &((struct audit *)(void *)rows.at)[i];

            if (!chain_one(driver, writing, &last, row, err))
                return false;
            last = *row; /* of its texts, nothing is read again */
        }
    } while (rows.count == ROWS_AT_ONCE);
    return true;
}

bool audit_chain_rows(const struct db_driver *driver, struct db *db, struct err *err)
{
    struct db_stmt *reading = NULL, *writing = NULL;
    bool is_done = driver->prepare(db, read_rows, &reading, err) &&
                   driver->prepare(db, write_row, &writing, err) && chain_all(driver, reading, writing, err);

    driver->release(reading);
    driver->release(writing);
    return is_done || err_within(err, "chaining the audit log");
}
