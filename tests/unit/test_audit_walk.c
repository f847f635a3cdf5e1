#include "tools/common/audit_walk.h"

#include "base/buf.h"
#include "base/text.h"
#include "support/tuf_repo.h"
#include "support/tuf_text.h"
#include "support/unit.h"

#define RECORDS 9
#define TENANT 7
#define ROOM 40

/* An export in memory, to be tampered with line by line. */
struct log {
    struct unit *unit;
    struct repo *repo;
    const char *lines[ROOM];
    size_t count;
    char digests[RECORDS + 1][HASH_HEX_MAX]; /* of record i; 0: before the first */
    struct tuf_keys trusted;
    size_t role_count;
    const char *anchor;
};

static const char *record_line(struct log *log, int64_t no, const char *object, const char *before,
                               char digest[HASH_HEX_MAX])
{
    struct buf text = {.arena = log->unit->arena};
    struct json_out j = {.buf = &text};
    struct audit audit = {.tenant_id = TENANT,
                          .no = no,
                          .at_ms = REPO_NOW_MS + no,
                          .who = "mia",
                          .role = "admin",
                          .what = "rollout.pause",
                          .object = object,
                          .detail = "\"\\\n\xc3\xa4",
                          .source = "::1",
                          .request_id = "00ff"};

    audit_digest(&audit, before, digest);
    json_open(&j, NULL);
    json_int(&j, "no", audit.no);
    json_int(&j, "at_ms", audit.at_ms);
    json_text(&j, "who", audit.who);
    json_text(&j, "role", audit.role);
    json_text(&j, "what", audit.what);
    json_text(&j, "object", audit.object);
    json_text(&j, "detail", audit.detail);
    json_text(&j, "source", audit.source);
    json_text(&j, "request", audit.request_id);
    json_text(&j, "digest", digest);
    json_close(&j);
    return arena_dup(log->unit->arena, buf_cstr(&text));
}

static const char *checkpoint_line(struct log *log, const char *tenant, int64_t no, const char *digest,
                                   int key)
{
    struct checkpoint checkpoint = {.tenant = tenant, .no = no, .digest = digest, .at_ms = REPO_NOW_MS};
    struct unit *unit = log->unit;
    struct span body;

    MUST(checkpoint_write(unit->arena, &checkpoint, &body, &unit->err));
    return arena_text(unit->arena, repo_sign(log->repo, body, (const int[]){key, 0}));
}

/* Line 0 is the head, line i record i, the last the checkpoint over the last record. */
static struct log log_of(struct unit *unit)
{
    struct log log = {
        .unit = unit, .repo = repo_new(unit->arena), .digests = {AUDIT_NO_DIGEST}, .role_count = 1};

    log.trusted = (struct tuf_keys){.keys = key_public(repo_key(log.repo, 3)), .count = 1, .threshold = 1};
    log.lines[log.count++] = "{\"_type\":\"nightshift-audit-1\",\"tenant\":\"DEFAULT\",\"tenant_id\":7}";
    for (int64_t no = 1; no <= RECORDS; no++)
        log.lines[log.count++] = record_line(&log, no, arena_printf(unit->arena, "r%d", (int)no),
                                             log.digests[no - 1], log.digests[no]);
    log.lines[log.count++] = checkpoint_line(&log, "DEFAULT", RECORDS, log.digests[RECORDS], 3);
    return log;
}

static bool walks(struct log *log, struct audit_walk_end *end)
{
    struct unit *unit = log->unit;
    struct audit_walk *walk = audit_walk_new(unit->arena, &log->trusted, log->role_count);

    if (log->anchor && !audit_walk_anchor(walk, log->anchor, &unit->err))
        return false;
    for (size_t i = 0; i < log->count; i++)
        if (!audit_walk_line(walk, span_of(log->lines[i]), &unit->err))
            return false;
    return audit_walk_end(walk, end, &unit->err);
}

static void take_out(struct log *log, size_t from, size_t count)
{
    memmove(&log->lines[from], &log->lines[from + count], (log->count - from - count) * sizeof(*log->lines));
    log->count -= count;
}

#define NAMES(log, words_)                                                                                   \
    do {                                                                                                     \
        struct audit_walk_end end_;                                                                          \
        REFUSES(ERR_CONFLICT, walks(log, &end_));                                                            \
        SAYS(words_);                                                                                        \
    } while (0)

UNIT(an_export_as_it_was_written_is_whole)
{
    struct log log = log_of(unit);
    struct audit_walk_end end;

    MUST(walks(&log, &end));
    assert_string_equal(end.tenant, "DEFAULT");
    assert_int_equal(end.count, RECORDS);
    assert_int_equal(end.covered, RECORDS);
    assert_int_equal(end.checkpoints, 1);
    assert_string_equal(end.digest, log.digests[RECORDS]);
}

UNIT(an_edit_of_any_field_of_any_record_is_found_and_named)
{
    static const char *const edits[][2] = {
        {"\"mia\"", "\"eva\""},
        {"\"admin\"", "\"viewer\""},
        {"rollout.pause", "rollout.start"},
        {"\"object\":\"r", "\"object\":\"x"},
        {"\\n", "\\t"},
        {"::1", "::2"},
        {"00ff", "00fe"},
        {"\"at_ms\":1", "\"at_ms\":2"},
        {"\"digest\":\"", "\"digest\":\"x"},
    };

    for (size_t no = 1; no <= RECORDS; no++)
        for (size_t i = 0; i < COUNT(edits); i++) {
            struct log log = log_of(unit);

            log.lines[no] = replaced(unit, log.lines[no], edits[i][0], edits[i][1]);
            NAMES(&log, arena_printf(unit->arena, "record %d", (int)no));
        }
}

UNIT(a_record_that_was_taken_out_is_named)
{
    for (size_t no = 1; no <= RECORDS; no++) {
        struct log log = log_of(unit);

        take_out(&log, no, 1);
        NAMES(&log, arena_printf(unit->arena, "record %d is missing", (int)no));
    }
}

UNIT(the_first_of_two_records_that_changed_places_is_named)
{
    for (size_t no = 1; no < RECORDS; no++) {
        struct log log = log_of(unit);
        const char *first = log.lines[no];

        log.lines[no] = log.lines[no + 1];
        log.lines[no + 1] = first;
        NAMES(&log, arena_printf(unit->arena, "record %d is missing: record %d stands in its place", (int)no,
                                 (int)no + 1));
    }
}

UNIT(a_record_that_comes_again_is_named)
{
    struct log log = log_of(unit);

    log.lines[5] = log.lines[4];
    NAMES(&log, "record 4 comes again where record 5 should be");
}

UNIT(a_log_that_was_cut_is_found_by_its_checkpoint_and_the_first_missing_record_is_named)
{
    for (size_t left = 0; left < RECORDS; left++) {
        struct log log = log_of(unit);

        take_out(&log, left + 1, RECORDS - left);
        NAMES(&log, arena_printf(unit->arena, "record %d is missing", (int)left + 1));
    }
}

UNIT(a_cut_together_with_the_checkpoint_is_found_by_an_anchor_from_elsewhere)
{
    struct log log = log_of(unit);
    struct audit_walk_end end;

    take_out(&log, RECORDS - 1, 3);
    MUST(walks(&log, &end)); /* nothing in the file itself tells */
    log.anchor = arena_printf(unit->arena, "%d:%s", RECORDS, log.digests[RECORDS]);
    NAMES(&log, "record 8 is missing");
    SAYS("an anchor knows 9 records");
}

UNIT(a_log_written_anew_from_some_record_on_is_found_by_a_checkpoint_over_it)
{
    struct log log = log_of(unit);
    const char *early = checkpoint_line(&log, "DEFAULT", 3, log.digests[3], 3);

    for (int no = 5; no <= RECORDS; no++) /* every digest fits again */
        log.lines[no] = record_line(&log, no, "forged", log.digests[no - 1], log.digests[no]);
    log.lines[log.count++] = early;
    NAMES(&log, "a record from 4 to 9 was written anew");
}

UNIT(a_checkpoint_counts_when_a_given_root_signed_it)
{
    struct log log = log_of(unit);
    struct audit_walk_end end;

    log.lines[log.count - 1] = checkpoint_line(&log, "DEFAULT", RECORDS, log.digests[RECORDS], 9);
    REFUSES(ERR_FORBIDDEN, walks(&log, &end));
    SAYS("the checkpoint over record 9");
    log.role_count = 0; /* nobody was asked */
    MUST(walks(&log, &end));
    log.lines[log.count - 1] = checkpoint_line(&log, "OTHER", RECORDS, log.digests[RECORDS], 3);
    log.role_count = 1;
    NAMES(&log, "another tenant");
}

UNIT(a_record_cannot_move_to_another_tenant)
{
    struct log log = log_of(unit);

    log.lines[0] = replaced(unit, log.lines[0], "\"tenant_id\":7", "\"tenant_id\":8");
    NAMES(&log, "record 1 was changed");
}

UNIT(what_is_no_export_is_refused)
{
    static const char *const bad[] = {
        "",
        "{}",
        "[]",
        "null",
        "{\"_type\":\"nightshift-audit-2\",\"tenant\":\"A\",\"tenant_id\":1}",
        "{\"_type\":\"nightshift-audit-1\",\"tenant\":\"A\",\"tenant_id\":1,\"x\":1}",
        "\xff",
    };
    struct log log = log_of(unit);
    struct audit_walk_end end;

    for (size_t i = 0; i < COUNT(bad); i++) {
        log.lines[0] = bad[i];
        REFUSES(ERR_INVALID, walks(&log, &end));
        SAYS("line 1");
    }
    log.count = 0;
    REFUSES(ERR_INVALID, walks(&log, &end));
    log = log_of(unit);
    log.lines[3] = "{\"no\":3}";
    REFUSES(ERR_INVALID, walks(&log, &end));
    SAYS("line 4, after record 2");
    log.anchor = "3";
    REFUSES(ERR_INVALID, walks(&log, &end));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(an_export_as_it_was_written_is_whole),
        UNIT_TEST(an_edit_of_any_field_of_any_record_is_found_and_named),
        UNIT_TEST(a_record_that_was_taken_out_is_named),
        UNIT_TEST(the_first_of_two_records_that_changed_places_is_named),
        UNIT_TEST(a_record_that_comes_again_is_named),
        UNIT_TEST(a_log_that_was_cut_is_found_by_its_checkpoint_and_the_first_missing_record_is_named),
        UNIT_TEST(a_cut_together_with_the_checkpoint_is_found_by_an_anchor_from_elsewhere),
        UNIT_TEST(a_log_written_anew_from_some_record_on_is_found_by_a_checkpoint_over_it),
        UNIT_TEST(a_checkpoint_counts_when_a_given_root_signed_it),
        UNIT_TEST(a_record_cannot_move_to_another_tenant),
        UNIT_TEST(what_is_no_export_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
