/* The program's own printer: settings in a folder, the maker's hooks, the panel; and settings made up. */
#include "support/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "signing/restore_plan.h"
#include "support/settings.h"
#include "tools/agent/printer.h"
#include "tools/agent/simulate.h"

#define LAN(value) "{\"items\":[{\"id\":\"lan\",\"fields\":{" value "}}]}"

static char *fresh_dir(struct unit *unit)
{
    char *path =
        arena_printf(unit->arena, "%s/settings-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");

    assert_non_null(mkdtemp(path));
    return path;
}

static struct printer *a_printer(struct unit *unit)
{
    struct printer *printer = ARENA_NEW(unit->arena, struct printer);

    *printer = (struct printer){.dir = fresh_dir(unit), .hook_timeout_ms = 10000, .lock = -1};
    MUST(printer_open(printer, unit->arena, NULL, 0, &unit->err));
    return printer;
}

static void remove_dir(struct unit *unit, const struct printer *printer)
{
    const char *argv[] = {"/bin/rm", "-rf", printer->dir, NULL};
    struct hook_result result;

    MUST(hook_run(argv, 10000, &result, &unit->err));
}

static void put(struct unit *unit, const struct printer *printer, const char *name, const char *text)
{
    MUST(file_write_whole(printer_path(printer, unit->arena, name), span_of(text), 0600, &unit->err));
}

static void put_hook(struct unit *unit, const struct printer *printer, const char *folder, const char *name,
                     const char *script)
{
    const char *text = arena_printf(unit->arena, "#!/bin/sh\n%s\n", script);
    const char *path = printer_path(printer, unit->arena, arena_printf(unit->arena, "%s/%s", folder, name));

    MUST(file_make_dirs(printer_path(printer, unit->arena, folder), 0700, &unit->err));
    MUST(file_write_whole(path, span_of(text), 0700, &unit->err));
}

static const char *get(struct unit *unit, const struct printer *printer, const char *name)
{
    struct span text;

    return file_read(unit->arena, printer_path(printer, unit->arena, name), 1 << 20, &text, &unit->err)
               ? arena_text(unit->arena, text)
               : NULL;
}

/* ---- collecting ------------------------------------------------------------------- */

static bool collect(struct unit *unit, struct printer *printer, struct snapshot_category *out, size_t *count)
{
    return settings_collect(printer, unit->arena, out, count, &unit->err);
}

UNIT(what_hooks_write_wins_and_nothing_of_it_stays_behind)
{
    struct printer *printer = a_printer(unit);
    struct snapshot_category all[SNAPSHOT_KINDS];
    size_t count = 0;

    put(unit, printer, "settings/network.json", LAN("\"hostname\":\"from-file\""));
    put(unit, printer, "settings/fax.json", LAN("\"name\":\"from-file\""));
    put_hook(unit, printer, "backup.d", "10-net",
             "echo '" LAN("\"hostname\":\"from-hook\"") "' >$1/network.json");
    put_hook(unit, printer, "backup.d", "20-more", "test -f $1/network.json || exit 3");
    MUST(collect(unit, printer, all, &count));
    assert_int_equal(count, 2);
    assert_string_equal(all[0].kind->name, "fax");
    assert_string_equal(snapshot_value(&all[0].items[0], "name"), "from-file");
    assert_string_equal(snapshot_value(&all[1].items[0], "hostname"), "from-hook");
    assert_false(file_exists(printer_path(printer, unit->arena, "backup/scratch")));
    remove_dir(unit, printer);
}

UNIT(a_hook_that_fails_fails_the_backup_with_its_words)
{
    struct printer *printer = a_printer(unit);
    struct snapshot_category all[SNAPSHOT_KINDS];
    size_t count;

    put_hook(unit, printer, "backup.d", "10-net", "echo secret >$1/network.json; echo NVRAM locked; exit 4");
    REFUSES(ERR_CONFLICT, collect(unit, printer, all, &count));
    SAYS("code 4: NVRAM locked");
    assert_false(file_exists(printer_path(printer, unit->arena, "backup/scratch")));
    remove_dir(unit, printer);
}

UNIT(box_contents_and_strangers_are_refused_by_name)
{
    static const struct {
        const char *file, *text, *says;
    } rows[] = {
        {"settings/box-contents.json", "{\"items\":[]}", "no document data"},
        {"settings/fax-memory.json", "{\"items\":[]}", "no document data"},
        {"settings/jobs.json", "{\"items\":[]}", "jobs"},
        {"settings/network.txt", "x", "network.txt"},
        {"settings/templates.json", LAN("\"job_name\":\"x\""), "no document data"},
        {"settings/fax.json", "{\"items\":[{\"id\":1}]}", "fax.json"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct printer *printer = a_printer(unit);
        struct snapshot_category all[SNAPSHOT_KINDS];
        size_t count;

        put(unit, printer, rows[i].file, rows[i].text);
        assert_false(collect(unit, printer, all, &count));
        SAYS(rows[i].says);
        remove_dir(unit, printer);
    }
}

/* ---- applying and putting back ----------------------------------------------------- */

static struct snapshot_category network(struct unit *unit, const char *text)
{
    struct snapshot_category category = {.kind = snapshot_kind_find("network")};

    MUST(snapshot_items_read(unit->arena, span_of(text), &category, &unit->err));
    return category;
}

UNIT(an_empty_secret_leaves_the_one_that_is_there)
{
    struct printer *printer = a_printer(unit);
    struct snapshot_category category =
        network(unit, LAN("\"hostname\":\"new\",\"proxy_password\":\"\",\"community\":\"\""));

    put(unit, printer, "settings/network.json",
        LAN("\"hostname\":\"old\",\"proxy_password\":\"hidden\",\"community\":\"inner\""));
    MUST(settings_apply(printer, &category, &unit->err));
    assert_string_equal(get(unit, printer, "settings/network.json"),
                        LAN("\"community\":\"inner\",\"hostname\":\"new\",\"proxy_password\":\"hidden\""));
    category = network(unit, LAN("\"hostname\":\"\",\"proxy_password\":\"other\""));
    MUST(settings_apply(printer, &category, &unit->err));
    assert_string_equal(get(unit, printer, "settings/network.json"),
                        LAN("\"hostname\":\"\",\"proxy_password\":\"other\""));
    remove_dir(unit, printer);
}

UNIT(what_was_kept_comes_back_secrets_and_all)
{
    struct printer *printer = a_printer(unit);
    struct snapshot_category category = network(unit, LAN("\"hostname\":\"new\""));
    const char *was = LAN("\"hostname\":\"old\",\"proxy_password\":\"hidden\"");
    struct stat info;

    put(unit, printer, "settings/network.json", was);
    MUST(settings_keep(printer, category.kind, &unit->err));
    assert_int_equal(stat(printer_path(printer, unit->arena, "backup/was/network.json"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    for (int i = 0; i < 2; i++) {
        MUST(settings_apply(printer, &category, &unit->err));
        MUST(settings_apply(printer, &category, &unit->err));
        MUST(settings_revert(printer, category.kind, &unit->err));
        MUST(settings_revert(printer, category.kind, &unit->err));
        assert_string_equal(get(unit, printer, "settings/network.json"), was);
    }
    remove_dir(unit, printer);
}

UNIT(what_was_not_set_before_is_not_set_after)
{
    struct printer *printer = a_printer(unit);
    struct snapshot_category category = network(unit, LAN("\"hostname\":\"new\""));

    put(unit, printer, "backup/was/network.json", LAN("\"hostname\":\"of another restore\""));
    MUST(settings_keep(printer, category.kind, &unit->err));
    MUST(settings_apply(printer, &category, &unit->err));
    assert_non_null(get(unit, printer, "settings/network.json"));
    MUST(settings_revert(printer, category.kind, &unit->err));
    assert_null(get(unit, printer, "settings/network.json"));
    remove_dir(unit, printer);
}

UNIT(the_makers_hooks_stand_in_for_the_folder)
{
    struct printer *printer = a_printer(unit);
    struct snapshot_category category = network(unit, LAN("\"hostname\":\"new\""));
    const char *dir = printer->dir;

    put_hook(unit, printer, "restore.d", "network", arena_printf(unit->arena, "cp $1 %s/in-force", dir));
    put_hook(unit, printer, "restore.d", "keep", arena_printf(unit->arena, "echo keep $1 >>%s/calls", dir));
    put_hook(unit, printer, "restore.d", "revert",
             arena_printf(unit->arena, "echo revert $1 >>%s/calls", dir));
    MUST(settings_keep(printer, category.kind, &unit->err));
    MUST(settings_apply(printer, &category, &unit->err));
    MUST(settings_revert(printer, category.kind, &unit->err));
    assert_string_equal(get(unit, printer, "in-force"), LAN("\"hostname\":\"new\""));
    assert_string_equal(get(unit, printer, "calls"), "keep network\nrevert network\n");
    assert_false(file_exists(printer_path(printer, unit->arena, "settings/network.json")));
    assert_false(file_exists(printer_path(printer, unit->arena, "backup/network.json")));
    put_hook(unit, printer, "restore.d", "network", "echo no such interface; exit 2");
    REFUSES(ERR_CONFLICT, settings_apply(printer, &category, &unit->err));
    SAYS("code 2: no such interface");
    remove_dir(unit, printer);
}

/* ---- the sealed file, the panel ---------------------------------------------------- */

UNIT(the_file_on_its_way_is_there_whole_or_not_at_all)
{
    struct printer *printer = a_printer(unit);
    struct agent_settings settings = printer_settings(printer);
    struct stat info;
    int fd = -1, again = -1;

    REFUSES(ERR_NOT_FOUND, settings.outgoing(printer, false, &again, &unit->err));
    MUST(settings.outgoing(printer, true, &fd, &unit->err));
    MUST(file_write_all(fd, span_of("sealed"), &unit->err));
    REFUSES(ERR_NOT_FOUND, settings.outgoing(printer, false, &again, &unit->err));
    MUST(settings.outgoing_keep(printer, fd, &unit->err));
    MUST(settings.outgoing(printer, false, &again, &unit->err));
    assert_int_equal(fstat(again, &info), 0);
    assert_int_equal(info.st_size, 6);
    assert_int_equal(info.st_mode & 0777, 0600);
    close(fd);
    close(again);
    settings.outgoing_drop(printer);
    REFUSES(ERR_NOT_FOUND, settings.outgoing(printer, false, &again, &unit->err));
    remove_dir(unit, printer);
}

UNIT(who_asks_at_the_panel_gets_his_own_answer)
{
    struct printer *printer = a_printer(unit);
    struct agent_backed_up ended = {.trigger = BACKUP_PANEL, .id = "17", .at_ms = 1}, answer;
    const char *first, *second;

    assert_false(panel_is_asked(printer));
    MUST(panel_ask(printer, unit->arena, &first, &unit->err));
    assert_true(panel_is_asked(printer));
    REFUSES(ERR_NOT_FOUND, panel_answer(printer, unit->arena, first, &answer, &unit->err));
    panel_answered(printer, &ended);
    assert_false(panel_is_asked(printer));
    MUST(panel_answer(printer, unit->arena, first, &answer, &unit->err));
    assert_string_equal(answer.id, "17");
    MUST(panel_ask(printer, unit->arena, &second, &unit->err));
    REFUSES(ERR_NOT_FOUND, panel_answer(printer, unit->arena, second, &answer, &unit->err));
    panel_answered(printer, &(struct agent_backed_up){.text = "no line", .at_ms = 1});
    MUST(panel_answer(printer, unit->arena, second, &answer, &unit->err));
    assert_null(answer.id);
    assert_string_equal(answer.text, "no line");
    remove_dir(unit, printer);
}

/* ---- made up ------------------------------------------------------------------------- */

static const char *const models[] = {"demo-200", "demo-300", "MFP-3125", "MFP-3135",
                                     "MFP-3145", "MFP-5210", "MFP-5230"};

static struct snapshot made(struct unit *unit, const struct capability *capability, int64_t seed)
{
    struct snapshot_category *all = ARENA_MANY(unit->arena, struct snapshot_category, SNAPSHOT_KINDS);
    struct simulation simulation = {.seed = seed, .addresses = 241};
    struct snapshot snapshot = {.model = capability->model,
                                .family = capability->family,
                                .serial = "SN-1",
                                .controller_id = "mfp-1",
                                .categories = all};

    MUST(simulate_settings(unit->arena, capability, &simulation, all, &snapshot.category_count, &unit->err));
    return snapshot;
}

UNIT(every_models_settings_are_a_snapshot_that_fits_it)
{
    for (size_t i = 0; i < COUNT(models); i++) {
        struct capability capability;
        struct restore_request request = {.is_same_chassis = true};
        struct restore_plan plan;
        struct snapshot snapshot;

        MUST(capability_built_in(unit->arena, models[i], &capability, &unit->err));
        snapshot = made(unit, &capability, 7);
        assert_int_equal(snapshot.category_count, capability.category_count);
        snapshot = settings_round(unit, &snapshot);
        request.snapshot = &snapshot;
        request.source = request.target = &capability;
        request.target_id = "mfp-1";
        request.target_serial = "SN-1";
        MUST(restore_choose(&snapshot, NULL, &request, &unit->err));
        MUST(restore_plan(unit->arena, &request, &plan, &unit->err));
        assert_int_equal(plan.counts[RESTORE_CONVERTED], 0);
        assert_int_equal(plan.counts[RESTORE_TRUNCATED], 0);
        assert_int_equal(plan.counts[RESTORE_CANNOT_MOVE], 0);
        assert_true(plan.counts[RESTORE_EXACT] > 300);
    }
}

UNIT(the_same_seed_makes_the_same_settings_and_another_seed_others)
{
    struct capability capability;
    struct snapshot one, same, other;

    MUST(capability_built_in(unit->arena, "MFP-3145", &capability, &unit->err));
    one = made(unit, &capability, 7);
    same = made(unit, &capability, 7);
    other = made(unit, &capability, 8);
    one = settings_round(unit, &one);
    same = settings_round(unit, &same);
    other = settings_round(unit, &other);
    assert_string_equal(one.digest, same.digest);
    assert_string_not_equal(one.digest, other.digest);
}

UNIT(canaries_sit_in_every_category_that_has_room_and_too_many_are_refused)
{
    struct capability capability;
    struct snapshot snapshot;
    const char *words[200], **many = ARENA_MANY(unit->arena, const char *, 100000);
    size_t found = 0, homes = 0;

    MUST(capability_built_in(unit->arena, "MFP-3145", &capability, &unit->err));
    for (size_t i = 0; i < COUNT(words); i++)
        words[i] = arena_printf(unit->arena, "canary-%04zu-tweet", i);
    snapshot = made(unit, &capability, 7);
    MUST(simulate_canaries(unit->arena, &capability, (struct snapshot_category *)snapshot.categories,
                           snapshot.category_count, words, COUNT(words), &unit->err));
    snapshot = settings_round(unit, &snapshot);
    for (size_t c = 0; c < snapshot.category_count; c++) {
        size_t here = 0;

        for (size_t i = 0; i < snapshot.categories[c].item_count; i++)
            for (size_t k = 0; k < snapshot.categories[c].items[i].field_count; k++)
                here += text_starts(snapshot.categories[c].items[i].fields[k].value, "canary-");
        found += here;
        homes += here > 0;
    }
    assert_int_equal(found, COUNT(words));
    assert_true(homes > 12);
    for (size_t i = 0; i < 100000; i++)
        many[i] = "canary-0000-tweet";
    snapshot = made(unit, &capability, 7);
    REFUSES(ERR_TOO_LARGE,
            simulate_canaries(unit->arena, &capability, (struct snapshot_category *)snapshot.categories,
                              snapshot.category_count, many, 100000, &unit->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(what_hooks_write_wins_and_nothing_of_it_stays_behind),
        UNIT_TEST(a_hook_that_fails_fails_the_backup_with_its_words),
        UNIT_TEST(box_contents_and_strangers_are_refused_by_name),
        UNIT_TEST(an_empty_secret_leaves_the_one_that_is_there),
        UNIT_TEST(what_was_kept_comes_back_secrets_and_all),
        UNIT_TEST(what_was_not_set_before_is_not_set_after),
        UNIT_TEST(the_makers_hooks_stand_in_for_the_folder),
        UNIT_TEST(the_file_on_its_way_is_there_whole_or_not_at_all),
        UNIT_TEST(who_asks_at_the_panel_gets_his_own_answer),
        UNIT_TEST(every_models_settings_are_a_snapshot_that_fits_it),
        UNIT_TEST(the_same_seed_makes_the_same_settings_and_another_seed_others),
        UNIT_TEST(canaries_sit_in_every_category_that_has_room_and_too_many_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
