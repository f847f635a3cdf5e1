#include "signing/ticket.h"

#include "base/text.h"
#include "signing/canonical.h"
#include "signing/snapshot.h"
#include "support/golden.h"
#include "support/tuf_repo.h"
#include "support/tuf_text.h"
#include "support/unit.h"

#define SHA "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ENDS_MS (REPO_NOW_MS + REPO_DAY_MS)

static const struct restore_ticket sound = {
    .tenant = "DEFAULT",
    .device = "mfp-1",
    .categories = "addressbook,network",
    .digest = SHA,
    .restore = 12,
    .backup = 7,
    .counter = 3,
    .length = 4711,
    .expires_ms = ENDS_MS,
};

static struct span written(struct unit *unit, const struct restore_ticket *ticket)
{
    struct span bytes;

    MUST(ticket_write(unit->arena, ticket, &bytes, &unit->err));
    return bytes;
}

/* Key n has the seed n n n ... */
static struct tuf_keys keys_of(struct repo *repo, int first, size_t count, int64_t threshold)
{
    struct key_public *keys = ARENA_MANY(repo->arena, struct key_public, count);

    for (size_t i = 0; i < count; i++)
        keys[i] = *key_public(repo_key(repo, first + (int)i));
    return (struct tuf_keys){.keys = keys, .count = count, .threshold = threshold};
}

static bool reads(struct unit *unit, struct span envelope, const struct tuf_keys *keys,
                  struct restore_ticket *out)
{
    return ticket_read(unit->arena, envelope, keys, out, &unit->err);
}

UNIT(the_bytes_of_a_signed_ticket_stay)
{
    struct repo *repo = repo_new(unit->arena);
    struct span body = written(unit, &sound), again;

    MUST(canonical_text(unit->arena, body, &again, &unit->err));
    assert_int_equal(body.size, again.size);
    assert_memory_equal(body.at, again.at, body.size);
    golden_check(unit, "restore_ticket", repo_sign(repo, body, WHO(3)));
}

UNIT(what_was_written_is_read_by_whom_it_was_signed_for)
{
    struct repo *repo = repo_new(unit->arena);
    struct tuf_keys keys = keys_of(repo, 3, 1, 1);
    struct restore_ticket ticket;

    MUST(reads(unit, repo_sign(repo, written(unit, &sound), WHO(3)), &keys, &ticket));
    assert_string_equal(ticket.tenant, "DEFAULT");
    assert_string_equal(ticket.device, "mfp-1");
    assert_string_equal(ticket.categories, "addressbook,network");
    assert_string_equal(ticket.digest, SHA);
    assert_int_equal(ticket.restore, 12);
    assert_int_equal(ticket.backup, 7);
    assert_int_equal(ticket.counter, 3);
    assert_int_equal(ticket.length, 4711);
    assert_int_equal(ticket.expires_ms, ENDS_MS);
}

UNIT(a_ticket_with_the_longest_of_everything_is_read)
{
    struct repo *repo = repo_new(unit->arena);
    struct tuf_keys keys = keys_of(repo, 3, 1, 1);
    struct buf all = {.arena = unit->arena}, device = {.arena = unit->arena};
    struct restore_ticket ticket = sound, read;

    for (size_t i = 0; i < SNAPSHOT_KINDS; i++)
        buf_printf(&all, "%s%s", i ? "," : "", snapshot_kinds[i].name);
    for (int i = 0; i < TICKET_DEVICE_MAX / 2; i++)
        buf_text(&device, i % 2 ? "\xC3\xA4" : "\"\\");
    ticket.categories = buf_cstr(&all);
    ticket.device = buf_cstr(&device);
    ticket.restore = ticket.backup = ticket.counter = ticket.length = TICKET_NUMBER_MAX;
    ticket.expires_ms += 999; /* whole seconds are kept */
    MUST(reads(unit, repo_sign(repo, written(unit, &ticket), WHO(3)), &keys, &read));
    assert_string_equal(read.categories, ticket.categories);
    assert_string_equal(read.device, ticket.device);
    assert_int_equal(read.counter, TICKET_NUMBER_MAX);
    assert_int_equal(read.expires_ms, ENDS_MS);
}

UNIT(too_few_signatures_are_forbidden)
{
    struct repo *repo = repo_new(unit->arena);
    struct tuf_keys one = keys_of(repo, 3, 1, 1), two = keys_of(repo, 3, 2, 2), none = keys_of(repo, 3, 1, 0);
    struct span body = written(unit, &sound);
    struct span forged =
        span_of(replaced(unit, repo_sign(repo, body, WHO(3)).at, "\"counter\":3", "\"counter\":4"));
    struct restore_ticket ticket = {.device = "untouched"};

    REFUSES(ERR_FORBIDDEN, reads(unit, repo_sign(repo, body, WHO(0)), &one, &ticket));
    REFUSES(ERR_FORBIDDEN, reads(unit, repo_sign(repo, body, WHO(4)), &one, &ticket));
    REFUSES(ERR_FORBIDDEN, reads(unit, repo_sign(repo, body, WHO(3)), &two, &ticket));
    SAYS("1 of the 2");
    REFUSES(ERR_FORBIDDEN, reads(unit, repo_sign(repo, body, WHO(3)), &none, &ticket));
    REFUSES(ERR_FORBIDDEN, reads(unit, forged, &one, &ticket));
    assert_string_equal(ticket.device, "untouched");
    MUST(reads(unit, repo_sign(repo, body, WHO(3, 4)), &two, &ticket));
    MUST(reads(unit, repo_sign(repo, body, WHO(9, 3)), &one, &ticket));
}

/* Each is signed as it stands: the form is refused, whoever vouches for it. */
UNIT(another_form_is_refused_though_it_is_signed)
{
    static const char *const bad[][2] = {
        {"\"_type\":\"restore-ticket\"", "\"_type\":\"timestamp\""},
        {"\"_type\":\"restore-ticket\",", ""},
        {"\"backup\":7", "\"backup\":0"},
        {"\"backup\":7", "\"backup\":\"7\""},
        {"\"counter\":3", "\"counter\":-3"},
        {"\"counter\":3,", ""},
        {"\"length\":4711", "\"length\":0"},
        {"\"restore\":12", "\"restore\":12,\"spare\":1"},
        {"\"restore\":12", "\"restore\":null"},
        {"\"addressbook,network\"", "\"\""},
        {"\"addressbook,network\"", "\"addressbook,\""},
        {"\"addressbook,network\"", "\"network,network\""},
        {"\"addressbook,network\"", "\"network, addressbook\""},
        {"\"addressbook,network\"", "\"job-log\""},
        {"\"mfp-1\"", "\"\""},
        {"\"DEFAULT\"", "\"../x\""},
        {"e3b0", "E3B0"},
        {"e3b0", "e3b"},
        {"T10:15:00Z", "T10:15:00z"},
        {"T10:15:00Z", "T10:15:60Z"},
        {"T10:15:00Z", "T12:15+02"},
        {"2026-09-03", "2026-02-30"},
        {"2026-09-03T10:15:00Z", "1970-01-01T00:00:00Z"},
    };
    struct repo *repo = repo_new(unit->arena);
    struct tuf_keys keys = keys_of(repo, 3, 1, 1);
    struct span body = written(unit, &sound);
    struct restore_ticket ticket;

    for (size_t i = 0; i < COUNT(bad); i++) {
        struct span changed = span_of(replaced(unit, body.at, bad[i][0], bad[i][1]));

        if (reads(unit, repo_sign(repo, changed, WHO(3)), &keys, &ticket))
            fail_msg("taken: %s", changed.at);
        assert_int_equal(ERR_INVALID, unit->err.code);
        SAYS("restore ticket: ");
    }
}

UNIT(a_refusal_names_the_member)
{
    struct repo *repo = repo_new(unit->arena);
    struct tuf_keys keys = keys_of(repo, 3, 1, 1);
    struct span body = written(unit, &sound);
    const char *envelope = repo_sign(repo, body, WHO(3)).at;
    struct restore_ticket ticket;

    REFUSES(ERR_INVALID,
            reads(unit,
                  repo_sign(repo, span_of(replaced(unit, body.at, "\"tenant\"", "\"tenants\"")), WHO(3)),
                  &keys, &ticket));
    SAYS("\"tenants\" is unknown");
    REFUSES(ERR_INVALID, reads(unit, span_of(replaced(unit, envelope, "\"signed\"", "\"note\":1,\"signed\"")),
                               &keys, &ticket));
    SAYS("\"note\" is unknown");
    REFUSES(ERR_INVALID, reads(unit, span_of(replaced(unit, envelope, "\"keyid\"", "\"note\":1,\"keyid\"")),
                               &keys, &ticket));
    SAYS("nothing else");
    REFUSES(ERR_INVALID, reads(unit, span_of(replaced(unit, envelope, "mfp-1", "a\\nb")), &keys, &ticket));
    SAYS("control characters");
    REFUSES(ERR_INVALID, reads(unit, span_of(replaced(unit, envelope, "mfp-1", "\\u0000")), &keys, &ticket));
    SAYS("NUL");
    REFUSES(ERR_INVALID, reads(unit, span_of("[]"), &keys, &ticket));
    REFUSES(ERR_INVALID, reads(unit, span_of("{\"signatures\":[],\"signed\":[]}"), &keys, &ticket));
    REFUSES(ERR_TOO_LARGE,
            reads(unit, span_make(arena_take(unit->arena, TICKET_BYTES_MAX + 1), TICKET_BYTES_MAX + 1), &keys,
                  &ticket));
}

/* It comes inside another document, and not every writer of JSON is as short as ours. */
UNIT(white_space_and_the_order_of_members_do_not_count)
{
    struct repo *repo = repo_new(unit->arena);
    struct tuf_keys keys = keys_of(repo, 3, 1, 1);
    const char *envelope = repo_sign(repo, written(unit, &sound), WHO(3)).at;
    const char *moved = replaced(unit, envelope, "\"_type\":\"restore-ticket\",", "\n ");
    struct restore_ticket ticket;

    moved = replaced(unit, moved, "\"tenant\":", "\"_type\" : \"restore-ticket\",\n\"tenant\": ");
    MUST(reads(unit, span_of(moved), &keys, &ticket));
    assert_int_equal(ticket.counter, 3);
}

UNIT(a_ticket_that_no_device_would_read_is_not_written)
{
    struct span bytes;
    /* clang-format off */
    const struct {
        const char *says;
        struct restore_ticket ticket;
    } rows[] = {
        {"tenant",     {NULL, "mfp-1", "network", SHA, 1, 1, 1, 1, 1}},
        {"tenant",     {"a/b", "mfp-1", "network", SHA, 1, 1, 1, 1, 1}},
        {"device",     {"T", NULL, "network", SHA, 1, 1, 1, 1, 1}},
        {"device",     {"T", "\xC3", "network", SHA, 1, 1, 1, 1, 1}},
        {"device",     {"T", "a\tb", "network", SHA, 1, 1, 1, 1, 1}},
        {"categories", {"T", "mfp-1", NULL, SHA, 1, 1, 1, 1, 1}},
        {"categories", {"T", "mfp-1", "", SHA, 1, 1, 1, 1, 1}},
        {"digest",     {"T", "mfp-1", "network", "documents", 1, 1, 1, 1, 1}},
        {"length",     {"T", "mfp-1", "network", SHA, 0, 1, 1, 1, 1}},
        {"restore",    {"T", "mfp-1", "network", SHA, 1, 0, 1, 1, 1}},
        {"backup",     {"T", "mfp-1", "network", SHA, 1, 1, TICKET_NUMBER_MAX + 1, 1, 1}},
        {"counter",    {"T", "mfp-1", "network", SHA, 1, 1, 1, 0, 1}},
        {"expires",    {"T", "mfp-1", "network", SHA, 1, 1, 1, 1, 0}},
    };
    /* clang-format on */
    for (size_t i = 0; i < COUNT(rows); i++) {
        REFUSES(ERR_INVALID, ticket_write(unit->arena, &rows[i].ticket, &bytes, &unit->err));
        SAYS(rows[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(the_bytes_of_a_signed_ticket_stay),
        UNIT_TEST(what_was_written_is_read_by_whom_it_was_signed_for),
        UNIT_TEST(a_ticket_with_the_longest_of_everything_is_read),
        UNIT_TEST(too_few_signatures_are_forbidden),
        UNIT_TEST(another_form_is_refused_though_it_is_signed),
        UNIT_TEST(a_refusal_names_the_member),
        UNIT_TEST(white_space_and_the_order_of_members_do_not_count),
        UNIT_TEST(a_ticket_that_no_device_would_read_is_not_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
