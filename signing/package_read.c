#include "signing/package.h"

#include "base/hash.h"
#include "base/text.h"
#include "signing/package_entries.h"

const struct package_limits package_limits_default = {
    .bytes_max = 4LL << 30, .ratio_max = 200, .entries_max = 64, .sbom_bytes_max = 8 << 20};

#define ENTRIES_BESIDE_COMPONENTS 2 /* manifest, sbom */
#define RATIO_FROM (1 << 20)
#define NEXT_BUILD "make the package with \"nightshift package build\""

struct reading {
    struct arena *arena;
    struct package_entries *entries;
    const struct package_limits *limits;
    const struct package_events *events;
    struct manifest manifest;
    bool has_come[MANIFEST_COMPONENTS_MAX];
    bool has_sbom_come;
};

/* ---- what the entries share ---------------------------------------------------------------------- */

static bool check_size(const struct package_entry *entry, int64_t size, struct err *err)
{
    if (entry->size == size)
        return true;
    return FAIL(err, ERR_INVALID, "entry \"%s\" is %lld bytes and the manifest says %lld; " NEXT_BUILD,
                entry->name, (long long)entry->size, (long long)size);
}

static bool check_digest(const char *file, const char *digest, const char *sha256, struct err *err)
{
    if (text_equal(digest, sha256))
        return true;
    return FAIL(err, ERR_INVALID,
                "entry \"%s\" is not what the manifest says: its SHA-256 is %.16s... and should be %.16s...; "
                "build it again, or send it again if it was fine before",
                file, digest, sha256);
}

static void tell_progress(const struct reading *reading)
{
    struct package_source_facts facts = package_entries_facts(reading->entries);

    if (reading->events->progress)
        reading->events->progress(reading->events->ctx, facts.packed, facts.packed_size);
}

/* ---- the manifest -------------------------------------------------------------------------------- */

/* What the manifest announces is refused before it is unpacked. */
static bool check_announced(const struct reading *reading, struct err *err)
{
    const struct manifest *manifest = &reading->manifest;
    int64_t packed = package_entries_facts(reading->entries).packed_size;
    int64_t sum = manifest->sbom_size;

    for (size_t i = 0; i < manifest->component_count; i++)
        sum += manifest->components[i].size;
    if (manifest->sbom_size > reading->limits->sbom_bytes_max)
        return FAIL(err, ERR_TOO_LARGE, "entry \"%s\": an SBOM may have %lld bytes", manifest->sbom_file,
                    (long long)reading->limits->sbom_bytes_max);
    if (sum > reading->limits->bytes_max)
        return FAIL(err, ERR_TOO_LARGE, "the manifest names %lld bytes in all, and %lld is the limit",
                    (long long)sum, (long long)reading->limits->bytes_max);
    if (sum > RATIO_FROM && sum / reading->limits->ratio_max >= packed)
        return FAIL(
            err, ERR_TOO_LARGE,
            "the manifest names more than %lld times the package's own size, which is the limit; if it "
            "is meant to, build it without --zstd",
            (long long)reading->limits->ratio_max);
    if ((int64_t)manifest->component_count + ENTRIES_BESIDE_COMPONENTS > reading->limits->entries_max)
        return FAIL(err, ERR_TOO_LARGE, "the manifest names more components than %lld entries can hold",
                    (long long)reading->limits->entries_max);
    return true;
}

static bool read_manifest(struct reading *reading, struct err *err)
{
    struct package_entry entry;
    struct span bytes;
    enum package_step step = package_entries_next(reading->entries, &entry, err);

    if (step == STEP_FAILED)
        return false;
    if (step == STEP_END)
        return FAIL(err, ERR_INVALID, "this is no package: it holds no entry; " NEXT_BUILD);
    if (!text_equal(entry.name, MANIFEST_NAME))
        return FAIL(err, ERR_INVALID, "the first entry is \"%s\" and has to be %s; " NEXT_BUILD, entry.name,
                    MANIFEST_NAME);
    if (!package_entries_whole(reading->entries, reading->arena, &entry, MANIFEST_BYTES_MAX, &bytes, err) ||
        !manifest_read(reading->arena, bytes, &reading->manifest, err) || !check_announced(reading, err))
        return false;
    tell_progress(reading);
    return !reading->events->manifest ||
           reading->events->manifest(reading->events->ctx, &reading->manifest, bytes, err);
}

/* ---- the rest ------------------------------------------------------------------------------------ */

static bool pass_bytes(struct reading *reading, const struct manifest_component *component, struct err *err)
{
    const struct package_events *events = reading->events;
    AUTO(hash_freep) struct hash *hash = hash_new(HASH_SHA256);
    char digest[HASH_HEX_MAX];
    enum package_step step;
    struct span piece;

    while ((step = package_entries_bytes(reading->entries, &piece, err)) == STEP_MORE) {
        hash_add(hash, piece);
        if (events->bytes && !events->bytes(events->ctx, piece, err))
            return false;
        tell_progress(reading);
    }
    hash_hex(hash, digest);
    return step == STEP_END && check_digest(component->file, digest, component->sha256, err);
}

static bool read_component(struct reading *reading, const struct package_entry *entry,
                           const struct manifest_component *component, struct err *err)
{
    const struct package_events *events = reading->events;
    bool *has_come = &reading->has_come[component - reading->manifest.components];

    if (*has_come)
        return FAIL(err, ERR_INVALID, "entry \"%s\" comes twice; " NEXT_BUILD, entry->name);
    if (reading->has_sbom_come)
        return FAIL(err, ERR_INVALID, "entry \"%s\" comes behind the SBOM, which has to be last; " NEXT_BUILD,
                    entry->name);
    *has_come = true;
    return check_size(entry, component->size, err) &&
           (!events->begin || events->begin(events->ctx, component, err)) &&
           pass_bytes(reading, component, err) && (!events->end || events->end(events->ctx, component, err));
}

static bool read_sbom(struct reading *reading, const struct package_entry *entry, struct err *err)
{
    const struct manifest *manifest = &reading->manifest;
    char digest[HASH_HEX_MAX];
    struct span bytes;

    if (reading->has_sbom_come)
        return FAIL(err, ERR_INVALID, "entry \"%s\" comes twice; " NEXT_BUILD, entry->name);
    reading->has_sbom_come = true;
    if (!check_size(entry, manifest->sbom_size, err) ||
        !package_entries_whole(reading->entries, reading->arena, entry, reading->limits->sbom_bytes_max,
                               &bytes, err))
        return false;
    hash_hex_of(HASH_SHA256, bytes, digest);
    if (!check_digest(manifest->sbom_file, digest, manifest->sbom_sha256, err))
        return false;
    if (!package_sbom_check(bytes, err))
        return err_within(err, "entry \"%s\"", manifest->sbom_file);
    tell_progress(reading);
    return !reading->events->sbom || reading->events->sbom(reading->events->ctx, bytes, err);
}

static bool read_entry(struct reading *reading, const struct package_entry *entry, struct err *err)
{
    const struct manifest_component *component = manifest_file(&reading->manifest, entry->name);

    if (component)
        return read_component(reading, entry, component, err);
    if (text_equal(reading->manifest.sbom_file, entry->name))
        return read_sbom(reading, entry, err);
    if (text_equal(MANIFEST_NAME, entry->name))
        return FAIL(err, ERR_INVALID, "entry \"%s\" comes twice; " NEXT_BUILD, entry->name);
    return FAIL(err, ERR_INVALID, "entry \"%s\" is not named in the manifest; " NEXT_BUILD, entry->name);
}

static bool check_complete(const struct reading *reading, struct err *err)
{
    const struct manifest *manifest = &reading->manifest;

    for (size_t i = 0; i < manifest->component_count; i++)
        if (!reading->has_come[i])
            return FAIL(
                err, ERR_INVALID,
                "the manifest names entry \"%s\" and the package does not hold it; if it was cut short, "
                "send it again, else build it again",
                manifest->components[i].file);
    if (manifest->sbom_file && !reading->has_sbom_come)
        return FAIL(err, ERR_INVALID,
                    "the manifest names entry \"%s\" and the package does not hold it; build it again",
                    manifest->sbom_file);
    return true;
}

static bool read_all(struct reading *reading, struct err *err)
{
    struct package_entry entry;
    enum package_step step;

    if (!read_manifest(reading, err))
        return false;
    while ((step = package_entries_next(reading->entries, &entry, err)) == STEP_MORE)
        if (!read_entry(reading, &entry, err))
            return false;
    return step == STEP_END && check_complete(reading, err);
}

bool package_read_apart(struct parser *parser, struct arena *arena, int fd,
                        const struct package_limits *limits, const struct package_events *events,
                        struct manifest *out, struct err *err)
{
    AUTO(package_entries_closep) struct package_entries *entries = NULL;

    if (!package_entries_open(parser, fd, limits, &entries, err))
        return false;
    struct reading reading = {.arena = arena, .entries = entries, .limits = limits, .events = events};

    if (!read_all(&reading, err))
        return false;
    *out = reading.manifest;
    return true;
}

bool package_peek_apart(struct parser *parser, struct arena *arena, int fd,
                        const struct package_limits *limits, struct manifest *out, struct err *err)
{
    AUTO(package_entries_closep) struct package_entries *entries = NULL;
    static const struct package_events silent = {0};

    if (!package_entries_open(parser, fd, limits, &entries, err))
        return false;
    struct reading reading = {.arena = arena, .entries = entries, .limits = limits, .events = &silent};

    if (!read_manifest(&reading, err))
        return false;
    *out = reading.manifest;
    return true;
}

bool package_is_ours_apart(struct parser *parser, int fd, bool *out, struct err *err)
{
    AUTO(package_entries_closep) struct package_entries *entries = NULL;
    struct package_entry entry;
    enum package_step step;

    if (!package_entries_open(parser, fd, &package_limits_default, &entries, err)) {
        *out = false;
        return !parser; /* no tar of ours, or nobody who could say */
    }
    step = package_entries_next(entries, &entry, err);
    if (step == STEP_FAILED && package_entries_is_broken(entries))
        return false;
    *out = step == STEP_MORE && text_equal(entry.name, MANIFEST_NAME);
    return true;
}

bool package_read(struct arena *arena, int fd, const struct package_limits *limits,
                  const struct package_events *events, struct manifest *out, struct err *err)
{
    return package_read_apart(NULL, arena, fd, limits, events, out, err);
}

bool package_peek(struct arena *arena, int fd, const struct package_limits *limits, struct manifest *out,
                  struct err *err)
{
    return package_peek_apart(NULL, arena, fd, limits, out, err);
}

bool package_is_ours(int fd)
{
    struct err ignored;
    bool is_ours;

    return package_is_ours_apart(NULL, fd, &is_ours, &ignored) && is_ours;
}
