#include "tools/agent/conf.h"

#include "base/file.h"
#include "base/text.h"

struct words { /* an argv that grows */
    struct arena *arena;
    char **at;
    int count, room;
};

static void words_add(struct words *words, char *word)
{
    if (words->count == words->room) {
        char **more = ARENA_MANY(words->arena, char *, words->room * 2 + 16);

        for (int i = 0; i < words->count; i++)
            more[i] = words->at[i];
        words->at = more;
        words->room = words->room * 2 + 16;
    }
    words->at[words->count++] = word;
}

static const struct option_row *row_find(const struct option_face *face, const char *name)
{
    for (size_t g = 0; g < OPTION_GROUPS_MAX; g++)
        for (const struct option_row *row = face->groups[g].rows; row && row->name; row++)
            if (text_equal(row->name, name))
                return row;
    return NULL;
}

static bool line_take(struct words *words, const struct option_face *face, const struct options *given,
                      struct span line, struct err *err)
{
    struct span name = {NULL, 0}, value;
    const struct option_row *row;

    if (!text_split(&line, '=', &name) || !line.at)
        return FAIL(err, ERR_INVALID, "not \"name = value\"");
    value = text_trim(line);
    row = row_find(face, arena_text(words->arena, text_trim(name)));
    if (!row)
        return FAIL(err, ERR_INVALID, "there is no setting \"%s\"",
                    arena_text(words->arena, text_trim(name)));
    if (options_has(given, row->name))
        return true;
    if (row->argument)
        words_add(words, arena_printf(words->arena, "--%s=%.*s", row->name, (int)value.size, value.at));
    else if (value.size == 3 && memcmp(value.at, "yes", 3) == 0)
        words_add(words, arena_printf(words->arena, "--%s", row->name));
    return true;
}

static bool file_take(struct words *words, const struct option_face *face, const struct options *given,
                      const char *path, struct err *err)
{
    struct span text, line;
    int number = 0;

    if (!file_read(words->arena, path, 64 * 1024, &text, err))
        return err->code == ERR_NOT_FOUND || err_within(err, "%s", path);
    while (text_split(&text, '\n', &line)) {
        number++;
        line = text_trim(line);
        if (line.size && line.at[0] != '#' && !line_take(words, face, given, line, err))
            return err_within(err, "%s, line %d", path, number);
    }
    return true;
}

bool conf_options(struct arena *arena, const struct option_face *face, int argc, char **argv,
                  const char *default_dir, struct options *out, struct err *err)
{
    struct words words = {.arena = arena};
    struct options given;
    const char *dir;

    if (!options_parse(arena, face, argc, argv, &given, err))
        return false;
    dir = options_text(&given, "dir");
    for (int i = 0; i < argc; i++)
        words_add(&words, argv[i]);
    return file_take(&words, face, &given, arena_printf(arena, "%s/agent.conf", dir ? dir : default_dir),
                     err) &&
           options_parse(arena, face, words.count, words.at, out, err);
}
