#include "support/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/ident.h"
#include "base/text.h"
#include "tools/agent/conf.h"
#include "tools/agent/printer.h"

static char *fresh_dir(struct unit *unit)
{
    char *path = arena_printf(unit->arena, "%s/printer-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");

    assert_non_null(mkdtemp(path));
    return path;
}

static void remove_dir(struct unit *unit, const char *dir)
{
    const char *argv[] = {"/bin/rm", "-rf", dir, NULL};
    struct hook_result result;

    MUST(hook_run(argv, 10000, &result, &unit->err));
    assert_int_equal(result.code, 0);
}

static void write_file(struct unit *unit, const char *dir, const char *name, const char *text, mode_t mode)
{
    MUST(file_write_whole(arena_printf(unit->arena, "%s/%s", dir, name), span_of(text), mode, &unit->err));
}

/* ---- hooks ------------------------------------------------------------------------ */

static struct hook_result run_shell(struct unit *unit, const char *script)
{
    const char *argv[] = {"/bin/sh", "-c", script, NULL};
    struct hook_result result = {.code = -1};

    MUST(hook_run(argv, 10000, &result, &unit->err));
    return result;
}

UNIT(a_hook_says_how_it_ended_and_its_first_line)
{
    assert_int_equal(run_shell(unit, "exit 3").code, 3);
    assert_string_equal(run_shell(unit, "echo FAX_RX; echo more").line, "FAX_RX");
    assert_string_equal(run_shell(unit, "printf 'a\\033[31mb'").line, "a[31mb");
    assert_string_equal(run_shell(unit, "exit 0").line, "");
    assert_int_equal(run_shell(unit, "kill -9 $$").code, 128 + 9);
    assert_int_equal(strlen(run_shell(unit, "head -c 100000 /dev/zero | tr '\\0' x").line), 255);
}

UNIT(a_hook_that_does_not_end_is_killed_with_all_it_started)
{
    const char *dir = fresh_dir(unit);
    const char *script = arena_printf(unit->arena, "sleep 60 & echo $! >%s/child; wait", dir);
    const char *argv[] = {"/bin/sh", "-c", script, NULL};
    int64_t began = clock_monotonic_ms(), pid;
    struct hook_result result, state;
    struct span text;

    REFUSES(ERR_BUSY, hook_run(argv, 500, &result, &unit->err));
    assert_true(clock_monotonic_ms() - began < 10000);
    MUST(file_read(unit->arena, arena_printf(unit->arena, "%s/child", dir), 64, &text, &unit->err));
    MUST(text_int(arena_text(unit->arena, text_trim(text)), "pid", 2, INT32_MAX, &pid, &unit->err));
    /* Gone, or waiting to be collected by whoever inherited it. */
    do
        state =
            run_shell(unit, arena_printf(unit->arena, "cut -d' ' -f3 /proc/%d/stat 2>/dev/null", (int)pid));
    while (state.line[0] && state.line[0] != 'Z' && clock_monotonic_ms() - began < 10000);
    assert_true(state.line[0] == '\0' || state.line[0] == 'Z');
    remove_dir(unit, dir);
}

UNIT(hooks_run_in_order_of_their_numbers_and_named_ones_not_with_them)
{
    const char *dir = fresh_dir(unit);
    const char *const *list;

    MUST(file_make_dirs(arena_printf(unit->arena, "%s/install.d", dir), 0700, &unit->err));
    write_file(unit, dir, "install.d/20-b", "", 0700);
    write_file(unit, dir, "install.d/10-a", "", 0700);
    write_file(unit, dir, "install.d/30-not", "", 0600);
    write_file(unit, dir, "install.d/reboot", "", 0700);
    list = hook_list(unit->arena, dir, "install.d");
    assert_true(text_ends(list[0], "/10-a"));
    assert_true(text_ends(list[1], "/20-b"));
    assert_null(list[2]);
    assert_non_null(hook_named(unit->arena, dir, "install.d", "reboot"));
    assert_null(hook_named(unit->arena, dir, "install.d", "self-test"));
    assert_null(hook_list(unit->arena, dir, "busy.d")[0]);
    remove_dir(unit, dir);
}

/* ---- the folder ----------------------------------------------------------------------- */

static struct printer a_printer(struct unit *unit, const char *dir)
{
    static const char *const components[] = {"system=1.0", "engine=1.1"};
    struct printer printer = {.dir = dir, .hook_timeout_ms = 10000, .slice_ms = 60000, .lock = -1};

    MUST(printer_open(&printer, unit->arena, components, COUNT(components), &unit->err));
    return printer;
}

static struct agent_part a_part(struct unit *unit, const char *text)
{
    char *digest = arena_take(unit->arena, HASH_HEX_MAX);

    hash_hex_of(HASH_SHA256, span_of(text), digest);
    return (struct agent_part){.component = "engine",
                               .version = "2.0",
                               .file = "engine.bin",
                               .sha256 = digest,
                               .size = (int64_t)strlen(text)};
}

UNIT(a_folder_belongs_to_one_agent)
{
    const char *dir = fresh_dir(unit);
    struct printer one = a_printer(unit, dir), other = a_printer(unit, dir);

    MUST(printer_lock(&one, unit->arena, &unit->err));
    REFUSES(ERR_LOCKED, printer_lock(&other, unit->arena, &unit->err));
    printer_close(&one);
    MUST(printer_lock(&other, unit->arena, &unit->err));
    printer_close(&other);
    assert_string_not_equal(one.boot, other.boot);
    remove_dir(unit, dir);
}

/* As a transfer would: these bytes arrive, then it ends. */
static void arrive(struct unit *unit, const struct agent_cache *cache, const struct agent_part *part,
                   const char *text, int64_t expect_offset)
{
    struct download download = {.fd = -1, .expect_bytes = part->size};

    MUST(cache->open(cache->ctx, part, &download, &unit->err));
    assert_int_equal(download.offset, expect_offset);
    snprintf(download.etag, sizeof(download.etag), "\"v1\"");
    MUST(download.begin(download.ctx, &download, &unit->err));
    MUST(file_pwrite_all(download.fd, span_of(text), download.offset, &unit->err));
    cache->close(cache->ctx, part, &download);
}

UNIT(a_download_goes_on_where_its_bytes_end_and_is_whole_when_the_digest_says_so)
{
    const char *dir = fresh_dir(unit);
    struct printer printer = a_printer(unit, dir), later = a_printer(unit, dir);
    struct agent_cache cache = printer_cache(&printer), again = printer_cache(&later);
    struct agent_part part = a_part(unit, "hello world");
    struct download download = {.fd = -1, .expect_bytes = part.size};

    arrive(unit, &cache, &part, "hello ", 0);
    assert_false(again.has(again.ctx, &part));
    MUST(again.open(again.ctx, &part, &download, &unit->err));
    assert_string_equal(download.etag, "\"v1\"");
    again.close(again.ctx, &part, &download);
    arrive(unit, &again, &part, "world", 6);
    MUST(again.finish(again.ctx, &part, &unit->err));
    assert_true(cache.has(cache.ctx, &part));
    cache.prune(cache.ctx, NULL);
    assert_false(cache.has(cache.ctx, &part));
    remove_dir(unit, dir);
}

UNIT(bytes_that_are_not_what_was_signed_are_thrown_away)
{
    const char *dir = fresh_dir(unit);
    struct printer printer = a_printer(unit, dir);
    struct agent_cache cache = printer_cache(&printer);
    struct agent_part part = a_part(unit, "hello world");

    arrive(unit, &cache, &part, "hello WORLD", 0);
    REFUSES(ERR_CHECKSUM, cache.finish(cache.ctx, &part, &unit->err));
    assert_false(cache.has(cache.ctx, &part));
    arrive(unit, &cache, &part, "hello world", 0);
    MUST(cache.finish(cache.ctx, &part, &unit->err));
    remove_dir(unit, dir);
}

UNIT(what_changed_while_it_lay_there_is_not_installed)
{
    const char *dir = fresh_dir(unit);
    struct printer printer = a_printer(unit, dir);
    struct agent_cache cache = printer_cache(&printer);
    struct agent_machine machine = printer_machine(&printer);
    struct agent_part part = a_part(unit, "hello world");
    int64_t again_ms = 0;

    arrive(unit, &cache, &part, "hello world", 0);
    MUST(cache.finish(cache.ctx, &part, &unit->err));
    write_file(unit, dir, arena_printf(unit->arena, "cache/%s", part.sha256), "hello_world", 0600);
    REFUSES(ERR_CHECKSUM, machine.install(machine.ctx, &part, 0, &again_ms, &unit->err));
    assert_string_equal(machine.version(machine.ctx, unit->arena, "engine"), "1.1");
    write_file(unit, dir, arena_printf(unit->arena, "cache/%s", part.sha256), "hello world", 0600);
    MUST(machine.install(machine.ctx, &part, 0, &again_ms, &unit->err));
    assert_string_equal(machine.version(machine.ctx, unit->arena, "engine"), "2.0");
    assert_string_equal(machine.version(machine.ctx, unit->arena, "system"), "1.0");
    assert_true(file_has_digest(arena_printf(unit->arena, "%s/flash/engine.bin", dir), part.sha256));
    remove_dir(unit, dir);
}

/* ---- settings ------------------------------------------------------------------------------ */

static const struct option_row rows[] = {
    {"dir", "DIR", "where", false, false}, {"colour", "NAME", "which", false, false},
    {"part", "NAME", "what", false, true}, {"loud", NULL, "how", false, false},
    {NULL, NULL, NULL, false, false},
};
static const struct option_face face = {"thing", NULL, "A thing.", {{"Options", rows}}};

UNIT(the_command_line_goes_before_the_file)
{
    const char *dir = fresh_dir(unit);
    char *argv[] = {(char *)"thing", (char *)"--dir", (char *)(uintptr_t)dir, (char *)"--colour=red"};
    struct options options;

    write_file(unit, dir, "agent.conf", "# said so\n colour = blue \npart = a=1\npart = b\n\nloud = yes\n",
               0600);
    MUST(conf_options(unit->arena, &face, 4, argv, ".", &options, &unit->err));
    assert_string_equal(options_text(&options, "colour"), "red");
    assert_string_equal(options_nth(&options, "part", 0), "a=1");
    assert_string_equal(options_nth(&options, "part", 1), "b");
    assert_true(options_has(&options, "loud"));
    MUST(conf_options(unit->arena, &face, 3, argv, ".", &options, &unit->err));
    assert_string_equal(options_text(&options, "colour"), "blue");
    remove_dir(unit, dir);
}

UNIT(a_line_that_makes_no_sense_is_named)
{
    const char *dir = fresh_dir(unit);
    char *argv[] = {(char *)"thing", (char *)"--dir", (char *)(uintptr_t)dir};
    struct options options;

    write_file(unit, dir, "agent.conf", "colour = blue\nwhat\n", 0600);
    REFUSES(ERR_INVALID, conf_options(unit->arena, &face, 3, argv, ".", &options, &unit->err));
    SAYS("line 2");
    write_file(unit, dir, "agent.conf", "taste = sweet\n", 0600);
    REFUSES(ERR_INVALID, conf_options(unit->arena, &face, 3, argv, ".", &options, &unit->err));
    SAYS("there is no setting \"taste\"");
    remove_dir(unit, dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_hook_says_how_it_ended_and_its_first_line),
        UNIT_TEST(a_hook_that_does_not_end_is_killed_with_all_it_started),
        UNIT_TEST(hooks_run_in_order_of_their_numbers_and_named_ones_not_with_them),
        UNIT_TEST(a_folder_belongs_to_one_agent),
        UNIT_TEST(a_download_goes_on_where_its_bytes_end_and_is_whole_when_the_digest_says_so),
        UNIT_TEST(bytes_that_are_not_what_was_signed_are_thrown_away),
        UNIT_TEST(what_changed_while_it_lay_there_is_not_installed),
        UNIT_TEST(the_command_line_goes_before_the_file),
        UNIT_TEST(a_line_that_makes_no_sense_is_named),
    };

    ident_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
