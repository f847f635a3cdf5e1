#include "store/private.h"

#include <stdio.h>

#include "base/log.h"
#include "base/text.h"

/* "0001_start.sql" is step 1; 0 for any other file. */
static int64_t step_of(const char *name)
{
    int64_t step = 0;

    if (strlen(name) < sizeof("0001_.sql") || name[4] != '_' || !text_ends(name, ".sql"))
        return 0;
    for (int i = 0; i < 4; i++) {
        if (name[i] < '0' || name[i] > '9')
            return 0;
        step = step * 10 + (name[i] - '0');
    }
    return step;
}

bool store_migrate_last(const struct embedded *files, int64_t *out, struct err *err)
{
    int64_t last = 0;

    for (; files->name; files++) {
        int64_t step = step_of(files->name);

        if (step && step != last + 1)
            return FAIL(err, ERR_INVALID, "schema step %s follows step %d", files->name, (int)last);
        if (step)
            last = step;
    }
    *out = last;
    return true;
}

struct finding {
    int count;
    char first[200];
};

static void note(void *ctx, const char *problem)
{
    struct finding *finding = ctx;

    if (finding->count++ == 0)
        snprintf(finding->first, sizeof(finding->first), "%s", problem);
}

/* What a step does to rows that SQL cannot, in the step's transaction. By name: numbers are nobody's. */
static const struct {
    const char *file;
    bool (*run)(const struct db_driver *driver, struct db *db, struct err *err);
} after_step[] = {{"_audit_chain.sql", audit_chain_rows}};

static bool run_after(const struct db_driver *driver, struct db *db, const char *file, struct err *err)
{
    for (size_t i = 0; i < COUNT(after_step); i++)
        if (text_ends(file, after_step[i].file) && !after_step[i].run(driver, db, err))
            return false;
    return true;
}

static bool fill_step(const struct db_driver *driver, struct db *db, const struct embedded *file,
                      struct err *err)
{
    struct finding finding = {0};
    bool is_sync_lost = false;

    if (!driver->exec(db, "BEGIN IMMEDIATE", err) || !driver->exec(db, file->at, err) ||
        !run_after(driver, db, file->name, err) || !driver->check(db, true, note, &finding, err))
        return false;
    if (finding.count)
        return FAIL(err, ERR_CORRUPT, "%d rows point nowhere: %s", finding.count, finding.first);
    return driver->version_put(db, step_of(file->name), err) && driver->commit(db, &is_sync_lost, err);
}

/* All of a step or nothing of it. */
static bool run_step(const struct db_driver *driver, struct db *db, const struct embedded *file,
                     struct err *err)
{
    struct err ignored;

    if (fill_step(driver, db, file, err)) {
        log_say(LOG_INFO, "store.migrated", "step", file->name, NULL);
        return true;
    }
    if (driver->is_in_transaction(db) && !driver->exec(db, "ROLLBACK", &ignored))
        log_say(LOG_WARN, "store.rollback", "failed", ignored.text, NULL);
    return err_within(err, "schema step %s", file->name);
}

/* Tables may be rebuilt, so keys are looked at after each step instead of during it. */
static bool run_steps(const struct db_driver *driver, struct db *db, const struct embedded *files,
                      int64_t from, int64_t last, struct err *err)
{
    if (!driver->enforce_keys(db, false, err))
        return false;
    for (; files->name; files++) {
        int64_t step = step_of(files->name);

        if (step > from && step <= last && !run_step(driver, db, files, err))
            return false;
    }
    return driver->enforce_keys(db, true, err);
}

bool store_migrate(const struct db_driver *driver, struct db *db, const struct embedded *files, int64_t last,
                   struct err *err)
{
    int64_t known = 0, have = 0;

    if (!store_migrate_last(files, &known, err) || !driver->version_get(db, &have, err))
        return false;
    if (have > known)
        return FAIL(err, ERR_CONFLICT, "the database is at step %d, this older program knows %d", (int)have,
                    (int)known);
    last = last ? last : known;
    return have >= last || run_steps(driver, db, files, have, last, err);
}
