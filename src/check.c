#include "check.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/json.h"
#include "base/text.h"
#include "sandbox.h"
#include "store/check.h"

static void say_progress(void *ctx, int64_t done, int64_t total)
{
    (void)ctx;
    if (isatty(STDERR_FILENO) || done == total)
        fprintf(stderr, "\rblobs read: %" PRId64 " of %" PRId64 "%s", done, total, done == total ? "\n" : "");
}

static void say_json(const struct store_check_report *r)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct buf text = {.arena = arena};
    struct json_out j = {.buf = &text};

    json_open(&j, NULL);
    json_bool(&j, "sound", store_check_is_sound(r));
    json_int(&j, "problems", r->problems);
    json_int(&j, "blobs_named", r->needed);
    json_int(&j, "blobs_read", r->read);
    json_int(&j, "blobs_missing", r->missing);
    json_int(&j, "blobs_wrong", r->wrong);
    json_int(&j, "blobs", r->blobs);
    json_int(&j, "bytes", r->bytes);
    json_int(&j, "orphans", r->orphans);
    json_text(&j, "first", r->first);
    json_close(&j);
    puts(buf_cstr(&text));
}

static void say_words(const struct store_check_report *r, const char *dir)
{
    printf("database problems %" PRId64 "\nblobs named %" PRId64 " read %" PRId64 " missing %" PRId64
           " wrong %" PRId64 "\nblobs there %" PRId64 " bytes %" PRId64 " orphans %" PRId64 "\n",
           r->problems, r->needed, r->read, r->missing, r->wrong, r->blobs, r->bytes, r->orphans);
    if (store_check_is_sound(r))
        puts("sound");
    else
        printf(
            "damaged: %s\nnext: stop the service; nightshift admin restore BACKUP --dir NEW, instead of %s\n",
            r->first, dir);
}

static void say_bad(void *ctx, const char *id, const char *why)
{
    (void)ctx;
    fprintf(stderr, "bad blob %s: %s\n", id, why);
}

/* "2/7": the second of seven parts. */
static bool subset_read(const char *text, struct store_check_progress *out, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct span rest = span_of(text), part;

    if (!text_split(&rest, '/', &part) || !rest.at ||
        !text_int(arena_text(arena, rest), "the parts", 1, 1000000, &out->of, err) ||
        !text_int(arena_text(arena, part), "the part", 1, out->of, &out->part, err))
        return FAIL(err, ERR_INVALID, "--subset is N/T, the Nth of T parts, not %.40s", text);
    out->is_blobs_only = true;
    return true;
}

int check_run(const char *dir, const char *subset, const char *sandbox, bool is_json)
{
    struct store_options options = {.dir = dir, .is_read_only = true};
    struct store_check_progress progress = {.say = say_progress, .bad = say_bad};
    AUTO(store_closep) struct store *store = NULL;
    struct store_check_report r = {0};
    struct err err = {0};

    if (subset && !subset_read(subset, &progress, &err)) {
        fprintf(stderr, "nightshiftd: %s\n", err.text);
        return 2;
    }
    if (!sandbox_tool(&dir, 1, sandbox, &err) || !store_open(&store, &options, &err) ||
        !store_check(store, &progress, &r, &err)) {
        fprintf(stderr, "nightshiftd: %s\n", err.text);
        return 1;
    }
    if (is_json)
        say_json(&r);
    else
        say_words(&r, dir);
    return store_check_is_sound(&r) ? 0 : 1;
}
