/* A family in one pass, and readings that agree with each other. */
#include "store/rehearsals.h"

#include "store/devices.h"
#include "support/api.h"
#include "support/unit.h"

static void component(struct unit *unit, struct support *s, int64_t device, const char *name,
                      const char *version)
{
    const struct device_component part = {.component = name, .version = version, .sha256 = ""};
    struct tx tx;

    MUST(tx_begin(&tx, s->store, &unit->err));
    MUST(store_component_put(s->store, device, &part, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
}

struct seen_members {
    struct buf text;
};

/* "mfp-0: a=1 b=2; mfp-1: ..." */
static bool tell(void *ctx, const struct member *m, struct err *err)
{
    struct seen_members *seen = ctx;

    (void)err;
    buf_printf(&seen->text, "%s:", m->device.controller_id);
    for (size_t i = 0; i < m->component_count; i++)
        buf_printf(&seen->text, " %s=%s", m->components[i].component, m->components[i].version);
    buf_text(&seen->text, "; ");
    return true;
}

static bool refuse(void *ctx, const struct member *m, struct err *err)
{
    (void)ctx;
    return FAIL(err, ERR_CONFLICT, "not %s", m->device.controller_id);
}

UNIT(every_active_member_comes_once_with_all_its_components)
{
    struct support *s = support_world(unit->arena);
    struct seen_members seen = {.text.arena = unit->arena};
    int64_t id[4];
    struct tx tx;
    bool moved;

    for (int i = 0; i < 4; i++)
        id[i] = support_device(s, arena_printf(unit->arena, "mfp-%d", i), QUIRK_NONE);
    component(unit, s, id[0], "engine", "2");
    component(unit, s, id[0], "system", "1");
    component(unit, s, id[0], "fax", "3");
    component(unit, s, id[2], "system", "9");
    component(unit, s, id[3], "system", "7");
    component(unit, s, id[3], "engine", "8");
    MUST(store_member_each(s->store, s->tenant_id, "c450", tell, &seen, &unit->err));
    assert_string_equal(
        buf_cstr(&seen.text),
        "mfp-0: engine=2 fax=3 system=1; mfp-1:; mfp-2: system=9; mfp-3: engine=8 system=7; ");
    MUST(tx_begin(&tx, s->store, &unit->err));
    MUST(store_device_move(s->store, id[0], DEVICE_ACTIVE, DEVICE_RETIRED, 1, &moved, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    seen.text = (struct buf){.arena = unit->arena};
    MUST(store_member_each(s->store, s->tenant_id, "c450", tell, &seen, &unit->err));
    assert_string_equal(buf_cstr(&seen.text), "mfp-1:; mfp-2: system=9; mfp-3: engine=8 system=7; ");
    REFUSES(ERR_CONFLICT, store_member_each(s->store, s->tenant_id, "c450", refuse, NULL, &unit->err));
    MUST(store_member_each(s->store, s->tenant_id, "other", refuse, NULL, &unit->err));
}

UNIT(a_look_sees_one_state_until_it_ends)
{
    struct support *s = support_world(unit->arena);
    struct look look;
    int64_t count;

    support_device(s, "mfp-0", QUIRK_NONE);
    MUST(look_begin(&look, s->store, &unit->err));
    MUST(store_device_count(s->store, s->tenant_id, &count, &unit->err));
    assert_int_equal(count, 1);
    support_device(s, "mfp-1", QUIRK_NONE);
    MUST(store_device_count(s->store, s->tenant_id, &count, &unit->err));
    assert_int_equal(count, 1);
    look_end(&look);
    look_end(&look);
    MUST(store_device_count(s->store, s->tenant_id, &count, &unit->err));
    assert_int_equal(count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(every_active_member_comes_once_with_all_its_components),
        UNIT_TEST(a_look_sees_one_state_until_it_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
