#include "tools/nightshift/trust.h"

#include "base/file.h"
#include "base/text.h"
#include "tools/nightshift/table.h"

#define SIGNATURE_FILE_MAX 4096

/* clang-format off */
static const struct field roles[] = {
    { "ROLE", "role", FIELD_PLAIN }, { "VERSION", "version", FIELD_PLAIN }, { "EXPIRES", "expires", FIELD_PLAIN },
    { "CUSTODY", "custody", FIELD_PLAIN }, { "THRESHOLD", "threshold", FIELD_PLAIN }, { "KEYS", "keys", FIELD_COUNT_OF },
};
static const struct field waiting[] = {
    { "WAITS", "role", FIELD_PLAIN }, { "VERSION", "version", FIELD_PLAIN }, { "BY", "created_by", FIELD_PLAIN },
    { "SINCE", "created", FIELD_PLAIN }, { "SIGNATURES", "signatures", FIELD_COUNT_OF }, { "READY", "ready", FIELD_PLAIN },
};
#define END { NULL, NULL, NULL, false, false }
const struct option_row trust_status_options[] = { END };
const struct option_row trust_stage_options[] = {
    { "days",              "N",        "how long it is good [365]", false, false },
    { "add-root",          "PUB-FILE", "a further security officer", false, true },
    { "remove-root",       "KEYID",    "one who leaves", false, true },
    { "root-threshold",    "N",        "so many officers sign a root", false, false },
    { "add-targets",       "PUB-FILE", "a further release manager", false, true },
    { "remove-targets",    "KEYID",    "one who leaves, or the service", false, true },
    { "targets-threshold", "N",        "so many managers sign targets", false, false },
    { "new-online",        NULL,       "another key of the service for what is current; the director's, for its targets, too", false, false },
    { "new-targets",       NULL,       "another key of the service for targets", false, false },
    END
};
const struct option_row trust_submit_options[] = { END };
const struct option_row trust_publish_options[] = { END };
const struct option_row trust_drop_options[] = { END };
const struct option_row trust_accept_options[] = {
    { "reason", "TEXT", "why the database is an older one", true, false },
    END
};
/* clang-format on */

bool trust_role_word(struct cli *cli, size_t no, const char **out, struct err *err)
{
    const char *role = options_word(&cli->options, no);

    if (!text_equal(role, tuf_role_name[TUF_ROOT]) && !text_equal(role, tuf_role_name[TUF_TARGETS]) &&
        !text_equal(role, "director-root"))
        return MISUSE(cli, err, "people sign root, targets and director-root, not \"%s\"", role);
    *out = role;
    return true;
}

/* What is missing, and then what comes next. */
static void say_next(const struct json *trust)
{
    const struct json *list = json_member(trust, "waiting");
    bool is_any_ready = false;

    for (size_t i = 0; i < json_count(list); i++) {
        const struct json *item = json_item(list, i), *needs = json_member(item, "needs");

        is_any_ready = is_any_ready || json_is_true(json_member(item, "ready"));
        for (size_t k = 0; k < json_count(needs); k++) {
            int64_t have = 0, threshold = 0;

            if (json_integer(json_member(json_item(needs, k), "have"), &have) &&
                json_integer(json_member(json_item(needs, k), "threshold"), &threshold))
                cli_say("%s: %lld of %lld signatures by the keys of %s",
                        json_string(json_member(item, "role")), (long long)have, (long long)threshold,
                        json_string(json_member(json_item(needs, k), "by")));
        }
    }
    if (is_any_ready)
        cli_next("nightshift trust publish");
    else if (json_count(list))
        cli_next("nightshift trust show %s --out TO-SIGN --before IN-FORCE",
                 json_string(json_member(json_item(list, 0), "role")));
    else
        cli_next("to change who holds a role: nightshift trust stage root --help");
}

/* A key that was dropped is harmless only where it is refused. */
static void print_old_keys(const struct json *list)
{
    for (size_t i = 0; i < json_count(list); i++) {
        const struct json *old = json_member(json_item(list, i), "old_key");
        int64_t version = 0, refused = 0, of = 0;

        if (json_integer(json_member(old, "dropped_by_root"), &version) &&
            json_integer(json_member(old, "refused_by"), &refused) &&
            json_integer(json_member(old, "of"), &of))
            cli_print("%s: %lld of %lld devices that report have refused the key that root %lld dropped\n",
                      json_string(json_member(json_item(list, i), "role")), (long long)refused, (long long)of,
                      (long long)version);
    }
}

/* A database that was put back, or restored. */
static void print_alarm(const struct json *store)
{
    if (!store)
        return;
    cli_print("ALARM: %s\n\n", json_string(json_member(store, "why")));
    cli_next("%s", json_string(json_member(store, "next")));
}

static void show(struct cli *cli, const struct json *trust)
{
    if (!cli_printed_json(cli)) {
        print_alarm(json_member(trust, "store"));
        table_print(cli, json_member(trust, "roles"), roles, COUNT(roles));
        print_old_keys(json_member(trust, "roles"));
        if (json_count(json_member(trust, "waiting"))) {
            cli_print("\n");
            table_print(cli, json_member(trust, "waiting"), waiting, COUNT(waiting));
        }
    }
    say_next(trust);
}

bool trust_status_command(struct cli *cli, struct err *err)
{
    const struct json *trust;

    if (!cli_get(cli, "/api/v1/trust", &trust, err))
        return false;
    show(cli, trust);
    return true;
}

/* ---- staging -------------------------------------------------------------------------- */

static bool add_public_halves(struct cli *cli, struct json_out *body, const char *option, struct err *err)
{
    size_t count = options_count(&cli->options, option);
    char name[KEY_NAME_CHARS + 1];
    struct key_public key;

    if (!count)
        return true;
    json_open_list(body, "add");
    for (size_t i = 0; i < count; i++) {
        if (!key_public_load(options_nth(&cli->options, option, i), &key, name, err))
            return false;
        json_text(body, NULL, text_hex(cli->arena, key.bytes, sizeof(key.bytes)));
    }
    json_close(body);
    return true;
}

static bool add_change(struct cli *cli, struct json_out *body, const char *role, struct err *err)
{
    const char *add = arena_printf(cli->arena, "add-%s", role),
               *leave = arena_printf(cli->arena, "remove-%s", role),
               *threshold = arena_printf(cli->arena, "%s-threshold", role);

    if (!options_has(&cli->options, add) && !options_has(&cli->options, leave) &&
        !options_has(&cli->options, threshold))
        return true;
    json_open(body, role);
    if (!add_public_halves(cli, body, add, err) ||
        !cli_add_int(cli, body, threshold, "threshold", 1, TUF_KEYS_MAX, err))
        return false;
    if (options_has(&cli->options, leave))
        cli_add_list(cli, body, leave, "remove");
    json_close(body);
    return true;
}

bool trust_stage_command(struct cli *cli, struct err *err)
{
    struct json_out body = cli_body(cli);
    const struct json *trust;
    const char *role;

    if (options_has(&cli->options, "new-online"))
        json_bool(&body, "new_online", true);
    if (options_has(&cli->options, "new-targets"))
        json_bool(&body, "new_targets", true);
    if (!trust_role_word(cli, 0, &role, err) || !cli_add_int(cli, &body, "days", "days", 1, 3650, err) ||
        !add_change(cli, &body, tuf_role_name[TUF_ROOT], err) ||
        !add_change(cli, &body, tuf_role_name[TUF_TARGETS], err) ||
        !cli_send(cli, "PUT", cli_path(cli, "/api/v1/trust/", role, NULL), &body, &trust, err))
        return false;
    show(cli, trust);
    return true;
}

/* ---- after the signing ------------------------------------------------------------------ */

bool trust_submit_command(struct cli *cli, struct err *err)
{
    const char *role, *keyid = NULL, *sig = NULL, *path = options_word(&cli->options, 1);
    const struct json_field fields[] = {JSON_TEXT("keyid", keyid, KEY_ID_CHARS, KEY_ID_CHARS),
                                        JSON_TEXT("sig", sig, KEY_SIG_HEX_CHARS, KEY_SIG_HEX_CHARS)};
    struct json_out body = cli_body(cli);
    const struct json *signature, *trust;
    struct span text;

    if (!trust_role_word(cli, 0, &role, err))
        return false;
    if (!file_read(cli->arena, path, SIGNATURE_FILE_MAX, &text, err) ||
        !json_parse(cli->arena, text, &signature, err) || !json_read(signature, fields, COUNT(fields), err))
        return err_within(err, "%s", path);
    json_text(&body, "keyid", keyid);
    json_text(&body, "sig", sig);
    if (!cli_send(cli, "POST", cli_path(cli, "/api/v1/trust/", role, "/signatures"), &body, &trust, err))
        return false;
    cli_say("signature accepted");
    show(cli, trust);
    return true;
}

bool trust_publish_command(struct cli *cli, struct err *err)
{
    struct json_out body = cli_body(cli);
    const struct json *trust;

    if (!cli_send(cli, "POST", "/api/v1/trust/publish", &body, &trust, err))
        return false;
    cli_say("published; devices take it over with their next check");
    show(cli, trust);
    return true;
}

bool trust_drop_command(struct cli *cli, struct err *err)
{
    const struct json *nothing;
    const char *role;

    if (!trust_role_word(cli, 0, &role, err) ||
        !cli_ask(cli, "DELETE", cli_path(cli, "/api/v1/trust/", role, NULL), (struct span){NULL, 0}, &nothing,
                 err))
        return false;
    cli_say("dropped: no %s waits any more", role);
    cli_next("nightshift trust status");
    return true;
}

bool trust_accept_command(struct cli *cli, struct err *err)
{
    struct json_out body = cli_body(cli);
    const struct json *trust;

    cli_add_text(cli, &body, "reason", "reason");
    if (!cli_send(cli, "POST", "/api/v1/trust/accept", &body, &trust, err))
        return false;
    cli_say("accepted: the alarm is over; what is missing stays missing");
    show(cli, trust);
    return true;
}
