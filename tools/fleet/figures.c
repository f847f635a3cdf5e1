#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "tools/fleet/fleet.h"

/* ---- while it runs -------------------------------------------------------------------- */

static void add_phases(struct buf *text, struct fleet *fleet)
{
    for (int phase = 0; phase < AGENT_PHASE__MAX; phase++) {
        int64_t count = atomic_load(&fleet->figures.phases[phase]);

        if (count > 0)
            buf_printf(text, " %" PRId64 " %s", count, agent_phase_name[phase]);
    }
}

static double rate_of(int64_t now, int64_t before, int64_t ms)
{
    return ms > 0 ? (double)(now - before) * 1000.0 / (double)ms : 0;
}

void fleet_say(struct fleet *fleet, bool is_last)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct buf text = {.arena = arena};
    struct fleet_said *said = &fleet->said;
    int64_t now_ms = clock_monotonic_ms(), ms = now_ms - said->at_ms;
    int64_t bytes = atomic_load(&fleet->figures.wire_bytes), polls = atomic_load(&fleet->figures.polls);
    bool is_terminal = isatty(STDERR_FILENO);

    /* A log file wants a line now and then, a person one that moves. */
    if (fleet->options->is_quiet || (!is_terminal && !is_last && said->at_ms && ms < 10000))
        return;
    buf_printf(&text, "%4" PRId64 " s, %.16s:", (now_ms - fleet->began_ms) / 1000,
               text_time(arena, clock_now_ms()));
    add_phases(&text, fleet);
    buf_printf(&text, "; %" PRId64 " updated, %" PRId64 " failed; %.1f MB/s, %.0f polls/s",
               atomic_load(&fleet->figures.updated), atomic_load(&fleet->figures.failed),
               rate_of(bytes, said->bytes, said->at_ms ? ms : 0) / 1e6,
               rate_of(polls, said->polls, said->at_ms ? ms : 0));
    fprintf(stderr, is_terminal ? "\r\033[K%s%s" : "%s%s", buf_cstr(&text),
            is_terminal && !is_last ? "" : "\n");
    *said = (struct fleet_said){now_ms, bytes, polls};
}

/* ---- afterwards --------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

struct totals {
    int64_t *update_ms; /* of those that were updated, sorted */
    size_t updated, failed, meant_to_fail, surprised, open;
};

static struct totals totals_make(const struct fleet *fleet, struct arena *arena)
{
    struct totals totals = {.update_ms = ARENA_MANY(arena, int64_t, fleet->options->devices)};

    for (size_t i = 0; i < fleet->options->devices; i++) {
        const struct machine *machine = &fleet->machines[i];

        totals.meant_to_fail += machine->facts.fails;
        if (machine->is_updated)
            totals.update_ms[totals.updated++] = machine->update_ms;
        else if (machine->failures)
            totals.failed++;
        else
            totals.open++;
        totals.surprised += machine->failures && !machine->facts.fails;
    }
    if (totals.updated)
        qsort(totals.update_ms, totals.updated, sizeof(int64_t), by_value);
    return totals;
}

static void show_machines(struct json_out *j, struct fleet *fleet, const struct totals *totals)
{
    json_open(j, "machines");
    json_int(j, "all", (int64_t)fleet->options->devices);
    json_int(j, "updated", (int64_t)totals->updated);
    json_int(j, "failed", (int64_t)totals->failed);
    json_int(j, "not_updated", (int64_t)totals->open);
    json_int(j, "meant_to_fail", (int64_t)totals->meant_to_fail);
    json_int(j, "failed_unexpectedly", (int64_t)totals->surprised);
    json_close(j);
    json_open(j, "phases");
    for (int phase = 0; phase < AGENT_PHASE__MAX; phase++) {
        int64_t count = atomic_load(&fleet->figures.phases[phase]);

        if (count > 0)
            json_int(j, agent_phase_name[phase], count);
    }
    json_close(j);
}

static void show_bytes(struct json_out *j, struct fleet *fleet, double seconds)
{
    int64_t wire = atomic_load(&fleet->figures.wire_bytes),
            needed = atomic_load(&fleet->figures.needed_bytes);

    json_open(j, "bytes");
    json_int(j, "needed", needed);
    json_int(j, "wire", wire);
    json_number(j, "ratio", needed ? (double)wire / (double)needed : 1);
    json_number(j, "mb_per_s", seconds > 0 ? (double)wire / 1e6 / seconds : 0);
    json_int(j, "cuts", atomic_load(&fleet->figures.cuts));
    json_int(j, "power_cuts", atomic_load(&fleet->figures.power_cuts));
    json_close(j);
}

static void show_backups(struct json_out *j, struct fleet *fleet)
{
    if (!fleet->options->takes_backups)
        return;
    json_open(j, "backups");
    json_int(j, "made", atomic_load(&fleet->figures.backups));
    json_int(j, "not_made", atomic_load(&fleet->figures.no_backups));
    json_int(j, "restored", atomic_load(&fleet->figures.restored));
    json_close(j);
}

static double minutes_at(const struct totals *totals, size_t percent)
{
    if (!totals->updated)
        return 0;
    return (double)totals->update_ms[(totals->updated - 1) * percent / 100] / 60000.0;
}

static void show_times(struct json_out *j, struct fleet *fleet, const struct totals *totals, double seconds)
{
    int64_t polls = atomic_load(&fleet->figures.polls);

    json_number(j, "seconds", seconds);
    json_number(j, "simulated_hours", (double)(clock_now_ms() - fleet->began_wall_ms) / 3600000.0);
    json_open(j, "minutes_from_offer_to_installed");
    json_number(j, "half", minutes_at(totals, 50));
    json_number(j, "nine_of_ten", minutes_at(totals, 90));
    json_number(j, "last", minutes_at(totals, 100));
    json_close(j);
    json_int(j, "polls", polls);
    json_number(j, "polls_per_s", seconds > 0 ? (double)polls / seconds : 0);
}

static void show_errors(struct json_out *j, struct fleet *fleet)
{
    json_open(j, "errors");
    for (int code = 0; code < ERR__MAX; code++) {
        int64_t count = atomic_load(&fleet->figures.errors[code]);

        if (!count)
            continue;
        json_open(j, err_word((enum err_code)code));
        json_int(j, "count", count);
        json_text(j, "first", atomic_load(&fleet->why[code]));
        json_close(j);
    }
    json_close(j);
}

static void show_zones(struct json_out *j, struct fleet *fleet)
{
    const struct names *zones = &fleet->options->population.zones;

    json_open(j, "zones");
    for (size_t z = 0; z < zones->count; z++) {
        int64_t all = 0, updated = 0;

        for (size_t i = 0; i < fleet->options->devices; i++) {
            bool is_here = text_equal(fleet->machines[i].facts.zone, zones->at[z]);

            all += is_here;
            updated += is_here && fleet->machines[i].is_updated;
        }
        json_open(j, zones->at[z]);
        json_int(j, "machines", all);
        json_int(j, "updated", updated);
        json_close(j);
    }
    json_close(j);
}

static void show_plainly(struct fleet *fleet, const struct totals *totals, double seconds)
{
    int64_t wire = atomic_load(&fleet->figures.wire_bytes),
            needed = atomic_load(&fleet->figures.needed_bytes);

    printf("machines     %zu: %zu updated, %zu failed (%zu were meant to), %zu not updated\n",
           fleet->options->devices, totals->updated, totals->failed, totals->meant_to_fail, totals->open);
    printf("bytes        %" PRId64 " on the wire for %" PRId64 " needed (%.4f), %.1f MB/s\n", wire, needed,
           needed ? (double)wire / (double)needed : 1.0, seconds > 0 ? (double)wire / 1e6 / seconds : 0);
    printf("cuts         %" PRId64 " of downloads, %" PRId64 " of the power\n",
           atomic_load(&fleet->figures.cuts), atomic_load(&fleet->figures.power_cuts));
    printf("time         %.1f s; from offer to installed: half within %.0f min, all within %.0f min\n",
           seconds, minutes_at(totals, 50), minutes_at(totals, 100));
    if (fleet->options->takes_backups)
        printf("backups      %" PRId64 ", %" PRId64 " could not be made; %" PRId64 " restores\n",
               atomic_load(&fleet->figures.backups), atomic_load(&fleet->figures.no_backups),
               atomic_load(&fleet->figures.restored));
    printf("polls        %" PRId64 "\n", atomic_load(&fleet->figures.polls));
    for (int code = 0; code < ERR__MAX; code++)
        if (atomic_load(&fleet->figures.errors[code]))
            printf("errors       %" PRId64 " %s, the first: %s\n", atomic_load(&fleet->figures.errors[code]),
                   err_word((enum err_code)code), atomic_load(&fleet->why[code]));
}

void fleet_report(struct fleet *fleet, bool is_done)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    double seconds = (double)(clock_monotonic_ms() - fleet->began_ms) / 1000.0;
    struct totals totals = totals_make(fleet, arena);
    struct buf text = {.arena = arena};
    struct json_out j = {.buf = &text};

    if (!fleet->options->is_json) {
        show_plainly(fleet, &totals, seconds);
        return;
    }
    json_open(&j, NULL);
    json_bool(&j, "is_done", is_done);
    json_text_if(&j, "version", fleet->options->until_version);
    json_int(&j, "seed", fleet->options->population.seed);
    show_machines(&j, fleet, &totals);
    show_bytes(&j, fleet, seconds);
    show_backups(&j, fleet);
    show_times(&j, fleet, &totals, seconds);
    show_zones(&j, fleet);
    show_errors(&j, fleet);
    json_close(&j);
    printf("%s\n", buf_cstr(&text));
}
