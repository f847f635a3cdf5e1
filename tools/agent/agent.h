/* The device's side of an update: one MFP, one action at a time, a step at a time. Refuses to know where its
 * memory lies, what carries its requests and how a component is flashed: those are callbacks, so that the
 * program, the fleet and the tests run the very same machine.
 *
 *   idle -> offered -> verifying -> downloading -> downloaded -> waiting-window -> waiting-idle
 *        -> installing -> rebooting -> self-test -> reporting -> idle
 *   any one before installing --called back, or no longer offered--> idle
 *   verifying .. self-test --refused or failed--> reporting
 *
 * Every move is kept before anything follows from it: whatever is cut off at any point goes on from there,
 * and no component is installed twice. The law is moves[] in machine.c. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "tools/common/client.h"

enum agent_phase {
    AGENT_IDLE,
    AGENT_OFFERED,
    AGENT_VERIFYING,
    AGENT_DOWNLOADING,
    AGENT_DOWNLOADED,
    AGENT_WAITING_WINDOW,
    AGENT_WAITING_IDLE,
    AGENT_INSTALLING,
    AGENT_REBOOTING,
    AGENT_SELF_TEST,
    AGENT_REPORTING,
    AGENT_PHASE__MAX
};
extern const char *const agent_phase_name[AGENT_PHASE__MAX];

#define AGENT_PARTS_MAX 32
#define AGENT_STATE_BYTES_MAX (128 * 1024)

enum part_journal { PART_WANTED, PART_BEGUN, PART_INSTALLED, PART_JOURNAL__MAX };

struct agent_part { /* one component of an action */
    const char *component, *version, *file, *url, *sha256;
    const char *target; /* its path in the image repository: FAMILY/VERSION/FILE */
    int64_t size;
    enum part_journal journal;
};

struct agent_plan { /* an action, as the deployment says */
    const char *id; /* decimal digits */
    struct agent_part *parts;
    size_t part_count;
    int64_t minutes, not_before_ms, not_after_ms; /* 0: not said */
    int64_t counter;                              /* release counter, once verified */
    bool may_download, may_install;               /* not "skip" */
    bool has_window, is_open;                     /* maintenanceWindow */
};

struct agent_outcome {
    const char *id;
    bool is_failure, is_fetched_only;
    int64_t code; /* enum report_code, 0: none */
    const char *text;
};

/* Named bytes that survive a power cut: "state.json", "token", "tuf/root.json", "tuf/FAMILY.json". */
struct agent_memory {
    void *ctx;
    /* ERR_NOT_FOUND: there is none. */
    bool (*load)(void *ctx, struct arena *arena, const char *name, struct span *out, struct err *err);
    /* Whole or not at all, and on disk when it returns. */
    bool (*keep)(void *ctx, const char *name, struct span bytes, struct err *err);
};

/* What carries requests: client.h's contracts. */
struct agent_wire {
    void *ctx;
    bool (*ask)(void *ctx, struct arena *arena, const char *method, const char *where,
                const char *const *headers, struct span body, struct answer *out, struct err *err);
    bool (*download)(void *ctx, const char *where, struct download *download, struct download_result *out,
                     struct err *err);
    void (*authorize)(void *ctx, const char *authorization);
};

/* Where downloads rest. */
struct agent_cache {
    void *ctx;
    bool (*has)(void *ctx, const struct agent_part *part); /* whole and checked */
    /* Sets fd, offset, etag, ctx and callbacks of what is there already. */
    bool (*open)(void *ctx, const struct agent_part *part, struct download *out, struct err *err);
    /* The transfer has ended, well or not: what arrived rests, with its etag. */
    void (*close)(void *ctx, const struct agent_part *part, struct download *download);
    /* Compares the digest and names the file. ERR_CHECKSUM: it was something else and is gone. */
    bool (*finish)(void *ctx, const struct agent_part *part, struct err *err);
    /* Forgets everything that `plan` does not name; NULL: everything. */
    void (*prune)(void *ctx, const struct agent_plan *plan);
};

/* The printer itself. *again_ms > 0: not yet, ask again after that long; left at 0: done. */
struct agent_machine {
    void *ctx;
    /* True and a reason while it must not be touched. */
    bool (*busy)(void *ctx, int64_t now_ms, char *reason, size_t room);
    bool (*install)(void *ctx, const struct agent_part *part, int64_t now_ms, int64_t *again_ms,
                    struct err *err);
    bool (*reboot)(void *ctx, int64_t now_ms, int64_t *again_ms, struct err *err);
    bool (*self_test)(void *ctx, int64_t now_ms, int64_t *again_ms, struct err *err);
    /* Names this start of the machine: another text after every restart. */
    const char *(*boot)(void *ctx);
    /* What runs now: the version of a component, NULL when it has none of that name. */
    const char *(*version)(void *ctx, struct arena *arena, const char *component);
    /* Calls `tell` for each attribute the service shall know beyond model, family, serial and zone. */
    void (*attributes)(void *ctx, void (*tell)(void *to, const char *name, const char *value), void *to);
};

struct agent;
struct tuf_target;

struct agent_setup { /* texts are borrowed and outlive the agent */
    const char *tenant, *id;
    const char *claim;         /* NULL: none */
    const char *authorization; /* "GatewayToken X"; NULL: the token that was kept at enrolment */
    const char *family, *model, *serial, *zone;
    int64_t interval_s;  /* polls this often instead of as told; 0: as told */
    int64_t long_poll_s; /* an idle device keeps its poll open this long, where the service can; 0: never */
    int64_t idle_wait_max_ms; /* a device that stays busy for so long gives up; 0: two days */
    bool takes_root;          /* without a root.json of its own trusts the first that it is served */
    struct agent_memory memory;
    struct agent_wire wire;
    struct agent_cache cache;
    struct agent_machine machine;
    bool has_exact_clock; /* a rehearsal: it keeps the service's fast hours, which Date does not tell */
    void *ctx;            /* of the three below, each may be NULL */
    void (*moved)(void *ctx, const struct agent *agent, enum agent_phase from, int64_t now_ms);
    /* Each target as it was signed, once it is trusted. */
    void (*resolved)(void *ctx, const struct tuf_target *target);
    /* Instead of agent_trust: the fleet shares verified metadata between devices. */
    bool (*resolve)(void *ctx, struct agent *agent, struct arena *arena, int64_t now_ms, struct err *err);
};

struct agent *agent_new(const struct agent_setup *setup);
void agent_freep(struct agent **agent);
/* Forgets what was not kept and reads what was: at start, and after a power cut. */
bool agent_start(struct agent *agent, struct err *err) CHECKED;

/* One bounded piece of work. *sleep_ms is set in either case: come back after that long. false: this piece
 * failed for now, `err` says why. */
bool agent_step(struct agent *agent, int64_t now_ms, int64_t *sleep_ms, struct err *err) CHECKED;

/* ---- looking at it ---------------------------------------------------------- */

enum agent_phase agent_phase(const struct agent *agent);
const struct agent_plan *agent_plan(const struct agent *agent);    /* NULL: no action */
const struct agent_outcome *agent_last(const struct agent *agent); /* of the last action; id NULL: none yet */
const char *agent_release(const struct agent *agent); /* version of the last release installed; "" */
bool agent_is_enrolled(const struct agent *agent);
int64_t agent_polls(const struct agent *agent); /* since agent_new */
/* {"id","phase","action","release","components",...} into an open object. */
void agent_status(const struct agent *agent, struct json_out *out);
