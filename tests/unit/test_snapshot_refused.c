/* Snapshots that the reader refuses, and why. */
#include "signing/snapshot.h"

#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "support/settings.h"
#include "support/tarball.h"

#define ITEMS "{\"items\":[{\"id\":\"1\",\"fields\":{\"name\":\"x\"}}]}"

struct part {
    const char *name, *bytes;
};

/* A head of one category; NULL takes what is right for ITEMS. */
static const char *head(struct unit *unit, const char *name, const char *class, int items, const char *bytes)
{
    char digest[HASH_HEX_MAX];

    hash_hex_of(HASH_SHA256, span_of(bytes), digest);
    return arena_printf(
        unit->arena,
        "{\"schema\":\"nightshift-backup-1\",\"model\":\"M\",\"family\":\"f\",\"firmware\":{"
        "\"system\":\"1\"},\"serial\":\"S\",\"controller_id\":\"c\",\"time\":"
        "\"2026-09-02T10:00:00Z\",\"categories\":[{\"name\":\"%s\",\"class\":\"%s\",\"items\":%d,"
        "\"size\":%zu,\"sha256\":\"%s\"}]}",
        name, class, items, strlen(bytes), digest);
}

static bool reads(struct unit *unit, struct span tar)
{
    AUTO(fd_closep) int fd = tarball_fd(tar);
    struct snapshot out;

    return snapshot_read(unit->arena, fd, &out, &unit->err);
}

static bool reads_parts(struct unit *unit, const struct part *parts, size_t count)
{
    struct buf tar = {.arena = unit->arena};

    for (size_t i = 0; i < count; i++)
        tarball_file(&tar, parts[i].name, span_of(parts[i].bytes));
    tarball_end(&tar);
    return reads(unit, buf_span(&tar));
}

static bool reads_pair(struct unit *unit, const char *top, const char *file, const char *bytes)
{
    const struct part parts[] = {{SNAPSHOT_HEAD_NAME, top}, {file, bytes}};

    return reads_parts(unit, parts, bytes ? 2 : 1);
}

UNIT(a_snapshot_made_by_hand_is_read_plain_and_packed)
{
    struct buf tar = {.arena = unit->arena};

    tarball_file(&tar, SNAPSHOT_HEAD_NAME, span_of(head(unit, "fax", "customer", 1, ITEMS)));
    tarball_file(&tar, "fax.json", span_of(ITEMS));
    tarball_end(&tar);
    MUST(reads(unit, buf_span(&tar)));
    MUST(reads(unit, tarball_pack(unit->arena, TARBALL_ZSTD, buf_span(&tar), 0)));
    MUST(reads(unit, tarball_pack(unit->arena, TARBALL_GZIP, buf_span(&tar), 0)));
    REFUSES(ERR_INVALID,
            reads(unit, tarball_pack(unit->arena, TARBALL_GZIP,
                                     tarball_pack(unit->arena, TARBALL_GZIP, buf_span(&tar), 0), 0)));
    REFUSES(ERR_INVALID, reads(unit, span_make(tar.at, tar.size - 1024)));
    SAYS("cut short");
}

UNIT(box_contents_fax_memory_and_job_names_are_refused_by_name)
{
    static const char *const names[] = {"box-contents", "mailbox-contents", "fax-memory", "job-names",
                                        "job-log",      "documents",        "scans"};

    for (size_t i = 0; i < COUNT(names); i++) {
        REFUSES(ERR_FORBIDDEN, reads_pair(unit, head(unit, names[i], "customer", 1, ITEMS), "x.json", ITEMS));
        SAYS("no document data");
        SAYS(names[i]);
        REFUSES(ERR_FORBIDDEN, reads_pair(unit, head(unit, "fax", "customer", 1, ITEMS),
                                          arena_printf(unit->arena, "%s.json", names[i]), ITEMS));
        SAYS("no document data");
        SAYS(names[i]);
    }
}

UNIT(each_bad_head_is_refused_with_its_reason)
{
    const char *fine = head(unit, "fax", "customer", 1, ITEMS);
    /* clang-format off */
    static const struct { const char *from, *to, *says; } bad[] = {
        {"backup-1",                 "backup-2",              "\"schema\" must be"},
        {"\"model\":\"M\"",          "\"model\":\"\"",        "\"model\""},
        {"\"model\":\"M\"",          "\"model\":\"\\n\"",     "control characters"},
        {"\"family\":\"f\"",         "\"family\":\"../f\"",   "\"family\""},
        {"\"system\":\"1\"",         "\"System\":\"1\"",      "component name"},
        {"\"system\":\"1\"",         "\"system\":1",          "version of \"system\""},
        {"2026-09-02T",              "yesterday",             "\"time\""},
        {"\"serial\":\"S\",",        "",                      "\"serial\""},
        {"\"serial\":",              "\"owner\":\"x\",\"serial\":", "\"owner\""},
        {"\"fax\"",                  "\"faxes\"",             "\"faxes\" is no category"},
        {"\"customer\"",             "\"adjustment\"",        "is of class \"customer\""},
        {"\"items\":1",              "\"items\":2",           "1 items and backup.json says 2"},
        {"\"items\":1",              "\"items\":-1",          "\"items\""},
        {"\"items\":1",              "\"items\":20001",       "\"items\""},
        {"\"size\":4",               "\"size\":5",            "bytes and backup.json says 5"},
        {"\"size\":4",               "\"size\":99999999",     "\"size\""},
        {"\"sha256\":\"",            "\"sha256\":\"X",        "\"sha256\""},
        {"}]}",                      "}],\"more\":1}",        "\"more\""},
    };
    /* clang-format on */
    for (size_t i = 0; i < COUNT(bad); i++) {
        const char *at = strstr(fine, bad[i].from);

        assert_non_null(at);
        const char *top = arena_printf(unit->arena, "%.*s%s%s", (int)(at - fine), fine, bad[i].to,
                                       at + strlen(bad[i].from));

        assert_false(reads_pair(unit, top, "fax.json", ITEMS));
        if (!strstr(unit->err.text, bad[i].says))
            fail_msg("\"%s\" does not say \"%s\"", unit->err.text, bad[i].says);
    }
}

UNIT(each_bad_category_file_is_refused_and_named)
{
    /* clang-format off */
    static const struct { const char *bytes, *says; } bad[] = {
        {"",                                                              "\"size\""},
        {"{}",                                                            "\"items\""},
        {"[]",                                                            "object"},
        {"{\"items\":[],\"documents\":[]}",                               "\"documents\""},
        {"{\"items\":[{\"id\":\"1\"}]}",                                  "\"fields\""},
        {"{\"items\":[{\"id\":\"1\",\"fields\":{},\"data\":\"\"}]}",      "\"data\""},
        {"{\"items\":[{\"id\":1,\"fields\":{}}]}",                        "\"id\""},
        {"{\"items\":[{\"id\":\"1\",\"fields\":{\"a\":1}}]}",             "field \"a\" must be a text"},
        {"{\"items\":[{\"id\":\"1\",\"fields\":{\"a\":\"\\u0000\"}}]}",   "field \"a\" must be a text"},
        {"{\"items\":[{\"id\":\"1\",\"fields\":{\"job_name\":\"x\"}}]}",  "no document data"},
        {"{\"items\":[{\"id\":\"1\",\"fields\":{\"a\":\"\",\"a\":\"\"}}]}", "a"},
        {"{\"items\":[{\"id\":\"1\",\"fields\":{}},{\"id\":\"1\",\"fields\":{}}]}", "two items have the id \"1\""},
    };
    /* clang-format on */
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_false(
            reads_pair(unit, head(unit, "fax", "customer", 1, bad[i].bytes), "fax.json", bad[i].bytes));
        if (!strstr(unit->err.text, bad[i].says))
            fail_msg("\"%s\" does not say \"%s\"", unit->err.text, bad[i].says);
    }
}

UNIT(entries_and_the_head_must_agree)
{
    const char *fax = head(unit, "fax", "customer", 1, ITEMS);
    const struct part twice[] = {{SNAPSHOT_HEAD_NAME, fax}, {"fax.json", ITEMS}, {"fax.json", ITEMS}};
    const struct part heads[] = {{SNAPSHOT_HEAD_NAME, fax}, {SNAPSHOT_HEAD_NAME, fax}};
    const struct part late[] = {{"fax.json", ITEMS}, {SNAPSHOT_HEAD_NAME, fax}};

    REFUSES(ERR_INVALID, reads_pair(unit, fax, NULL, NULL));
    SAYS("names category \"fax\" and the snapshot does not hold it");
    REFUSES(ERR_INVALID, reads_pair(unit, fax, "network.json", ITEMS));
    SAYS("\"network.json\" is not named in backup.json");
    REFUSES(ERR_INVALID, reads_pair(unit, fax, "fax", ITEMS));
    SAYS("\"fax\" is not named in backup.json");
    REFUSES(ERR_INVALID, reads_pair(unit, fax, "secrets.json", ITEMS));
    SAYS("no category of settings");
    REFUSES(ERR_INVALID, reads_parts(unit, twice, COUNT(twice)));
    SAYS("comes twice");
    REFUSES(ERR_INVALID, reads_parts(unit, heads, COUNT(heads)));
    SAYS("\"backup.json\" comes twice");
    REFUSES(ERR_INVALID, reads_parts(unit, late, COUNT(late)));
    SAYS("the first entry is \"fax.json\"");
    REFUSES(ERR_INVALID, reads_parts(unit, NULL, 0));
}

UNIT(another_byte_in_a_category_is_another_hash)
{
    REFUSES(ERR_INVALID, reads_pair(unit, head(unit, "fax", "customer", 1, ITEMS), "fax.json",
                                    "{\"items\":[{\"id\":\"2\",\"fields\":{\"name\":\"x\"}}]}"));
    SAYS("SHA-256");
}

UNIT(links_folders_and_paths_are_refused_without_advice_for_packages)
{
    struct buf tar = {.arena = unit->arena};

    tarball_file(&tar, SNAPSHOT_HEAD_NAME, span_of(head(unit, "fax", "customer", 1, ITEMS)));
    tarball_header(&tar, "fax.json", '2', "network.json", 0);
    tarball_end(&tar);
    REFUSES(ERR_INVALID, reads(unit, buf_span(&tar)));
    SAYS("symbolic link");
    assert_null(strstr(unit->err.text, "package build"));
    REFUSES(ERR_INVALID, reads_pair(unit, head(unit, "fax", "customer", 1, ITEMS), "../fax.json", ITEMS));
    SAYS("lies in a folder");
}

UNIT(a_snapshot_cut_anywhere_is_refused)
{
    struct snapshot whole = settings_good(unit->arena);
    struct span bytes = settings_bytes(unit, &whole);

    MUST(reads(unit, bytes));
    for (size_t size = 0; size < bytes.size; size += 256)
        assert_false(reads(unit, span_make(bytes.at, size)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_snapshot_made_by_hand_is_read_plain_and_packed),
        UNIT_TEST(box_contents_fax_memory_and_job_names_are_refused_by_name),
        UNIT_TEST(each_bad_head_is_refused_with_its_reason),
        UNIT_TEST(each_bad_category_file_is_refused_and_named),
        UNIT_TEST(entries_and_the_head_must_agree),
        UNIT_TEST(another_byte_in_a_category_is_another_hash),
        UNIT_TEST(links_folders_and_paths_are_refused_without_advice_for_packages),
        UNIT_TEST(a_snapshot_cut_anywhere_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
