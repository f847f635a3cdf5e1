#include "malformed/malformed.h"

#include "base/text.h"

/* clang-format off */
static const struct {
    const char *name, *words[8];
} known[] = {
    {"tenant",     {"DEFAULT", "DEFAULT", "DEFAULT", "DEFAULT", "other"}},
    {"id",         {"mfp-1", "mfp-2", "mfp-3", "mfp-4", "a-0", "a-1", "nobody"}},
    {"device",     {"mfp-1", "mfp-2", "mfp-3", "mfp-4", "a-0", "a-1", "nobody"}},
    {"former",     {"mfp-1", "mfp-2", "a-1", "nobody"}},
    {"family",     {"aurora", "c450", "aurora", "none"}},
    {"model",      {"A", "B", "MFP-3145", ""}},
    {"version",    {"1.0", "2.0", "3.0", "4.2.10", "v1", "1.0.0-rc.1"}},
    {"file",       {"root.json", "1.root.json", "timestamp.json", "snapshot.json", "1.targets.json", "app.js", "sbom.json"}},
    {"name",       {"r0", "admin", "viewer", "fair", "site-1", "system"}},
    {"site",       {"hq", "branch", "none"}},
    {"customer",   {"Roux", "Meyer", ""}},
    {"zone",       {"Europe/Paris", "UTC", "America/New_York", "Mars/Base", "../etc/passwd"}},
    {"start",      {"22:00", "00:00", "23:59", "24:00", "2:00"}},
    {"end",        {"05:00", "00:00", "23:59", "24:01"}},
    {"from",       {"2026-09-21", "2026-02-29", "0000-00-00", "9999-12-31"}},
    {"until",      {"2026-09-23", "2027-02-29", "1969-12-31", "9999-12-31"}},
    {"duration",   {"PT4H", "PT0M", "PT9999H", "P1D"}},
    {"rule",       {"FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,TU", "FREQ=SECONDLY;COUNT=999999999", "FREQ=YEARLY;BYMONTH=13"}},
    {"query",      {"family=aurora", "model=A AND tag=x", "((((", "NOT NOT NOT tag=x"}},
    {"token",      {"token-admin", "token-viewer", "wrong"}},
    {"role",       {"viewer", "technician", "engineer", "admin", "root"}},
    {"digest",     {"0000000000000000000000000000000000000000000000000000000000000000"}},
    {"nonce",      {"0123456789abcdef0123456789abcdef", "0"}},
    {"recipient",  {"age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg", "age1", ""}},
    {"claim",      {"ABCD-EFGH", "12345678", ""}},
    {"header",     {"YWdlLWVuY3J5cHRpb24ub3JnL3YxCg==", "!!!!"}},
    {"metadata",   {"root.json", "timestamp.json"}},
    {"rel",        {"deploymentBase", "cancelAction"}},
};
static const char *const wrong[] = {
    "", " ", ".", "..", "../../etc/passwd", "%00", "%2e%2e", "%2F", "%zz", "%", "a/b", "a\\b", "-1", "0", "00", "01",
    "+1", "1e9", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "18446744073709551616", "0x10",
    "NaN", "null", "true", "' OR 1=1 --", "\"; DROP TABLE device; --", "{}", "[]", "<script>", "\xff\xfe", "\xc3\x28",
    "\xed\xa0\x80", "\xf4\x90\x80\x80", "e\xcc\x81", "\xe2\x80\xae", "%C3%28", "%F4%90%80%80", "*", "?", "#", "a;b", "a,b",
    "a=b", "{id}", "DEFAULT", "settings.age", "MD5SUM", ".MD5SUM", "root.json.MD5SUM",
};
/* clang-format on */

static const char *repeated(struct dice *dice, struct arena *arena)
{
    size_t size = (size_t)dice_between(dice, 60, 5000);
    char *text = arena_take(arena, size + 1);

    memset(text, (int)dice_between(dice, 'a', 'z'), size);
    return text;
}

static const char *noise(struct dice *dice, struct arena *arena)
{
    size_t size = (size_t)dice_between(dice, 1, 40);
    char *text = arena_take(arena, size + 1);

    for (size_t i = 0; i < size; i++)
        text[i] = (char)(dice_chance(dice, 20) ? dice_between(dice, 128, 255) : dice_between(dice, 33, 126));
    return text;
}

const char *word_wrong(struct dice *dice, struct arena *arena)
{
    switch (dice_below(dice, 10)) {
    case 0:
        return repeated(dice, arena);
    case 1:
        return noise(dice, arena);
    default:
        return DICE_PICK(dice, wrong);
    }
}

static const char *word_known(struct dice *dice, const char *name)
{
    for (size_t i = 0; i < COUNT(known); i++)
        if (text_equal(known[i].name, name)) {
            size_t count = 0;

            while (count < COUNT(known[i].words) && known[i].words[count])
                count++;
            return known[i].words[dice_below(dice, (int64_t)count)];
        }
    return NULL;
}

int64_t number_for(struct dice *dice, const char *name)
{
    static const int64_t edges[] = {0,           -1,        1,         2147483647, 2147483648,
                                    -2147483648, INT64_MAX, INT64_MIN, 86400,      1000000000000};

    (void)name;
    return dice_chance(dice, 85) ? dice_between(dice, 1, 30) : DICE_PICK(dice, edges);
}

const char *word_for(struct dice *dice, struct arena *arena, const char *name)
{
    const char *word = word_known(dice, name);

    if (dice_chance(dice, 12))
        return word_wrong(dice, arena);
    return word ? word : arena_printf(arena, "%lld", (long long)number_for(dice, name));
}
