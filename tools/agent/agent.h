/* The device's side of updates, backups and restores: one MFP, one action at a time, a step at a time.
 * Refuses to know where its memory lies, what carries its requests, how a component is flashed and where
 * settings are: those are callbacks, so that the program, the fleet and the tests run the very same machine.
 *
 *   idle -> offered -> verifying -> downloading -> downloaded -> waiting-window -> waiting-idle -> backing-up
 *        -> installing -> rebooting -> self-test -> reporting -> idle          an update
 *        -> restoring --------------------------> reporting -> idle          a restore; has no window
 *   any one before installing --called back, or no longer offered--> idle
 *   verifying .. restoring --refused or failed--> reporting
 *   waiting-idle --in use all night--> reporting
 *   backing-up --the window has closed, or it is in use again--> waiting-window, waiting-idle
 *
 * A backup that is asked for from afar, at the panel, or that follows an update or a restore is made beside
 * idle, offered and the waiting phases:
 *
 *   wanted -> made (sealed, at rest) -> created (has an upload) -> sent, or given up with a remark
 *
 * Each category of a restore has its place in a journal:
 *
 *   wanted -> begun -> applied | failed
 *             begun -> trying -> applied | reverted | failed     network and wireless: a dead man's timer
 *
 * Every move is kept before anything follows from it: whatever is cut off at any point goes on from there,
 * no component is installed twice, and no category is called applied that is not. The law is moves[] in
 * machine.c. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "model/backup.h"
#include "signing/snapshot.h"
#include "tools/common/client.h"

enum agent_phase {
    AGENT_IDLE,
    AGENT_OFFERED,
    AGENT_VERIFYING,
    AGENT_DOWNLOADING,
    AGENT_DOWNLOADED,
    AGENT_WAITING_WINDOW,
    AGENT_WAITING_IDLE,
    AGENT_BACKING_UP,
    AGENT_INSTALLING, /* from here on it is not called back */
    AGENT_REBOOTING,
    AGENT_SELF_TEST,
    AGENT_RESTORING,
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
    bool is_settings; /* sealed: read again once they are here, and sha256 is their age_digest() */
};

enum category_journal {
    CATEGORY_WANTED,
    CATEGORY_BEGUN,
    CATEGORY_TRYING, /* what it replaced is kept; it may be in force, and the service is to be reached */
    CATEGORY_APPLIED,
    CATEGORY_REVERTED,
    CATEGORY_FAILED,
    CATEGORY_JOURNAL__MAX
};
extern const char *const category_journal_name[CATEGORY_JOURNAL__MAX];

struct agent_category { /* one category of a restore */
    const char *name, *text;
    enum category_journal journal;
    int64_t items, since_ms; /* since it is being tried */
};

struct agent_plan {      /* an action, as the deployment says */
    const char *id;      /* decimal digits */
    const char *restore; /* the restore's id; NULL: firmware */
    const char *nonce;   /* chosen before it is redeemed; NULL: not yet */
    struct agent_category
        *categories; /* those of the ticket, once it is verified, in the order of applying */
    size_t category_count;
    bool is_backed_up; /* or was tried to be */
    struct agent_part *parts;
    size_t part_count;
    int64_t minutes, not_before_ms, not_after_ms; /* 0: not said */
    const char *notice, *notice_now; /* for the panel, before it begins and when; NULL: not said */
    int64_t counter;                 /* release counter, once verified */
    bool may_download, may_install;  /* not "skip" */
    bool has_window, is_open;        /* maintenanceWindow */
};

struct agent_outcome {
    const char *id;
    bool is_failure, is_fetched_only;
    int64_t code; /* enum report_code, 0: none */
    const char *text;
};

struct agent_backup { /* on its way out */
    enum backup_trigger trigger;
    const char *action, *restore; /* that it is made for; NULL: none */
    const char *about;            /* Upload-Metadata; NULL: not made yet */
    const char *where;            /* its upload; NULL: not created yet */
    int64_t size;
};

struct agent_backed_up { /* how the last one ended */
    enum backup_trigger trigger;
    const char *id;   /* of the backup; NULL: there is none, `text` says why */
    const char *text; /* NULL: none */
    int64_t at_ms;    /* 0: there was none yet */
};

/* Named bytes that survive a power cut: "state.json", "token", "age.key", "report.json",
 * "clock-floor", "tuf/root.json", "tuf/FAMILY.json", and of the director "tuf/director/root.json" and its like. */
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
    /* A tus PATCH. Needed for backups only. */
    bool (*upload)(void *ctx, struct arena *arena, const char *where, const struct upload_part *part,
                   struct answer *out, struct err *err);
    void (*authorize)(void *ctx, const char *authorization);
    /* What is asked next goes over a new connection, from the name's look-up on: one that was kept would work
     * on though nobody could make it any more. NULL: none is ever kept. */
    void (*reconnect)(void *ctx);
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
    /* A finished download of sealed settings, to be read by offset. Needed for restores only. */
    bool (*read)(void *ctx, const struct agent_part *part, int *fd, struct err *err);
};

/* The printer itself. *again_ms > 0: not yet, ask again after that long; left at 0: done. */
struct agent_machine {
    void *ctx;
    /* True and a reason while it must not be touched: a name of model/busy.h, or words. */
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
    /* Pages and faults of days that are over, as the door `usage` takes them: {"days":[...]}; NULL: nothing is
     * known. May be NULL. */
    const char *(*usage)(void *ctx, struct arena *arena);
    /* What the panel shows from now on, in the machine's language; NULL: nothing any more. May be NULL. */
    void (*notice)(void *ctx, const char *text);
};

/* The printer's settings. collect NULL: it takes no part in backups and restores. */
struct agent_settings {
    void *ctx;
    /* All that is set, in the arena, in any order. */
    bool (*collect)(void *ctx, struct arena *arena, struct snapshot_category *out, size_t *count,
                    struct err *err); /* room for SNAPSHOT_KINDS */
    /* Puts one category in the place of what is set now, whole or not at all, and in force when it returns.
     * May be repeated. An empty secret leaves the one that is there. */
    bool (*apply)(void *ctx, const struct snapshot_category *category, struct err *err);
    /* Keeps a category as it is now, secrets and all, and puts back what was kept: may be repeated, too. */
    bool (*keep)(void *ctx, const struct snapshot_kind *kind, struct err *err);
    bool (*revert)(void *ctx, const struct snapshot_kind *kind, struct err *err);
    /* The sealed file on its way out: an empty new one, which is there once outgoing_keep() says so; the one
     * that is there; none any more. `fd` is the caller's. */
    bool (*outgoing)(void *ctx, bool is_new, int *fd, struct err *err);
    bool (*outgoing_keep)(void *ctx, int fd, struct err *err);
    void (*outgoing_drop)(void *ctx);
    /* Somebody at the panel asks for a backup, until he is answered. Both may be NULL. */
    bool (*is_asked)(void *ctx);
    void (*answer)(void *ctx, const struct agent_backed_up *ended);
};

struct agent;
struct tuf_target;

struct agent_setup { /* texts are borrowed and outlive the agent */
    const char *tenant, *id;
    const char *claim;         /* NULL: none */
    const char *authorization; /* "GatewayToken X"; NULL: the token that was kept at enrolment */
    const char *family, *model, *serial, *zone;
    const char *language; /* of its panel, such as "de"; NULL: not told */
    int64_t interval_s;   /* polls this often instead of as told; 0: as told */
    bool sends_reports;   /* tells the service, signed, what runs on it and whom it trusts */
    int64_t look_s; /* looks at the signed metadata so often, though nothing is to be installed; 0: never */
    int64_t long_poll_s; /* an idle device keeps its poll open this long, where the service can; 0: never */
    int64_t idle_wait_max_ms; /* a device that is busy for so long gives the night up; 0: 8 h */
    bool takes_root;          /* without a root.json of its own trusts the first that it is served */
    struct agent_memory memory;
    struct agent_wire wire;
    struct agent_cache cache;
    struct agent_machine machine;
    struct agent_settings settings;
    int64_t
        dead_man_s; /* the service has to be reached this soon through restored network settings; 0: 300 */
    bool has_exact_clock; /* a rehearsal: it keeps the service's fast hours, which Date does not tell */
    void *ctx;            /* of those below, each may be NULL */
    /* Time that passes though the clock is set; NULL: the clock alone tells. */
    int64_t (*monotonic_ms)(void *ctx);
    void (*moved)(void *ctx, const struct agent *agent, enum agent_phase from, int64_t now_ms);
    void (*backed_up)(void *ctx, const struct agent_backed_up *ended);
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

/* A piece of work on a backup that is asked for at the panel, and on nothing else: for a machine whose agent
 * does not run. *is_over: agent_backed_up() says how it ended. ERR_CONFLICT: an update or a restore is under
 * way. */
bool agent_back_up(struct agent *agent, int64_t now_ms, bool *is_over, int64_t *sleep_ms,
                   struct err *err) CHECKED;

/* ---- looking at it ---------------------------------------------------------- */

enum agent_phase agent_phase(const struct agent *agent);
const struct agent_plan *agent_plan(const struct agent *agent);    /* NULL: no action */
const struct agent_outcome *agent_last(const struct agent *agent); /* of the last action; id NULL: none yet */
const struct agent_backup *agent_backup(const struct agent *agent);       /* NULL: none is on its way */
const struct agent_backed_up *agent_backed_up(const struct agent *agent); /* at_ms 0: none yet */
const char *agent_release(const struct agent *agent); /* version of the last release installed; "" */
bool agent_is_enrolled(const struct agent *agent);
int64_t agent_polls(const struct agent *agent); /* since agent_new */
/* {"id","phase","action","release","components",...} into an open object. */
void agent_status(const struct agent *agent, struct json_out *out);
