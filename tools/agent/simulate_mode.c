#include <stdio.h>

#include "base/file.h"
#include "base/text.h"
#include "tools/agent/simulate.h"
#include "tools/common/options.h"

enum { DONE = 0, REFUSED = 1, MISUSED = 2 };

#define CANARY_BYTES_MAX (1024 * 1024)

/* clang-format off */
static const struct option_row rows[] = {
    { "model",     "MODEL", "whose settings: one of those that are built in", true, false },
    { "dir",       "DIR",   "the agent's folder; they go to DIR/settings", true, false },
    { "seed",      "N",     "same seed, same settings [1]", false, false },
    { "addresses", "N",     "entries of the address book, at most what the model holds [300]", false, false },
    { "canary",    "FILE",  "each line becomes a name, a host, a password or another free text", false, false },
    { 0 },
};
/* clang-format on */

static const struct option_face face = {
    .usage = "nightshift-agent simulate",
    .about = "Makes up the settings of a printer, so that there is something to back up.",
    .groups = {{.title = "Options", .rows = rows}},
};

struct mode {
    struct arena *arena;
    struct options options;
    struct capability capability;
    struct snapshot_category categories[SNAPSHOT_KINDS];
    size_t count;
};

static bool canaries_plant(struct mode *mode, const char *path, struct err *err)
{
    struct span text, line;
    const char **words;
    size_t count = 0;

    if (!file_read(mode->arena, path, CANARY_BYTES_MAX, &text, err))
        return false;
    words = ARENA_MANY(mode->arena, const char *, text.size + 1);
    while (text_split(&text, '\n', &line))
        if (text_trim(line).size)
            words[count++] = arena_text(mode->arena, text_trim(line));
    return simulate_canaries(mode->arena, &mode->capability, mode->categories, mode->count, words, count,
                             err) ||
           err_within(err, "%s", path);
}

static bool make(struct mode *mode, struct err *err)
{
    struct simulation simulation = {.seed = 1, .addresses = 300};
    const char *canary = options_text(&mode->options, "canary");

    if (!options_int(&mode->options, "seed", 0, INT64_MAX, &simulation.seed, err) ||
        !options_int(&mode->options, "addresses", 0, SNAPSHOT_ITEMS_MAX, &simulation.addresses, err) ||
        !capability_built_in(mode->arena, options_text(&mode->options, "model"), &mode->capability, err) ||
        !simulate_settings(mode->arena, &mode->capability, &simulation, mode->categories, &mode->count, err))
        return false;
    return !canary || canaries_plant(mode, canary, err);
}

static bool write_all(struct mode *mode, struct err *err)
{
    const char *dir = arena_printf(mode->arena, "%s/settings", options_text(&mode->options, "dir"));
    int64_t bytes = 0;

    if (!file_make_dirs(dir, 0700, err))
        return false;
    for (size_t i = 0; i < mode->count; i++) {
        struct span text = snapshot_items_write(mode->arena, &mode->categories[i]);
        const char *path = arena_printf(mode->arena, "%s/%s.json", dir, mode->categories[i].kind->name);

        if (!file_write_whole(path, text, 0600, err))
            return false;
        bytes += (int64_t)text.size;
    }
    fprintf(stderr, "%zu categories, %s, in %s\n", mode->count, text_bytes(mode->arena, bytes), dir);
    return true;
}

int simulate_mode(int argc, char **argv)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct mode mode = {.arena = arena};
    struct err err;

    if (!options_parse(arena, &face, argc, argv, &mode.options, &err)) {
        fprintf(stderr, "nightshift-agent: %s\nsee nightshift-agent simulate --help\n", err.text);
        return MISUSED;
    }
    if (mode.options.wants_help)
        return fputs(options_help(arena, &face), stdout) < 0;
    if (make(&mode, &err) && write_all(&mode, &err))
        return DONE;
    fprintf(stderr, "nightshift-agent: %s\n", err.text);
    return REFUSED;
}
