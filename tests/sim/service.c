#include "sim/service.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "domain/custody.h"
#include "domain/plans.h"
#include "domain/report.h"
#include "domain/rollout.h"
#include "domain/seen.h"
#include "sim/invariants.h"
#include "store/tenants.h"

#define DATABASE "nightshift.db"
#define CRASHES_MAX 4 /* of one seed: opening a store costs as much as a thousand requests */

static void must(bool is_ok, const char *what, const struct err *err)
{
    if (is_ok)
        return;
    fprintf(stderr, "%s: %s\n", what, err->text);
    abort();
}

static const char *path_in(char *room, size_t size, const char *dir, const char *name)
{
    snprintf(room, size, "%s/%s", dir, name);
    return room;
}

/* ---- a folder --------------------------------------------------------------------------- */

static void copy_file(const char *from_dir, const char *to_dir, const char *name)
{
    static char bytes[1 << 16];
    char from[512], to[512];
    AUTO(fd_closep) int in = open(path_in(from, sizeof(from), from_dir, name), O_RDONLY | O_CLOEXEC);
    ssize_t size;

    if (in < 0)
        return; /* no log: it was moved into the database */
    AUTO(fd_closep)
    int out = open(path_in(to, sizeof(to), to_dir, name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    while ((size = read(in, bytes, sizeof(bytes))) > 0)
        if (out < 0 || write(out, bytes, (size_t)size) != size)
            abort();
}

static void drop_file(const char *dir, const char *name)
{
    char path[512];

    unlink(path_in(path, sizeof(path), dir, name));
}

static void drop_files(const char *dir)
{
    drop_file(dir, DATABASE);
    drop_file(dir, DATABASE "-wal");
    drop_file(dir, DATABASE "-shm");
}

/* Two folders take turns: a crash copies what lies in one to the other. */
static const char *folder(struct sim *sim, int64_t incarnation)
{
    char *dir = arena_printf(sim->arena, "%s/%s", sim->dir, incarnation % 2 ? "odd" : "even");

    mkdir(dir, 0700);
    return dir;
}

static struct store *store_at(const char *dir)
{
    struct store *store = NULL;
    struct err err = {0};

    must(store_open(&store, &(struct store_options){.dir = dir, .ballast_bytes = -1}, &err),
         "opening the store", &err);
    return store;
}

void service_template(const char *dir)
{
    struct tenant tenant = {
        .name = "DEFAULT", .certificate_issuer = "", .gateway_hash = "", .poll_sleep_s = 3600};
    AUTO(store_closep) struct store *store = NULL;
    AUTO(tx_end) struct tx tx = {0};
    char path[512];
    struct err err = {0};

    mkdir(path_in(path, sizeof(path), dir, "template"), 0700);
    store = store_at(path);
    must(tx_begin(&tx, store, &err) && store_tenant_put(store, &tenant, &tenant.id, &err) &&
             tx_commit(&tx, &err),
         "the template", &err);
}

/* ---- open and closed ------------------------------------------------------------------------ */

static void world_open(struct sim *sim)
{
    const char *dir = folder(sim, sim->incarnation);
    struct err err = {0};

    sim->world =
        (struct world){.store = store_at(dir), .settings = &sim->settings, .started_ms = sim_now(sim)};
    sim->world.blobs = store_blobs(sim->world.store);
    must(seen_open(&sim->world.seen, &err), "seen", &err);
    must(plans_open(&sim->world.plans, &err), "plans", &err);
    must(custody_open(&sim->world.custody, dir, &err), "custody", &err);
    sim->generation = store_generation(sim->world.store);
    ledger_open(&sim->ledger, arena_printf(sim->arena, "%s/" DATABASE, dir));
}

static void world_close(struct sim *sim)
{
    ledger_close(&sim->ledger);
    custody_closep(&sim->world.custody);
    plans_closep(&sim->world.plans);
    seen_closep(&sim->world.seen);
    store_closep(&sim->world.store);
}

void service_open(struct sim *sim)
{
    char from[512];
    const char *dir = folder(sim, 0);

    drop_files(dir);
    copy_file(path_in(from, sizeof(from), sim->dir, "template"), dir, DATABASE);
    world_open(sim);
    sim->tenant_id = 1;
}

void service_close(struct sim *sim)
{
    world_close(sim);
}

void service_crash(struct sim *sim)
{
    const char *here = folder(sim, sim->incarnation), *there = folder(sim, sim->incarnation + 1);
    struct moment moment = {.kind = MOMENT_CRASH};

    drop_files(there);
    copy_file(here, there, DATABASE);
    copy_file(here, there, DATABASE "-wal");
    world_close(sim);
    sim->incarnation++;
    sim->crashes++;
    world_open(sim);
    sim_tell(sim, "the service crashes and comes back");
    invariants_judge(sim, &moment);
}

void service_may_crash(struct sim *sim)
{
    if (!sim->is_draining && sim->crashes < CRASHES_MAX && sim->crash_permille > 0 &&
        dice_below(&sim->dice, 1000) < sim->crash_permille)
        service_crash(sim);
}

/* ---- after a step ------------------------------------------------------------------------------ */

static void note_stops(struct sim *sim)
{
    for (int i = 0; i < sim->campaign_count; i++) {
        struct campaign *c = &sim->campaigns[i];
        const struct rollout_row *r = ledger_rollout(&sim->ledger, c->id);
        bool is_stopped = r && (r->state == ROLLOUT_HALTED || r->state == ROLLOUT_ABORTED);

        if (is_stopped && !c->stopped_ms)
            sim_tell(sim, "rollout %lld is %s", (long long)c->id, rollout_state_name[r->state]);
        c->halts += is_stopped && !c->stopped_ms;
        c->stopped_ms = !is_stopped ? 0 : c->stopped_ms ? c->stopped_ms : sim->true_ms;
    }
}

void service_settle(struct sim *sim, int64_t device_id)
{
    struct moment moment = {.kind = MOMENT_REST, .machine = device_id ? sim_machine(sim, device_id) : NULL};
    uint64_t generation = store_generation(sim->world.store);

    if (generation == sim->generation)
        return;
    sim->generation = generation;
    ledger_read(&sim->ledger, device_id, sim->true_ms);
    note_stops(sim);
    invariants_judge(sim, &moment);
}

void service_tick(struct sim *sim)
{
    struct moment moment = {.kind = MOMENT_TICK};
    struct err err = {0};

    if (!report_tick(&sim->world, sim_now(sim), &err))
        sim_break(sim, "chores_run", "report_tick: %s", err.text);
    if (!seen_flush(sim->world.seen, sim->world.store, &err))
        sim_break(sim, "chores_run", "seen_flush: %s", err.text);
    service_settle(sim, 0);
    service_may_crash(sim);
    gates_forecast(sim);
    if (!rollout_tick(&sim->world, sim_now(sim), &err))
        sim_break(sim, "chores_run", "rollout_tick: %s", err.text);
    service_settle(sim, 0);
    invariants_judge(sim, &moment);
}
