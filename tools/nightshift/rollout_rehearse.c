/* rollout rehearse: the nights of a rollout before they come. */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "tools/nightshift/rollout.h"
#include "tools/nightshift/table.h"

#define SILENT_MS 2000 /* before it says that it is at work */
#define AGAIN_MS 5000

/* clang-format off */
const struct option_row rollout_rehearse_options[] = {
    { "nights",   "N",    "so many nights, at most 90 [30]", false, false },
    { "seed",     "N",    "another one draws other arrivals and failures [1]", false, false },
    { "bad-rate", "P",    "of a bad release so many percent fail [the gate's]", false, false },
    { "from",     "TIME", "it begins then, such as 2026-09-21T18:00:00Z [next hour]", false, false },
    { NULL, NULL, NULL, false, false },
};
static const struct field nights[] = {
    { "NIGHT", "night", FIELD_PLAIN }, { "OFFERED", "offered", FIELD_PLAIN }, { "BEGUN", "begun", FIELD_PLAIN },
    { "INSTALLED", "installed", FIELD_PLAIN }, { "FAILED", "failed", FIELD_PLAIN }, { "SENT", "bytes", FIELD_BYTES },
    { "BUSIEST HOUR", "busiest", FIELD_PLAIN }, { "SENT IN IT", "busiest_bytes", FIELD_BYTES },
};
static const struct field stages[] = {
    { "STAGE", "no", FIELD_PLAIN }, { "DEVICES", "planned", FIELD_PLAIN }, { "OPENS", "opened", FIELD_PLAIN },
    { "IS OVER", "closed", FIELD_PLAIN }, { "INSTALLED", "installed", FIELD_PLAIN }, { "FAILED", "failed", FIELD_PLAIN },
};
static const struct field left[] = {
    { "DEVICES", "devices", FIELD_PLAIN }, { "WHAT", "code", FIELD_PLAIN }, { "SUCH AS", "some", FIELD_PLAIN },
    { "WHY", "text", FIELD_PLAIN },
};
static const struct field never[] = {
    { "NEVER FITS", "device", FIELD_PLAIN }, { "WHAT", "code", FIELD_PLAIN },
};
static const struct field halted[] = {
    { "HALTED IN STAGE", "stage", FIELD_PLAIN }, { "PERCENT", "percent", FIELD_PLAIN },
};
static const struct field before[] = {
    { "HALTED BEFORE SO MANY FAIL", "devices", FIELD_PLAIN }, { "PERCENT", "percent", FIELD_PLAIN },
};
/* clang-format on */

/* ---- while it is computed -------------------------------------------------------------------- */

struct patience {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool is_over;
};

static void *say_waiting(void *arg)
{
    struct patience *p = arg;
    int64_t began_ms = clock_monotonic_ms(), wait_ms = SILENT_MS;
    struct timespec until;

    pthread_mutex_lock(&p->lock);
    while (!p->is_over) {
        clock_deadline(wait_ms, &until);
        if (pthread_cond_timedwait(&p->wake, &p->lock, &until) != 0 && !p->is_over)
            cli_say("the service rehearses, since %" PRId64 " s", (clock_monotonic_ms() - began_ms) / 1000);
        wait_ms = AGAIN_MS;
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

/* False: nobody will say that it takes time. */
static bool patience_begin(struct patience *p)
{
    pthread_condattr_t attributes;

    p->is_over = false;
    pthread_mutex_init(&p->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&p->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    return pthread_create(&p->thread, NULL, say_waiting, p) == 0;
}

static void patience_end(struct patience *p)
{
    pthread_mutex_lock(&p->lock);
    p->is_over = true;
    pthread_cond_signal(&p->wake);
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->thread, NULL);
}

/* ---- for people -------------------------------------------------------------------------------- */

static const char *text_of(struct cli *cli, const struct json *object, const char *member)
{
    const struct field field = {"", member, FIELD_PLAIN};

    return field_text(cli->arena, object, &field);
}

static void add_head(struct cli *cli, struct buf *out, const struct json *r)
{
    const char *reason = json_string(json_member(r, "reason"));

    buf_printf(out, "rollout %s \"%s\": %s %s, %s nights from %s, seed %s\n", text_of(cli, r, "rollout.id"),
               text_of(cli, r, "rollout.name"), text_of(cli, r, "release.family"),
               text_of(cli, r, "release.version"), text_of(cli, r, "nights"), text_of(cli, r, "from"),
               text_of(cli, r, "seed"));
    if (json_member(r, "finish"))
        buf_printf(out, "it finishes at %s", text_of(cli, r, "finish"));
    else if (json_member(r, "halt"))
        buf_printf(out, "it is halted at %s", text_of(cli, r, "halt"));
    else
        buf_text(out, "it does not finish within these nights");
    buf_printf(out, "%s%s\n", reason ? ": " : "", reason ? field_clean(cli->arena, reason) : "");
    buf_printf(
        out, "%s planned, %s offered, %s installed, %s failed; %s were still at it when their window shut\n",
        text_of(cli, r, "devices.planned"), text_of(cli, r, "devices.offered"),
        text_of(cli, r, "devices.installed"), text_of(cli, r, "devices.failed"),
        text_of(cli, r, "devices.overran"));
}

/* What is measured and what is only assumed. */
static void add_measured(struct cli *cli, struct buf *out, const struct json *r)
{
    bool is_timed = !text_equal(text_of(cli, r, "install.measured"), "0");
    bool is_counted = !text_equal(text_of(cli, r, "failures.measured"), "0");

    buf_printf(out, "an install takes %s minutes, nine of ten at most %s (%s%s)\n",
               text_of(cli, r, "install.minutes"), text_of(cli, r, "install.need_minutes"),
               is_timed ? "measured: " : "as the package says; nothing is measured yet",
               is_timed ? text_of(cli, r, "install.measured") : "");
    buf_printf(out, "%s %% fail (%s%s)\n\n", text_of(cli, r, "failures.percent"),
               is_counted ? "of installs that ended: " : "assumed; nothing is measured yet",
               is_counted ? text_of(cli, r, "failures.measured") : "");
}

static void add_bad(struct cli *cli, struct buf *out, const struct json *r)
{
    const struct json *bad = json_member(r, "bad_release");

    buf_printf(out,
               "\na release of which %s %% fail, in %s trials at the pace above: %s %% are halted by the "
               "gate, %s %% "
               "stand before their last stage; in half of them %s devices fail at most, in 19 of 20 %s, in "
               "the worst "
               "%s\n\n",
               text_of(cli, bad, "percent"), text_of(cli, bad, "trials"), text_of(cli, bad, "halted_percent"),
               text_of(cli, bad, "stuck_percent"), text_of(cli, bad, "bricked.half"),
               text_of(cli, bad, "bricked.nineteen_of_twenty"), text_of(cli, bad, "bricked.most"));
    table_add(out, json_member(bad, "halted_in"), halted, COUNT(halted));
    buf_char(out, '\n');
    table_add(out, json_member(bad, "halted_before"), before, COUNT(before));
}

static void add_left_out(struct cli *cli, struct buf *out, const struct json *r)
{
    const struct json *list = json_member(r, "left_out");

    buf_text(out, "\nleft out:\n");
    for (size_t i = 0; i < json_count(list); i++)
        buf_printf(out, "  %s\n", field_clean(cli->arena, json_string(json_item(list, i))));
}

static void show(struct cli *cli, const struct json *r)
{
    struct buf out = {.arena = cli->arena};

    add_head(cli, &out, r);
    add_measured(cli, &out, r);
    table_add(&out, json_member(r, "stages"), stages, COUNT(stages));
    buf_text(&out, "\nnights are from noon to noon, UTC\n");
    table_add(&out, json_member(r, "by_night"), nights, COUNT(nights));
    if (json_count(json_member(r, "left")) > 0) {
        buf_char(&out, '\n');
        table_add(&out, json_member(r, "left"), left, COUNT(left));
    }
    if (json_count(json_member(r, "never")) > 0) {
        buf_char(&out, '\n');
        table_add(&out, json_member(r, "never"), never, COUNT(never));
    }
    add_bad(cli, &out, r);
    add_left_out(cli, &out, r);
    cli_print("%s", buf_cstr(&out));
}

/* ---- the command --------------------------------------------------------------------------------- */

bool rollout_rehearse_command(struct cli *cli, struct err *err)
{
    struct json_out body = cli_body(cli);
    struct patience patience;
    const struct json *answer;
    const char *id;
    bool is_patient, is_done;

    cli_add_text(cli, &body, "from", "from");
    if (!rollout_id(cli, &id, err) || !cli_add_int(cli, &body, "nights", "nights", 1, 90, err) ||
        !cli_add_int(cli, &body, "seed", "seed", 0, INT64_MAX, err) ||
        !cli_add_int(cli, &body, "bad-rate", "bad_percent", 1, 100, err))
        return false;
    is_patient = patience_begin(&patience);
    is_done = cli_send(cli, "POST", rollout_path(cli, id, "/rehearse"), &body, &answer, err);
    if (is_patient)
        patience_end(&patience);
    if (!is_done)
        return false;
    if (!cli_printed_json(cli))
        show(cli, answer);
    cli_next("nightshift rollout %s %s",
             text_equal(text_of(cli, answer, "rollout.state"), "draft") ? "start" : "watch", id);
    return true;
}
