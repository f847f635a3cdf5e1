#include "tools/nightshift/rollout.h"

#include <inttypes.h>

#include "base/text.h"
#include "tools/nightshift/table.h"

/* clang-format off */
static const struct field columns[] = {
    { "ID", "id", FIELD_PLAIN }, { "NAME", "name", FIELD_PLAIN }, { "FAMILY", "release.family", FIELD_PLAIN },
    { "VERSION", "release.version", FIELD_PLAIN }, { "STATE", "state", FIELD_PLAIN },
    { "STAGE", "stage", FIELD_PLAIN }, { "STAGES", "stages", FIELD_COUNT_OF }, { "CREATED", "created", FIELD_PLAIN },
    { "BY", "created_by", FIELD_PLAIN },
};
static const struct field facts[] = {
    { "kind", "kind", FIELD_PLAIN }, { "selection", "selection", FIELD_PLAIN }, { "window", "window", FIELD_PLAIN },
    { "urgent", "urgent", FIELD_PLAIN }, { "terms", "terms", FIELD_PLAIN }, { "thresholds", "thresholds", FIELD_PLAIN },
    { "failures share", "cluster.text", FIELD_PLAIN }, { "way back", "back.text", FIELD_PLAIN },
    { "created", "created", FIELD_PLAIN }, { "by", "created_by", FIELD_PLAIN }, { "started", "started", FIELD_PLAIN },
    { "ended", "ended", FIELD_PLAIN },
};
static const struct field stages[] = {
    { "STAGE", "no", FIELD_PLAIN }, { "WHO", "kind", FIELD_PLAIN }, { "", "value", FIELD_PLAIN },
    { "TAG", "tag", FIELD_PLAIN }, { "DEVICES", "planned", FIELD_PLAIN }, { "STATE", "state", FIELD_PLAIN },
    { "HOW THEY STAND", "tally", FIELD_PLAIN },
};
static const struct field devices[] = {
    { "DEVICE", "device", FIELD_PLAIN }, { "ACTION", "id", FIELD_PLAIN }, { "STAGE", "stage", FIELD_PLAIN },
    { "STATE", "state", FIELD_PLAIN }, { "CODE", "code", FIELD_PLAIN }, { "ERROR", "error", FIELD_PLAIN },
    { "UPDATED", "updated", FIELD_PLAIN },
};
#define REASON { "reason", "TEXT", "why, for the audit log", false, false }
#define END { NULL, NULL, NULL, false, false }
const struct option_row rollout_list_options[] = { END };
const struct option_row rollout_show_options[] = { END };
const struct option_row rollout_start_options[] = { REASON, END };
const struct option_row rollout_pause_options[] = { REASON, END };
const struct option_row rollout_resume_options[] = { REASON, END };
const struct option_row rollout_hurry_options[] = {
    { "reason", "TEXT", "why it disturbs people at work; for the audit log", true, false },
    END
};
const struct option_row rollout_advance_options[] = { REASON, END };
const struct option_row rollout_abort_options[] = { REASON, END };
const struct option_row rollout_retry_options[] = {
    { "error",  "TEXT",  "only those whose last error has these words [any, and the silent]", false, false },
    { "class",  "CLASS", "only of this class: transient, site, device or package", false, false },
    { "resume", NULL,    "a halted or paused rollout goes on with it", false, false },
    END
};
const struct option_row rollout_devices_options[] = {
    { "stage", "N",     "of this stage", false, false },
    { "state", "STATE", "offered, downloading, ... healthy, failed, silent, recalled", false, false },
    END
};
/* clang-format on */

bool rollout_id(struct cli *cli, const char **out, struct err *err)
{
    const char *id = options_word(&cli->options, 0);
    int64_t number;

    if (!text_int(id, "ID", 1, INT64_MAX, &number, err))
        return MISUSE(cli, err, "\"%s\" is not a rollout's ID; see: nightshift rollout list", id);
    *out = id;
    return true;
}

char *rollout_path(struct cli *cli, const char *id, const char *after)
{
    return cli_path(cli, "/api/v1/rollouts/", id, after);
}

void rollout_add(struct buf *out, const struct json *rollout)
{
    static const struct field head[] = {{"", "id", FIELD_PLAIN},
                                        {"", "name", FIELD_PLAIN},
                                        {"", "release.family", FIELD_PLAIN},
                                        {"", "release.version", FIELD_PLAIN},
                                        {"", "state", FIELD_PLAIN}};
    static const struct field why = {"", "reason", FIELD_PLAIN};
    const char *reason = field_text(out->arena, rollout, &why), *text[COUNT(head)];

    for (size_t i = 0; i < COUNT(head); i++)
        text[i] = field_text(out->arena, rollout, &head[i]);
    buf_printf(out, "rollout %s \"%s\": %s %s is %s", text[0], text[1], text[2], text[3], text[4]);
    buf_printf(out, "%s%s\n\n", text_equal(reason, "-") ? "" : ": ", text_equal(reason, "-") ? "" : reason);
    table_add(out, json_member(rollout, "stages"), stages, COUNT(stages));
}

void rollout_show(struct cli *cli, const struct json *rollout)
{
    struct buf out = {.arena = cli->arena};

    if (cli_printed_json(cli))
        return;
    rollout_add(&out, rollout);
    cli_print("%s\n", buf_cstr(&out));
    facts_print(cli, rollout, facts, COUNT(facts));
}

bool rollout_list_command(struct cli *cli, struct err *err)
{
    return list_command(cli, "/api/v1/rollouts", "", columns, COUNT(columns), err);
}

bool rollout_show_command(struct cli *cli, struct err *err)
{
    const struct json *rollout;
    const char *id;

    if (!rollout_id(cli, &id, err) || !cli_get(cli, rollout_path(cli, id, NULL), &rollout, err))
        return false;
    rollout_show(cli, rollout);
    if (json_string(json_member(json_member(rollout, "back"), "command")))
        cli_next("%s", json_string(json_member(json_member(rollout, "back"), "command")));
    return true;
}

bool rollout_devices_command(struct cli *cli, struct err *err)
{
    static const char *const filters[] = {"stage", "state"};
    struct buf query = {.arena = cli->arena};
    const char *id;

    for (size_t i = 0; i < COUNT(filters); i++) {
        const char *value = options_text(&cli->options, filters[i]);

        if (value)
            buf_printf(&query, "%s%s=%s", query.size ? "&" : "", filters[i], text_escape(cli->arena, value));
    }
    return rollout_id(cli, &id, err) && list_command(cli, rollout_path(cli, id, "/devices"), buf_cstr(&query),
                                                     devices, COUNT(devices), err);
}

/* ---- moves ------------------------------------------------------------------------------ */

static bool move(struct cli *cli, const char *verb, const char *next, struct err *err)
{
    struct json_out body = cli_body(cli);
    const struct json *rollout;
    const char *id;

    cli_add_text(cli, &body, "reason", "reason");
    if (!rollout_id(cli, &id, err) ||
        !cli_send(cli, "POST", rollout_path(cli, id, verb), &body, &rollout, err))
        return false;
    rollout_show(cli, rollout);
    cli_next("nightshift rollout %s %s", next, id);
    return true;
}

bool rollout_start_command(struct cli *cli, struct err *err)
{
    return move(cli, "/start", "watch", err);
}

bool rollout_pause_command(struct cli *cli, struct err *err)
{
    return move(cli, "/pause", "resume", err);
}

bool rollout_resume_command(struct cli *cli, struct err *err)
{
    return move(cli, "/resume", "watch", err);
}

bool rollout_hurry_command(struct cli *cli, struct err *err)
{
    return move(cli, "/urgent", "watch", err);
}

bool rollout_advance_command(struct cli *cli, struct err *err)
{
    return move(cli, "/advance", "watch", err);
}

bool rollout_abort_command(struct cli *cli, struct err *err)
{
    return move(cli, "/abort", "devices", err);
}

/* The service retries so many at once; whoever asks goes on until there are no more. */
bool rollout_retry_command(struct cli *cli, struct err *err)
{
    const struct json *answer;
    int64_t all = 0, some, spent;
    bool is_more = true;
    const char *id;

    if (!rollout_id(cli, &id, err))
        return false;
    while (is_more) {
        struct json_out body = cli_body(cli);

        cli_add_text(cli, &body, "error", "error");
        cli_add_text(cli, &body, "class", "class");
        if (options_has(&cli->options, "resume"))
            json_bool(&body, "resume", true);
        if (!cli_send(cli, "POST", rollout_path(cli, id, "/retry"), &body, &answer, err))
            return false;
        if (!json_integer(json_member(answer, "retried"), &some) ||
            !json_integer(json_member(answer, "spent"), &spent))
            return FAIL(err, ERR_INVALID, "the service's answer counts nothing");
        all += some;
        is_more = json_is_true(json_member(answer, "more"));
    }
    if (!cli_printed_json(cli))
        cli_print("%" PRId64 " devices are offered it again; %" PRId64 " have had all their tries\n", all,
                  spent);
    cli_next("nightshift rollout watch %s", id);
    return true;
}
