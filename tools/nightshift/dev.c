#include "tools/nightshift/daemon.h"
#include "tools/nightshift/folder.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

#define ROOT_DAYS 3650
#define READY_WITHIN_MS 60000
#define LOOK_EVERY_MS 50

/* clang-format off */
const struct option_row dev_options[] = {
    { "dir",        "DIR",  "its folder, made when absent [a fresh one for temporary files]", false, false },
    { "port",       "PORT", "HTTPS port; 0 picks a free one [the last one when still free, else 0]", false, false },
    { "clock-rate", "N",    "its wall clock runs N times as fast", false, false },
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

static const char *const hosts[] = {"localhost", "127.0.0.1", "::1"};
static const char *const models[] = {"demo-200", "demo-300"};

/* ---- its folder ---------------------------------------------------------------------- */

struct dev {
    const char *dir, *ca, *url, *admin_token, *gateway_token;
    int64_t port, clock_rate;
};

static bool fresh_dir(struct arena *arena, const char **out, struct err *err)
{
    const char *base = getenv("TMPDIR");
    char *path = arena_printf(arena, "%s/nightshift-dev-XXXXXX", text_blank(base) ? P_tmpdir : base);

    if (!mkdtemp(path))
        return FAIL_ERRNO(err, "making a fresh folder");
    *out = path;
    return true;
}

static bool make_folder(struct cli *cli, struct dev *dev, struct err *err)
{
    struct folder_plan plan = {
        .now_ms = clock_now_ms(),
        .root_days = ROOT_DAYS,
        .server_days = ROOT_DAYS,
        .hosts = hosts,
        .host_count = COUNT(hosts),
        .settings = "# A dev server on this machine. Every setting: nightshiftd --help\n"
                    "listen = 127.0.0.1\n"
                    "dev = true\n"
                    "audit_syslog =\n",
        .family = "demo",
        .models = models,
        .model_count = COUNT(models),
        .has_engineer = true,
    };

    if (!folder_token(cli->arena, dev->dir, "admin.token", &dev->admin_token, err) ||
        !folder_token(cli->arena, dev->dir, "gateway.token", &dev->gateway_token, err))
        return false;
    plan.dir = dev->dir;
    plan.admin_token = dev->admin_token;
    plan.gateway_token = dev->gateway_token;
    dev->ca = arena_printf(cli->arena, "%s/tls/ca.pem", dev->dir);
    return folder_make(cli->arena, &plan, err);
}

/* ---- its port -------------------------------------------------------------------------- */

static bool port_is_free(int64_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    AUTO(fd_closep) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;

    return fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
           bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
}

/* Devices and bookmarks know the last one. */
static bool port_choose(struct cli *cli, struct dev *dev, struct err *err)
{
    const char *path = arena_printf(cli->arena, "%s/last.port", dev->dir);
    struct span text;
    int64_t last = 0;

    if (!options_int(&cli->options, "port", 0, 65535, &dev->port, err)) {
        cli->is_misused = true;
        return false;
    }
    if (options_has(&cli->options, "port") || !file_exists(path))
        return true;
    if (!file_read(cli->arena, path, 64, &text, err) ||
        !text_int(arena_text(cli->arena, text_trim(text)), "last.port", 1, 65535, &last, err))
        return false;
    dev->port = port_is_free(last) ? last : 0;
    return true;
}

static bool port_keep(struct cli *cli, const struct dev *dev, struct err *err)
{
    return file_write_whole(arena_printf(cli->arena, "%s/last.port", dev->dir),
                            span_of(arena_printf(cli->arena, "%s\n", strrchr(dev->url, ':') + 1)), 0644, err);
}

/* ---- its run ----------------------------------------------------------------------------- */

static bool start(struct cli *cli, const struct dev *dev, struct daemon_child *child, struct err *err)
{
    const char *argv[] = {"",
                          "--dir",
                          dev->dir,
                          "--port",
                          arena_printf(cli->arena, "%" PRId64, dev->port),
                          "--dev",
                          "true",
                          "--clock_rate",
                          arena_printf(cli->arena, "%" PRId64, dev->clock_rate),
                          NULL};

    unlink(arena_printf(cli->arena, "%s/port", dev->dir));
    return daemon_start(cli->arena, (char **)(uintptr_t)argv, child, err);
}

static bool wait_until_ready(struct cli *cli, struct dev *dev, struct daemon_child *child, struct err *err)
{
    int64_t end_ms = clock_monotonic_ms() + READY_WITHIN_MS;

    while (!daemon_wait(child, LOOK_EVERY_MS) && !child->is_stopping && clock_monotonic_ms() < end_ms) {
        dev->url = daemon_url(cli->arena, dev->dir);
        if (dev->url && daemon_is_ready(dev->url, dev->ca))
            return true;
    }
    if (child->is_stopping)
        return true;
    if (!child->is_over) {
        kill(child->pid, SIGTERM);
        daemon_wait(child, READY_WITHIN_MS);
    }
    return FAIL(err, ERR_CONFLICT, "the service did not start; what it said stands above");
}

static void tell_json(struct cli *cli, const struct dev *dev)
{
    struct buf text = {.arena = cli->arena};
    struct json_out json = {.buf = &text};

    json_open(&json, NULL);
    json_text(&json, "url", dev->url);
    json_text(&json, "ca", dev->ca);
    json_text(&json, "tenant", FOLDER_TENANT);
    json_text(&json, "admin_token", dev->admin_token);
    json_text(&json, "gateway_token", dev->gateway_token);
    json_text(&json, "dir", dev->dir);
    json_close(&json);
    cli_print("%s\n", buf_cstr(&text));
}

static void tell(struct cli *cli, const struct dev *dev)
{
    if (cli->is_json) {
        tell_json(cli, dev);
    } else {
        cli_print("url            %s\nca             %s\ntenant         %s\nadmin token    %s\n"
                  "gateway token  %s\ndir            %s\n",
                  dev->url, dev->ca, FOLDER_TENANT, dev->admin_token, dev->gateway_token, dev->dir);
        cli_say("ready; Ctrl-C stops it, `nightshift dev --dir %s` starts it again", dev->dir);
        cli_next("in another terminal: nightshift fleet summary --dir %s", dev->dir);
    }
    fflush(stdout);
}

static bool prepare(struct cli *cli, struct dev *dev, struct err *err)
{
    const char *given = options_text(&cli->options, "dir"), *running;

    if (!options_int(&cli->options, "clock-rate", 1, 100000, &dev->clock_rate, err)) {
        cli->is_misused = true;
        return false;
    }
    if ((!given && !fresh_dir(cli->arena, &given, err)) || !folder_open(cli->arena, given, &dev->dir, err) ||
        !make_folder(cli, dev, err) || !port_choose(cli, dev, err))
        return false;
    running = daemon_url(cli->arena, dev->dir);
    if (running && daemon_is_ready(running, dev->ca))
        return FAIL(err, ERR_CONFLICT, "the service of %s is running already, at %s", dev->dir, running);
    return true;
}

bool dev_command(struct cli *cli, struct err *err)
{
    struct dev dev = {.clock_rate = 1};
    struct daemon_child child;

    if (!prepare(cli, &dev, err) || !start(cli, &dev, &child, err) ||
        !wait_until_ready(cli, &dev, &child, err))
        return false;
    if (!child.is_over && dev.url && !child.is_stopping) {
        if (!port_keep(cli, &dev, err))
            cli_say("warning: %s", err->text);
        tell(cli, &dev);
    }
    while (!daemon_wait(&child, 3600 * 1000))
        continue;
    cli->exit_code = child.exit_code;
    return true;
}
