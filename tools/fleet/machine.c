#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/text.h"
#include "tools/fleet/fleet.h"

#define SLOT_WAIT_MS 40
#define OUTAGE_MS (2 * 60 * 1000)
#define OUTAGE_SPREAD_MS (20 * 60 * 1000)

const char *machine_text(const struct machine *machine, const char *text)
{
    return library_keep(machine->fleet->library, span_of(text)).at;
}

/* ---- what is noted ---------------------------------------------------------------------- */

static void ended(struct machine *machine, const struct agent *agent, int64_t now_ms)
{
    struct fleet *fleet = machine->fleet;
    const char *until = fleet->options->until_version;

    if (machine->is_restore) {
        atomic_fetch_add(&fleet->figures.restored, !agent_last(agent)->is_failure);
        return;
    }
    if (agent_last(agent)->is_failure) {
        machine->failures++;
        atomic_fetch_add(&fleet->figures.failed, machine->failures == 1);
        return;
    }
    if (machine->is_updated || (until && !text_equal(agent_release(agent), until)))
        return;
    machine->is_updated = true;
    machine->update_ms = now_ms - machine->offered_ms;
    machine->updated_at_ms = now_ms;
    atomic_fetch_add(&fleet->figures.updated, 1);
}

static void on_move(void *ctx, const struct agent *agent, enum agent_phase from, int64_t now_ms)
{
    struct machine *machine = ctx;
    struct fleet_figures *figures = &machine->fleet->figures;
    enum agent_phase to = agent_phase(agent);

    atomic_fetch_sub(&figures->phases[from], 1);
    atomic_fetch_add(&figures->phases[to], 1);
    if (to == AGENT_OFFERED) {
        machine->offered_ms = now_ms;
        machine->is_restore = agent_plan(agent)->restore != NULL;
    }
    if (to == AGENT_INSTALLING || to == AGENT_RESTORING || to == AGENT_IDLE)
        machine->busy_until_ms = 0;
    if (from == AGENT_REPORTING && to == AGENT_IDLE)
        ended(machine, agent, now_ms);
}

static void on_backed_up(void *ctx, const struct agent_backed_up *ended)
{
    struct fleet_figures *figures = &((struct machine *)ctx)->fleet->figures;

    atomic_fetch_add(ended->id ? &figures->backups : &figures->no_backups, 1);
}

/* Cuts that we make ourselves are no errors. */
static void note_error(struct machine *machine, const struct err *err)
{
    struct fleet *fleet = machine->fleet;
    const char *none = NULL;

    if (machine->was_cut)
        return;
    atomic_fetch_add(&fleet->figures.errors[err->code], 1);
    if (!atomic_load(&fleet->why[err->code]))
        atomic_compare_exchange_strong(&fleet->why[err->code], &none, machine_text(machine, err->text));
}

/* ---- on and off ----------------------------------------------------------------------------- */

static void setup_make(struct machine *machine, struct agent_setup *out)
{
    struct fleet *fleet = machine->fleet;
    const struct fleet_options *options = fleet->options;

    *out = (struct agent_setup){.tenant = options->tenant,
                                .id = machine->facts.id,
                                .claim = machine->claim,
                                .authorization = options->uses_claims ? NULL : fleet->authorization,
                                .family = machine->facts.family,
                                .model = machine->facts.model,
                                .serial = machine->facts.serial,
                                .zone = machine->facts.zone,
                                .interval_s = options->interval_s,
                                .long_poll_s = options->long_poll_s,
                                .memory = {&machine->disk, disk_load, disk_keep},
                                .wire = machine_wire(machine),
                                .cache = machine_cache(machine),
                                .machine = machine_body(machine),
                                .has_exact_clock = clock_rate() > 1,
                                .ctx = machine,
                                .moved = on_move,
                                .backed_up = on_backed_up,
                                .resolved = share_resolved,
                                .resolve = options->verifies_each ? NULL : share_resolve};
    if (options->takes_backups)
        out->settings = machine_settings(machine);
}

/* Everything that is not on its disk is lost. */
static void power_on(struct machine *machine)
{
    struct err err;

    machine->flash_end_ms = machine->test_end_ms = 0;
    machine->wants_power_cut = machine->is_rebooting = false;
    snprintf(machine->boot, sizeof(machine->boot), "boot-%d", ++machine->boots);
    if (!agent_start(machine->agent, &err)) {
        fprintf(stderr, "%s: %s\n", machine->facts.id, err.text);
        abort(); /* our own memory held something else than what was put there */
    }
}

void machine_start(struct machine *machine, struct fleet *fleet, size_t number)
{
    struct agent_setup setup;

    machine->fleet = fleet;
    machine->disk.library = fleet->library;
    population_make(fleet->arena, &fleet->options->population, number, &machine->facts);
    setup_make(machine, &setup);
    machine->agent = agent_new(&setup);
    atomic_fetch_add(&fleet->figures.phases[AGENT_IDLE], 1);
    power_on(machine);
}

void machine_end(struct machine *machine)
{
    agent_freep(&machine->agent);
    disk_end(&machine->disk);
    if (machine->partial)
        hash_freep(&machine->partial);
    free(machine->installed);
    free(machine->authorization);
    settings_end(machine);
}

/* ---- a step ------------------------------------------------------------------------------------ */

static int64_t power_cut(struct machine *machine)
{
    machine->has_power_cut = true;
    atomic_fetch_add(&machine->fleet->figures.power_cuts, 1);
    power_on(machine);
    return OUTAGE_MS + (int64_t)machine_choice(&machine->facts, "outage", OUTAGE_SPREAD_MS);
}

static int64_t true_ms(int64_t simulated_ms)
{
    return simulated_ms / clock_rate();
}

int64_t machine_step(struct machine *machine, struct worker *worker)
{
    struct fleet_figures *figures = &machine->fleet->figures;
    int64_t polls = agent_polls(machine->agent), sleep_ms = 0;
    struct err err;

    if (machine->is_rebooting)
        power_on(machine);
    machine->worker = worker;
    machine->wants_slot = machine->was_cut = false;
    if (!agent_step(machine->agent, clock_now_ms(), &sleep_ms, &err))
        note_error(machine, &err);
    atomic_fetch_add(&figures->steps, 1);
    atomic_fetch_add(&figures->polls, agent_polls(machine->agent) - polls);
    if (machine->wants_power_cut)
        sleep_ms = power_cut(machine);
    return machine->wants_slot ? SLOT_WAIT_MS : true_ms(sleep_ms);
}
