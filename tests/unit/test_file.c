#include "base/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "support/store.h"
#include "support/unit.h"

static char dir[128];

static const char *in_dir(struct unit *unit, const char *name)
{
    return arena_printf(unit->arena, "%s/%s", dir, name);
}

static int begin(void **state)
{
    const char *base = getenv("TMPDIR");

    snprintf(dir, sizeof(dir), "%s/test_file.XXXXXX", base ? base : P_tmpdir);
    return mkdtemp(dir) ? unit_begin(state) : -1;
}

static int end(void **state)
{
    support_remove(dir);
    return unit_end(state);
}

static int files_in_dir(void)
{
    DIR *folder = opendir(dir);
    int count = -2; /* . and .. */

    assert_non_null(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

static void holds(struct unit *unit, const char *path, const char *text)
{
    struct span bytes;

    MUST(file_read(unit->arena, path, 100000, &bytes, &unit->err));
    assert_string_equal(text, bytes.at);
    assert_int_equal(strlen(text), bytes.size);
}

UNIT(a_whole_file_comes_back_with_its_mode_and_leaves_no_temp_file)
{
    const char *path = in_dir(unit, "key");
    struct stat info;

    MUST(file_write_whole(path, span_of("one"), 0600, &unit->err));
    holds(unit, path, "one");
    MUST(file_write_whole(path, span_of("two two"), 0644, &unit->err));
    holds(unit, path, "two two");
    assert_int_equal(0, stat(path, &info));
    assert_int_equal(0644, info.st_mode & 07777);
    assert_int_equal(1, files_in_dir());
}

UNIT(an_empty_file_is_read_as_nothing)
{
    MUST(file_write_whole(in_dir(unit, "empty"), span_make(NULL, 0), 0600, &unit->err));
    holds(unit, in_dir(unit, "empty"), "");
}

UNIT(reading_is_bounded_to_the_byte)
{
    const char *path = in_dir(unit, "big");
    struct span bytes = span_of("as it was");
    char *big = arena_take(unit->arena, 50000);

    memset(big, 'x', 50000);
    MUST(file_write_whole(path, span_make(big, 50000), 0600, &unit->err));
    REFUSES(ERR_TOO_LARGE, file_read(unit->arena, path, 49999, &bytes, &unit->err));
    assert_string_equal("as it was", bytes.at);
    MUST(file_read(unit->arena, path, 50000, &bytes, &unit->err));
    assert_int_equal(50000, bytes.size);
    assert_memory_equal(big, bytes.at, 50000);
}

UNIT(what_is_not_there_is_not_found_and_a_folder_is_no_file)
{
    struct span bytes;

    REFUSES(ERR_NOT_FOUND, file_read(unit->arena, in_dir(unit, "none"), 10, &bytes, &unit->err));
    SAYS("none");
    REFUSES(ERR_IO, file_read(unit->arena, dir, 10, &bytes, &unit->err));
    REFUSES(ERR_NOT_FOUND, file_write_whole(in_dir(unit, "no/folder"), span_of("x"), 0600, &unit->err));
    REFUSES(ERR_NOT_FOUND, file_sync_dir(in_dir(unit, "none"), &unit->err));
    assert_false(file_exists(in_dir(unit, "none")));
    assert_true(file_exists(dir));
}

UNIT(folders_are_made_all_the_way_and_again)
{
    MUST(file_make_dirs(in_dir(unit, "a/b//c/"), 0700, &unit->err));
    MUST(file_make_dirs(in_dir(unit, "a/b/c"), 0700, &unit->err));
    MUST(file_make_dirs("/", 0700, &unit->err));
    assert_true(file_exists(in_dir(unit, "a/b/c")));
    MUST(file_write_whole(in_dir(unit, "a/file"), span_of("x"), 0600, &unit->err));
    REFUSES(ERR_IO, file_make_dirs(in_dir(unit, "a/file/d"), 0700, &unit->err));
    REFUSES(ERR_IO, file_make_dirs(in_dir(unit, "a/file"), 0700, &unit->err));
}

UNIT(bytes_are_written_where_they_belong)
{
    AUTO(fd_closep) int fd = open(in_dir(unit, "x"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    MUST(file_write_all(fd, span_of("hello world"), &unit->err));
    MUST(file_pwrite_all(fd, span_of("W"), 6, &unit->err));
    MUST(file_sync(fd, "x", &unit->err));
    holds(unit, in_dir(unit, "x"), "hello World");
    fd_closep(&fd);
    assert_int_equal(-1, fd);
    REFUSES(ERR_IO, file_write_all(fd, span_of("x"), &unit->err));
    REFUSES(ERR_IO, file_sync(fd, "x", &unit->err));
}

UNIT(a_full_disk_is_said_to_be_full)
{
    AUTO(fd_closep) int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        skip();
    REFUSES(ERR_NO_SPACE, file_write_all(fd, span_of("x"), &unit->err));
}

UNIT(free_bytes_are_known_for_what_exists)
{
    assert_true(file_free_bytes(dir) > 0);
    assert_int_equal(-1, file_free_bytes(in_dir(unit, "none")));
}

UNIT(a_path_longer_than_the_system_takes_is_refused)
{
    char *path = arena_take(unit->arena, 10001);

    memset(path, 'a', 10000);
    path[0] = '/';
    REFUSES(ERR_INVALID, file_write_whole(path, span_of("x"), 0600, &unit->err));
    REFUSES(ERR_INVALID, file_make_dirs(path, 0700, &unit->err));
}

#ifdef FAULTS
UNIT(whatever_fails_the_file_is_the_old_or_the_new_one)
{
    const char *path = in_dir(unit, "x");
    bool is_done = false;
    int fired = 0;

    MUST(file_write_whole(path, span_of("old"), 0600, &unit->err));
    for (int nth = 1; !is_done; nth++) {
        fault_arm(nth);
        is_done = file_write_whole(path, span_of("new"), 0600, &unit->err);
        fault_arm(0);
        fired += !is_done;
        struct span bytes;
        MUST(file_read(unit->arena, path, 10, &bytes, &unit->err));
        assert_true(strcmp(bytes.at, "old") == 0 || strcmp(bytes.at, "new") == 0);
        assert_int_equal(1, files_in_dir());
    }
    assert_int_equal(6, fired); /* opening the folder, create, write, sync, rename, sync of the folder */
    holds(unit, path, "new");
}
#endif

#define FILE_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(a_whole_file_comes_back_with_its_mode_and_leaves_no_temp_file),
        FILE_TEST(an_empty_file_is_read_as_nothing),
        FILE_TEST(reading_is_bounded_to_the_byte),
        FILE_TEST(what_is_not_there_is_not_found_and_a_folder_is_no_file),
        FILE_TEST(folders_are_made_all_the_way_and_again),
        FILE_TEST(bytes_are_written_where_they_belong),
        FILE_TEST(a_full_disk_is_said_to_be_full),
        FILE_TEST(free_bytes_are_known_for_what_exists),
        FILE_TEST(a_path_longer_than_the_system_takes_is_refused),
#ifdef FAULTS
        FILE_TEST(whatever_fails_the_file_is_the_old_or_the_new_one),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
