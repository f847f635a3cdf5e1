/* Settings of simulated machines: made up, and what a restore put there. */
#include "support/unit.h"

#include "base/text.h"
#include "tools/fleet/fleet.h"

struct row {
    struct fleet_options options;
    struct fleet fleet;
    struct machine machine;
    struct agent_settings settings;
};

static struct row *a_machine(struct unit *unit, size_t number)
{
    static const char *const models[] = {"MFP-3145", "MFP-5230"}, *const families[] = {"x"};
    struct row *row = ARENA_NEW(unit->arena, struct row);

    row->options.population = (struct population){.seed = 3,
                                                  .models = {models, COUNT(models)},
                                                  .families = {families, COUNT(families)},
                                                  .zones = population_zones,
                                                  .components = population_components};
    row->fleet = (struct fleet){.options = &row->options, .arena = unit->arena};
    MUST(settings_open(&row->fleet, &unit->err));
    row->machine.fleet = &row->fleet;
    population_make(unit->arena, &row->options.population, number, &row->machine.facts);
    row->settings = machine_settings(&row->machine);
    return row;
}

static void row_end(struct row *row)
{
    settings_end(&row->machine);
    disk_end(&row->machine.disk);
}

static const struct snapshot_category *set_now(struct unit *unit, struct row *row, const char *name)
{
    struct snapshot_category *all = ARENA_MANY(unit->arena, struct snapshot_category, SNAPSHOT_KINDS);
    size_t count = 0;

    MUST(row->settings.collect(&row->machine, unit->arena, all, &count, &unit->err));
    for (size_t i = 0; i < count; i++)
        if (text_equal(all[i].kind->name, name))
            return &all[i];
    return NULL;
}

static const char *text_now(struct unit *unit, struct row *row, const char *name)
{
    return arena_text(unit->arena, snapshot_items_write(unit->arena, set_now(unit, row, name)));
}

UNIT(machines_have_settings_of_their_own_and_keep_none)
{
    struct row *one = a_machine(unit, 1), *same = a_machine(unit, 1), *other = a_machine(unit, 2);

    assert_string_equal(text_now(unit, one, "users"), text_now(unit, same, "users"));
    assert_string_not_equal(text_now(unit, one, "users"), text_now(unit, other, "users"));
    assert_int_equal(one->machine.disk.count, 0);
    row_end(one);
    row_end(same);
    row_end(other);
}

UNIT(what_a_restore_put_there_stays_and_can_be_put_back)
{
    struct row *row = a_machine(unit, 1), *from = a_machine(unit, 2);
    const struct snapshot_category *foreign = set_now(unit, from, "network");
    const char *before = text_now(unit, row, "network"), *after;

    for (int i = 0; i < 2; i++) {
        MUST(row->settings.keep(&row->machine, foreign->kind, &unit->err));
        MUST(row->settings.apply(&row->machine, foreign, &unit->err));
        after = text_now(unit, row, "network");
        assert_string_equal(after, text_now(unit, from, "network"));
        MUST(row->settings.revert(&row->machine, foreign->kind, &unit->err));
        MUST(row->settings.revert(&row->machine, foreign->kind, &unit->err));
        assert_string_equal(text_now(unit, row, "network"), before);
    }
    MUST(row->settings.apply(&row->machine, foreign, &unit->err));
    MUST(row->settings.keep(&row->machine, foreign->kind, &unit->err));
    MUST(row->settings.apply(&row->machine, set_now(unit, a_machine(unit, 3), "network"), &unit->err));
    MUST(row->settings.revert(&row->machine, foreign->kind, &unit->err));
    assert_string_equal(text_now(unit, row, "network"), after);
    row_end(row);
    row_end(from);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(machines_have_settings_of_their_own_and_keep_none),
        UNIT_TEST(what_a_restore_put_there_stays_and_can_be_put_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
