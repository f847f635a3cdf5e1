#include "tools/nightshift/cli.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/ident.h"
#include "base/text.h"
#include "tools/common/cert.h"
#include "tools/nightshift/folder.h"

#define ROOT_DAYS 730
#define TOKEN_BYTES 24
#define MODELS_MAX 64

/* clang-format off */
const struct option_row init_options[] = {
    { "dir",    "DIR",    "the folder; must be empty or absent", true, false },
    { "host",   "NAME",   "the name devices and people reach it by", true, false },
    { "port",   "PORT",   "HTTPS port [8443]", false, false },
    { "cert",   "FILE",   "server certificate chain (PEM) [one is made]", false, false },
    { "key",    "FILE",   "its private key (PEM)", false, false },
    { "family", "FAMILY", "a first product line", false, false },
    { "model",  "MODEL",  "a model of that family", false, true },
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

static bool check(struct cli *cli, struct err *err)
{
    const struct options *options = &cli->options;

    if (options_has(options, "cert") != options_has(options, "key"))
        return MISUSE(cli, err, "--cert and --key go together");
    if (options_has(options, "model") && !options_has(options, "family"))
        return MISUSE(cli, err, "--model needs --family");
    if (options_has(options, "family") && !options_has(options, "model"))
        return MISUSE(cli, err, "--family needs at least one --model");
    if (options_count(options, "model") > MODELS_MAX)
        return MISUSE(cli, err, "at most %d models", MODELS_MAX);
    if (!folder_is_empty(options_text(options, "dir")))
        return FAIL(err, ERR_CONFLICT, "%s is not empty: a service's folder is made once",
                    options_text(options, "dir"));
    return true;
}

static const char *settings_text(struct arena *arena, const char *host, int64_t port)
{
    return arena_printf(arena,
                        "# Every setting with its meaning: nightshiftd --help\n"
                        "listen = 0.0.0.0\n"
                        "port = %" PRId64 "\n"
                        "public_url = https://%s:%" PRId64 "\n",
                        port, host, port);
}

static void say_next(struct cli *cli, const char *dir)
{
    const struct options *options = &cli->options;

    cli_say("\nThe token above is shown only now. Keep it where you keep passwords.\n");
    cli_next("1. move %s/trust/" FOLDER_TENANT
             "/root-1.key, root-2.key and root-3.key away, each to another person:",
             dir);
    cli_say("         two of the three say who may sign; the service never needs them");
    if (!options_has(options, "cert"))
        cli_say("         and %s/tls/ca.key: it vouches for the server's certificate", dir);
    cli_say("      2. nightshiftd --dir %s", dir);
    cli_say("      3. give devices and engineers %s/trust/" FOLDER_TENANT "/1.root.json%s", dir,
            options_has(options, "cert") ? "" : " and tls/ca.pem");
    cli_say("      4. nightshift key make FILE, then nightshift family key-add FAMILY FILE.pub");
}

static void print_made(struct cli *cli, const char *dir, const char *token)
{
    struct buf text = {.arena = cli->arena};
    struct json_out json = {.buf = &text};

    if (!cli->is_json) {
        cli_print("%s\n", token);
        return;
    }
    json_open(&json, NULL);
    json_text(&json, "dir", dir);
    json_text(&json, "tenant", FOLDER_TENANT);
    json_text(&json, "admin_token", token);
    json_text(&json, "root", arena_printf(cli->arena, "%s/trust/" FOLDER_TENANT "/1.root.json", dir));
    json_close(&json);
    cli_print("%s\n", buf_cstr(&text));
}

bool init_command(struct cli *cli, struct err *err)
{
    const struct options *options = &cli->options;
    const char *models[MODELS_MAX], *dir;
    const char *hosts[] = {options_text(options, "host"), "localhost", "127.0.0.1"};
    struct folder_plan plan = {.now_ms = clock_now_ms(),
                               .root_days = ROOT_DAYS,
                               .server_days = CERT_DAYS_SERVER,
                               .hosts = hosts,
                               .host_count = COUNT(hosts),
                               .cert_file = options_text(options, "cert"),
                               .key_file = options_text(options, "key"),
                               .family = options_text(options, "family"),
                               .models = models,
                               .model_count = options_count(options, "model"),
                               .admin_token = ident_new(cli->arena, TOKEN_BYTES)};
    int64_t port = 8443;

    if (!check(cli, err))
        return false;
    if (!options_int(options, "port", 1, 65535, &port, err)) {
        cli->is_misused = true;
        return false;
    }
    for (size_t i = 0; i < plan.model_count; i++)
        models[i] = options_nth(options, "model", i);
    plan.settings = settings_text(cli->arena, hosts[0], port);
    if (!folder_open(cli->arena, options_text(options, "dir"), &dir, err))
        return false;
    plan.dir = dir;
    if (!folder_make(cli->arena, &plan, err))
        return false;
    print_made(cli, dir, plan.admin_token);
    say_next(cli, dir);
    return true;
}
