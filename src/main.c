/* Wires the rooms, starts, waits for a signal, stops in reverse order. The only file that sees every room. */
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/api.h"
#include "api/gate.h"
#include "api/metrics.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/ident.h"
#include "base/log.h"
#include "base/text.h"
#include "check.h"
#include "copy.h"
#include "domain/answer.h"
#include "domain/bell.h"
#include "domain/bootstrap.h"
#include "domain/backup_identity.h"
#include "domain/custody.h"
#include "domain/plans.h"
#include "domain/seen.h"
#include "domain/setback.h"
#include "drill.h"
#include "engine.h"
#include "http/http.h"
#include "process_limits.h"
#include "sandbox.h"
#include "signer_process.h"
#include "signing/parser.h"

#define STOP_GRACE_MS 8000
#define TENANT_SPREAD_MS 2000 /* a rollout moves: not all of a fleet asks in the same instant */

struct service { /* everything that is open, in the order it was opened */
    struct arena *arena;
    struct settings settings;
    struct signer_process signer;
    struct store *store;
    struct world world;
    struct app app;
    struct engine *engine;
    struct http *http;
    struct bell bell;
    struct parser *parser;
    pthread_mutex_t bell_lock;
    struct http *listening; /* under bell_lock: NULL before the doors open and once they close */
    bool is_check, is_json; /* --json: of --check */
    const char *subset;     /* of --check: a part of the blobs, and nothing else */
};

static const char usage[] =
    "Usage: nightshiftd --dir DIR [--config FILE] [--NAME VALUE]...\n"
    "       nightshiftd --check --dir DIR [--subset N/T] [--json]\n"
    "       nightshiftd --copy | --restore BACKUP --dir DIR [--json]\n"
    "       nightshiftd --drill --dir COPY ... (see nightshiftd --drill --help)\n"
    "       nightshiftd --help | --version\n\n"
    "The Nightshift service. Settings come from DIR/nightshift.conf (or --config),\n"
    "then NIGHTSHIFT_NAME in the environment, then --NAME VALUE. --check reads every\n"
    "row and blob and says what is damaged.\n\nSettings:\n";

/* ---- settings -------------------------------------------------------------------- */

static const char *flag_value(int argc, char **argv, const char *name)
{
    for (int i = 1; i + 1 < argc; i++)
        if (text_equal(argv[i], name))
            return argv[i + 1];
    return NULL;
}

static bool read_flags(struct service *s, int argc, char **argv, struct err *err)
{
    for (int i = 1; i < argc; i++) {
        char *name = arena_dup(s->arena, argv[i]);

        if (text_equal(name, "--check")) {
            s->is_check = true;
            continue;
        }
        if (text_equal(name, "--json")) {
            s->is_json = true;
            continue;
        }
        if (!text_starts(name, "--") || i + 1 >= argc)
            return FAIL(err, ERR_INVALID, "cannot understand '%s'; see nightshiftd --help", name);
        i++;
        if (text_equal(name, "--config") || text_equal(name, "--dir"))
            continue;
        if (text_equal(name, "--subset")) {
            s->subset = argv[i];
            continue;
        }
        for (char *c = name; *c; c++)
            *c = *c == '-' ? '_' : *c;
        if (!settings_set(s->arena, &s->settings, name + 2, argv[i], err))
            return false;
    }
    return true;
}

static bool read_settings(struct service *s, int argc, char **argv, struct err *err)
{
    const char *dir = flag_value(argc, argv, "--dir");
    const char *config = flag_value(argc, argv, "--config");

    settings_default(&s->settings);
    if (!config && dir) {
        config = arena_printf(s->arena, "%s/nightshift.conf", dir);
        config = file_exists(config) ? config : NULL;
    }
    if ((config && !settings_file(s->arena, config, &s->settings, err)) ||
        !settings_environment(s->arena, &s->settings, err) || !read_flags(s, argc, argv, err))
        return false;
    if ((s->is_json || s->subset) && !s->is_check)
        return FAIL(
            err, ERR_INVALID,
            "--json and --subset are for --check: the service itself writes its log, one line an event");
    if (dir)
        s->settings.data_dir = dir;
    if (text_blank(s->settings.data_dir))
        return FAIL(err, ERR_INVALID, "say where the data lies: --dir DIR (nightshift init makes one)");
    if (s->settings.clock_rate > 1 && !s->settings.dev)
        return FAIL(err, ERR_INVALID, "clock_rate is for dev servers: set dev = true, or leave it at 1");
    return true;
}

/* ---- start ------------------------------------------------------------------------- */

/* For a simulated fleet, which has to keep the same hours. */
static bool tell_clock_rate(struct service *s, struct err *err)
{
    const char *path = arena_printf(s->arena, "%s/clock_rate", s->settings.data_dir);

    if (!s->settings.dev || (s->settings.clock_rate <= 1 && !file_exists(path)))
        return true;
    return file_write_whole(path, span_of(arena_printf(s->arena, "%" PRId64 "\n", s->settings.clock_rate)),
                            0644, err);
}

/* The true instant at which this folder's fast clock began, kept so that a restart does not go back in time.
 */
static bool start_clock(struct service *s, struct err *err)
{
    const char *path = arena_printf(s->arena, "%s/clock", s->settings.data_dir);
    int64_t origin = clock_now_ms();
    struct span text;

    if (!tell_clock_rate(s, err))
        return false;
    if (s->settings.clock_rate <= 1)
        return true;
    if (file_exists(path)) {
        if (!file_read(s->arena, path, 64, &text, err) ||
            !text_int(arena_text(s->arena, text_trim(text)), "clock", 0, INT64_MAX, &origin, err))
            return false;
    } else if (!file_write_whole(path, span_of(arena_printf(s->arena, "%" PRId64 "\n", origin)), 0644, err)) {
        return false;
    }
    clock_start(s->settings.clock_rate, origin);
    return true;
}

static enum log_level level_of(const char *name)
{
    for (int i = 0; i < LOG__MAX; i++)
        if (text_equal(name, log_level_name[i]))
            return (enum log_level)i;
    return LOG_INFO;
}

static const char *in_dir(struct service *s, const char *path)
{
    if (text_blank(path) || *path == '/')
        return text_blank(path) ? NULL : path;
    return arena_printf(s->arena, "%s/%s", s->settings.data_dir, path);
}

/* The engine rings too, and runs longer than the doors are open. */
static void ring_device(void *ctx, int64_t device_id)
{
    struct service *s = ctx;

    pthread_mutex_lock(&s->bell_lock);
    if (s->listening)
        http_wake(s->listening, (uint64_t)device_id);
    pthread_mutex_unlock(&s->bell_lock);
}

static void ring_tenant(void *ctx, int64_t tenant_id)
{
    struct service *s = ctx;

    pthread_mutex_lock(&s->bell_lock);
    if (s->listening)
        http_wake_group(s->listening, (uint64_t)tenant_id, TENANT_SPREAD_MS);
    pthread_mutex_unlock(&s->bell_lock);
}

static void listen_to_bell(struct service *s, struct http *http)
{
    pthread_mutex_lock(&s->bell_lock);
    s->listening = http;
    pthread_mutex_unlock(&s->bell_lock);
}

static bool open_world(struct service *s, struct err *err)
{
    struct store_options options = {.dir = s->settings.data_dir,
                                    .is_glanced_over = !s->settings.start_damaged};

    if (!store_open(&s->store, &options, err))
        return err_within(err, "opening %s", s->settings.data_dir);
    unlink(in_dir(s, "port")); /* only now: until the folder is locked it may be another service's */
    s->bell = (struct bell){.ctx = s, .device = ring_device, .tenant = ring_tenant};
    s->world = (struct world){.store = s->store,
                              .blobs = store_blobs(s->store),
                              .settings = &s->settings,
                              .custody = s->world.custody,
                              .bell = &s->bell,
                              .parser = s->parser,
                              .started_ms = clock_now_ms()};
    return seen_open(&s->world.seen, err) && plans_open(&s->world.plans, err) &&
           answers_open(&s->world.answers, err) && backups_open(&s->world.backups, err) &&
           bootstrap_apply(&s->world, clock_now_ms(), err) && setback_look(&s->world, clock_now_ms());
}

/* While there is one thread, and while we are root where we were started as root. What it holds is never in this
 * process. */
static bool start_signer(struct service *s, struct err *err)
{
    if (!signer_process_start(&s->settings, &s->signer, err))
        return err_within(err, "starting the signer");
    custody_connect(&s->world.custody, s->settings.data_dir, s->signer.fd);
    s->signer.fd = -1;
    return true;
}

static void listener_figures(struct app *app, struct buf *out)
{
    struct http_figures f;
    struct http *http = app->http;

    if (!http)
        return;
    http_figures(http, &f);
    const struct {
        const char *name, *kind;
        int64_t value;
    } rows[] = {
        {"connections", "gauge", f.connections},
        {"connections_accepted_total", "counter", f.accepted},
        {"tls_handshakes_total", "counter", f.handshakes},
        {"tls_handshakes_resumed_total", "counter", f.handshakes_resumed},
        {"tls_handshakes_failed_total", "counter", f.handshakes_failed},
        {"polls_parked", "gauge", f.parked},
        {"connections_reaped_total", "counter", f.reaped},
        {"bytes_sent_total", "counter", f.bytes_out},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        buf_printf(out, "# TYPE nightshift_%s %s\nnightshift_%s %" PRId64 "\n", rows[i].name, rows[i].kind,
                   rows[i].name, rows[i].value);
}

static bool open_doors(struct service *s, struct err *err)
{
    const struct settings *set = &s->settings;
    struct http_door door = {.ctx = &s->app, .begin = api_begin, .serve = api_serve, .end = api_end};
    struct http_options options = {
        .listen = set->listen,
        .port = set->port,
        .http_port = set->http_port,
        .cert_path = in_dir(s, set->tls_cert),
        .key_path = in_dir(s, set->tls_key),
        .client_ca_path = in_dir(s, set->tls_client_ca),
        .trusted_proxies = set->trusted_proxies,
        .threads = set->threads,
        .workers = set->workers,
        .connections_max = set->connections_max,
        .connections_per_ip = set->connections_per_ip,
        .idle_timeout_s = set->idle_timeout_s,
        .head_deadline_s = set->head_deadline_s,
        .body_bytes_s = set->body_bytes_s,
        .body_grace_s = set->body_grace_s,
        .send_stall_s = set->send_stall_s,
    };

    s->app = (struct app){.world = &s->world, .http_figures = listener_figures};
    if (!gate_open(&s->app.gate, set, err) || !metrics_open(&s->app.metrics, err) ||
        !http_start(&s->http, &options, door, err))
        return err_within(err, "listening on %s:%" PRId64, set->listen, set->port);
    s->app.http = s->http;
    listen_to_bell(s, s->http);
    return file_write_whole(in_dir(s, "port"),
                            span_of(arena_printf(s->arena, "https %" PRId64 "\nhttp %" PRId64 "\n",
                                                 http_port(s->http), http_plain_port(s->http))),
                            0644, err);
}

static void close_all(struct service *s)
{
    s->app.is_stopping = true;
    if (s->http) {
        unlink(in_dir(s, "port"));
        listen_to_bell(s, NULL);
        http_stop(s->http, STOP_GRACE_MS);
    }
    engine_stop(&s->engine);
    gate_closep(&s->app.gate);
    metrics_closep(&s->app.metrics);
    backups_closep(&s->world.backups);
    custody_closep(&s->world.custody);
    answers_closep(&s->world.answers);
    plans_closep(&s->world.plans);
    seen_closep(&s->world.seen);
    store_closep(&s->store);
    signer_process_end(&s->signer); /* custody closed the way to it */
    parser_endp(&s->parser);
}

/* ---- run ------------------------------------------------------------------------------ */

static void wait_for_stop(struct service *s, const sigset_t *signals)
{
    int got = 0;
    struct err err = {0};

    while (sigwait(signals, &got) == 0 && got == SIGHUP) {
        if (http_reload(s->http, &err))
            log_say(LOG_INFO, "tls.reloaded", "cert", s->settings.tls_cert, NULL);
        else
            log_say(LOG_ERROR, "tls.kept", "why", err.text, NULL);
    }
    log_say(LOG_INFO, "stopping", "signal", got == SIGINT ? "INT" : "TERM", NULL);
}

static bool serve(struct service *s, struct err *err)
{
    sigset_t signals;
    char port[24];

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); /* before any thread, so that only sigwait sees them */
    if (!file_exists(s->settings.data_dir))
        return FAIL(err, ERR_NOT_FOUND, "there is no folder %s; `nightshift init` makes one",
                    s->settings.data_dir);
    if (!process_limits_fit(&s->settings, err) || !start_signer(s, err) || !sandbox_user(&s->settings, err) ||
        !sandbox_parser(&s->settings, &s->parser, err) || !start_clock(s, err) || !open_world(s, err) ||
        !sandbox_begin(s->arena, &s->settings, err) || !engine_start(&s->engine, &s->world, err) ||
        !open_doors(s, err) || !sandbox_close(&s->settings, err))
        return false;
    snprintf(port, sizeof(port), "%" PRId64, http_port(s->http));
    log_say(LOG_INFO, "listening", "address", s->settings.listen, "port", port, "version", NIGHTSHIFT_VERSION,
            NULL);
    wait_for_stop(s, &signals);
    return true;
}

int main(int argc, char **argv)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct service s = {.arena = arena, .bell_lock = PTHREAD_MUTEX_INITIALIZER, .signer = {.fd = -1}};
    struct err err = {0};
    bool is_done;

    if (argc > 1 && text_equal(argv[1], "--drill"))
        return drill_main(argc, argv);
    if (argc > 1 && (text_equal(argv[1], "--copy") || text_equal(argv[1], "--restore")))
        return copy_main(argc, argv);
    for (int i = 1; i < argc; i++) {
        if (text_equal(argv[i], "--help"))
            return printf("%s%s", usage, settings_help(arena)) < 0;
        if (text_equal(argv[i], "--version"))
            return puts("nightshiftd " NIGHTSHIFT_VERSION) < 0;
    }
    ident_start();
    process_limits_set();
    if (!read_settings(&s, argc, argv, &err)) {
        fprintf(stderr, "nightshiftd: %s\n", err.text);
        return 2;
    }
    log_start(level_of(s.settings.log_level), STDERR_FILENO);
    if (s.is_check)
        return check_run(s.settings.data_dir, s.subset, s.settings.sandbox, s.is_json);
    is_done = serve(&s, &err);
    if (!is_done)
        log_say(LOG_ERROR, "cannot.start", "why", err.text, NULL);
    close_all(&s);
    return is_done ? 0 : 1;
}
