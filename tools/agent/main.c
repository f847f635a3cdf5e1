/* nightshift-agent: the reference device agent. Talks on stderr, one line an event; data goes to stdout. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/ident.h"
#include "base/log.h"
#include "base/text.h"
#include "tools/agent/backup_mode.h"
#include "tools/agent/conf.h"
#include "tools/agent/printer.h"
#include "tools/agent/simulate.h"
#include "tools/agent/tuf_mode.h"
#include "tools/agent/wire.h"

enum { DONE = 0, REFUSED = 1, MISUSED = 2 };

#define DEFAULT_DIR "."
#define LONG_POLL_S 120
#define LOOK_S 86400

static volatile sig_atomic_t stop;

/* clang-format off */
static const struct option_row device_rows[] = {
    { "dir",        "DIR",          "its memory, downloads and hooks [the current folder]", false, false },
    { "id",         "ID",           "the name it goes by [its serial number]", false, false },
    { "tenant",     "NAME",         "whose fleet it belongs to [DEFAULT]", false, false },
    { "claim",      "CODE",         "one-time enrolment code, needed at the first start", false, false },
    { "family",     "NAME",         "product line", false, false },
    { "model",      "NAME",         "model of that line", false, false },
    { "serial",     "NUMBER",       "serial number", false, false },
    { "language",   "CODE",         "of its panel, such as de", false, false },
    { "zone",       "ZONE",         "time zone it stands in, such as Europe/Rome", false, false },
    { "component",  "NAME=VERSION", "what is flashed, when DIR has no components.json yet", false, true },
    { NULL, NULL, NULL, false, false },
};
static const struct option_row service_rows[] = {
    { "url",           "URL",           "address of the service", false, false },
    { "ca",            "FILE",          "trust this CA and no other [the system's]", false, false },
    { "cert",          "FILE",          "client certificate, PEM", false, false },
    { "key",           "FILE",          "its key, PEM", false, false },
    { "gateway-token", "TOKEN",         "speak with the tenant's gateway token instead of enrolling", false, false },
    { "proxy",         "URL",           "go through this proxy [the environment's]", false, false },
    { "proxy-user",    "NAME:PASSWORD", "for the proxy", false, false },
    { "proxy-auth",    "KIND",          "basic, digest or any: what the password may be used for [any]", false, false },
    { NULL, NULL, NULL, false, false },
};
static const struct option_row run_rows[] = {
    { "once",            NULL,      "do what can be done without waiting, then end", false, false },
    { "interval",        "SECONDS", "poll this often instead of as told", false, false },
    { "long-poll",       "SECONDS", "keep a poll open this long, where the service can [120; with --once, --interval or --clock-rate 0, never]", false, false },
    { "look",            "SECONDS", "look at the signed metadata so often though nothing is to be installed [86400; with --once 0, never]", false, false },
    { "install-timeout", "SECONDS", "for one hook [2700]", false, false },
    { "dead-man",        "SECONDS", "restored network settings that do not reach the service so soon are put back [300]", false, false },
    { "no-backups",      NULL,      "take no part in backups and restores", false, false },
    { "connection-log",  "FILE",    "keep a line of each request there, for nightshift audit reconcile", false, false },
    { "clock-rate",      "N",       "let the wall clock run N times as fast (rehearsals)", false, false },
    { "clock-origin",    "MS",      "the instant it has done so since, ms since 1970", false, false },
    { "json",            NULL,      "status, and every move, as JSON lines on stdout", false, false },
    { NULL, NULL, NULL, false, false },
};
static const struct option_face face = {
    "nightshift-agent", "[COMMAND]",
    "Keeps one machine up to date, backs its settings up and puts them back. COMMAND is run (or nothing), status, "
    "backup (now, as at the panel: by the agent that runs, or else by itself), simulate (makes settings up) or tuf "
    "(a plain TUF client); see their own --help for the last two. Settings may also stand in DIR/agent.conf, as \"name = value\". Ends with 0 done, 1 refused, 2 "
    "misused, 75 restart the machine and start me again.",
    { { "The machine", device_rows }, { "The service", service_rows }, { "This run", run_rows } } };
/* clang-format on */

struct run {
    struct arena *arena;
    struct options options;
    struct printer printer;
    struct client *client;
    struct agent *agent;
    bool is_json;
};

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

static const char *text_or(const struct run *run, const char *name, const char *otherwise)
{
    const char *text = options_text(&run->options, name);

    return text ? text : otherwise;
}

/* ---- showing ---------------------------------------------------------------------- */

static void status_print(struct run *run)
{
    struct buf text = {.arena = run->arena};
    struct json_out j = {.buf = &text};

    json_open(&j, NULL);
    agent_status(run->agent, &j);
    json_close(&j);
    printf("%s\n", buf_cstr(&text));
    fflush(stdout);
}

static void status_say(struct run *run)
{
    const struct agent_plan *plan = agent_plan(run->agent);
    const struct agent_outcome *last = agent_last(run->agent);

    printf("%s%s%s\n", agent_phase_name[agent_phase(run->agent)], plan ? ", action " : "",
           plan ? plan->id : "");
    if (agent_release(run->agent)[0])
        printf("release %s\n", agent_release(run->agent));
    if (last->id)
        printf("last: action %s %s: %s\n", last->id, last->is_failure ? "failed" : "went well",
               last->text ? last->text : "");
}

static void on_move(void *ctx, const struct agent *agent, enum agent_phase from, int64_t now_ms)
{
    struct run *run = ctx;
    const struct agent_plan *plan = agent_plan(agent);
    const struct agent_outcome *last = agent_last(agent);
    enum agent_phase to = agent_phase(agent);
    bool has_ended = from == AGENT_REPORTING && to == AGENT_IDLE && last->id;

    (void)now_ms;
    log_say(LOG_INFO, "agent.moved", "from", agent_phase_name[from], "to", agent_phase_name[to], "action",
            plan ? plan->id : NULL, "result", has_ended ? (last->is_failure ? "failure" : "success") : NULL,
            "text", has_ended ? last->text : NULL, NULL);
    if (run->is_json && run->agent)
        status_print(run);
}

static void on_backed_up(void *ctx, const struct agent_backed_up *ended)
{
    (void)ctx;
    log_say(ended->id ? LOG_INFO : LOG_WARN, ended->id ? "agent.backed_up" : "agent.no_backup", "trigger",
            backup_trigger_name[ended->trigger], "backup", ended->id, "why", ended->text, NULL);
}

/* ---- opening ------------------------------------------------------------------------ */

static bool client_start(struct run *run, struct err *err)
{
    struct client_options options = {.base_url = options_text(&run->options, "url"),
                                     .ca_file = options_text(&run->options, "ca"),
                                     .cert_file = options_text(&run->options, "cert"),
                                     .key_file = options_text(&run->options, "key"),
                                     .proxy = options_text(&run->options, "proxy"),
                                     .proxy_user = options_text(&run->options, "proxy-user"),
                                     .proxy_auth = options_text(&run->options, "proxy-auth"),
                                     .agent = "nightshift-agent/" NIGHTSHIFT_VERSION,
                                     .stop = &stop};

    if (text_blank(options.base_url))
        return FAIL(err, ERR_INVALID, "--url is needed");
    return client_open(&options, &run->client, err);
}

static int64_t on_passed(void *ctx)
{
    (void)ctx;
    return clock_monotonic_ms() * clock_rate();
}

static bool setup_make(struct run *run, struct agent_setup *out, struct err *err)
{
    const char *token = options_text(&run->options, "gateway-token");
    const char *serial = text_or(run, "serial", "");
    struct agent_setup setup = {.tenant = text_or(run, "tenant", "DEFAULT"),
                                .id = text_or(run, "id", serial),
                                .claim = options_text(&run->options, "claim"),
                                .family = text_or(run, "family", ""),
                                .model = text_or(run, "model", ""),
                                .serial = serial,
                                .zone = text_or(run, "zone", ""),
                                .language = text_or(run, "language", ""),
                                .memory = printer_memory(&run->printer),
                                .cache = printer_cache(&run->printer),
                                .machine = printer_machine(&run->printer),
                                .sends_reports = true,
                                .has_exact_clock = clock_rate() > 1,
                                .ctx = run,
                                .monotonic_ms = on_passed,
                                .moved = on_move,
                                .backed_up = on_backed_up};

    if (text_blank(setup.id))
        return FAIL(err, ERR_INVALID, "--id or --serial is needed");
    if (token)
        setup.authorization = arena_printf(run->arena, "GatewayToken %s", token);
    if (run->client)
        setup.wire = wire_of(run->arena, run->client, options_text(&run->options, "connection-log"));
    setup.takes_root = token != NULL;
    if (!options_has(&run->options, "no-backups"))
        setup.settings = printer_settings(&run->printer);
    if (!options_int(&run->options, "dead-man", 1, 86400, &setup.dead_man_s, err))
        return false;
    if (!options_has(&run->options, "once"))
        setup.look_s = LOOK_S;
    if (!options_int(&run->options, "look", 0, 31536000, &setup.look_s, err))
        return false;
    if (!options_int(&run->options, "interval", 1, 86400, &setup.interval_s, err))
        return false;
    if (!options_has(&run->options, "once") && !setup.interval_s && clock_rate() == 1)
        setup.long_poll_s = LONG_POLL_S;
    if (!options_int(&run->options, "long-poll", 0, 300, &setup.long_poll_s, err))
        return false;
    *out = setup;
    return true;
}

static bool printer_start(struct run *run, struct err *err)
{
    size_t count = options_count(&run->options, "component");
    const char **components = ARENA_MANY(run->arena, const char *, count + 1);
    int64_t timeout_s = 2700;

    for (size_t i = 0; i < count; i++)
        components[i] = options_nth(&run->options, "component", i);
    if (!options_int(&run->options, "install-timeout", 1, 86400, &timeout_s, err))
        return false;
    run->printer = (struct printer){
        .dir = text_or(run, "dir", DEFAULT_DIR), .hook_timeout_ms = timeout_s * 1000, .slice_ms = 60 * 1000};
    run->printer.lock = -1;
    return printer_open(&run->printer, run->arena, components, count, err);
}

static bool agent_open(struct run *run, struct err *err)
{
    struct agent_setup setup;

    /* What is refused leaves nothing in a folder that may be the wrong one. */
    if (!setup_make(run, &setup, err) || !printer_start(run, err))
        return false;
    run->agent = agent_new(&setup);
    return agent_start(run->agent, err);
}

/* ---- running -------------------------------------------------------------------------- */

/* In short naps, so that SIGTERM is obeyed at once. */
static void nap(int64_t ms)
{
    int64_t end_ms = clock_monotonic_ms() + ms / clock_rate();

    while (!stop && clock_monotonic_ms() < end_ms) {
        int64_t left_ms = end_ms - clock_monotonic_ms();

        usleep((useconds_t)(left_ms > 100 ? 100 : left_ms) * 1000);
    }
}

static int work(struct run *run, bool is_once)
{
    bool was_well = true;
    struct err err;

    while (!stop && !run->printer.wants_restart) {
        int64_t sleep_ms = 0;

        was_well = agent_step(run->agent, clock_now_ms(), &sleep_ms, &err);
        if (!was_well)
            log_say(LOG_WARN, "agent.trouble", "phase", agent_phase_name[agent_phase(run->agent)], "why",
                    err.text, NULL);
        if (is_once && sleep_ms > 0)
            break;
        if (!run->printer.wants_restart)
            nap(sleep_ms);
    }
    if (run->printer.wants_restart)
        return PRINTER_RESTART_CODE;
    return was_well || stop ? DONE : REFUSED;
}

static int refused(const struct err *err)
{
    fprintf(stderr, "nightshift-agent: %s\n", err->text);
    return REFUSED;
}

static int run_command(struct run *run)
{
    const char *command = options_word(&run->options, 0);
    bool is_status = text_equal(command, "status");
    int64_t rate = 1, origin_ms = 0;
    struct err err;

    if (!options_int(&run->options, "clock-rate", 1, 1000000, &rate, &err) ||
        !options_int(&run->options, "clock-origin", 0, INT64_MAX, &origin_ms, &err))
        return refused(&err);
    clock_start(rate, origin_ms);
    if ((!is_status && !client_start(run, &err)) || !agent_open(run, &err))
        return refused(&err);
    if (text_equal(command, "backup") && options_has(&run->options, "no-backups")) {
        (void)FAIL(&err, ERR_INVALID, "it takes no part in backups");
        return refused(&err);
    }
    if (text_equal(command, "backup"))
        return backup_mode(&(struct backup_mode){run->agent, &run->printer, run->arena, &stop, run->is_json});
    if (!is_status && !printer_lock(&run->printer, run->arena, &err))
        return refused(&err);
    if (!is_status)
        return work(run, options_has(&run->options, "once"));
    if (run->is_json)
        status_print(run);
    else
        status_say(run);
    return DONE;
}

static int misused(const struct err *err)
{
    fprintf(stderr, "nightshift-agent: %s\nsee nightshift-agent --help\n", err->text);
    return MISUSED;
}

static bool is_command(const char *word)
{
    return !word || text_equal(word, "run") || text_equal(word, "status") || text_equal(word, "backup");
}

int main(int argc, char **argv)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct run run = {.arena = arena, .printer = {.lock = -1}};
    struct err err;
    int code;

    if (argc > 1 && text_equal(argv[1], "--version"))
        return puts("nightshift-agent " NIGHTSHIFT_VERSION) < 0;
    if (argc > 1 && text_equal(argv[1], "tuf"))
        return tuf_mode(argc - 1, argv + 1);
    if (argc > 1 && text_equal(argv[1], "simulate"))
        return simulate_mode(argc - 1, argv + 1);
    ident_start();
    log_start(LOG_INFO, STDERR_FILENO);
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    signal(SIGPIPE, SIG_IGN);
    if (!conf_options(arena, &face, argc, argv, DEFAULT_DIR, &run.options, &err))
        return misused(&err);
    if (run.options.wants_help) {
        fputs(options_help(arena, &face), stdout);
        return DONE;
    }
    run.is_json = options_has(&run.options, "json");
    if (!is_command(options_word(&run.options, 0))) {
        (void)FAIL(&err, ERR_INVALID, "there is no command \"%s\"", options_word(&run.options, 0));
        return misused(&err);
    }
    code = run_command(&run);
    agent_freep(&run.agent);
    client_closep(&run.client);
    printer_close(&run.printer);
    return code;
}
