#include "tools/agent/tuf_mode.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "signing/tuf_client.h"
#include "tools/common/client.h"
#include "tools/common/options.h"
#include "tools/common/verify.h"

#define METADATA_BYTES_MAX (5000000 + 1)

/* clang-format off */
static const struct option_row rows[] = {
    /* name               argument   help                                                     required  many */
    {"metadata-dir",      "DIR",     "Keeps the trusted metadata here",                       true,     false},
    {"metadata-url",      "URL",     "Where the repository's metadata is",                    false,    false},
    {"target-name",       "NAME",    "Downloads this target",                                 false,    true},
    {"target-dir",        "DIR",     "Puts downloaded targets here",                          false,    false},
    {"target-base-url",   "URL",     "Where the repository's targets are",                    false,    false},
    {"ed25519-only",      NULL,      "Trusts no other kind of key, as an agent does",         false,    false},
    {0},
};
/* clang-format on */

static const struct option_face face = {
    .usage = "nightshift-agent tuf",
    .words = "COMMAND [ROOT]",
    .about = "A plain TUF client. COMMAND is init (trusts the file ROOT), refresh, or download.",
    .groups = {{.title = "Options", .rows = rows}},
};

struct mode {
    struct arena *arena;
    struct options options;
    const char *metadata_dir;
};

/* At most `max` bytes; 403 and 404 alike mean that there is no such file. */
static bool get(struct arena *arena, const char *base, const char *path, int64_t max, struct span *out,
                struct err *err)
{
    AUTO(client_closep) struct client *client = NULL;
    struct client_options options = {.answer_bytes_max = max ? max : 1};
    struct answer answer;

    if (text_blank(base))
        return FAIL(err, ERR_INVALID, "a URL is missing; see --help");
    const char *url = arena_printf(arena, "%s%s%s", base, text_ends(base, "/") ? "" : "/", path);
    if (!client_open(&options, &client, err) ||
        !client_ask(client, arena, "GET", url, NULL, span_make(NULL, 0), &answer, err))
        return false;
    if (answer.status == 403 || answer.status == 404)
        return FAIL(err, ERR_NOT_FOUND, "%s: %d", path, answer.status);
    if (answer.status != 200)
        return FAIL(err, ERR_IO, "%s: %d", path, answer.status);
    *out = answer.body;
    return true;
}

/* ---- the client's callbacks ------------------------------------------------------------ */

static bool fetch(void *ctx, struct arena *arena, const char *name, int64_t max, struct span *out,
                  struct err *err)
{
    struct mode *mode = ctx;

    return get(arena, options_text(&mode->options, "metadata-url"), name, max, out, err);
}

static bool load(void *ctx, struct arena *arena, const char *name, struct span *out, struct err *err)
{
    struct mode *mode = ctx;

    return file_read(arena, arena_printf(arena, "%s/%s", mode->metadata_dir, name), METADATA_BYTES_MAX, out,
                     err);
}

static bool keep(void *ctx, const char *name, struct span bytes, struct err *err)
{
    struct mode *mode = ctx;

    return file_write_whole(arena_printf(mode->arena, "%s/%s", mode->metadata_dir, name), bytes, 0644, err);
}

static bool open_client(struct mode *mode, struct tuf_client **out, struct err *err)
{
    struct tuf_client_io io = {.ctx = mode, .fetch = fetch, .load = load, .keep = keep};

    if (!options_has(&mode->options, "ed25519-only"))
        io.verifier = &verify_other_keys;
    return tuf_client_open(mode->arena, &io, clock_now_ms(), out, err);
}

/* ---- commands ------------------------------------------------------------------------------ */

static bool do_init(struct mode *mode, struct err *err)
{
    const char *root = options_word(&mode->options, 1);
    struct span bytes;

    if (!root)
        return FAIL(err, ERR_INVALID, "init needs the file of the trusted root");
    return file_read(mode->arena, root, METADATA_BYTES_MAX, &bytes, err) &&
           file_make_dirs(mode->metadata_dir, 0755, err) && keep(mode, "root.json", bytes, err);
}

static bool do_refresh(struct mode *mode, struct err *err)
{
    struct tuf_client *client;

    return open_client(mode, &client, err) && tuf_client_refresh(client, err);
}

/* The target's path as one name that stays in the folder and is not hidden. */
static char *local_name(struct arena *arena, const char *path)
{
    const char *name = text_escape(arena, path);

    return *name == '.' ? arena_printf(arena, "%%2E%s", name + 1) : arena_dup(arena, name);
}

static char *url_path(struct arena *arena, const char *path)
{
    struct buf out = {.arena = arena};
    struct span rest = span_of(path), part;

    while (text_split(&rest, '/', &part)) {
        if (out.size)
            buf_char(&out, '/');
        buf_text(&out, text_escape(arena, arena_text(arena, part)));
    }
    return arena_dup(arena, buf_cstr(&out));
}

static bool is_there(struct mode *mode, const char *file, const struct tuf_target *target)
{
    struct span bytes;
    struct err ignored;

    return file_read(mode->arena, file, (size_t)target->length, &bytes, &ignored) &&
           tuf_target_check(target, bytes, &ignored);
}

static bool download_one(struct mode *mode, struct tuf_client *client, const char *path, struct err *err)
{
    const char *dir = options_text(&mode->options, "target-dir");
    struct tuf_target target;
    struct span bytes;

    if (!tuf_client_target(client, path, &target, err))
        return false;
    const char *file = arena_printf(mode->arena, "%s/%s", dir, local_name(mode->arena, path));
    if (is_there(mode, file, &target))
        return true;
    const char *name = tuf_target_file(mode->arena, &target, tuf_client_has_plain_names(client));
    return get(mode->arena, options_text(&mode->options, "target-base-url"), url_path(mode->arena, name),
               target.length, &bytes, err) &&
           tuf_target_check(&target, bytes, err) && file_write_whole(file, bytes, 0644, err);
}

static bool do_download(struct mode *mode, struct err *err)
{
    const char *dir = options_text(&mode->options, "target-dir");
    struct tuf_client *client;

    if (!dir || !options_count(&mode->options, "target-name"))
        return FAIL(err, ERR_INVALID, "download needs --target-name and --target-dir");
    if (!open_client(mode, &client, err) || !tuf_client_refresh(client, err) ||
        !file_make_dirs(dir, 0755, err))
        return false;
    for (size_t i = 0; i < options_count(&mode->options, "target-name"); i++) {
        const char *path = options_nth(&mode->options, "target-name", i);

        if (!download_one(mode, client, path, err))
            return err_within(err, "%s", path);
    }
    return true;
}

static bool run(struct mode *mode, struct err *err)
{
    static const struct {
        const char *name;
        bool (*run)(struct mode *mode, struct err *err);
    } commands[] = {{"init", do_init}, {"refresh", do_refresh}, {"download", do_download}};
    const char *name = options_word(&mode->options, 0);

    for (size_t i = 0; i < COUNT(commands); i++)
        if (text_equal(name, commands[i].name))
            return commands[i].run(mode, err);
    return FAIL(err, ERR_INVALID, "there is no command %s; see --help", name);
}

int tuf_mode(int argc, char **argv)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct mode mode = {.arena = arena};
    struct err err;

    if (!options_parse(arena, &face, argc, argv, &mode.options, &err)) {
        fprintf(stderr, "nightshift-agent tuf: %s\n", err.text);
        return 1;
    }
    if (mode.options.wants_help) {
        fputs(options_help(arena, &face), stdout);
        return 0;
    }
    mode.metadata_dir = options_text(&mode.options, "metadata-dir");
    if (run(&mode, &err))
        return 0;
    fprintf(stderr, "nightshift-agent tuf: %s (%s)\n", err.text, err_word(err.code));
    return 1;
}
