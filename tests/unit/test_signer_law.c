/* What the online keys sign and what not: each refusal by its name, in this process and behind a pipe. */
#include "signing/signer_law.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "signing/canonical.h"
#include "signing/checkpoint.h"
#include "signing/signer_floors.h"
#include "signing/ticket.h"
#include "support/signers.h"
#include "support/tuf_repo.h"
#include "support/unit.h"

#define FAR_MS (REPO_NOW_MS + 10 * REPO_DAY_MS)
#define WHOLE "mfp/1.0/main.bin" /* of the image repository; its bytes are its name */

struct story {
    struct unit *unit;
    struct signing *s;
    struct repo *repo; /* what the service shows */
    struct signer_source images;
};

static bool shown(void *ctx, struct arena *arena, const char *name, int64_t max, struct span *out,
                  struct err *err)
{
    struct tuf_client_io io = repo_io(ctx);

    return io.fetch(io.ctx, arena, name, max, out, err);
}

static struct story story_of(struct unit *unit, struct signing *s)
{
    struct story story = {.unit = unit, .s = s, .repo = repo_new(unit->arena)};

    story.images = (struct signer_source){.ctx = story.repo, .fetch = shown};
    signing_key(s, "T", SIGNER_ONLINE);
    signing_key(s, "T", SIGNER_TARGETS);
    signing_key(s, "T/director", SIGNER_ONLINE);
    signing_key(s, "T/director", SIGNER_ROOT);
    MUST(file_write_whole(arena_printf(unit->arena, "%s/trust/T/1.root.json", s->dir),
                          repo_local(story.repo, "root.json"), 0644, &unit->err));
    return story;
}

/* ---- what may be asked for ------------------------------------------------------------------- */

static struct span timestamp(struct unit *unit, int64_t version, const char *device, int64_t expires_ms)
{
    const struct tuf_meta meta = {
        .name = "snapshot.json", .version = 1, .length = 9, .sha256 = arena_printf(unit->arena, "%064d", 3)};
    struct span bytes;

    MUST(tuf_timestamp_write(unit->arena, version, expires_ms, &meta, device, &bytes, &unit->err));
    return bytes;
}

static struct tuf_target whole(struct unit *unit)
{
    char *sha256 = arena_take(unit->arena, HASH_HEX_MAX);

    hash_hex_of(HASH_SHA256, span_of(WHOLE), sha256);
    return (struct tuf_target){.path = WHOLE, .length = strlen(WHOLE), .sha256 = sha256};
}

static struct span targets(struct unit *unit, int64_t version, const char *device,
                           const struct tuf_target *target)
{
    const struct tuf_targets body = {.version = version,
                                     .expires_ms = FAR_MS,
                                     .targets = target,
                                     .target_count = target != NULL,
                                     .device = device};
    struct span bytes;

    MUST(tuf_targets_write(unit->arena, &body, &bytes, &unit->err));
    return bytes;
}

static bool asks(struct story *story, struct signer *signer, enum signer_key key, struct span bytes)
{
    struct tuf_signature signature;
    struct key_public open;
    struct err err;

    if (!signer_direct(signer, key, bytes, &story->images, &signature, &story->unit->err))
        return false;
    return signer_public(signer, key, &open, &err) && key_verify(&open, bytes, signature.sig);
}

#define SIGNS(signer, key, bytes)                                                                            \
    do {                                                                                                     \
        if (!asks(&story, signer, key, bytes))                                                               \
            fail_msg("%s", unit->err.text);                                                                  \
    } while (0)
#define REFUSED_AS(refusal, signer, key, bytes)                                                              \
    do {                                                                                                     \
        assert_false(asks(&story, signer, key, bytes));                                                      \
        if (!text_starts(unit->err.text, arena_printf(unit->arena, "%s: ", signer_refusal_name[refusal])))   \
            fail_msg("not %s but: %s", signer_refusal_name[refusal], unit->err.text);                        \
    } while (0)

/* ---- versions ---------------------------------------------------------------------------------- */

static void versions_of_the_image_repository_only_rise(struct unit *unit, struct signing *s)
{
    struct story story = story_of(unit, s);
    int64_t floor;

    SIGNS(s->image, SIGNER_ONLINE, timestamp(unit, 5, NULL, FAR_MS));
    SIGNS(s->image, SIGNER_ONLINE, timestamp(unit, 5, NULL, FAR_MS)); /* the same once more */
    REFUSED_AS(SIGNER_OTHER_BYTES, s->image, SIGNER_ONLINE, timestamp(unit, 5, NULL, FAR_MS + 1000));
    REFUSED_AS(SIGNER_LOWER_VERSION, s->image, SIGNER_ONLINE, timestamp(unit, 4, NULL, FAR_MS));
    SIGNS(s->image, SIGNER_TARGETS, targets(unit, 2, NULL, NULL)); /* each role has its own */
    signing_restart(s);
    REFUSED_AS(SIGNER_LOWER_VERSION, s->image, SIGNER_ONLINE, timestamp(unit, 4, NULL, FAR_MS));
    REFUSED_AS(SIGNER_LOWER_VERSION, s->image, SIGNER_TARGETS, targets(unit, 1, NULL, NULL));
    MUST(signer_floor(s->image, TUF_TIMESTAMP, "", &floor, &unit->err));
    assert_int_equal(5, floor);
    SIGNS(s->image, SIGNER_ONLINE, timestamp(unit, 6, NULL, FAR_MS));
}

static void a_device_s_versions_only_rise_and_are_its_own(struct unit *unit, struct signing *s)
{
    struct story story = story_of(unit, s);
    int64_t floor;

    SIGNS(s->director, SIGNER_ONLINE, timestamp(unit, 1000, "a", FAR_MS));
    SIGNS(s->director, SIGNER_ONLINE, timestamp(unit, 1000, "a", FAR_MS));
    SIGNS(s->director, SIGNER_ONLINE, timestamp(unit, 900, "b", FAR_MS));
    REFUSED_AS(SIGNER_LOWER_VERSION, s->director, SIGNER_ONLINE, timestamp(unit, 999, "a", FAR_MS));
    REFUSED_AS(SIGNER_OTHER_BYTES, s->director, SIGNER_ONLINE, timestamp(unit, 1000, "a", FAR_MS + 1000));
    MUST(signer_floor(s->director, TUF_TIMESTAMP, "a", &floor, &unit->err));
    assert_int_equal(1000, floor);
}

/* What is not on disk one by one is not signed again either: only versions are skipped. */
static void after_a_restart_a_device_goes_on_above_all(struct unit *unit, struct signing *s)
{
    struct story story = story_of(unit, s);
    int64_t floor;

    SIGNS(s->director, SIGNER_ONLINE, timestamp(unit, 1000, "a", FAR_MS));
    signing_restart(s);
    REFUSED_AS(SIGNER_LOWER_VERSION, s->director, SIGNER_ONLINE, timestamp(unit, 999, "a", FAR_MS));
    MUST(signer_floor(s->director, TUF_TIMESTAMP, "b", &floor, &unit->err));
    assert_true(floor >= 1000 && floor <= 1000 + SIGNER_FLOOR_AHEAD);
    SIGNS(s->director, SIGNER_ONLINE, timestamp(unit, floor + 1, "b", FAR_MS));
}

/* A thief in the service's place must not use up the numbers. */
static void no_version_is_far_beyond_the_one_before(struct unit *unit, struct signing *s)
{
    struct story story = story_of(unit, s);
    const int64_t last = (INT64_C(1) << 53) - 1;

    REFUSED_AS(SIGNER_TOO_FAR, s->image, SIGNER_ONLINE, timestamp(unit, last, NULL, FAR_MS));
    REFUSED_AS(SIGNER_TOO_FAR, s->director, SIGNER_ONLINE, timestamp(unit, last, "a", FAR_MS));
    SIGNS(s->image, SIGNER_ONLINE, timestamp(unit, 70000, NULL, FAR_MS)); /* new beside an old database */
    REFUSED_AS(SIGNER_TOO_FAR, s->image, SIGNER_ONLINE, timestamp(unit, 80001, NULL, FAR_MS));
    SIGNS(s->image, SIGNER_ONLINE, timestamp(unit, 80000, NULL, FAR_MS));
    signing_restart(s);
    REFUSED_AS(SIGNER_TOO_FAR, s->image, SIGNER_ONLINE, timestamp(unit, last, NULL, FAR_MS));
    SIGNS(s->image, SIGNER_ONLINE, timestamp(unit, 80001, NULL, FAR_MS)); /* what was refused did not count */
}

/* ---- what a device may be told ------------------------------------------------------------------- */

static void a_device_is_directed_to_what_the_image_repository_has(struct unit *unit, struct signing *s)
{
    struct story story = story_of(unit, s);
    struct tuf_target good = whole(unit), bad;

    SIGNS(s->director, SIGNER_ONLINE, targets(unit, 1, "a", &good));
    bad = good;
    bad.path = "mfp/1.0/other.bin";
    REFUSED_AS(SIGNER_UNKNOWN_TARGET, s->director, SIGNER_ONLINE, targets(unit, 2, "a", &bad));
    bad = good;
    bad.length++;
    REFUSED_AS(SIGNER_MISMATCH_LENGTH, s->director, SIGNER_ONLINE, targets(unit, 2, "a", &bad));
    bad = good;
    bad.sha256 = arena_printf(unit->arena, "%064d", 1);
    REFUSED_AS(SIGNER_MISMATCH_HASH, s->director, SIGNER_ONLINE, targets(unit, 2, "a", &bad));
    SIGNS(s->director, SIGNER_ONLINE, targets(unit, 2, "a", &good)); /* what was refused did not count */
}

static void what_is_published_later_is_found(struct unit *unit, struct signing *s)
{
    struct story story = story_of(unit, s);
    struct tuf_target later = whole(unit);

    SIGNS(s->director, SIGNER_ONLINE, targets(unit, 1, "a", &later));
    later.path = "mfp/2.0/main.bin";
    REFUSED_AS(SIGNER_UNKNOWN_TARGET, s->director, SIGNER_ONLINE, targets(unit, 2, "a", &later));
    repo_target_as(story.repo, "targets", &later);
    repo_publish(story.repo);
    SIGNS(s->director, SIGNER_ONLINE, targets(unit, 2, "a", &later));
}

/* The service is not believed: neither what others signed, nor what was once and is no more. */
static void the_signer_verifies_what_it_is_shown(struct unit *unit, struct signing *s)
{
    struct story story = story_of(unit, s);
    struct tuf_target mine = whole(unit), good = mine;
    struct repo *forged = repo_new(unit->arena);

    mine.path = "mfp/6.6/main.bin";
    repo_forge(forged, "1.targets.json", WHOLE, "mfp/6.6/main.bin", WHO(7)); /* the thief's own key */
    story.images.ctx = forged;
    assert_false(asks(&story, s->director, SIGNER_ONLINE, targets(unit, 1, "a", &mine)));
    SAYS("the image repository");
    story.images.ctx = story.repo;
    repo_publish(story.repo);
    SIGNS(s->director, SIGNER_ONLINE, targets(unit, 1, "a", &good));
    signing_restart(s);
    story.images.ctx = repo_new(unit->arena); /* as it was before */
    assert_false(asks(&story, s->director, SIGNER_ONLINE, targets(unit, 100, "a", &good)));
    SAYS("the image repository");
}

static void whom_and_what_it_names_counts(struct unit *unit, struct signing *s)
{
    struct story story = story_of(unit, s);
    struct tuf_target good = whole(unit);
    const struct tuf_delegation delegation = {
        .name = "mfp",
        .keys = {.keys = key_public(repo_key(story.repo, 9)), .count = 1, .threshold = 1},
        .paths = (const char *const[]){"mfp/*/*"},
        .path_count = 1};
    const struct tuf_targets passing = {
        .version = 1, .expires_ms = FAR_MS, .delegations = &delegation, .delegation_count = 1, .device = "a"};
    struct span bytes;

    REFUSED_AS(SIGNER_WRONG_DEVICE, s->director, SIGNER_ONLINE, targets(unit, 1, NULL, &good));
    REFUSED_AS(SIGNER_WRONG_DEVICE, s->image, SIGNER_ONLINE, timestamp(unit, 1, "a", FAR_MS));
    REFUSED_AS(SIGNER_WRONG_KEY, s->image, SIGNER_ONLINE, targets(unit, 1, NULL, &good));
    REFUSED_AS(SIGNER_WRONG_KEY, s->image, SIGNER_TARGETS, timestamp(unit, 1, NULL, FAR_MS));
    REFUSED_AS(SIGNER_WRONG_KEY, s->director, SIGNER_ROOT, targets(unit, 1, "a", &good));
    if (tuf_targets_write(unit->arena, &passing, &bytes,
                          &unit->err)) /* our writer has its own word on that */
        REFUSED_AS(SIGNER_DELEGATES, s->director, SIGNER_ONLINE, bytes);
}

/* ---- the rest -------------------------------------------------------------------------------------- */

static struct span root(struct unit *unit, int64_t version, const struct key_public *own,
                        const struct key_public *online)
{
    const struct tuf_keys online_keys = {.keys = online, .count = 1, .threshold = 1};
    struct tuf_root body = {.version = version, .expires_ms = FAR_MS};
    struct span bytes;

    body.roles[TUF_ROOT] = (struct tuf_keys){.keys = own, .count = 1, .threshold = 1};
    body.roles[TUF_TIMESTAMP] = body.roles[TUF_SNAPSHOT] = body.roles[TUF_TARGETS] = online_keys;
    MUST(tuf_root_write(unit->arena, &body, &bytes, &unit->err));
    return bytes;
}

static void a_director_root_names_no_other_online_key(struct unit *unit, struct signing *s)
{
    struct story story = story_of(unit, s);
    struct key_public own, online, next;
    const struct key_public *thief = key_public(repo_key(story.repo, 9));

    MUST(signer_public(s->director, SIGNER_ROOT, &own, &unit->err));
    MUST(signer_public(s->director, SIGNER_ONLINE, &online, &unit->err));
    SIGNS(s->director, SIGNER_ROOT, root(unit, 2, &own, &online));
    REFUSED_AS(SIGNER_OTHER_ONLINE, s->director, SIGNER_ROOT, root(unit, 3, &own, thief));
    REFUSED_AS(SIGNER_LOWER_VERSION, s->director, SIGNER_ROOT, root(unit, 1, &own, &online));
    MUST(signer_make(s->director, SIGNER_ONLINE_NEXT, "online", &next, &unit->err));
    SIGNS(s->director, SIGNER_ROOT, root(unit, 2, &own, &next)); /* staged anew */
    REFUSED_AS(SIGNER_WRONG_KEY, s->director, SIGNER_ONLINE, root(unit, 3, &own, &online));
}

static void checkpoints_and_tickets_are_the_tenant_s(struct unit *unit, struct signing *s)
{
    struct story story = story_of(unit, s);
    const char *digest = arena_printf(unit->arena, "%064d", 7);
    struct checkpoint checkpoint = {.tenant = "T", .no = 1, .digest = digest, .at_ms = REPO_NOW_MS};
    struct restore_ticket ticket = {.tenant = "T",
                                    .device = "a",
                                    .categories = "network",
                                    .digest = digest,
                                    .length = 1,
                                    .restore = 1,
                                    .backup = 1,
                                    .counter = 1,
                                    .expires_ms = FAR_MS};
    struct span bytes;

    MUST(checkpoint_write(unit->arena, &checkpoint, &bytes, &unit->err));
    SIGNS(s->image, SIGNER_ONLINE, bytes);
    REFUSED_AS(SIGNER_WRONG_KEY, s->director, SIGNER_ONLINE, bytes);
    checkpoint.tenant = "U";
    MUST(checkpoint_write(unit->arena, &checkpoint, &bytes, &unit->err));
    REFUSED_AS(SIGNER_WRONG_TENANT, s->image, SIGNER_ONLINE, bytes);
    MUST(ticket_write(unit->arena, &ticket, &bytes, &unit->err));
    SIGNS(s->image, SIGNER_ONLINE, bytes);
    ticket.tenant = "U";
    MUST(ticket_write(unit->arena, &ticket, &bytes, &unit->err));
    REFUSED_AS(SIGNER_WRONG_TENANT, s->image, SIGNER_ONLINE, bytes);
}

static void nothing_else_is_signed(struct unit *unit, struct signing *s)
{
    struct story story = story_of(unit, s);
    static const char *const no[] = {"",
                                     "bytes",
                                     "{}",
                                     "[]",
                                     "{\"_type\":\"timestamp\"}",
                                     "{\"_type\":\"mirrors\"}",
                                     "{\"_type\":7}",
                                     "{\"_type\":\"restore-ticket\"}",
                                     "{\"_type\":\"audit-checkpoint\"}",
                                     "{ \"_type\":\"drill-report\"}"};

    for (size_t i = 0; i < COUNT(no); i++)
        REFUSED_AS(SIGNER_UNKNOWN_FORM, s->image, SIGNER_ONLINE, span_of(no[i]));
}

BOTH_WAYS(versions_of_the_image_repository_only_rise)
BOTH_WAYS(a_device_s_versions_only_rise_and_are_its_own)
BOTH_WAYS(after_a_restart_a_device_goes_on_above_all)
BOTH_WAYS(no_version_is_far_beyond_the_one_before)
BOTH_WAYS(a_device_is_directed_to_what_the_image_repository_has)
BOTH_WAYS(what_is_published_later_is_found)
BOTH_WAYS(the_signer_verifies_what_it_is_shown)
BOTH_WAYS(whom_and_what_it_names_counts)
BOTH_WAYS(a_director_root_names_no_other_online_key)
BOTH_WAYS(checkpoints_and_tickets_are_the_tenant_s)
BOTH_WAYS(nothing_else_is_signed)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH_TESTS(versions_of_the_image_repository_only_rise),
        BOTH_TESTS(a_device_s_versions_only_rise_and_are_its_own),
        BOTH_TESTS(after_a_restart_a_device_goes_on_above_all),
        BOTH_TESTS(no_version_is_far_beyond_the_one_before),
        BOTH_TESTS(a_device_is_directed_to_what_the_image_repository_has),
        BOTH_TESTS(what_is_published_later_is_found),
        BOTH_TESTS(the_signer_verifies_what_it_is_shown),
        BOTH_TESTS(whom_and_what_it_names_counts),
        BOTH_TESTS(a_director_root_names_no_other_online_key),
        BOTH_TESTS(checkpoints_and_tickets_are_the_tenant_s),
        BOTH_TESTS(nothing_else_is_signed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
