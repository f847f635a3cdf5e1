#include "tools/nightshift/release.h"

#include "tools/nightshift/blast.h"

#include <inttypes.h>

#include "base/text.h"
#include "tools/nightshift/table.h"

/* clang-format off */
static const struct field columns[] = {
    { "ID", "id", FIELD_PLAIN }, { "FAMILY", "family", FIELD_PLAIN }, { "VERSION", "version", FIELD_PLAIN },
    { "STATE", "state", FIELD_PLAIN }, { "KIND", "kind", FIELD_PLAIN }, { "SIZE", "package.size", FIELD_BYTES },
    { "SIGNED", "signatures", FIELD_COUNT_OF }, { "OF", "threshold", FIELD_PLAIN },
    { "CREATED", "created", FIELD_PLAIN }, { "BY", "created_by", FIELD_PLAIN },
};
static const struct field facts[] = {
    { "release", "id", FIELD_PLAIN }, { "family", "family", FIELD_PLAIN }, { "version", "version", FIELD_PLAIN },
    { "state", "state", FIELD_PLAIN }, { "kind", "kind", FIELD_PLAIN }, { "counter", "counter", FIELD_PLAIN },
    { "models", "models", FIELD_PLAIN }, { "from version", "min_version", FIELD_PLAIN },
    { "effects", "effects", FIELD_PLAIN }, { "fixes", "cves", FIELD_PLAIN }, { "foreign", "foreign", FIELD_PLAIN },
    { "package", "package.sha256", FIELD_PLAIN }, { "size", "package.size", FIELD_BYTES },
    { "sbom", "sbom", FIELD_PLAIN }, { "needs signatures", "threshold", FIELD_PLAIN },
    { "created", "created", FIELD_PLAIN }, { "by", "created_by", FIELD_PLAIN },
    { "published", "published", FIELD_PLAIN }, { "withdrawn", "withdrawn", FIELD_PLAIN },
    { "notes", "notes", FIELD_PLAIN },
};
static const struct field components[] = {
    { "COMPONENT", "name", FIELD_PLAIN }, { "VERSION", "version", FIELD_PLAIN }, { "FILE", "file", FIELD_PLAIN },
    { "SIZE", "size", FIELD_BYTES }, { "SHA256", "sha256", FIELD_SHORT },
};
static const struct field signatures[] = {
    { "KEYID", "keyid", FIELD_SHORT }, { "NAME", "name", FIELD_PLAIN }, { "HANDED IN BY", "by", FIELD_PLAIN },
    { "AT", "at", FIELD_PLAIN },
};
const struct option_row release_list_options[] = {
    { "family", "FAMILY", "of this family", false, false },
    { "state",  "STATE",  "staged, published or withdrawn", false, false },
    { NULL, NULL, NULL, false, false },
};
const struct option_row release_show_options[] = {{ NULL, NULL, NULL, false, false }};
const struct option_row release_publish_options[] = {{ NULL, NULL, NULL, false, false }};
const struct option_row release_withdraw_options[] = { BLAST_DRY_RUN, { NULL, NULL, NULL, false, false } };
const struct option_row release_sbom_options[] = {{ NULL, NULL, NULL, false, false }};
/* clang-format on */

bool release_id(struct cli *cli, const char **out, struct err *err)
{
    const char *id = options_word(&cli->options, 0);
    int64_t number;

    if (!text_int(id, "ID", 1, INT64_MAX, &number, err))
        return MISUSE(cli, err, "\"%s\" is not a release's ID; see: nightshift release list", id);
    *out = id;
    return true;
}

char *release_path(struct cli *cli, const char *id, const char *after)
{
    return cli_path(cli, "/api/v1/releases/", id, after);
}

static void section(struct cli *cli, const struct json *items, const struct field *fields, size_t count)
{
    if (!json_count(items))
        return;
    cli_print("\n");
    table_print(cli, items, fields, count);
}

void release_show(struct cli *cli, const struct json *release)
{
    if (cli_printed_json(cli))
        return;
    facts_print(cli, release, facts, COUNT(facts));
    section(cli, json_member(release, "components"), components, COUNT(components));
    section(cli, json_member(release, "signatures"), signatures, COUNT(signatures));
}

void release_say_next(const struct json *release)
{
    const char *state = json_string(json_member(release, "state"));
    int64_t id = 0, threshold = 0, have = (int64_t)json_count(json_member(release, "signatures"));

    if (!json_integer(json_member(release, "id"), &id) ||
        !json_integer(json_member(release, "threshold"), &threshold))
        return;
    if (text_equal(state, "published"))
        cli_next("nightshift rollout make --release %" PRId64 " --name NAME --stage 10 --stage 10%%", id);
    else if (text_equal(state, "staged") && have < threshold)
        cli_next("%" PRId64 " of %" PRId64 " signatures are there: nightshift release sign %" PRId64
                 " --key KEY-FILE",
                 have, threshold, id);
    else if (text_equal(state, "staged"))
        cli_next("nightshift release publish %" PRId64, id);
}

bool release_list_command(struct cli *cli, struct err *err)
{
    static const char *const filters[] = {"family", "state"};
    struct buf query = {.arena = cli->arena};

    for (size_t i = 0; i < COUNT(filters); i++) {
        const char *value = options_text(&cli->options, filters[i]);

        if (value)
            buf_printf(&query, "%s%s=%s", query.size ? "&" : "", filters[i], text_escape(cli->arena, value));
    }
    return list_command(cli, "/api/v1/releases", buf_cstr(&query), columns, COUNT(columns), err);
}

bool release_show_command(struct cli *cli, struct err *err)
{
    const struct json *release;
    const char *id;

    if (!release_id(cli, &id, err) || !cli_get(cli, release_path(cli, id, NULL), &release, err))
        return false;
    release_show(cli, release);
    release_say_next(release);
    return true;
}

/* A move that takes nothing but the release. */
static bool move(struct cli *cli, const char *verb, const char *done, struct err *err)
{
    struct json_out body = cli_body(cli);
    const struct json *release;
    const char *id;

    if (!release_id(cli, &id, err) ||
        !cli_send(cli, "POST", release_path(cli, id, verb), &body, &release, err))
        return false;
    cli_say("%s", done);
    release_show(cli, release);
    release_say_next(release);
    return true;
}

bool release_publish_command(struct cli *cli, struct err *err)
{
    return move(cli, "/publish", "published: from now on it cannot change", err);
}

bool release_withdraw_command(struct cli *cli, struct err *err)
{
    const char *id;
    bool goes_on;

    if (!release_id(cli, &id, err) ||
        !blast_ask(cli, release_path(cli, id, NULL), "Withdraw this release?", &goes_on, err))
        return false;
    return !goes_on || move(cli, "/withdraw",
                            "withdrawn: offered to nobody any more, called back from who has not begun", err);
}

bool release_sbom_command(struct cli *cli, struct err *err)
{
    const char *id;

    if (!release_id(cli, &id, err) || !cli_get(cli, release_path(cli, id, "/sbom"), NULL, err))
        return false;
    cli_print("%.*s", (int)cli->answer.size, cli->answer.at);
    return true;
}
