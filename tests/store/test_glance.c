/* A start looks whether what it opens is whole, and says what brings it back when it is not. */
#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "store/audits.h"
#include "store/blob.h"
#include "store/private.h"
#include "support/store.h"
#include "support/unit.h"

#define PAGE 4096

static void put_rows(struct unit *unit, struct store *store, int count)
{
    AUTO(tx_end) struct tx tx = {0};
    const struct audit audit = {
        .tenant_id = 1, .who = "t", .role = "", .what = "test.put", .object = "x", .detail = "some words"};

    MUST(tx_begin(&tx, store, &unit->err));
    for (int i = 0; i < count; i++)
        MUST(store_audit_put(store, &audit, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
}

/* A store with rows, closed, so that all of it is in one file. */
static char *filled(struct unit *unit, int rows)
{
    char *dir = support_dir(unit->arena);
    const struct store_options options = {.dir = dir, .ballast_bytes = -1};
    struct store *store = NULL;

    MUST(store_open(&store, &options, &unit->err));
    put_rows(unit, store, rows);
    store_closep(&store);
    return dir;
}

static bool opens(struct unit *unit, const char *dir, bool is_glanced_over)
{
    const struct store_options options = {
        .dir = dir, .ballast_bytes = -1, .is_glanced_over = is_glanced_over};
    struct store *store = NULL;
    bool ok = store_open(&store, &options, &unit->err);

    store_closep(&store);
    return ok;
}

/* Pages from the end, and from the start when negative, are no pages any more. */
static void spoil(struct unit *unit, const char *dir, int64_t page)
{
    AUTO(fd_closep) int fd = open(arena_printf(unit->arena, "%s/nightshift.db", dir), O_RDWR | O_CLOEXEC);
    int64_t size = lseek(fd, 0, SEEK_END);
    char noise[PAGE];

    memset(noise, 0xA5, sizeof(noise));
    assert_int_equal(size % PAGE, 0);
    assert_int_equal(pwrite(fd, noise, PAGE, page < 0 ? (-page - 1) * PAGE : size - (page + 1) * PAGE), PAGE);
}

UNIT(a_whole_store_opens)
{
    assert_true(opens(unit, filled(unit, 1000), true));
}

UNIT(a_page_that_is_none_keeps_it_from_opening_and_the_way_back_is_named)
{
    static const int64_t pages[] = {-1, -2, 0, 1, 5, 10};

    for (size_t i = 0; i < COUNT(pages); i++) {
        char *dir = filled(unit, 1000);

        spoil(unit, dir, pages[i]);
        assert_false(opens(unit, dir, true));
        assert_string_equal(err_word(unit->err.code), err_word(ERR_CORRUPT));
        SAYS("nightshift admin restore BACKUP --dir NEW");
    }
}

UNIT(who_wants_to_save_what_is_left_opens_it_all_the_same)
{
    char *dir = filled(unit, 1000);

    spoil(unit, dir, 0);
    assert_false(opens(unit, dir, true));
    assert_true(opens(unit, dir, false));
}

UNIT(a_component_whose_blob_is_missing_keeps_it_from_opening)
{
    char *dir = filled(unit, 1);
    struct store *store = support_store_open(unit->arena, dir);
    struct blob_hashes image;

    MUST(blob_put(store_blobs(store), span_of("firmware"), &image, &unit->err));
    MUST(store->driver->exec(
        store->writer.db,
        arena_printf(unit->arena,
                     "PRAGMA foreign_keys=OFF;"
                     "INSERT INTO module VALUES (1, 1, 1, 'system', '1.1', 'system.img', 8, '%s', '', '', 0);"
                     "PRAGMA foreign_keys=ON;",
                     image.sha256),
        &unit->err));
    MUST(blob_remove(store_blobs(store), image.sha256, &unit->err));
    /* The folder is locked by the open one, so another looks at a copy. */
    char *copy = support_dir(unit->arena);
    MUST(store->driver->copy(store->writer.db, arena_printf(unit->arena, "%s/nightshift.db", copy),
                             &unit->err));
    assert_false(opens(unit, copy, true));
    SAYS(image.sha256);
    SAYS("nightshift admin restore BACKUP --dir NEW");
    assert_true(opens(unit, copy, false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_whole_store_opens),
        UNIT_TEST(a_page_that_is_none_keeps_it_from_opening_and_the_way_back_is_named),
        UNIT_TEST(who_wants_to_save_what_is_left_opens_it_all_the_same),
        UNIT_TEST(a_component_whose_blob_is_missing_keeps_it_from_opening),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
