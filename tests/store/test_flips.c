/* Bytes that go bad where they rest, one at a time: a scrub names each changed blob; with a changed database the bytes that
 * are served are as they were, or the start or a check says that it is damaged. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/embedded.h"
#include "base/file.h"
#include "sim/dice.h"
#include "store/blob.h"
#include "store/check.h"
#include "store/private.h"
#include "support/old_rows.h"
#include "support/store.h"
#include "support/unit.h"

#define FLIPS 200
#define BLOBS 20
#define BLOB_BYTES 5000
#define DATABASE_MAX (64 << 20)

static const char *in(struct arena *arena, const char *dir)
{
    return arena_printf(arena, "%s/nightshift.db", dir);
}

/* A release of twenty files over the rows of an old database, so that most pages hold something. */
static void fill(struct unit *unit, const char *dir, struct dice *dice, char names[BLOBS][65])
{
    const struct store_options options = {.dir = dir, .ballast_bytes = -1};
    AUTO(store_closep) struct store *store = NULL;
    struct db *db = NULL;

    MUST(db_sqlite.open(&db, in(unit->arena, dir), DB_WRITER, &unit->err));
    MUST(store_migrate(&db_sqlite, db, embedded_files, 1, &unit->err));
    MUST(db_sqlite.exec(db, old_rows_1, &unit->err));
    MUST(db_sqlite.exec(db, "DELETE FROM module", &unit->err));
    db_sqlite.close(db);
    MUST(store_open(&store, &options, &unit->err));
    for (int i = 0; i < BLOBS; i++) {
        char bytes[BLOB_BYTES];
        struct blob_hashes hashes;

        for (size_t k = 0; k < sizeof(bytes); k++)
            bytes[k] = (char)dice_below(dice, 256);
        MUST(blob_put(store_blobs(store), span_make(bytes, sizeof(bytes)), &hashes, &unit->err));
        memcpy(names[i], hashes.sha256, sizeof(names[i]));
        MUST(db_sqlite.exec(
            store->writer.db,
            arena_printf(unit->arena,
                         "INSERT INTO module VALUES (%d, 1, 1, 'part-%d', '1.1', 'part-%d.img',"
                         " %d, '%s', '', '', 0)",
                         i + 1, i, i, BLOB_BYTES, names[i]),
            &unit->err));
    }
}

/* ---- blobs ----------------------------------------------------------------------------------------------- */

static void flip(const char *path, int64_t at, int bit)
{
    AUTO(fd_closep) int fd = open(path, O_RDWR | O_CLOEXEC);
    char byte;

    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte = (char)(byte ^ (1 << bit));
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
}

UNIT(each_changed_bit_of_a_blob_is_found_by_name)
{
    char *dir = support_dir(unit->arena), names[BLOBS][65];
    struct dice dice = dice_of(1);
    struct store *store;

    fill(unit, dir, &dice, names);
    store = support_store_open(unit->arena, dir);
    for (int i = 0; i < FLIPS; i++) {
        const char *name = names[dice_below(&dice, BLOBS)];
        const char *path = arena_printf(unit->arena, "%s/blobs/%.2s/%s", dir, name, name);
        int64_t at = dice_below(&dice, BLOB_BYTES);
        int bit = (int)dice_below(&dice, 8);
        struct store_check_report report;

        flip(path, at, bit);
        MUST(store_check(store, NULL, &report, &unit->err));
        assert_int_equal(report.wrong, 1);
        assert_non_null(strstr(report.first, arena_printf(unit->arena, "blob %.12s", name)));
        flip(path, at, bit);
    }
    printf("blobs: %d of %d flips found\n", FLIPS, FLIPS);
}

/* ---- the database ------------------------------------------------------------------------------------------ */

/* The names of the bytes that are served. What a file is called, and how long it is, devices hold against what was
 * signed. */
static const char *files_of(struct arena *arena, struct store *store)
{
    struct db *db = store->writer.db;
    struct db_stmt *stmt = NULL;
    struct buf text = {.arena = arena};
    struct err err;

    if (!db_sqlite.prepare(db, "SELECT sha256 FROM module ORDER BY id", &stmt, &err))
        return "damaged";
    while (db_sqlite.step(stmt, &err) == STEP_ROW)
        buf_add(&text, db_sqlite.column_bytes(stmt, 0));
    db_sqlite.release(stmt);
    return buf_cstr(&text);
}

/* Does the start, or a check, say so? Else *files is what is served. */
static bool is_noticed(struct arena *arena, const char *dir, const char **files)
{
    const struct store_options options = {.dir = dir, .ballast_bytes = -1, .is_glanced_over = true};
    AUTO(store_closep) struct store *store = NULL;
    struct store_check_report report;
    struct err err;

    if (!store_open(&store, &options, &err) || !store_check(store, NULL, &report, &err) ||
        !store_check_is_sound(&report))
        return true;
    *files = files_of(arena, store);
    return false;
}

/* Most of a page is empty in so small a database. */
static int64_t used_byte(struct dice *dice, struct span bytes)
{
    int64_t at;

    do
        at = dice_below(dice, (int64_t)bytes.size);
    while (bytes.at[at] == 0);
    return at;
}

UNIT(a_changed_bit_of_the_database_is_noticed_or_changes_no_bytes_that_are_served)
{
    char *dir = support_dir(unit->arena), names[BLOBS][65];
    struct dice dice = dice_of(2);
    const char *before = "";
    struct span whole;
    int noticed = 0;

    fill(unit, dir, &dice, names);
    MUST(file_read(unit->arena, in(unit->arena, dir), DATABASE_MAX, &whole, &unit->err));
    assert_false(is_noticed(unit->arena, dir, &before));
    for (int i = 0; i < FLIPS; i++) {
        AUTO(arena_freep) struct arena *arena = arena_new();
        int64_t at = used_byte(&dice, whole);
        char *bytes = arena_text(arena, whole);
        const char *after = "";

        bytes[at] = (char)(bytes[at] ^ (1 << dice_below(&dice, 8)));
        MUST(file_write_whole(in(arena, dir), span_make(bytes, whole.size), 0600, &unit->err));
        if (is_noticed(arena, dir, &after))
            noticed++;
        else
            assert_string_equal(after, before);
    }
    printf("database: %d of %d flips in used bytes noticed; the others changed no bytes that are served\n",
           noticed, FLIPS);
    assert_true(noticed > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(each_changed_bit_of_a_blob_is_found_by_name),
        UNIT_TEST(a_changed_bit_of_the_database_is_noticed_or_changes_no_bytes_that_are_served),
    };

    support_memory_dir();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
