#include "store/devices.h"

#include "domain/seen.h"
#include "store/actions.h"
#include "support/api.h"
#include "support/ddi.h"
#include "support/unit.h"

static void begin(struct unit *unit, struct support *s, struct tx *tx)
{
    MUST(tx_begin(tx, s->store, &unit->err));
}

UNIT(a_device_comes_back_as_it_was_put)
{
    struct support *s = support_world(unit->arena);
    const struct device put = {.tenant_id = s->tenant_id,
                               .controller_id = "mfp-1",
                               .token_hash = "digest",
                               .state = DEVICE_WAITING,
                               .family = "c450",
                               .model = "C450i",
                               .serial = "X7",
                               .customer = "ACME",
                               .site = "berlin",
                               .quirk = QUIRK_RAUC,
                               .wants_attributes = true,
                               .created_ms = 5,
                               .enrolled_ms = 6};
    struct device got;
    int64_t id, again;
    struct tx tx;

    begin(unit, s, &tx);
    MUST(store_device_put(s->store, &put, &id, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    MUST(store_device_get(s->store, unit->arena, s->tenant_id, "mfp-1", &got, &unit->err));
    assert_int_equal(got.id, id);
    assert_string_equal(got.token_hash, "digest");
    assert_int_equal(got.state, DEVICE_WAITING);
    assert_string_equal(got.model, "C450i");
    assert_string_equal(got.customer, "ACME");
    assert_int_equal(got.quirk, QUIRK_RAUC);
    assert_true(got.wants_attributes);
    assert_int_equal(got.created_ms, 5);
    begin(unit, s, &tx);
    REFUSES(ERR_CONFLICT, store_device_put(s->store, &put, &again, &unit->err));
    tx_end(&tx);
    REFUSES(ERR_NOT_FOUND, store_device_get(s->store, unit->arena, s->tenant_id, "mfp-2", &got, &unit->err));
    REFUSES(ERR_NOT_FOUND,
            store_device_get(s->store, unit->arena, s->tenant_id + 1, "mfp-1", &got, &unit->err));
}

UNIT(a_device_moves_only_from_the_state_it_is_in)
{
    struct support *s = support_world(unit->arena);
    int64_t id = support_device(s, "mfp-1", QUIRK_NONE);
    bool moved;
    struct tx tx;

    begin(unit, s, &tx);
    MUST(store_device_move(s->store, id, DEVICE_WAITING, DEVICE_ACTIVE, 9, &moved, &unit->err));
    assert_false(moved);
    MUST(store_device_move(s->store, id, DEVICE_ACTIVE, DEVICE_RETIRED, 9, &moved, &unit->err));
    assert_true(moved);
    MUST(tx_commit(&tx, &unit->err));
    assert_int_equal(support_device_get(s, "mfp-1").state, DEVICE_RETIRED);
}

UNIT(the_release_counter_only_rises)
{
    struct support *s = support_world(unit->arena);
    int64_t id = support_device(s, "mfp-1", QUIRK_NONE);
    struct tx tx;

    begin(unit, s, &tx);
    MUST(store_device_installed(s->store, id, 11, 5, &unit->err));
    MUST(store_device_installed(s->store, id, 12, 3, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    assert_int_equal(support_device_get(s, "mfp-1").release_counter, 5);
    assert_int_equal(support_device_get(s, "mfp-1").installed_action, 12);
    assert_true(support_device_get(s, "mfp-1").wants_attributes);
}

UNIT(attributes_tags_and_components_are_put_replaced_and_dropped)
{
    struct support *s = support_world(unit->arena);
    int64_t id = support_device(s, "mfp-1", QUIRK_NONE);
    const struct device_component fax = {"fax", "1", "aa", 3}, newer = {"fax", "2", "bb", 4};
    struct device_component *components;
    struct device_pair *pairs;
    const char **tags, *value = "none";
    size_t count;
    struct tx tx;

    begin(unit, s, &tx);
    MUST(store_attribute_put(s->store, id, "b", "1", &unit->err));
    MUST(store_attribute_put(s->store, id, "a", "1", &unit->err));
    MUST(store_attribute_put(s->store, id, "b", "2", &unit->err));
    MUST(store_tag_put(s->store, id, "pilot", &unit->err));
    MUST(store_tag_put(s->store, id, "pilot", &unit->err));
    MUST(store_component_put(s->store, id, &fax, &unit->err));
    MUST(store_component_put(s->store, id, &newer, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    MUST(store_attribute_list(s->store, unit->arena, id, &pairs, &count, &unit->err));
    assert_int_equal(count, 2);
    assert_string_equal(pairs[0].name, "a");
    assert_string_equal(pairs[1].value, "2");
    MUST(store_attribute_find(s->store, unit->arena, id, "c", &value, &unit->err));
    assert_string_equal(value, "none");
    MUST(store_attribute_find(s->store, unit->arena, id, "b", &value, &unit->err));
    assert_string_equal(value, "2");
    MUST(store_tag_list(s->store, unit->arena, id, &tags, &count, &unit->err));
    assert_int_equal(count, 1);
    assert_string_equal(tags[0], "pilot");
    MUST(store_component_list(s->store, unit->arena, id, &components, &count, &unit->err));
    assert_int_equal(count, 1);
    assert_string_equal(components[0].version, "2");
    assert_string_equal(components[0].sha256, "bb");
    begin(unit, s, &tx);
    MUST(store_attribute_drop(s->store, id, "b", &unit->err));
    MUST(store_tag_drop(s->store, id, "pilot", &unit->err));
    MUST(store_component_drop(s->store, id, "fax", &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    MUST(store_attribute_list(s->store, unit->arena, id, &pairs, &count, &unit->err));
    assert_int_equal(count, 1);
    MUST(store_component_list(s->store, unit->arena, id, &components, &count, &unit->err));
    assert_int_equal(count, 0);
}

static size_t listed(struct unit *unit, struct support *s, struct device_filter filter)
{
    struct device_row *rows;
    size_t count;

    filter.limit = filter.limit ? filter.limit : 100;
    MUST(store_device_list(s->store, unit->arena, s->tenant_id, &filter, &rows, &count, &unit->err));
    return count;
}

UNIT(a_list_is_narrowed_by_every_filter_and_paged_by_id)
{
    struct support *s = support_world(unit->arena);
    int64_t first = support_device(s, "mfp-1", QUIRK_NONE);
    struct device_row *rows;
    size_t count;
    struct tx tx;

    support_device(s, "mfp-2", QUIRK_NONE);
    support_device(s, "other", QUIRK_NONE);
    begin(unit, s, &tx);
    MUST(store_tag_put(s->store, first, "pilot", &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    assert_int_equal(listed(unit, s, (struct device_filter){0}), 3);
    assert_int_equal(listed(unit, s, (struct device_filter){.prefix = "mfp-"}), 2);
    assert_int_equal(listed(unit, s, (struct device_filter){.prefix = "%"}), 0);
    assert_int_equal(listed(unit, s, (struct device_filter){.tag = "pilot"}), 1);
    assert_int_equal(listed(unit, s, (struct device_filter){.family = "c450"}), 3);
    assert_int_equal(listed(unit, s, (struct device_filter){.family = "c900"}), 0);
    assert_int_equal(listed(unit, s, (struct device_filter){.state = "active"}), 3);
    assert_int_equal(listed(unit, s, (struct device_filter){.state = "retired"}), 0);
    assert_int_equal(listed(unit, s, (struct device_filter){.status = "unknown"}), 3);
    assert_int_equal(listed(unit, s, (struct device_filter){.site = "berlin"}), 0);
    assert_int_equal(listed(unit, s, (struct device_filter){.limit = 2}), 2);
    MUST(store_device_list(s->store, unit->arena, s->tenant_id,
                           &(struct device_filter){.after = first, .limit = 1}, &rows, &count, &unit->err));
    assert_string_equal(rows[0].device.controller_id, "mfp-2");
    MUST(store_device_count(s->store, s->tenant_id, (int64_t *)&count, &unit->err));
    assert_int_equal(count, 3);
}

static enum device_status status_of(struct unit *unit, struct support *s)
{
    struct device_row row;

    MUST(store_device_row(s->store, unit->arena, s->tenant_id, "mfp-1", &row, &unit->err));
    return row.status;
}

UNIT(the_status_of_a_device_follows_its_story)
{
    struct support *s = support_world(unit->arena);
    int64_t action;

    support_device(s, "mfp-1", QUIRK_NONE);
    assert_int_equal(status_of(unit, s), STATUS_UNKNOWN);
    ddi_poll(s, "mfp-1");
    MUST(seen_flush(s->world.seen, s->store, &unit->err));
    assert_int_equal(status_of(unit, s), STATUS_REGISTERED);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    assert_int_equal(status_of(unit, s), STATUS_PENDING);
    ddi_say(s, "mfp-1", action, "closed", "success", NULL);
    assert_int_equal(status_of(unit, s), STATUS_IN_SYNC);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.1"), NULL);
    ddi_say(s, "mfp-1", action, "closed", "failure", NULL);
    assert_int_equal(status_of(unit, s), STATUS_ERROR);
    for (int i = 0; i < DEVICE_STATUS__MAX; i++)
        assert_true(device_status_name[i] && *device_status_name[i]);
}

UNIT(check_ins_rest_only_when_flushed_and_never_go_back)
{
    struct support *s = support_world(unit->arena);
    struct device_seen seen;
    uint64_t generation;

    for (int64_t id = 1; id <= 5000; id++)
        seen_note(s->world.seen, id, 1000 + id, "192.0.2.1");
    assert_int_equal(seen_last_ms(s->world.seen, 77), 1077);
    assert_int_equal(seen_last_ms(s->world.seen, 6000), 0);
    MUST(store_seen_get(s->store, 77, &seen, &unit->err));
    assert_int_equal(seen.last_seen_ms, 0);
    MUST(seen_flush(s->world.seen, s->store, &unit->err));
    MUST(store_seen_get(s->store, 4999, &seen, &unit->err));
    assert_int_equal(seen.last_seen_ms, 5999);
    assert_string_equal(seen.address, "192.0.2.1");
    generation = store_generation(s->store);
    MUST(seen_flush(s->world.seen, s->store, &unit->err));
    assert_int_equal(store_generation(s->store), generation); /* nothing new: nothing written */
    seen_note(s->world.seen, 77, 900, "192.0.2.9");
    MUST(seen_flush(s->world.seen, s->store, &unit->err));
    MUST(store_seen_get(s->store, 77, &seen, &unit->err));
    assert_int_equal(seen.last_seen_ms, 1077);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_device_comes_back_as_it_was_put),
        UNIT_TEST(a_device_moves_only_from_the_state_it_is_in),
        UNIT_TEST(the_release_counter_only_rises),
        UNIT_TEST(attributes_tags_and_components_are_put_replaced_and_dropped),
        UNIT_TEST(a_list_is_narrowed_by_every_filter_and_paged_by_id),
        UNIT_TEST(the_status_of_a_device_follows_its_story),
        UNIT_TEST(check_ins_rest_only_when_flushed_and_never_go_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
