#include "drill.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/ident.h"
#include "base/log.h"
#include "base/text.h"
#include "domain/backup_identity.h"
#include "domain/custody.h"
#include "drill_parts.h"
#include "sandbox.h"
#include "store/backups.h"
#include "store/devices.h"
#include "store/tenants.h"

#define SAMPLE 20
#define PAGE 500
#define TENANTS_MAX 1000

static const char usage[] =
    "Usage: nightshiftd --drill --dir COPY [--sample N | --all] [--out DIR]\n"
    "                   [--identity FILE] [--report FILE] [--sign KEY] [--seed N] [--json]\n\n"
    "Opens backups of a cold copy of a service's folder (database, blobs, keys) into\n"
    "scratch, compares every hash, and writes a signed report. Touches nothing in COPY.\n\n"
    "  --sample N       that many, chosen by chance [20]\n"
    "  --all            every one\n"
    "  --out DIR        keeps what was opened as DIR/DEVICE/ID.tar; DIR is new or empty\n"
    "  --identity FILE  age identity, in customer custody [the copy's own]\n"
    "  --report FILE    the report, signed\n"
    "  --sign KEY       with this key [the copy's online key]\n"
    "  --seed N         the same choice again\n";

/* ---- what is wished ------------------------------------------------------------- */

static bool number(const char *text, const char *name, int64_t min, int64_t *out, struct err *err)
{
    return text_int(text, name, min, INT32_MAX, out, err);
}

static bool wish_read(int argc, char **argv, struct drill_wish *wish, struct err *err)
{
    const struct {
        const char *name;
        const char **text;
    } texts[] = {{"--dir", &wish->dir},
                 {"--out", &wish->out},
                 {"--identity", &wish->identity},
                 {"--report", &wish->report},
                 {"--sign", &wish->sign}};

    *wish = (struct drill_wish){.sample = SAMPLE, .seed = (int64_t)ident_uniform(INT32_MAX)};
    for (int i = 1; i < argc; i++) {
        bool is_known = text_equal(argv[i], "--drill");

        if (text_equal(argv[i], "--json"))
            is_known = wish->is_json = true;
        if (text_equal(argv[i], "--all")) {
            is_known = true;
            wish->sample = -1;
        }
        if (is_known)
            continue;
        if (i + 1 >= argc)
            return FAIL(err, ERR_INVALID, "cannot understand '%s'", argv[i]);
        for (size_t k = 0; k < COUNT(texts) && !is_known; k++) {
            is_known = text_equal(argv[i], texts[k].name);
            if (is_known)
                *texts[k].text = argv[i + 1];
        }
        if (text_equal(argv[i], "--sample") && (is_known = true) &&
            !number(argv[i + 1], "--sample", 1, &wish->sample, err))
            return false;
        if (text_equal(argv[i], "--seed") && (is_known = true) &&
            !number(argv[i + 1], "--seed", 0, &wish->seed, err))
            return false;
        if (!is_known)
            return FAIL(err, ERR_INVALID, "cannot understand '%s'", argv[i]);
        i++;
    }
    return wish->dir || FAIL(err, ERR_INVALID, "say which copy: --dir COPY");
}

/* What strangers sealed is opened here: by a process that writes what it was told to, and nowhere else. */
static bool confine(struct drill *drill, struct err *err)
{
    const char *report = drill->wish.report, *slash = report ? strrchr(report, '/') : NULL;
    const char *const folders[] = {
        drill->wish.dir, drill->wish.out,
        slash    ? arena_text(drill->arena, span_make(report, (size_t)(slash - report) + 1))
        : report ? "."
                 : NULL};

    return (!drill->wish.out || file_make_dirs(drill->wish.out, 0700, err)) &&
           sandbox_tool(folders, COUNT(folders), getenv("NIGHTSHIFT_SANDBOX"), err);
}

/* ---- opening the copy ---------------------------------------------------------------- */

static bool identity_load(struct drill *drill, struct err *err)
{
    AUTO(age_identity_freep) struct age_identity *passphrase = NULL;
    const char *words = getenv("NIGHTSHIFT_PASSPHRASE");

    if (!drill->wish.identity)
        return true;
    if (words && !age_identity_passphrase(span_of(words), AGE_WORK, &passphrase, err))
        return false;
    return age_key_file_load(drill->wish.identity, passphrase, &drill->identity, err);
}

static bool copy_open(struct drill *drill, struct err *err)
{
    struct store_options options = {.dir = drill->wish.dir, .is_read_only = true};
    const char *config = arena_printf(drill->arena, "%s/nightshift.conf", drill->wish.dir);

    settings_default(&drill->settings);
    if (file_exists(config) && !settings_file(drill->arena, config, &drill->settings, err))
        return false;
    drill->settings.data_dir = drill->wish.dir;
    if (!store_open(&drill->world.store, &options, err))
        return err_within(err, "opening %s", drill->wish.dir);
    drill->world.blobs = store_blobs(drill->world.store);
    drill->world.settings = &drill->settings;
    return custody_open(&drill->world.custody, drill->wish.dir, err) &&
           backups_open(&drill->world.backups, err) && identity_load(drill, err);
}

static void copy_close(struct drill *drill)
{
    if (drill->identity)
        age_identity_freep(&drill->identity);
    backups_closep(&drill->world.backups);
    custody_closep(&drill->world.custody);
    store_closep(&drill->world.store);
}

/* ---- choosing ---------------------------------------------------------------------------- */

/* Those of a tenant that are there, in pages; `into` NULL only counts. */
static bool list_tenant(struct drill *drill, int64_t tenant_id, struct backup *into, size_t *there,
                        size_t *gone, struct err *err)
{
    struct backup *page;
    int64_t before = 0;
    size_t count = PAGE;

    while (count == PAGE) {
        if (!store_backup_list(drill->world.store, drill->arena, tenant_id, "", before, PAGE, &page, &count,
                               err))
            return false;
        for (size_t i = 0; i < count; i++) {
            before = page[i].id;
            if (page[i].gone_ms)
                ++*gone;
            else if (into)
                into[(*there)++] = page[i];
            else
                ++*there;
        }
    }
    return true;
}

/* Nothing writes to a cold copy: the second pass finds what the first one counted. */
static bool list_all(struct drill *drill, struct err *err)
{
    struct tenant *tenants;
    size_t count, there = 0, gone = 0;

    if (!store_tenant_list(drill->world.store, drill->arena, 0, TENANTS_MAX, &tenants, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!list_tenant(drill, tenants[i].id, NULL, &there, &gone, err))
            return false;
    drill->backups = ARENA_MANY(drill->arena, struct backup, there + 1);
    for (size_t i = 0; i < count; i++)
        if (!list_tenant(drill, tenants[i].id, drill->backups, &drill->there, &drill->gone, err))
            return false;
    return true;
}

/* The same seed makes the same choice of the same backups. */
static uint64_t next(uint64_t *state)
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15ULL); /* splitmix64 */

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

/* The first `chosen` of a shuffle. */
static bool choose(struct drill *drill, struct err *err)
{
    uint64_t state = (uint64_t)drill->wish.seed;
    size_t wanted = drill->wish.sample < 0 ? drill->there : (size_t)drill->wish.sample;

    drill->chosen = wanted < drill->there ? wanted : drill->there;
    drill->rows = ARENA_MANY(drill->arena, struct drill_row, drill->chosen + 1);
    for (size_t i = 0; i < drill->chosen; i++) {
        size_t k = i + (size_t)(next(&state) % (drill->there - i));
        struct backup picked = drill->backups[k];
        struct device device;

        drill->backups[k] = drill->backups[i];
        drill->backups[i] = picked;
        if (!store_device_by_id(drill->world.store, drill->arena, picked.device_id, &device, err))
            return false;
        drill->rows[i] = (struct drill_row){.backup = &drill->backups[i], .device = device.controller_id};
    }
    return true;
}

/* ---- all of it ------------------------------------------------------------------------------ */

static void say_progress(size_t done, size_t of)
{
    if (isatty(STDERR_FILENO) || done == of || done % 500 == 0)
        fprintf(stderr, "%sbackups opened: %zu of %zu%s", isatty(STDERR_FILENO) ? "\r" : "", done, of,
                done == of || !isatty(STDERR_FILENO) ? "\n" : "");
}

static bool run(struct drill *drill, struct err *err)
{
    int64_t began = clock_monotonic_ms();

    drill->began_ms = clock_now_ms();
    if (!confine(drill, err) || !copy_open(drill, err) || !list_all(drill, err) || !choose(drill, err))
        return false;
    for (size_t i = 0; i < drill->chosen; i++) {
        if (!drill_open_one(drill, &drill->rows[i], err))
            return false;
        say_progress(i + 1, drill->chosen);
    }
    drill->took_ms = clock_monotonic_ms() - began;
    return drill_report(drill, err);
}

int drill_main(int argc, char **argv)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct drill drill = {.arena = arena};
    struct err err = {0};
    bool is_done;

    for (int i = 1; i < argc; i++)
        if (text_equal(argv[i], "--help"))
            return fputs(usage, stdout) < 0;
    ident_start();
    log_start(LOG_WARN, STDERR_FILENO);
    if (!wish_read(argc, argv, &drill.wish, &err)) {
        fprintf(stderr, "nightshiftd: %s\nsee nightshiftd --drill --help\n", err.text);
        return 2;
    }
    is_done = run(&drill, &err);
    copy_close(&drill);
    if (!is_done)
        fprintf(stderr, "nightshiftd: %s\n", err.text);
    return is_done && drill_is_well(&drill) ? 0 : 1;
}
