/* The device's doors: taken once, by one device, in time; and how it tells what came of it. */
#include "support/restores.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>

#include "base/hash.h"
#include "base/text.h"
#include "domain/restore.h"
#include "signing/age_header.h"
#include "store/devices.h"
#include "support/ddi.h"
#include "support/enrol.h"

static const struct restores_word fine[] = {{"addressbook", "applied"}, {"network", "applied"}, {NULL, NULL}};

/* ---- once ------------------------------------------------------------------------------------------ */

#define DEVICES 100

struct taker {
    struct restores *r;
    const struct device *device;
    int64_t restore;
    pthread_barrier_t *barrier;
    pthread_t thread;
    char nonce[33];
    struct arena *arena;
    struct restore_redeemed got;
    enum err_code code; /* ERR_NONE: it has it */
};

static struct who who_is(const struct taker *t)
{
    return (struct who){.kind = WHO_IS_DEVICE,
                        .tenant_id = t->r->s->tenant_id,
                        .tenant = "DEFAULT",
                        .name = t->device->controller_id,
                        .device = t->device};
}

static void *take(void *at)
{
    struct taker *t = at;
    struct who who = who_is(t);
    struct err err;

    pthread_barrier_wait(t->barrier);
    do { /* as the doors do it */
        err = (struct err){0};
        if (restore_redeem(&t->r->s->world, t->arena, &who, t->restore, t->nonce, t->r->s->now_ms, &t->got,
                           &err))
            err.code = ERR_NONE;
    } while (err.code == ERR_BUSY);
    t->code = err.code;
    return NULL;
}

UNIT(of_a_hundred_at_once_exactly_one_has_it)
{
    static struct taker takers[DEVICES];
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    int64_t id = restores_started(r, restores_small(r), "mfp-2", "");
    struct device device = support_device_get(r->s, "mfp-2");
    pthread_barrier_t barrier;
    struct answer a;
    int won = -1;

    pthread_barrier_init(&barrier, NULL, DEVICES);
    for (int i = 0; i < DEVICES; i++) {
        takers[i] = (struct taker){
            .r = r, .device = &device, .restore = id, .barrier = &barrier, .arena = arena_new()};
        snprintf(takers[i].nonce, sizeof(takers[i].nonce), "%032x", i);
        assert_int_equal(pthread_create(&takers[i].thread, NULL, take, &takers[i]), 0);
    }
    for (int i = 0; i < DEVICES; i++) {
        pthread_join(takers[i].thread, NULL);
        if (takers[i].code == ERR_NONE) {
            assert_int_equal(won, -1);
            won = i;
        } else {
            assert_int_equal(takers[i].code, ERR_CONFLICT);
        }
    }
    assert_true(won >= 0);
    for (int i = 0; i < DEVICES; i++) {
        a = restores_redeem(r, "mfp-2", id, takers[i].nonce);
        assert_int_equal(a.status, i == won ? 200 : 409);
        assert_int_equal(restores_file(r, "mfp-2", id, takers[i].nonce).status, i == won ? 200 : 403);
        arena_freep(&takers[i].arena);
    }
    pthread_barrier_destroy(&barrier);
}

UNIT(the_same_nonce_gets_the_same_answer_also_after_a_restart)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    int64_t id = restores_started(r, restores_small(r), "mfp-2", "");
    struct answer first = restores_redeem(r, "mfp-2", id, RESTORES_NONCE), again;

    assert_int_equal(first.status, 200);
    r->s->now_ms += 3600000;
    ops_reopen(r->ops);
    again = restores_redeem(r, "mfp-2", id, RESTORES_NONCE);
    assert_string_equal(again.text, first.text);
    again = restores_redeem(r, "mfp-2", id, RESTORES_OTHER);
    enrol_refused(&again, 409, "redeemed already");
}

/* ---- the ticket and the file -------------------------------------------------------------------------- */

UNIT(the_ticket_binds_tenant_device_categories_counter_time_and_bytes)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    const struct tuf_keys keys = {.keys = key_public(r->ops->online), .count = 1, .threshold = 1},
                          others = {.keys = key_public(r->ops->targets), .count = 1, .threshold = 1};
    int64_t backup = restores_small(r), id = restores_started(r, backup, "mfp-2", "");
    struct answer a = restores_redeem(r, "mfp-2", id, RESTORES_NONCE),
                  file = restores_file(r, "mfp-2", id, RESTORES_NONCE);
    struct restore_ticket ticket;
    struct buf b = {.arena = unit->arena};
    struct json_out j = {.buf = &b};
    char digest[65], payload[65];
    size_t header = 0;

    json_copy(&j, NULL, support_at(&a, "ticket"));
    MUST(ticket_read(unit->arena, buf_span(&b), &keys, &ticket, &unit->err));
    assert_string_equal(ticket.tenant, "DEFAULT");
    assert_string_equal(ticket.device, "mfp-2");
    assert_string_equal(ticket.categories, "addressbook,network");
    assert_int_equal(ticket.restore, id);
    assert_int_equal(ticket.backup, backup);
    assert_int_equal(ticket.counter, 1);
    assert_int_equal(ticket.expires_ms / 1000, (r->s->now_ms + RESTORE_LIFE_MS) / 1000);
    assert_int_equal(ticket.length, file.size);
    assert_string_equal(ticket.digest, support_text(&a, "digest"));
    assert_int_equal(age_header_size(span_make(file.text, file.size), &header, &unit->err), AGE_FOUND);
    hash_hex_of(HASH_SHA256, span_make(file.text + header, file.size - header), payload);
    MUST(age_digest(span_make(file.text, header), payload, digest, &unit->err));
    assert_string_equal(ticket.digest, digest);
    assert_string_equal(file.reply.etag, arena_printf(unit->arena, "\"%s\"", digest));
    assert_true(file.reply.has_ranges);
    assert_string_equal(support_text(&a, "href"),
                        arena_printf(unit->arena,
                                     "https://fw.example:8443/DEFAULT/controller/v1/mfp-2/restores/%" PRId64
                                     "/settings.age?nonce=" RESTORES_NONCE,
                                     id));
    REFUSES(ERR_FORBIDDEN, ticket_read(unit->arena, buf_span(&b), &others, &ticket, &unit->err));
}

UNIT(the_file_is_for_who_redeemed_it)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    int64_t id = restores_started(r, restores_small(r), "mfp-2", "");

    assert_int_equal(restores_file(r, "mfp-2", id, RESTORES_NONCE).status, 403);
    assert_int_equal(restores_file(r, "mfp-2", id, "").status, 403);
    assert_int_equal(restores_redeem(r, "mfp-2", id, RESTORES_NONCE).status, 200);
    assert_int_equal(restores_file(r, "mfp-2", id, "").status, 403);
    assert_int_equal(restores_file(r, "mfp-2", id, RESTORES_OTHER).status, 403);
    assert_int_equal(restores_file(r, "mfp-1", id, RESTORES_NONCE).status, 404);
    assert_int_equal(restores_file(r, "mfp-2", id + 1, RESTORES_NONCE).status, 404);
    assert_int_equal(restores_file(r, "mfp-2", id, RESTORES_NONCE).status, 200);
}

/* ---- who not, and when not -------------------------------------------------------------------------------
 */

UNIT(another_device_does_not_even_learn_that_it_is_there)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    int64_t id = restores_started(r, restores_small(r), "mfp-2", "");
    struct answer theirs = restores_redeem(r, "mfp-1", id, RESTORES_NONCE),
                  nobodys = restores_redeem(r, "mfp-1", id + 5, RESTORES_NONCE);

    enrol_refused(&theirs, 404, "no restore");
    assert_int_equal(nobodys.status, 404);
    assert_int_equal(restores_tell(r, "mfp-1", id, fine).status, 404);
    assert_int_equal(restores_redeem(r, "mfp-2", id, RESTORES_NONCE).status, 200);
}

UNIT(what_is_only_planned_is_no_device_s_business)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    struct answer a = restores_plan(r, restores_small(r), "mfp-2", "");

    assert_int_equal(restores_redeem(r, "mfp-2", support_int(&a, "id"), RESTORES_NONCE).status, 404);
}

UNIT(after_the_end_an_old_restore_gives_nothing)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    int64_t backup = restores_small(r), id = restores_started(r, backup, "mfp-2", ""), second;
    struct answer a;

    restores_redeem(r, "mfp-2", id, RESTORES_NONCE);
    restores_tell(r, "mfp-2", id, fine);
    ddi_say(r->s, "mfp-2", restores_action(r, id), "closed", "success", NULL);
    a = restores_redeem(r, "mfp-2", id, RESTORES_NONCE);
    enrol_refused(&a, 410, "is done");
    assert_int_equal(restores_file(r, "mfp-2", id, RESTORES_NONCE).status, 410);
    /* The nonce of the old one opens nothing of the next. */
    second = restores_started(r, backup, "mfp-2", "");
    assert_int_equal(restores_redeem(r, "mfp-2", second, RESTORES_OTHER).status, 200);
    assert_int_equal(restores_file(r, "mfp-2", second, RESTORES_NONCE).status, 403);
    assert_int_equal(restores_redeem(r, "mfp-2", id, RESTORES_NONCE).status, 410);
}

UNIT(in_time_or_not_at_all)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    int64_t id = restores_started(r, restores_small(r), "mfp-2", "");
    struct answer a;

    r->s->now_ms += RESTORE_LIFE_MS - 1;
    assert_int_equal(restores_redeem(r, "mfp-2", id, RESTORES_NONCE).status, 200);
    r->s->now_ms += 1;
    a = restores_redeem(r, "mfp-2", id, RESTORES_NONCE);
    enrol_refused(&a, 410, "expired");
    assert_int_equal(restores_file(r, "mfp-2", id, RESTORES_NONCE).status, 410);
}

UNIT(a_device_that_is_held_takes_nothing)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    int64_t id = restores_started(r, restores_small(r), "mfp-2", "");
    struct tx tx;
    bool moved;

    MUST(tx_begin(&tx, r->s->store, &unit->err));
    MUST(store_device_move(r->s->store, support_device_get(r->s, "mfp-2").id, DEVICE_ACTIVE,
                           DEVICE_QUARANTINED, r->s->now_ms, &moved, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    assert_int_equal(restores_redeem(r, "mfp-2", id, RESTORES_NONCE).status, 403);
}

UNIT(a_nonce_is_what_it_says)
{
    static const char *const odd[] = {"", "00112233445566778899AABBCCDDEEFF", "0011", "xyz",
                                      "00112233445566778899aabbccddeeff0"};
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    int64_t id = restores_started(r, restores_small(r), "mfp-2", "");

    for (size_t i = 0; i < COUNT(odd); i++)
        assert_int_equal(restores_redeem(r, "mfp-2", id, odd[i]).status, 400);
    assert_int_equal(restores_redeem(r, "mfp-2", id, RESTORES_NONCE).status, 200);
}

/* ---- how it went -----------------------------------------------------------------------------------------
 */

UNIT(results_name_the_restore_s_categories_once_each)
{
    /* clang-format off */
    static const struct { const char *body; const char *words; } rows[] = {
        { "{}",                                                                                      "categories" },
        { "{\"categories\":[{\"name\":\"fax\",\"result\":\"applied\"}]}",                            "fax" },
        { "{\"categories\":[{\"name\":\"network\",\"result\":\"fine\"}]}",                           "fine" },
        { "{\"categories\":[{\"name\":\"network\"}]}",                                               "result" },
        { "{\"categories\":[{\"name\":\"network\",\"result\":\"applied\",\"colour\":1}]}",           "colour" },
        { "{\"categories\":[{\"name\":\"network\",\"result\":\"applied\",\"items\":-1}]}",           "items" },
        { "{\"categories\":[7]}",                                                                    "categories.0" },
        { "{\"categories\":[{\"name\":\"network\",\"result\":\"applied\"},"
          "{\"name\":\"network\",\"result\":\"failed\"}]}",                                          "twice" },
    };
    /* clang-format on */
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    int64_t id = restores_started(r, restores_small(r), "mfp-2", "");
    const char *door = arena_printf(unit->arena, "/restores/%" PRId64 "/result", id);
    struct answer a;

    assert_int_equal(restores_tell(r, "mfp-2", id, fine).status, 409); /* it has nothing yet */
    restores_redeem(r, "mfp-2", id, RESTORES_NONCE);
    for (size_t i = 0; i < COUNT(rows); i++) {
        a = ddi_ask(r->s, "PUT", "mfp-2", door, rows[i].body);
        enrol_refused(&a, 400, rows[i].words);
    }
    a = restores_get(r, id);
    assert_null(support_at(&a, "results"));
}

UNIT(results_may_be_told_again_and_not_otherwise_after_the_end)
{
    static const struct restores_word early[] = {{"addressbook", "applied"}, {NULL, NULL}},
                                      other[] = {{"addressbook", "failed"}, {NULL, NULL}};
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    int64_t id = restores_started(r, restores_small(r), "mfp-2", "");

    restores_redeem(r, "mfp-2", id, RESTORES_NONCE);
    assert_int_equal(restores_tell(r, "mfp-2", id, early).status, 204);
    for (int i = 0; i < 2; i++)
        assert_int_equal(restores_tell(r, "mfp-2", id, fine).status, 204);
    ddi_say(r->s, "mfp-2", restores_action(r, id), "closed", "success", NULL);
    assert_int_equal(restores_tell(r, "mfp-2", id, fine).status, 204);
    assert_int_equal(restores_tell(r, "mfp-2", id, other).status, 410);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(of_a_hundred_at_once_exactly_one_has_it),
        UNIT_TEST(the_same_nonce_gets_the_same_answer_also_after_a_restart),
        UNIT_TEST(the_ticket_binds_tenant_device_categories_counter_time_and_bytes),
        UNIT_TEST(the_file_is_for_who_redeemed_it),
        UNIT_TEST(another_device_does_not_even_learn_that_it_is_there),
        UNIT_TEST(what_is_only_planned_is_no_device_s_business),
        UNIT_TEST(after_the_end_an_old_restore_gives_nothing),
        UNIT_TEST(in_time_or_not_at_all),
        UNIT_TEST(a_device_that_is_held_takes_nothing),
        UNIT_TEST(a_nonce_is_what_it_says),
        UNIT_TEST(results_name_the_restore_s_categories_once_each),
        UNIT_TEST(results_may_be_told_again_and_not_otherwise_after_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
