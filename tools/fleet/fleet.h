/* A fleet of simulated machines that run the real agent over real HTTPS, in one process. */
#pragma once

#include <signal.h>
#include <stdatomic.h>

#include "signing/capability.h"
#include "tools/agent/agent.h"
#include "tools/fleet/disk.h"
#include "tools/fleet/population.h"
#include "tools/fleet/queue.h"

struct hash;
struct share;

struct fleet_options {
    const char *url, *ca, *tenant, *gateway_token, *admin_token;
    const char *bad_component, *bad_version; /* failing machines fail here; NULL: anywhere */
    const char *until_version;
    struct population population;
    size_t devices, threads;
    int64_t timeout_s, duration_s; /* true seconds; 0: none */
    int64_t interval_s, flash_s;   /* simulated seconds; 0: as told, by size */
    int64_t long_poll_s;           /* true seconds; 0: never */
    bool uses_claims, is_json, is_quiet, verifies_each, takes_backups;
};

struct fleet_figures { /* each thread adds */
    _Atomic int64_t phases[AGENT_PHASE__MAX];
    _Atomic int64_t polls, steps, wire_bytes, needed_bytes, cuts, power_cuts, updated, failed, backups,
        no_backups, restored;
    _Atomic int64_t errors[ERR__MAX];
};

struct fleet_said { /* by the last line */
    int64_t at_ms, bytes, polls;
};

struct fleet {
    const struct fleet_options *options;
    struct arena *arena;
    struct machine *machines;
    struct library *library;
    struct share *share;
    struct queue *queue;
    struct capability *capabilities; /* of the models, with --backups */
    struct fleet_figures figures;
    _Atomic int64_t transfers, slow_transfers; /* under way */
    _Atomic int64_t waits;                     /* polls kept open */
    _Atomic(const char *) why[ERR__MAX];       /* the first of each kind */
    int64_t began_ms;                          /* monotonic */
    int64_t began_wall_ms;
    struct fleet_said said;
    const volatile sig_atomic_t *stop;
    char *authorization;
};

struct worker { /* a thread, with its own connections */
    struct fleet *fleet;
    struct client *client, *slow_client;
};

struct machine { /* one simulated MFP */
    struct fleet *fleet;
    struct worker *worker; /* that steps it now */
    struct agent *agent;
    struct machine_facts facts;
    char *claim, *authorization;
    /* What survives a power cut: */
    struct disk disk;
    struct installed {
        const char *component, *version; /* in the library */
    } * installed;
    size_t installed_count;
    struct hash *partial; /* the digest of the bytes that are here */
    char partial_sha256[65], etag[CLIENT_ETAG_MAX];
    int64_t partial_size;
    bool is_partial_settings;
    uint64_t whole[AGENT_PARTS_MAX]; /* finished downloads, by the first digits of their digests */
    size_t whole_count;
    struct span outgoing, incoming; /* sealed settings on their way out and in */
    size_t cuts_done;
    bool has_power_cut;
    /* What does not: */
    int boots;
    char boot[24];
    int64_t flash_end_ms, test_end_ms, reboot_end_ms, busy_until_ms;
    bool wants_power_cut, wants_slot, is_rebooting, was_cut;
    /* What we note about it: */
    bool is_restore; /* the action under way */
    int64_t offered_ms, update_ms, updated_at_ms;
    int failures;
    _Atomic bool is_updated; /* looked at while it runs */
};

/* ---- run.c ------------------------------------------------------------------ */

/* Until the version is everywhere, the time is over or `stop` is set. *is_done: what was asked for came to
 * be. */
bool fleet_run(struct fleet *fleet, bool *is_done, struct err *err) CHECKED;
bool fleet_open(struct fleet *fleet, const struct fleet_options *options, struct arena *arena,
                struct err *err) CHECKED;
void fleet_close(struct fleet *fleet);
bool fleet_client(const struct fleet *fleet, int64_t speed_max, struct client **out, struct err *err) CHECKED;
/* Everybody who is not meant to fail with it has the version. */
bool fleet_is_done(const struct fleet *fleet);

/* ---- claims.c ------------------------------------------------------------------- */

/* One for each machine, from the operator API. */
bool fleet_claims(struct fleet *fleet, struct err *err) CHECKED;

/* ---- machine.c ------------------------------------------------------------ */

void machine_start(struct machine *machine, struct fleet *fleet, size_t number);
void machine_end(struct machine *machine);
/* One step of its agent; returns how long it then sleeps, in true milliseconds. */
int64_t machine_step(struct machine *machine, struct worker *worker);
struct agent_machine machine_body(struct machine *machine); /* body.c */
struct agent_cache machine_cache(struct machine *machine);  /* cargo.c */
struct agent_wire machine_wire(struct machine *machine);    /* wire.c */
/* settings.c: made up from the seed; only what a restore changed rests on the disk. */
bool settings_open(struct fleet *fleet, struct err *err) CHECKED;
struct agent_settings machine_settings(struct machine *machine);
void settings_end(struct machine *machine);
/* Bytes of sealed settings as they come, and whether they are whole. */
void settings_take(struct machine *machine, int64_t offset, struct span bytes);
bool settings_are(struct machine *machine, const char *digest);
bool settings_read(void *machine, const struct agent_part *part, int *fd, struct err *err);
void settings_forget(struct machine *machine);
/* The text for ever, once for all machines. */
const char *machine_text(const struct machine *machine, const char *text);

/* ---- share.c: verified metadata, once for all ------------------------------------------ */

struct share *share_new(void);
void share_freep(struct share **share);
bool share_resolve(void *machine, struct agent *agent, struct arena *arena, int64_t now_ms, struct err *err);
struct tuf_target;
void share_resolved(void *machine, const struct tuf_target *target);

/* ---- figures.c ------------------------------------------------------------------------------ */

/* A line on stderr, over the last one on a terminal. */
void fleet_say(struct fleet *fleet, bool is_last);
/* The report, to stdout. */
void fleet_report(struct fleet *fleet, bool is_done);
