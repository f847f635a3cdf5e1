/* The signer, in this process and behind its pipe: the same tests for both. */
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "signing/checkpoint.h"
#include "signing/signer.h"
#include "signing/signer_frame.h"
#include "signing/signer_pipe.h"
#include "support/signers.h"
#include "support/unit.h"

/* ---- what it holds ------------------------------------------------------------------- */

static struct span something(struct unit *unit)
{
    const struct checkpoint checkpoint = {
        .tenant = "T", .no = 1, .digest = arena_printf(unit->arena, "%064d", 7), .at_ms = 1000};
    struct span bytes;

    MUST(checkpoint_write(unit->arena, &checkpoint, &bytes, &unit->err));
    return bytes;
}

static void signs_with_what_it_holds(struct unit *unit, struct signing *s)
{
    struct span bytes = something(unit);
    struct tuf_signature signature;
    struct key_public open, again;

    REFUSES(ERR_NOT_FOUND, signer_public(s->image, SIGNER_ONLINE, &open, &unit->err));
    signing_key(s, "T", SIGNER_ONLINE);
    MUST(signer_public(s->image, SIGNER_ONLINE, &open, &unit->err)); /* founded meanwhile */
    MUST(signer_sign(s->image, SIGNER_ONLINE, bytes, &signature, &unit->err));
    assert_string_equal(open.id, signature.keyid);
    assert_true(key_verify(&open, bytes, signature.sig));
    REFUSES(ERR_NOT_FOUND, signer_sign(s->image, SIGNER_TARGETS, bytes, &signature, &unit->err));
    SAYS("signed offline");
    signing_key(s, "T", SIGNER_TARGETS);
    REFUSES(ERR_NOT_FOUND, signer_public(s->image, SIGNER_TARGETS, &again, &unit->err));
    signer_forget(s->image);
    MUST(signer_public(s->image, SIGNER_TARGETS, &again, &unit->err));
    assert_string_not_equal(again.id, open.id);
}

static void a_next_key_is_made_once_and_takes_the_place(struct unit *unit, struct signing *s)
{
    struct key_public made, again, now;

    signing_key(s, "T", SIGNER_ONLINE);
    MUST(signer_make(s->image, SIGNER_ONLINE_NEXT, "online", &made, &unit->err));
    MUST(signer_make(s->image, SIGNER_ONLINE_NEXT, "online", &again, &unit->err));
    assert_string_equal(made.id, again.id);
    MUST(signer_promote(s->image, SIGNER_ONLINE, &unit->err));
    MUST(signer_promote(s->image, SIGNER_ONLINE, &unit->err));
    MUST(signer_public(s->image, SIGNER_ONLINE, &now, &unit->err));
    assert_string_equal(made.id, now.id);
    REFUSES(ERR_NOT_FOUND, signer_public(s->image, SIGNER_ONLINE_NEXT, &now, &unit->err));
    REFUSES(ERR_INVALID, signer_promote(s->image, SIGNER_ROOT, &unit->err));
}

static void a_director_is_founded_with_keys_of_its_own(struct unit *unit, struct signing *s)
{
    struct key_public root, online;

    MUST(signer_make(s->director, SIGNER_ROOT, "director-root", &root, &unit->err));
    MUST(signer_make(s->director, SIGNER_ONLINE, "director-online", &online, &unit->err));
    assert_string_not_equal(root.id, online.id);
    assert_true(file_exists(arena_printf(unit->arena, "%s/trust/T/director/root.key", s->dir)));
}

static void keys_lie_at_places_only(struct unit *unit, struct signing *s)
{
    static const char *const wrong[] = {"",     "..", "T/..",       "T/other", "T/director/..",
                                        "../T", "/T", "T/director/"};
    struct key_public key;

    signing_key(s, "T", SIGNER_ONLINE);
    for (size_t i = 0; i < COUNT(wrong); i++) {
        AUTO(signer_closep) struct signer *signer = NULL;

        signer_open(&signer, s->signers, wrong[i]);
        REFUSES(ERR_INVALID, signer_public(signer, SIGNER_ONLINE, &key, &unit->err));
    }
}

static struct span head_of(struct unit *unit, const char *tenant, int64_t no, int digit)
{
    const struct checkpoint head = {
        .tenant = tenant, .no = no, .digest = arena_printf(unit->arena, "%064d", digit), .at_ms = 0};
    struct span bytes;

    MUST(checkpoint_write(unit->arena, &head, &bytes, &unit->err));
    return bytes;
}

static void what_the_audit_log_had_come_to_is_remembered_and_only_rises(struct unit *unit, struct signing *s)
{
    struct signer_seen seen = {.no = -1};

    signing_key(s, "T", SIGNER_ONLINE);
    signing_key(s, "T/director", SIGNER_ONLINE);
    MUST(signer_witness(s->image, (struct span){NULL, 0}, &seen, &unit->err));
    assert_int_equal(seen.no, 0);
    assert_string_equal(seen.digest, "");
    MUST(signer_witness(s->image, head_of(unit, "T", 7, 1), &seen, &unit->err));
    assert_int_equal(seen.no, 7);
    MUST(signer_witness(s->image, head_of(unit, "T", 6, 2), &seen, &unit->err));
    MUST(signer_witness(s->image, head_of(unit, "T", 7, 3), &seen, &unit->err));
    signing_restart(s);
    MUST(signer_witness(s->image, (struct span){NULL, 0}, &seen, &unit->err));
    assert_int_equal(seen.no, 7);
    assert_string_equal(seen.digest, arena_printf(unit->arena, "%064d", 1));
    REFUSES(ERR_FORBIDDEN, signer_witness(s->image, head_of(unit, "U", 8, 1), &seen, &unit->err));
    REFUSES(ERR_FORBIDDEN, signer_witness(s->director, head_of(unit, "T", 8, 1), &seen, &unit->err));
    REFUSES(ERR_INVALID, signer_witness(s->image, span_of("no checkpoint"), &seen, &unit->err));
}

BOTH_WAYS(signs_with_what_it_holds)
BOTH_WAYS(a_next_key_is_made_once_and_takes_the_place)
BOTH_WAYS(a_director_is_founded_with_keys_of_its_own)
BOTH_WAYS(keys_lie_at_places_only)
BOTH_WAYS(what_the_audit_log_had_come_to_is_remembered_and_only_rises)

/* ---- the pipe ------------------------------------------------------------------------- */

UNIT(a_signer_that_is_gone_is_busy_and_says_what_to_do)
{
    struct signers *signers;
    struct signer *signer;
    struct tuf_signature signature;
    struct span bytes = something(unit);
    int ends[2];

    log_start(LOG_ERROR, open_nowhere());
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    signers_connect(&signers, ends[0]);
    signer_open(&signer, signers, "T");
    close(ends[1]);
    assert_false(signers_are_gone(signers)); /* nobody has asked yet */
    for (int i = 0; i < 2; i++) {
        REFUSES(ERR_BUSY, signer_sign(signer, SIGNER_ONLINE, bytes, &signature, &unit->err));
        SAYS("restarted");
    }
    assert_true(signers_are_gone(signers));
    signer_closep(&signer);
    signers_closep(&signers);
}

UNIT(a_message_comes_back_as_it_was)
{
    const struct signer_ask ask = {.verb = SIGNER_MAKE,
                                   .key = SIGNER_ONLINE_NEXT,
                                   .place = "T/director",
                                   .role = TUF_SNAPSHOT,
                                   .name = "online",
                                   .bytes = span_of("some\nbytes")};
    struct signer_frame frame = signer_frame_of_ask(&ask), read;
    uint8_t head[SIGNER_FRAME_HEAD];
    struct signer_ask again;

    signer_frame_write(&frame, head);
    MUST(signer_frame_head(head, &read, &unit->err));
    assert_int_equal(read.number, frame.number);
    for (size_t i = 0; i < SIGNER_FRAME_PARTS; i++) {
        assert_int_equal(read.parts[i].size, frame.parts[i].size);
        read.parts[i].at = frame.parts[i].at;
    }
    MUST(signer_frame_ask(unit->arena, &read, &again, &unit->err));
    assert_int_equal(again.verb, ask.verb);
    assert_int_equal(again.key, ask.key);
    assert_int_equal(again.role, ask.role);
    assert_string_equal(again.place, ask.place);
    assert_string_equal(again.name, ask.name);
    assert_int_equal(again.bytes.size, ask.bytes.size);
}

UNIT(a_message_that_is_none_of_ours_is_refused)
{
    const struct signer_frame plain = {.kind = SIGNER_FRAME_ASK};
    uint8_t head[SIGNER_FRAME_HEAD];
    struct signer_frame frame;
    struct signer_ask ask;

    for (size_t i = 0; i < 3; i++) { /* another magic, another kind */
        signer_frame_write(&plain, head);
        head[i] = 0x7f;
        REFUSES(ERR_INVALID, signer_frame_head(head, &frame, &unit->err));
    }
    for (size_t i = 0; i < SIGNER_FRAME_PARTS; i++) { /* a part beyond its bound */
        signer_frame_write(&plain, head);
        memset(head + 14 + 3 * i, 0xff, 3);
        REFUSES(ERR_INVALID, signer_frame_head(head, &frame, &unit->err));
        SAYS("too large");
    }
    frame = (struct signer_frame){.kind = SIGNER_FRAME_ASK, .small = {SIGNER_VERB__MAX, 0}};
    REFUSES(ERR_INVALID, signer_frame_ask(unit->arena, &frame, &ask, &unit->err));
    frame = (struct signer_frame){.kind = SIGNER_FRAME_ASK, .small = {0, SIGNER_KEY__MAX}};
    REFUSES(ERR_INVALID, signer_frame_ask(unit->arena, &frame, &ask, &unit->err));
    frame = (struct signer_frame){.kind = SIGNER_FRAME_ASK, .number = TUF_ROLE__MAX};
    REFUSES(ERR_INVALID, signer_frame_ask(unit->arena, &frame, &ask, &unit->err));
    frame = (struct signer_frame){.kind = SIGNER_FRAME_ASK, .parts = {span_make("T\0U", 3)}};
    REFUSES(ERR_INVALID, signer_frame_ask(unit->arena, &frame, &ask, &unit->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH_TESTS(signs_with_what_it_holds),
        BOTH_TESTS(a_next_key_is_made_once_and_takes_the_place),
        BOTH_TESTS(a_director_is_founded_with_keys_of_its_own),
        BOTH_TESTS(keys_lie_at_places_only),
        BOTH_TESTS(what_the_audit_log_had_come_to_is_remembered_and_only_rises),
        UNIT_TEST(a_signer_that_is_gone_is_busy_and_says_what_to_do),
        UNIT_TEST(a_message_comes_back_as_it_was),
        UNIT_TEST(a_message_that_is_none_of_ours_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
