#include "tools/nightshift/cli.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/text.h"

#define ANSWER_TIMEOUT_MS (10 * 60 * 1000) /* a big package is unpacked before the answer comes */
#define SMALL_FILE_MAX 4096

volatile sig_atomic_t cli_stop;

/* ---- where the service is -------------------------------------------------------- */

struct place {
    const char *url, *ca, *token;
};

static bool first_line(struct arena *arena, const char *path, const char **out, struct err *err)
{
    struct span text;

    if (!file_read(arena, path, SMALL_FILE_MAX, &text, err))
        return false;
    *out = arena_text(arena, span_make(text.at, strcspn(text.at, "\r\n")));
    return true;
}

/* A folder of nightshift dev or init whose service runs here. */
static bool place_of_dir(struct arena *arena, const char *dir, struct place *out, struct err *err)
{
    const char *port, *token_file = arena_printf(arena, "%s/admin.token", dir);
    const char *ca = arena_printf(arena, "%s/tls/ca.pem", dir);

    if (!first_line(arena, arena_printf(arena, "%s/port", dir), &port, err))
        return err_within(err, "is the service of this folder running?");
    if (!text_starts(port, "https "))
        return FAIL(err, ERR_INVALID, "%s/port does not name an https port", dir);
    out->url = arena_printf(arena, "https://127.0.0.1:%s", port + 6);
    if (file_exists(ca))
        out->ca = ca;
    return !file_exists(token_file) || first_line(arena, token_file, &out->token, err);
}

static const char *given_or(const char *option, const char *environment, const char *otherwise)
{
    const char *value = getenv(environment);

    return option ? option : !text_blank(value) ? value : otherwise;
}

static bool place_find(struct cli *cli, struct place *out, struct err *err)
{
    const struct options *options = &cli->options;
    const char *dir = options_text(options, "dir");
    struct place place = {NULL, NULL, NULL};

    if (dir && !place_of_dir(cli->arena, dir, &place, err))
        return false;
    /* The folder was named just now, the environment long ago. */
    place.url = dir ? place.url : given_or(NULL, "NIGHTSHIFT_URL", NULL);
    place.ca = dir ? place.ca : given_or(NULL, "NIGHTSHIFT_CA", NULL);
    place.token = dir && place.token ? place.token : given_or(NULL, "NIGHTSHIFT_TOKEN", NULL);
    if (options_has(options, "url"))
        place.url = options_text(options, "url");
    if (options_has(options, "ca"))
        place.ca = options_text(options, "ca");
    if (options_has(options, "token"))
        place.token = options_text(options, "token");
    if (!place.url)
        return MISUSE(cli, err, "which service? Give --url, --dir or set NIGHTSHIFT_URL");
    if (!place.token)
        return MISUSE(cli, err, "who are you? Give --token or set NIGHTSHIFT_TOKEN");
    if (place.token[0] == '@' && !first_line(cli->arena, place.token + 1, &place.token, err))
        return err_within(err, "reading the token");
    *out = place;
    return true;
}

bool cli_connect(struct cli *cli, struct err *err)
{
    struct place place = {0};
    struct client_options options = {0};

    if (!place_find(cli, &place, err))
        return false;
    if ((cli->command->needs & NEEDS_SPEED) &&
        !options_int(&cli->options, "speed-max", 1000, INT64_MAX, &options.speed_max_bytes_s, err)) {
        cli->is_misused = true;
        return false;
    }
    if (text_starts(place.url, "http://") && !text_starts(place.url, "http://127.0.0.1") &&
        !text_starts(place.url, "http://localhost"))
        cli_say("warning: %s is not encrypted; anyone on the way can read your token", place.url);
    cli->url = options.base_url = place.url;
    cli->ca = options.ca_file = place.ca;
    options.authorization = arena_printf(cli->arena, "Bearer %s", place.token);
    options.answer_timeout_ms = ANSWER_TIMEOUT_MS;
    options.stop = &cli_stop;
    return client_open(&options, &cli->client, err);
}

/* ---- answers ------------------------------------------------------------------------ */

static enum err_code code_of(int status)
{
    for (enum err_code code = ERR_INVALID; code < ERR__MAX; code++)
        if (err_status(code) == status)
            return code;
    return status >= 500 ? ERR_BUSY : ERR_INVALID;
}

/* What the problem+json says, or the status alone. */
static const char *problem_text(struct arena *arena, const struct answer *answer)
{
    const struct json *problem;
    struct err ignored;
    const char *detail, *title;

    if (!json_parse(arena, answer->body, &problem, &ignored))
        return arena_printf(arena, "the service answered %d", answer->status);
    detail = json_string(json_member(problem, "detail"));
    title = json_string(json_member(problem, "title"));
    return detail  ? detail
           : title ? arena_printf(arena, "the service answered %d: %s", answer->status, title)
                   : arena_printf(arena, "the service answered %d", answer->status);
}

bool cli_answer_check(struct arena *arena, const struct answer *answer, struct err *err)
{
    if (answer->status >= 200 && answer->status < 300)
        return true;
    return FAIL(err, code_of(answer->status), "%s", problem_text(arena, answer));
}

bool cli_ask(struct cli *cli, const char *method, const char *path, struct span body, const struct json **out,
             struct err *err)
{
    struct answer answer;
    const struct json *value = NULL;

    if (!client_ask(cli->client, cli->arena, method, path, NULL, body, &answer, err) ||
        !cli_answer_check(cli->arena, &answer, err))
        return false;
    cli->answer = answer.body;
    if (answer.body.size && !json_parse(cli->arena, answer.body, &value, err))
        return err_within(err, "reading the service's answer");
    if (out)
        *out = value;
    return true;
}

bool cli_get(struct cli *cli, const char *path, const struct json **out, struct err *err)
{
    return cli_ask(cli, "GET", path, (struct span){NULL, 0}, out, err);
}

struct json_out cli_body(struct cli *cli)
{
    struct buf *text = ARENA_NEW(cli->arena, struct buf);
    struct json_out body = {.buf = text};

    text->arena = cli->arena;
    json_open(&body, NULL);
    return body;
}

bool cli_send(struct cli *cli, const char *method, const char *path, struct json_out *body,
              const struct json **out, struct err *err)
{
    json_close(body);
    return cli_ask(cli, method, path, buf_span(body->buf), out, err);
}

char *cli_path(struct cli *cli, const char *before, const char *segment, const char *after)
{
    return arena_printf(cli->arena, "%s%s%s", before, text_escape(cli->arena, segment), after ? after : "");
}

/* ---- options to JSON ------------------------------------------------------------------ */

void cli_add_text(struct cli *cli, struct json_out *body, const char *option, const char *member)
{
    if (options_has(&cli->options, option))
        json_text(body, member, options_text(&cli->options, option));
}

bool cli_add_int(struct cli *cli, struct json_out *body, const char *option, const char *member, int64_t min,
                 int64_t max, struct err *err)
{
    int64_t value = 0;

    if (!options_has(&cli->options, option))
        return true;
    if (!options_int(&cli->options, option, min, max, &value, err)) {
        cli->is_misused = true;
        return false;
    }
    json_int(body, member, value);
    return true;
}

void cli_add_list(struct cli *cli, struct json_out *body, const char *option, const char *member)
{
    size_t count = options_count(&cli->options, option);

    if (!count)
        return;
    json_open_list(body, member);
    for (size_t i = 0; i < count; i++)
        json_text(body, NULL, options_nth(&cli->options, option, i));
    json_close(body);
}

bool cli_add_bool(struct cli *cli, struct json_out *body, const char *option, const char *member,
                  struct err *err)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {{"on", true},   {"yes", true}, {"true", true},
                 {"off", false}, {"no", false}, {"false", false}};
    const char *given = options_text(&cli->options, option);

    if (!given)
        return true;
    for (size_t i = 0; i < COUNT(words); i++) {
        if (text_equal(words[i].word, given)) {
            json_bool(body, member, words[i].value);
            return true;
        }
    }
    return MISUSE(cli, err, "--%s is on or off, not \"%s\"", option, given);
}
