#include "copy.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "copy_files.h"
#include "domain/setback.h"
#include "sandbox.h"
#include "store/check.h"
#include "store/copy.h"

#define NOTE_BYTES_MAX 4096
#define TRIES 3 /* a blob may be removed between the database's instant and its turn */

static const char usage[] =
    "Usage: nightshiftd --copy BACKUP --dir DIR [--json]\n"
    "       nightshiftd --restore BACKUP --dir DIR [--json]\n\n"
    "Makes BACKUP, a new folder, out of DIR beside its running service; or DIR, a new\n"
    "folder, out of BACKUP. Every byte of what was written is read again and compared.\n";

struct copy {
    struct arena *arena;
    const char *from, *to;
    bool is_restore, is_json;
    const char *made; /* of a backup that is restored: when it was made */
    struct store_copy_report report;
    char database[65];
};

static const char *in(struct copy *copy, const char *dir, const char *name)
{
    return arena_printf(copy->arena, "%s/%s", dir, name);
}

/* ---- what is wished ------------------------------------------------------------------ */

static bool wish_read(int argc, char **argv, struct copy *copy, struct err *err)
{
    const char *dir = NULL, *backup = NULL;

    for (int i = 1; i < argc; i++) {
        bool is_copy = text_equal(argv[i], "--copy"), is_restore = text_equal(argv[i], "--restore");

        if (text_equal(argv[i], "--json")) {
            copy->is_json = true;
            continue;
        }
        if ((!is_copy && !is_restore && !text_equal(argv[i], "--dir")) || i + 1 == argc)
            return FAIL(err, ERR_INVALID, "cannot understand '%s'", argv[i]);
        copy->is_restore |= is_restore;
        *(is_copy || is_restore ? &backup : &dir) = argv[++i];
    }
    if (text_blank(dir) || text_blank(backup))
        return FAIL(err, ERR_INVALID, "say both folders");
    copy->from = copy->is_restore ? backup : dir;
    copy->to = copy->is_restore ? dir : backup;
    return true;
}

/* Never into something that is there. */
static bool target_make(struct copy *copy, struct err *err)
{
    const struct dirent *entry;
    bool is_empty = true;

    if (!file_make_dirs(copy->to, 0700, err))
        return false;
    DIR *dir = opendir(copy->to);
    if (!dir)
        return FAIL_ERRNO(err, copy->to);
    while ((entry = readdir(dir)))
        is_empty &= text_equal(entry->d_name, ".") || text_equal(entry->d_name, "..");
    closedir(dir);
    return is_empty || FAIL(err, ERR_CONFLICT, "%s is not empty; name a new folder", copy->to);
}

/* ---- the note: a backup without it is not whole ------------------------------------------ */

static bool note_write(struct copy *copy, int64_t now_ms, struct err *err)
{
    struct buf text = {.arena = copy->arena};
    struct json_out j = {.buf = &text};

    json_open(&j, NULL);
    json_text(&j, "made", text_time(copy->arena, now_ms));
    json_text(&j, "version", NIGHTSHIFT_VERSION);
    json_text(&j, "database_sha256", copy->database);
    json_int(&j, "blobs", copy->report.blobs);
    json_int(&j, "bytes", copy->report.bytes);
    json_close(&j);
    buf_text(&text, "\n");
    return file_write_whole(in(copy, copy->to, COPY_NOTE), buf_span(&text), 0600, err);
}

static bool note_read(struct copy *copy, const char **database, struct err *err)
{
    const char *path = in(copy, copy->from, COPY_NOTE), *version;
    int64_t blobs, bytes;
    const struct json_field fields[] = {
        JSON_TEXT("made", copy->made, 1, 64),
        JSON_TEXT("version", version, 1, 64),
        JSON_TEXT("database_sha256", *database, 64, 64),
        JSON_INT("blobs", blobs, 0, INT64_MAX),
        JSON_INT("bytes", bytes, 0, INT64_MAX),
    };
    const struct json *note;
    struct span text;

    if (!file_exists(path))
        return FAIL(err, ERR_NOT_FOUND, "%s is no whole backup: it has no " COPY_NOTE, copy->from);
    return (file_read(copy->arena, path, NOTE_BYTES_MAX, &text, err) &&
            json_parse(copy->arena, text, &note, err) && json_read(note, fields, COUNT(fields), err)) ||
           err_within(err, "%s", path);
}

/* ---- the way -------------------------------------------------------------------------------- */

static bool database_bring_back(struct copy *copy, struct err *err)
{
    const char *wanted = "";

    if (!note_read(copy, &wanted, err) ||
        !copy_file(in(copy, copy->from, "nightshift.db"), in(copy, copy->to, "nightshift.db"), copy->database,
                   err))
        return false;
    return text_equal(copy->database, wanted) ||
           FAIL(err, ERR_CORRUPT, "the database of %s is not the one that was backed up", copy->from);
}

static bool judge(struct store *store, struct err *err)
{
    struct store_check_report check = {0};

    if (!store_check(store, NULL, &check, err))
        return false;
    return store_check_is_sound(&check) ||
           FAIL(err, ERR_CORRUPT, "what was copied is damaged: %s", check.first);
}

/* Rows first, then what they name; read again before it is called a copy. */
static bool fill(struct copy *copy, struct err *err)
{
    const struct store_options options = {.dir = copy->to, .ballast_bytes = -1};
    AUTO(store_closep) struct store *store = NULL;

    copy->report = (struct store_copy_report){0};
    if (!(copy->is_restore ? database_bring_back(copy, err) : store_copy_database(copy->from, copy->to, err)))
        return false;
    return store_open(&store, &options, err) && store_copy_blobs(copy->from, store, &copy->report, err) &&
           (copy->is_restore || store_copy_drop_uploads(store, &copy->report, err)) && judge(store, err);
}

/* A service that goes on removes blobs that nobody needs any more: then another instant is tried. */
static bool fill_at_last(struct copy *copy, struct err *err)
{
    for (int tries = 1; !fill(copy, err); tries++)
        if (copy->is_restore || err->code != ERR_NOT_FOUND || tries == TRIES ||
            unlink(in(copy, copy->to, "nightshift.db")) != 0)
            return false;
    return true;
}

/* The service that starts there tells of it: this is an older database, and meant to be one. */
static bool mark_write(struct copy *copy, struct err *err)
{
    return file_write_whole(in(copy, copy->to, SETBACK_MARK),
                            span_of(arena_printf(copy->arena, "%s\n", copy->made)), 0644, err);
}

static bool run(struct copy *copy, struct err *err)
{
    const char *const folders[] = {copy->from, copy->to};

    if (!file_exists(in(copy, copy->from, "nightshift.db")))
        return FAIL(err, ERR_NOT_FOUND, "%s is no service's folder: it has no nightshift.db", copy->from);
    if (!target_make(copy, err) || !sandbox_tool(folders, COUNT(folders), getenv("NIGHTSHIFT_SANDBOX"), err))
        return false;
    if (!fill_at_last(copy, err) || !copy_files(copy->arena, copy->from, copy->to, err) ||
        !copy_hash(in(copy, copy->to, "nightshift.db"), copy->database, err) ||
        !(copy->is_restore ? mark_write(copy, err) : note_write(copy, clock_now_ms(), err)))
        return err_within(err, "%s is not whole, remove it", copy->to);
    return true;
}

/* ---- what is said ------------------------------------------------------------------------------ */

static void say(struct copy *copy)
{
    struct buf text = {.arena = copy->arena};
    struct json_out j = {.buf = &text};

    if (!copy->is_json) {
        printf("%s: %" PRId64 " blobs, %" PRId64 " bytes, database sha256 %s; all of it read again\n",
               copy->to, copy->report.blobs, copy->report.bytes, copy->database);
        if (copy->report.uploads)
            printf("%" PRId64 " unfinished uploads are not in it\n", copy->report.uploads);
        return;
    }
    json_open(&j, NULL);
    json_text(&j, "dir", copy->to);
    json_text(&j, "database_sha256", copy->database);
    json_int(&j, "blobs", copy->report.blobs);
    json_int(&j, "bytes", copy->report.bytes);
    json_int(&j, "uploads_left", copy->report.uploads);
    json_close(&j);
    puts(buf_cstr(&text));
}

int copy_main(int argc, char **argv)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct copy copy = {.arena = arena};
    struct err err = {0};

    for (int i = 1; i < argc; i++)
        if (text_equal(argv[i], "--help"))
            return fputs(usage, stdout) < 0;
    log_start(LOG_WARN, STDERR_FILENO);
    if (!wish_read(argc, argv, &copy, &err)) {
        fprintf(stderr, "nightshiftd: %s\n%s", err.text, usage);
        return 2;
    }
    if (!run(&copy, &err)) {
        fprintf(stderr, "nightshiftd: %s\n", err.text);
        return 1;
    }
    say(&copy);
    return 0;
}
