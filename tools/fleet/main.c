/* nightshift-fleet: many simulated machines, for load, demo and rehearsal. Talks on stderr, reports on
 * stdout. */
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/ident.h"
#include "base/text.h"
#include "tools/common/options.h"
#include "tools/fleet/load.h"

enum { DONE = 0, REFUSED = 1, MISUSED = 2 };

static volatile sig_atomic_t stop;

/* clang-format off */
static const struct option_row service_rows[] = {
    { "dir",           "DIR",   "folder of a dev server: takes address, CA, gateway token and clock from it", false, false },
    { "url",           "URL",   "address of the service", false, false },
    { "ca",            "FILE",  "trust this CA and no other [the system's]", false, false },
    { "tenant",        "NAME",  "whose fleet it is [DEFAULT]", false, false },
    { "gateway-token", "TOKEN", "the machines speak with the tenant's gateway token", false, false },
    { "claims",        NULL,    "each machine enrols with a claim code of its own; needs --admin-token", false, false },
    { "admin-token",   "TOKEN", "for --claims", false, false },
    { "clock-rate",    "N",     "time runs N times as fast [of DIR, else 1]", false, false },
    { "clock-origin",  "MS",    "since that instant, ms since 1970 [of DIR, else now]", false, false },
    { NULL, NULL, NULL, false, false },
};
static const struct option_row machine_rows[] = {
    { "devices",           "N",       "how many [100]", false, false },
    { "seed",              "S",       "same seed, same machines with the same fates [1]", false, false },
    { "families",          "LIST",    "product lines, with commas between [demo]", false, false },
    { "models",            "LIST",    "models [demo-200]", false, false },
    { "zones",             "LIST",    "time zones; six of ten stand in the first [ten of the world's]", false, false },
    { "components",        "LIST",    "what each is made of [system,panel,hddata,engine,...]", false, false },
    { "start-version",     "V",       "what all components are at first [1.0.0]", false, false },
    { "fail-percent",      "P",       "cannot be flashed", false, false },
    { "bad-component",     "NAME",    "where those fail [the first]", false, false },
    { "bad-version",       "V",       "the release they fail with [any]", false, false },
    { "option",            "NAME=LIST", "an option of each, told as option.NAME: one of the list [none]", false, false },
    { "bad-option",        "VALUE",   "who has that fails its self-test, and nobody else fails", false, false },
    { "cut-percent",       "P",       "have a download cut, once or twice", false, false },
    { "power-cut-percent", "P",       "lose power while they download or flash", false, false },
    { "slow-percent",      "P",       "download and flash slowly", false, false },
    { "busy-percent",      "P",       "are busy when it is time to install", false, false },
    { "busy-minutes",      "M",       "for so many minutes at most [90]", false, false },
    { "flash-seconds",     "S",       "simulated time to flash one component [by its size]", false, false },
    { "backups",           NULL,      "they back their settings up and take restores", false, false },
    { "interval",          "S",       "poll this often, in simulated seconds, instead of as told", false, false },
    { NULL, NULL, NULL, false, false },
};
static const struct option_row run_rows[] = {
    { "until-version", "V", "end when every machine that can has this release", false, false },
    { "timeout",       "S", "give up after so many true seconds", false, false },
    { "duration",      "S", "end after so many true seconds", false, false },
    { "threads",       "N", "requests at once [16]", false, false },
    { "long-poll",     "S", "idle machines keep polls open for S true seconds; each holds a thread, at most half of them do [0]", false, false },
    { "verify-each",   NULL, "each machine verifies all signed metadata by itself", false, false },
    { "json",          NULL, "the report as JSON", false, false },
    { "quiet",         NULL, "no line while it runs", false, false },
    { NULL, NULL, NULL, false, false },
};
static const struct option_row load_rows[] = {
    { "load",        "KIND", "polls, download or handshakes, as many as the connections carry", false, false },
    { "connections", "C",    "how many [64]", false, false },
    { "path",        "PATH", "what a download asks for, below the service's URL", false, false },
    { NULL, NULL, NULL, false, false },
};
static const struct option_face face = {
    "nightshift-fleet", NULL,
    "Runs many simulated machines against a service, each with the real agent inside: they poll, verify, download "
    "and report over HTTPS, and flash nothing. Ends with 0 when what was asked for came to be, 1 when not, 2 "
    "misused.",
    { { "The service", service_rows }, { "The machines", machine_rows }, { "This run", run_rows },
      { "Or plain load, without machines behind it", load_rows } } };
/* clang-format on */

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

/* ---- options ---------------------------------------------------------------------- */

static struct names names_split(struct arena *arena, const char *text)
{
    struct span rest = span_of(text), piece;
    const char **at = ARENA_MANY(arena, const char *, strlen(text) + 1);
    size_t count = 0;

    while (text_split(&rest, ',', &piece))
        if (piece.size)
            at[count++] = arena_text(arena, piece);
    return (struct names){at, count};
}

static struct names names_read(struct arena *arena, const struct options *options, const char *name,
                               const struct names *otherwise, const char *otherwise_text)
{
    const char *text = options_text(options, name);

    if (text)
        return names_split(arena, text);
    return otherwise ? *otherwise : names_split(arena, otherwise_text);
}

static bool numbers_read(const struct options *options, struct fleet_options *out, struct err *err)
{
    struct population *population = &out->population;
    int64_t devices = 100, threads = 16;
    const struct {
        const char *name;
        int64_t min, max, *out;
    } rows[] = {
        {"devices", 1, 1000000, &devices},
        {"threads", 1, 256, &threads},
        {"seed", 0, INT64_MAX, &population->seed},
        {"fail-percent", 0, 100, &population->fail_percent},
        {"cut-percent", 0, 100, &population->cut_percent},
        {"power-cut-percent", 0, 100, &population->power_cut_percent},
        {"slow-percent", 0, 100, &population->slow_percent},
        {"busy-percent", 0, 100, &population->busy_percent},
        {"busy-minutes", 1, 100000, &population->busy_most_min},
        {"flash-seconds", 1, 86400, &out->flash_s},
        {"interval", 1, 86400, &out->interval_s},
        {"long-poll", 0, 300, &out->long_poll_s},
        {"timeout", 1, 1000000, &out->timeout_s},
        {"duration", 1, 1000000, &out->duration_s},
    };

    population->seed = 1;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (!options_int(options, rows[i].name, rows[i].min, rows[i].max, rows[i].out, err))
            return false;
    out->devices = (size_t)devices;
    out->threads = (size_t)threads;
    return true;
}

static const char *text_or(const struct options *options, const char *name, const char *otherwise)
{
    const char *text = options_text(options, name);

    return text ? text : otherwise;
}

/* "finisher=none,staple,booklet" */
static bool option_take(struct arena *arena, const struct options *options, struct population *out,
                        struct err *err)
{
    struct span rest = span_of(text_or(options, "option", "")), name;

    out->bad_choice = options_text(options, "bad-option");
    if (rest.size == 0)
        return !out->bad_choice || FAIL(err, ERR_INVALID, "--bad-option needs --option");
    if (!text_split(&rest, '=', &name) || name.size == 0 || name.size > 60 || !rest.at)
        return FAIL(err, ERR_INVALID, "write --option as NAME=VALUE,VALUE");
    out->option = arena_text(arena, name);
    out->told = arena_printf(arena, "option.%s", out->option);
    out->choices = names_split(arena, arena_text(arena, rest));
    return out->choices.count || FAIL(err, ERR_INVALID, "--option %s names no value", out->option);
}

static bool options_take(struct arena *arena, const struct options *options, struct fleet_options *out,
                         struct err *err)
{
    struct population *population = &out->population;

    if (!numbers_read(options, out, err) || !option_take(arena, options, population, err))
        return false;
    population->families = names_read(arena, options, "families", NULL, "demo");
    population->models = names_read(arena, options, "models", NULL, "demo-200");
    population->zones = names_read(arena, options, "zones", &population_zones, NULL);
    population->components = names_read(arena, options, "components", &population_components, NULL);
    population->start_version = text_or(options, "start-version", "1.0.0");
    out->url = options_text(options, "url");
    out->ca = options_text(options, "ca");
    out->tenant = text_or(options, "tenant", "DEFAULT");
    out->gateway_token = options_text(options, "gateway-token");
    out->admin_token = options_text(options, "admin-token");
    out->bad_component = options_text(options, "bad-component");
    out->bad_version = options_text(options, "bad-version");
    out->until_version = options_text(options, "until-version");
    out->uses_claims = options_has(options, "claims");
    out->verifies_each = options_has(options, "verify-each");
    out->takes_backups = options_has(options, "backups");
    out->is_json = options_has(options, "json");
    out->is_quiet = options_has(options, "quiet");
    return true;
}

/* ---- a dev server's folder ------------------------------------------------------------- */

/* The file's text without blanks around it; NULL: there is no such file. */
static const char *dir_text(struct arena *arena, const char *dir, const char *name)
{
    struct err ignored;
    struct span text;

    if (!file_read(arena, arena_printf(arena, "%s/%s", dir, name), 4096, &text, &ignored))
        return NULL;
    return arena_text(arena, text_trim(text));
}

static const char *dir_url(struct arena *arena, const char *dir)
{
    const char *port = dir_text(arena, dir, "port");

    if (!port || !text_starts(port, "https "))
        return NULL;
    port += strlen("https ");
    return arena_printf(arena, "https://127.0.0.1:%.*s", (int)strspn(port, "0123456789"), port);
}

static void dir_take(struct arena *arena, const char *dir, struct fleet_options *out)
{
    if (!out->url)
        out->url = dir_url(arena, dir);
    if (!out->ca)
        out->ca = arena_printf(arena, "%s/tls/ca.pem", dir);
    if (!out->gateway_token && !out->uses_claims)
        out->gateway_token = dir_text(arena, dir, "gateway.token");
    if (!out->admin_token)
        out->admin_token = dir_text(arena, dir, "admin.token");
}

static bool number_from(struct arena *arena, const char *dir, const char *name, int64_t *out, struct err *err)
{
    const char *text = dir ? dir_text(arena, dir, name) : NULL;

    return !text || text_int(text, name, 0, INT64_MAX, out, err);
}

static bool clock_take(struct arena *arena, const struct options *options, struct err *err)
{
    const char *dir = options_text(options, "dir");
    int64_t rate = 1, origin_ms = 0;

    if (!number_from(arena, dir, "clock_rate", &rate, err) ||
        !number_from(arena, dir, "clock", &origin_ms, err) ||
        !options_int(options, "clock-rate", 1, 1000000, &rate, err) ||
        !options_int(options, "clock-origin", 0, INT64_MAX, &origin_ms, err))
        return false;
    clock_start(rate, origin_ms);
    return true;
}

/* ---- running -------------------------------------------------------------------------------- */

static bool options_check(const struct fleet_options *options, struct err *err)
{
    if (text_blank(options->url))
        return FAIL(err, ERR_INVALID, "--url or --dir is needed (does the service of that folder run?)");
    if (options->uses_claims && text_blank(options->admin_token))
        return FAIL(err, ERR_INVALID, "--claims needs --admin-token");
    if (!options->uses_claims && text_blank(options->gateway_token))
        return FAIL(err, ERR_INVALID, "--gateway-token or --claims is needed");
    return true;
}

static int refused(const struct err *err, int code)
{
    fprintf(stderr, "nightshift-fleet: %s%s\n", err->text,
            code == MISUSED ? "\nsee nightshift-fleet --help" : "");
    return code;
}

static int run(struct arena *arena, const struct fleet_options *options)
{
    struct fleet fleet = {.stop = &stop};
    bool is_done = false;
    struct err err;
    bool is_well = fleet_open(&fleet, options, arena, &err) && fleet_run(&fleet, &is_done, &err);

    if (is_well)
        fleet_report(&fleet, is_done);
    fleet_close(&fleet);
    if (!is_well)
        return refused(&err, REFUSED);
    return is_done ? DONE : REFUSED;
}

static int run_load(struct arena *arena, const struct options *given, const struct fleet_options *options)
{
    struct load_options load = {.kind = options_text(given, "load"), .path = options_text(given, "path")};
    int64_t connections = 64;
    bool is_done = false;
    struct err err;

    if (!options_int(given, "connections", 1, 100000, &connections, &err))
        return refused(&err, MISUSED);
    load.connections = (size_t)connections;
    if (!load_run(arena, options, &load, &stop, &is_done, &err))
        return refused(&err, err.code == ERR_INVALID ? MISUSED : REFUSED);
    return is_done ? DONE : REFUSED;
}

static void raise_limits(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

int main(int argc, char **argv)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct fleet_options wishes = {.url = NULL};
    struct options options;
    struct err err;

    if (argc > 1 && text_equal(argv[1], "--version"))
        return puts("nightshift-fleet " NIGHTSHIFT_VERSION) < 0;
    ident_start();
    raise_limits();
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    signal(SIGPIPE, SIG_IGN);
    if (!options_parse(arena, &face, argc, argv, &options, &err))
        return refused(&err, MISUSED);
    if (options.wants_help) {
        fputs(options_help(arena, &face), stdout);
        return DONE;
    }
    if (!options_take(arena, &options, &wishes, &err) || !clock_take(arena, &options, &err))
        return refused(&err, MISUSED);
    if (options_has(&options, "dir"))
        dir_take(arena, options_text(&options, "dir"), &wishes);
    if (!options_check(&wishes, &err))
        return refused(&err, MISUSED);
    return options_has(&options, "load") ? run_load(arena, &options, &wishes) : run(arena, &wishes);
}
