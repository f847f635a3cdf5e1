#include <inttypes.h>

#include "base/text.h"
#include "tools/nightshift/rollout.h"
#include "tools/nightshift/window.h"

/* clang-format off */
const struct option_row rollout_make_options[] = {
    { "release",         "ID",         "what to roll out", true, false },
    { "name",            "NAME",       "what people call it", true, false },
    { "stage",           "WHO",        "12, 10%, tag:lab or canary[:N], in this order", false, true },
    { "family",          "FAMILY",     "only devices of this family", false, true },
    { "model",           "MODEL",      "only this model", false, true },
    { "site",            "SITE",       "only at this site", false, true },
    { "tag",             "TAG",        "only with this tag", false, true },
    { "device",          "DEVICE",     "only this device", false, true },
    { "attribute",       "NAME=VALUE", "only with this attribute", false, true },
    { "window",          "FROM-TO",    "when devices may be touched [their site's]", false, false },
    { "days",            "DAYS",       "the days it starts on: mo,tu,we,th,fr,sa,su [all]", false, false },
    { "window-rule",     "RRULE",      "days by a rule, such as FREQ=MONTHLY;BYDAY=-1SU", false, false },
    { "not-on",          "DATE",       "a date it does not start on", false, true },
    { "zone",            "ZONE",       "of that window [the site's]", false, false },
    { "urgent",          NULL,         "do not wait for windows", false, false },
    { "kind",            "KIND",       "forced, soft, timeforced or downloadonly [forced]", false, false },
    { "weight",          "N",          "0 to 1000: which of two rollouts goes first", false, false },
    { "fail-percent",    "N",          "halt when more of a stage fail [5]", false, false },
    { "healthy-percent", "N",          "so many healthy open the next stage [90]", false, false },
    { "min-failures",    "N",          "halt only after so many failures [1]", false, false },
    { "error-percent",   "N",          "a good stage is halted so often at most; 0: no test [5]", false, false },
    { "deadline-hours",  "N",          "a device silent so long has failed [72]", false, false },
    { "soak-minutes",    "N",          "watched so long before it counts as healthy [0]", false, false },
    { "max-tries",       "N",          "of one device, when an error passes by [3]", false, false },
    { "term",            "NAME=VALUE", "what else it asks; see: nightshift rollout terms", false, true },
    { "start",           NULL,         "start it at once", false, false },
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

/* ---- stages ------------------------------------------------------------------------------ */

static bool add_number(struct json_out *body, const char *kind, struct span digits, const char *what,
                       int64_t max, struct err *err)
{
    int64_t value;

    if (!text_int(arena_text(body->buf->arena, digits), what, 1, max, &value, err))
        return false;
    json_text(body, "kind", kind);
    json_int(body, "value", value);
    return true;
}

static bool add_stage(struct json_out *body, const char *who, struct err *err)
{
    struct span text = span_of(who);

    if (text_equal(who, "rest")) {
        json_text(body, "kind", "rest");
        return true;
    }
    if (text_equal(who, "canary")) { /* as many as cover every model and mix of options */
        json_text(body, "kind", "canary");
        return true;
    }
    if (text_starts(who, "canary:"))
        return add_number(body, "canary", span_of(who + 7), "canaries at most", 200, err);
    if (text_starts(who, "tag:") && who[4]) {
        json_text(body, "kind", "group");
        json_text(body, "tag", who + 4);
        return true;
    }
    if (text_ends(who, "%"))
        return add_number(body, "percent", span_make(text.at, text.size - 1), "a stage's percent", 100, err);
    return add_number(body, "count", text, "a stage (12, 10%, tag:NAME, canary or rest)", INT64_MAX, err);
}

static bool add_stages(struct cli *cli, struct json_out *body, struct err *err)
{
    size_t count = options_count(&cli->options, "stage");

    json_open_list(body, "stages");
    for (size_t i = 0; i < count; i++) {
        json_open(body, NULL);
        if (!add_stage(body, options_nth(&cli->options, "stage", i), err)) {
            cli->is_misused = true;
            return false;
        }
        json_close(body);
    }
    if (!count) {
        json_open(body, NULL);
        json_text(body, "kind", "rest");
        json_close(body);
    }
    json_close(body);
    return true;
}

/* ---- selection ----------------------------------------------------------------------------- */

static bool add_attributes(struct cli *cli, struct json_out *body, struct err *err)
{
    size_t count = options_count(&cli->options, "attribute");

    if (!count)
        return true;
    json_open(body, "attributes");
    for (size_t i = 0; i < count; i++) {
        struct span value = span_of(options_nth(&cli->options, "attribute", i)), name;

        if (!text_split(&value, '=', &name) || !value.at || !name.size)
            return MISUSE(cli, err, "write --attribute as NAME=VALUE");
        json_span(body, arena_text(cli->arena, name), value);
    }
    json_close(body);
    return true;
}

static bool add_selection(struct cli *cli, struct json_out *body, struct err *err)
{
    static const struct {
        const char *option, *member;
    } lists[] = {{"family", "families"},
                 {"model", "models"},
                 {"site", "sites"},
                 {"tag", "tags"},
                 {"device", "devices"}};

    json_open(body, "selection");
    for (size_t i = 0; i < COUNT(lists); i++)
        cli_add_list(cli, body, lists[i].option, lists[i].member);
    if (!add_attributes(cli, body, err))
        return false;
    json_close(body);
    return true;
}

/* ---- thresholds ------------------------------------------------------------------------------- */

static bool add_thresholds(struct cli *cli, struct json_out *body, struct err *err)
{
    static const struct {
        const char *option, *member;
        int64_t min, max;
    } rows[] = {{"fail-percent", "fail_percent", 0, 100},
                {"healthy-percent", "healthy_percent", 0, 100},
                {"min-failures", "min_failures", 1, INT64_MAX},
                {"deadline-hours", "deadline_h", 1, 8760},
                {"soak-minutes", "soak_min", 0, 525600},
                {"error-percent", "error_percent", 0, 50},
                {"max-tries", "max_tries", 1, 10}};
    bool is_any = false;

    for (size_t i = 0; i < COUNT(rows); i++)
        is_any = is_any || options_has(&cli->options, rows[i].option);
    if (!is_any)
        return true;
    json_open(body, "thresholds");
    for (size_t i = 0; i < COUNT(rows); i++)
        if (!cli_add_int(cli, body, rows[i].option, rows[i].member, rows[i].min, rows[i].max, err))
            return false;
    json_close(body);
    return true;
}

/* ---- all of it ---------------------------------------------------------------------------------- */

static bool start(struct cli *cli, int64_t id, const struct json **out, struct err *err)
{
    struct json_out body = cli_body(cli);
    const char *text = arena_printf(cli->arena, "%" PRId64, id);

    return cli_send(cli, "POST", rollout_path(cli, text, "/start"), &body, out, err);
}

static bool fill(struct cli *cli, struct json_out *body, struct err *err)
{
    if (options_has(&cli->options, "zone") && !options_has(&cli->options, "window"))
        return MISUSE(cli, err, "--zone needs --window");
    cli_add_text(cli, body, "name", "name");
    cli_add_text(cli, body, "kind", "kind");
    if (options_has(&cli->options, "urgent"))
        json_bool(body, "urgent", true);
    return cli_add_int(cli, body, "release", "release", 1, INT64_MAX, err) &&
           cli_add_int(cli, body, "weight", "weight", 0, 1000, err) && add_selection(cli, body, err) &&
           add_stages(cli, body, err) && window_add(cli, body, true, err) && add_thresholds(cli, body, err) &&
           terms_add(cli, body, err);
}

bool rollout_make_command(struct cli *cli, struct err *err)
{
    struct json_out body = cli_body(cli);
    const struct json *rollout;
    int64_t id = 0;
    bool is_started = options_has(&cli->options, "start");

    if (!fill(cli, &body, err) || !cli_send(cli, "POST", "/api/v1/rollouts", &body, &rollout, err))
        return false;
    if (!json_integer(json_member(rollout, "id"), &id))
        return FAIL(err, ERR_INVALID, "the service's answer names no rollout");
    if (is_started && !start(cli, id, &rollout, err))
        return err_within(err, "rollout %" PRId64 " is made, but", id);
    rollout_show(cli, rollout);
    cli_next("nightshift rollout %s %" PRId64, is_started ? "watch" : "start", id);
    return true;
}
