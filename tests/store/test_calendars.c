#include "store/calendars.h"
#include "store/tenants.h"
#include "support/store.h"
#include "support/unit.h"

#define NIGHT_MS 1780000000000LL
#define MAY_1 20574 /* days since 1970 */
#define MAY_2 20575
#define MAY_14 20587

struct scene {
    struct store *store;
    int64_t tenant_id;
};

static const struct calendar_day holidays[] = {{MAY_1, "Labour Day"}, {MAY_14, "Ascension"}};

static struct scene scene_make(struct unit *unit)
{
    struct scene s = {.store = support_store(unit->arena, NULL)};
    AUTO(tx_end) struct tx tx = {0};
    const struct tenant tenant = {.name = "DEFAULT", .created_ms = NIGHT_MS};

    MUST(tx_begin(&tx, s.store, &unit->err));
    MUST(store_tenant_put(s.store, &tenant, &s.tenant_id, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    return s;
}

static void put(struct unit *unit, const struct scene *s, const char *name, const struct calendar_day *days,
                int64_t count)
{
    AUTO(tx_end) struct tx tx = {0};
    const struct calendar calendar = {.tenant_id = s->tenant_id,
                                      .name = name,
                                      .ics = span_of("BEGIN:VCALENDAR"),
                                      .days = count,
                                      .first_day = days[0].day,
                                      .last_day = days[count - 1].day,
                                      .created_by = "mia",
                                      .changed_ms = NIGHT_MS};

    MUST(tx_begin(&tx, s->store, &unit->err));
    MUST(store_calendar_put(s->store, unit->arena, &calendar, days, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
}

static struct calendar get(struct unit *unit, const struct scene *s, const char *name)
{
    struct calendar calendar = {0};

    MUST(store_calendar_get(s->store, unit->arena, s->tenant_id, name, &calendar, &unit->err));
    return calendar;
}

static size_t closed(struct unit *unit, const struct scene *s, const char *name, int64_t from, int64_t to,
                     int64_t **days)
{
    size_t count = 0;

    MUST(
        store_calendar_closed(s->store, unit->arena, s->tenant_id, name, from, to, days, &count, &unit->err));
    return count;
}

UNIT(a_calendar_comes_back_as_it_was_put_and_to_its_tenant_only)
{
    struct scene s = scene_make(unit);
    struct calendar c;
    struct span ics;

    put(unit, &s, "bavaria", holidays, COUNT(holidays));
    c = get(unit, &s, "bavaria");
    assert_string_equal(c.name, "bavaria");
    assert_true(c.days == 2 && c.first_day == MAY_1 && c.last_day == MAY_14 && c.changed_ms == NIGHT_MS);
    assert_string_equal(c.created_by, "mia");
    MUST(store_calendar_ics(s.store, unit->arena, c.id, &ics, &unit->err));
    assert_int_equal(ics.size, strlen("BEGIN:VCALENDAR"));
    assert_memory_equal(ics.at, "BEGIN:VCALENDAR", ics.size);
    REFUSES(ERR_NOT_FOUND,
            store_calendar_get(s.store, unit->arena, s.tenant_id + 1, "bavaria", &c, &unit->err));
}

UNIT(one_of_the_same_name_takes_its_place_with_other_days)
{
    static const struct calendar_day less[] = {{MAY_2, "Bridge"}};
    struct scene s = scene_make(unit);
    struct calendar_day *days;
    int64_t id;
    size_t count;

    put(unit, &s, "bavaria", holidays, COUNT(holidays));
    id = get(unit, &s, "bavaria").id;
    put(unit, &s, "bavaria", less, COUNT(less));
    assert_int_equal(get(unit, &s, "bavaria").id, id);
    MUST(store_calendar_day_list(s.store, unit->arena, id, 0, 10, &days, &count, &unit->err));
    assert_int_equal(count, 1);
    assert_int_equal(days[0].day, MAY_2);
    assert_string_equal(days[0].name, "Bridge");
}

UNIT(its_days_are_read_between_two_and_from_one_on)
{
    struct scene s = scene_make(unit);
    struct calendar_day *days;
    int64_t *at;
    size_t count;

    put(unit, &s, "bavaria", holidays, COUNT(holidays));
    assert_int_equal(closed(unit, &s, "bavaria", MAY_1, MAY_14, &at), 2);
    assert_true(at[0] == MAY_1 && at[1] == MAY_14);
    assert_int_equal(closed(unit, &s, "bavaria", MAY_2, MAY_14 - 1, &at), 0);
    assert_int_equal(closed(unit, &s, "saxony", MAY_1, MAY_14, &at), 0);
    MUST(store_calendar_day_list(s.store, unit->arena, get(unit, &s, "bavaria").id, MAY_2, 10, &days, &count,
                                 &unit->err));
    assert_int_equal(count, 1);
    assert_string_equal(days[0].name, "Ascension");
}

UNIT(calendars_are_listed_by_name_and_go_with_their_days)
{
    struct scene s = scene_make(unit);
    struct calendar *list, gone;
    AUTO(tx_end) struct tx tx = {0};
    int64_t *at;
    size_t count;

    put(unit, &s, "saxony", holidays, COUNT(holidays));
    put(unit, &s, "bavaria", holidays, COUNT(holidays));
    MUST(store_calendar_list(s.store, unit->arena, s.tenant_id, "", 10, &list, &count, &unit->err));
    assert_int_equal(count, 2);
    assert_string_equal(list[0].name, "bavaria");
    MUST(store_calendar_list(s.store, unit->arena, s.tenant_id, "bavaria", 10, &list, &count, &unit->err));
    assert_int_equal(count, 1);
    assert_string_equal(list[0].name, "saxony");
    MUST(tx_begin(&tx, s.store, &unit->err));
    MUST(store_calendar_drop(s.store, get(unit, &s, "saxony").id, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    REFUSES(ERR_NOT_FOUND,
            store_calendar_get(s.store, unit->arena, s.tenant_id, "saxony", &gone, &unit->err));
    assert_int_equal(closed(unit, &s, "saxony", MAY_1, MAY_14, &at), 0);
    assert_int_equal(closed(unit, &s, "bavaria", MAY_1, MAY_14, &at), 2);
}

/* "bavaria" is not named by "upper-bavaria". */
UNIT(a_site_that_names_it_is_found_by_the_whole_name)
{
    struct scene s = scene_make(unit);
    const struct site site = {.tenant_id = s.tenant_id,
                              .name = "munich",
                              .customer = "",
                              .language = "",
                              .calendars = "upper-bavaria,fair",
                              .window = {.start_min = -1, .end_min = -1, .zone = "UTC", .rule = ""}};
    AUTO(tx_end) struct tx tx = {0};
    const char *user = "";

    MUST(tx_begin(&tx, s.store, &unit->err));
    MUST(store_site_put(s.store, &site, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    MUST(store_calendar_user(s.store, unit->arena, s.tenant_id, "bavaria", &user, &unit->err));
    assert_null(user);
    MUST(store_calendar_user(s.store, unit->arena, s.tenant_id, "fair", &user, &unit->err));
    assert_string_equal(user, "munich");
}

static struct blackout black_out(struct unit *unit, const struct scene *s, const char *customer,
                                 const char *reason)
{
    AUTO(tx_end) struct tx tx = {0};
    const struct blackout blackout = {.tenant_id = s->tenant_id,
                                      .customer = customer,
                                      .from_day = MAY_1,
                                      .to_day = MAY_2,
                                      .reason = reason,
                                      .created_by = "tom",
                                      .created_ms = NIGHT_MS};
    struct blackout out = {0};

    MUST(tx_begin(&tx, s->store, &unit->err));
    MUST(store_blackout_put(s->store, unit->arena, &blackout, &out, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    return out;
}

UNIT(the_same_dates_again_change_the_reason_and_stay_one_blackout)
{
    struct scene s = scene_make(unit);
    struct blackout first = black_out(unit, &s, "Roux", "season"), *list;
    size_t count;

    assert_int_equal(black_out(unit, &s, "Roux", "audit").id, first.id);
    MUST(store_blackout_list(s.store, unit->arena, s.tenant_id, 0, 10, &list, &count, &unit->err));
    assert_int_equal(count, 1);
    assert_string_equal(list[0].reason, "audit");
    MUST(store_blackout_list(s.store, unit->arena, s.tenant_id, first.id, 10, &list, &count, &unit->err));
    assert_int_equal(count, 0);
}

UNIT(a_blackout_counts_for_its_customer_or_for_all_until_its_last_day_is_over)
{
    struct scene s = scene_make(unit);
    struct blackout of_roux = black_out(unit, &s, "Roux", "season"), *list;
    AUTO(tx_end) struct tx tx = {0};
    size_t count;

    MUST(store_blackout_closed(s.store, unit->arena, s.tenant_id, "Blanc", MAY_1, &list, &count, &unit->err));
    assert_int_equal(count, 0);
    black_out(unit, &s, "", "move");
    MUST(store_blackout_closed(s.store, unit->arena, s.tenant_id, "Blanc", MAY_1, &list, &count, &unit->err));
    assert_int_equal(count, 1);
    MUST(store_blackout_closed(s.store, unit->arena, s.tenant_id, "Roux", MAY_2, &list, &count, &unit->err));
    assert_int_equal(count, 2);
    MUST(store_blackout_closed(s.store, unit->arena, s.tenant_id, "Roux", MAY_2 + 1, &list, &count,
                               &unit->err));
    assert_int_equal(count, 0);
    MUST(tx_begin(&tx, s.store, &unit->err));
    MUST(store_blackout_drop(s.store, s.tenant_id, of_roux.id, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    MUST(store_blackout_list(s.store, unit->arena, s.tenant_id, 0, 10, &list, &count, &unit->err));
    assert_int_equal(count, 1);
    assert_string_equal(list[0].customer, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_calendar_comes_back_as_it_was_put_and_to_its_tenant_only),
        UNIT_TEST(one_of_the_same_name_takes_its_place_with_other_days),
        UNIT_TEST(its_days_are_read_between_two_and_from_one_on),
        UNIT_TEST(calendars_are_listed_by_name_and_go_with_their_days),
        UNIT_TEST(a_site_that_names_it_is_found_by_the_whole_name),
        UNIT_TEST(the_same_dates_again_change_the_reason_and_stay_one_blackout),
        UNIT_TEST(a_blackout_counts_for_its_customer_or_for_all_until_its_last_day_is_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
