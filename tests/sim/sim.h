/* One simulated tenant: what it is made of, and what the simulation itself knows to be true. Everything that
 * judges the engine reads this and the ledger, and nothing that the engine decided. */
#pragma once

#include "domain/world.h"
#include "sim/dice.h"
#include "sim/hours.h"
#include "sim/ledger.h"

#define PLACES_MAX 4
#define MACHINES_MAX 40
#define PACKAGES_MAX 4
#define CAMPAIGNS_MAX 6
#define KEEPS_MAX 40
#define LATE_MAX 64
#define MINUTE_MS ((int64_t)60000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

struct place { /* a site */
    char name[24];
    const char *customer;
    struct hours hours;
    bool has_calendar;
};

enum harm { HARM_NONE, HARM_FAILS, HARM_BRICKS, HARM__MAX };
struct package { /* a release */
    int64_t id, module_id, minutes;
    char version[24];
    enum harm harm;
    bool spares_plain; /* harms only machines with a finisher */
    bool is_security, is_withdrawn;
};

enum phase {
    PHASE_IDLE,
    PHASE_HOLDS, /* has an offer and has not begun */
    PHASE_FLASHING,
    PHASE_ENDED, /* its last word was not heard yet */
    PHASE_DARK,  /* bricked, or dead: never says a word again */
    PHASE__MAX
};

struct word {               /* something a device says about an action */
    int64_t action, due_ms; /* due_ms: of one that is on its way */
    int machine;
    int execution, finished, code;
    const char *text;
    bool is_cancel;
};

struct machine { /* a device */
    int64_t id;
    char name[24];
    int place;
    int quirk;
    bool is_pilot, has_finisher;
    /* its nature, in percent where it is chance */
    int64_t loses, repeats, lates, busy, dies, fails, denies;
    int64_t off_from_h, off_to_h; /* UTC hours in which it is switched off; equal: never */
    int64_t lazy_min;             /* begins so long after it was allowed to, without asking again */
    int64_t relapses_h;           /* so long after its success it falls back; 0: never */
    /* now */
    enum phase phase;
    int version;                      /* index of the package that runs; -1: what it came with */
    int64_t action, release, fetched; /* fetched: the last action it told the download of */
    bool may_install, has_window;
    int64_t closes_ms; /* of the window it was told */
    int64_t answered_ms,
        answered_now_ms; /* last heard the service: true time, and what the service took it for */
    int64_t sleep_s, next_ms, poll_ms, begin_ms, ends_ms, relapse_ms;
    int64_t last_begun; /* the last action it began to flash */
    bool is_bricked;
    struct word last; /* how its last action ended */
    bool tells_version;
};

struct campaign { /* a rollout, as it was ordered */
    int64_t id;
    int package;
    bool is_urgent, is_download_only;
    bool only_place; /* of one site only */
    int place;
    struct hours hours; /* its own; is_set false: the sites' */
    int64_t fail_percent, healthy_percent, min_failures, error_percent, deadline_h, max_tries;
    int64_t soak_min;
    int64_t at_once, at_once_place, place_most, place_percent; /* 0: not asked */
    bool keeps_one;
    int64_t stopped_ms; /* true time of its halt or abort; 0: it is not stopped */
    int64_t halts;
    int64_t retried; /* by people, of any device */
};

enum keep_scope {
    KEEP_ALL,
    KEEP_CUSTOMER,
    KEEP_PLACE,
    KEEP_FAMILY,
    KEEP_PACKAGE,
    KEEP_MACHINE,
    KEEP_SCOPE__MAX
};
struct keep { /* a hold */
    int64_t id;
    enum keep_scope scope;
    int object; /* place, package or machine; of a customer: a place of it */
    bool lets_security, is_lifted;
    int64_t from_ms, until_ms; /* by the service's clock; 0: open end */
};

struct forecast { /* what the gate has to do at this tick, by another's arithmetic */
    int64_t rollout, stage;
    bool is_running, must_halt, may_halt, may_advance, may_finish;
    char text[256]; /* the open stage in figures */
};

struct sim {
    uint64_t seed;
    bool tells; /* prints its story */
    struct dice dice;
    struct arena *arena; /* of one step */
    struct clocks *clocks;
    const char *dir; /* scratch, with template/ in it */

    /* time */
    int64_t begin_ms, end_ms, true_ms, skew_ms; /* the service's clock is skew_ms ahead */
    int64_t step;

    /* the service */
    struct settings settings;
    struct world world;
    int64_t tenant_id, incarnation, crashes, crash_permille;
    uint64_t generation; /* of the store, when the ledger was read last */

    /* the tenant */
    bool asks_yes; /* confirmation flow */
    int64_t tick_min;
    struct place places[PLACES_MAX];
    struct package packages[PACKAGES_MAX];
    struct machine machines[MACHINES_MAX];
    struct campaign campaigns[CAMPAIGNS_MAX];
    struct keep keeps[KEEPS_MAX];
    struct word late[LATE_MAX]; /* words on their way */
    int place_count, package_count, machine_count, campaign_count, keep_count, late_count;
    struct shut shut[PLACES_MAX]; /* what keeps each place's windows shut */
    int64_t blackout_ids[HOURS_DAYS_MAX];
    int blackout_places[HOURS_DAYS_MAX]; /* -1: of all */
    int blackout_count;
    int64_t hours_changed_ms; /* true time at which somebody last changed a window or what shuts one */
    int64_t next_operator_ms, next_tick_ms, next_jump_ms;
    bool is_draining; /* nobody disturbs any more: what is open has to end */

    struct forecast forecast[CAMPAIGNS_MAX];
    struct ledger ledger;
    char broken[600]; /* "name: what happened"; "" as long as all holds */
    uint64_t digest;  /* of the story so far */
};

static inline int64_t sim_now(const struct sim *sim) /* by the service's clock */
{
    return sim->true_ms + sim->skew_ms;
}
static inline bool sim_is_broken(const struct sim *sim)
{
    return sim->broken[0] != 0;
}
/* One line of the story. */
void sim_tell(struct sim *sim, const char *format, ...) PRINTF(2, 3);
/* The first break counts. */
void sim_break(struct sim *sim, const char *name, const char *format, ...) PRINTF(3, 4);

struct campaign *sim_campaign(struct sim *sim, int64_t id);      /* NULL: none, an action by hand */
struct machine *sim_machine(struct sim *sim, int64_t device_id); /* aborts when there is none */
int sim_package(const struct sim *sim, int64_t release_id);      /* its index, or -1 */
