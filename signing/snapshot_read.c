/* The archive of a snapshot. Values may be passwords: what comes out lies in the caller's arena and in JSON
 * trees, both of which can be wiped (arena_new_secret(), base/json_read.c), but on their way they pass
 * buffers of libarchive and of its decompressors, some hundred KiB that are freed as they are. Nobody can
 * wipe those from here: who reads snapshots of others does it by a parser (parser.h), which ends with them. */
#include "signing/snapshot_parts.h"

#include "base/hash.h"
#include "base/text.h"
#include "signing/package_entries.h"

#define ENTRY_SUFFIX ".json"

static const struct package_limits limits = {
    .bytes_max = SNAPSHOT_BYTES_MAX + SNAPSHOT_HEAD_BYTES_MAX + 1024 * 1024,
    .ratio_max = 200,
    .entries_max = SNAPSHOT_KINDS + 1,
    .sbom_bytes_max = 0,
};

struct reading {
    struct arena *arena;
    struct package_entries *entries;
    struct snapshot snapshot;
    struct snapshot_category categories[SNAPSHOT_KINDS];
    bool has_come[SNAPSHOT_KINDS];
};

/* The layer below speaks to people who build packages. */
static bool archive_refused(struct err *err)
{
    char *advice = strstr(err->text, "; make the package with");

    if (advice)
        *advice = '\0';
    return err_within(err, "a settings snapshot obeys the rules for packages");
}

static bool take_whole(struct reading *reading, const struct package_entry *entry, int64_t max,
                       struct span *out, struct err *err)
{
    return package_entries_whole(reading->entries, reading->arena, entry, max, out, err) ||
           archive_refused(err);
}

static bool read_head(struct reading *reading, struct err *err)
{
    struct package_entry entry;
    struct span bytes;
    enum package_step step = package_entries_next(reading->entries, &entry, err);

    if (step == STEP_FAILED)
        return archive_refused(err);
    if (step == STEP_END)
        return FAIL(err, ERR_INVALID, "this is no settings snapshot: it holds no entry");
    if (!text_equal(entry.name, SNAPSHOT_HEAD_NAME))
        return FAIL(err, ERR_INVALID, "the first entry is \"%s\" and has to be %s", entry.name,
                    SNAPSHOT_HEAD_NAME);
    if (!take_whole(reading, &entry, SNAPSHOT_HEAD_BYTES_MAX, &bytes, err) ||
        !snapshot_head_read(reading->arena, bytes, &reading->snapshot, err))
        return false;
    memcpy(reading->categories, reading->snapshot.categories,
           sizeof(reading->categories[0]) * reading->snapshot.category_count);
    return true;
}

static bool find_category(struct reading *reading, const char *file, size_t *out, struct err *err)
{
    size_t stem = strlen(file) - (text_ends(file, ENTRY_SUFFIX) ? strlen(ENTRY_SUFFIX) : 0);
    const char *name = arena_text(reading->arena, span_make(file, stem));
    const struct snapshot_kind *kind;

    if (text_equal(file, SNAPSHOT_HEAD_NAME))
        return FAIL(err, ERR_INVALID, "entry \"%s\" comes twice", file);
    if (!snapshot_kind_need(name, &kind, err))
        return err_within(err, "entry \"%s\"", file);
    for (size_t i = 0; i < reading->snapshot.category_count; i++)
        if (reading->categories[i].kind == kind && text_ends(file, ENTRY_SUFFIX)) {
            *out = i;
            return true;
        }
    return FAIL(err, ERR_INVALID, "entry \"%s\" is not named in %s", file, SNAPSHOT_HEAD_NAME);
}

static bool check_bytes(const struct snapshot_category *category, struct span bytes, struct err *err)
{
    char digest[HASH_HEX_MAX];

    hash_hex_of(HASH_SHA256, bytes, digest);
    if ((int64_t)bytes.size != category->size)
        return FAIL(err, ERR_INVALID, "it has %zu bytes and %s says %lld", bytes.size, SNAPSHOT_HEAD_NAME,
                    (long long)category->size);
    if (!text_equal(digest, category->sha256))
        return FAIL(err, ERR_INVALID,
                    "it is not what %s says: its SHA-256 is %.16s... and should be %.16s...",
                    SNAPSHOT_HEAD_NAME, digest, category->sha256);
    return true;
}

static bool read_category(struct reading *reading, struct snapshot_category *category, struct span bytes,
                          struct err *err)
{
    size_t announced = category->item_count;

    if (!check_bytes(category, bytes, err) || !snapshot_items_read(reading->arena, bytes, category, err))
        return false;
    if (category->item_count != announced)
        return FAIL(err, ERR_INVALID, "it has %zu items and %s says %zu", category->item_count,
                    SNAPSHOT_HEAD_NAME, announced);
    return true;
}

static bool read_entry(struct reading *reading, const struct package_entry *entry, struct err *err)
{
    size_t i = 0;
    struct span bytes;

    if (!find_category(reading, entry->name, &i, err))
        return false;
    if (reading->has_come[i])
        return FAIL(err, ERR_INVALID, "entry \"%s\" comes twice", entry->name);
    reading->has_come[i] = true;
    if (!take_whole(reading, entry, reading->categories[i].size, &bytes, err))
        return false;
    if (!read_category(reading, &reading->categories[i], bytes, err))
        return err_within(err, "entry \"%s" ENTRY_SUFFIX "\"", reading->categories[i].kind->name);
    return true;
}

static bool check_complete(const struct reading *reading, struct err *err)
{
    for (size_t i = 0; i < reading->snapshot.category_count; i++)
        if (!reading->has_come[i])
            return FAIL(err, ERR_INVALID, "%s names category \"%s\" and the snapshot does not hold it",
                        SNAPSHOT_HEAD_NAME, reading->categories[i].kind->name);
    return true;
}

static bool read_all(struct reading *reading, struct err *err)
{
    struct package_entry entry;
    enum package_step step;

    if (!read_head(reading, err))
        return false;
    while ((step = package_entries_next(reading->entries, &entry, err)) == STEP_MORE)
        if (!read_entry(reading, &entry, err))
            return false;
    if (step == STEP_FAILED)
        return archive_refused(err);
    return check_complete(reading, err);
}

bool snapshot_read_apart(struct parser *parser, struct arena *arena, int fd, struct snapshot *out,
                         struct err *err)
{
    AUTO(package_entries_closep) struct package_entries *entries = NULL;

    if (!package_entries_open(parser, fd, &limits, &entries, err))
        return archive_refused(err);
    struct reading reading = {.arena = arena, .entries = entries};

    if (!read_all(&reading, err))
        return false;
    struct snapshot_category *all = ARENA_MANY(arena, struct snapshot_category, SNAPSHOT_KINDS);

    memcpy(all, reading.categories, sizeof(reading.categories));
    reading.snapshot.categories = all;
    *out = reading.snapshot;
    return true;
}

bool snapshot_read(struct arena *arena, int fd, struct snapshot *out, struct err *err)
{
    return snapshot_read_apart(NULL, arena, fd, out, err);
}
