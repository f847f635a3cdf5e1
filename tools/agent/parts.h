/* What the files of the agent share: its state, and one function a piece of work. */
#pragma once

#include "model/action.h"
#include "signing/age.h"
#include "signing/device_report.h"
#include "signing/tuf_client.h"
#include "tools/agent/agent.h"

#define REASON_CHARS 95
#define NOTICE_MAX 160

struct agent_state { /* what state.json says */
    enum agent_phase phase;
    char *poll_url;               /* as told at enrolment; NULL: the usual one */
    char *boot;                   /* machine.boot() when the reboot was asked for */
    char *release;                /* version of the last release installed, "" */
    char *told;                   /* digest of the attributes last sent */
    char *recipient;              /* own age recipient, as the service was told; NULL: it was not */
    int64_t counter;              /* highest release counter installed */
    int64_t restore_counter;      /* highest of a restore's ticket */
    int64_t since_ms;             /* of this phase */
    struct agent_plan *plan;      /* NULL when idle */
    struct agent_outcome outcome; /* while reporting */
    struct agent_outcome last;
    struct agent_backup *backup; /* NULL: none is on its way */
    struct agent_backed_up backed_up;
};

struct agent {
    struct agent_setup setup;
    struct arena *arena; /* holds `state`; another one after every change */
    struct agent_state state;
    bool is_loaded, is_enrolled;
    /* Lost in a power cut, and no harm done: */
    int64_t next_poll_ms, poll_sleep_ms, offset_ms, backoff_ms, retry_after_ms;
    int64_t step_ms;        /* when this step began */
    int64_t polls, answers; /* asked; answered */
    int64_t open_s;         /* how long a poll is kept open; what lies between may cut longer ones */
    int fetch_tries;
    int64_t look_next_ms;
    /* What time it is at least; kept now and then: */
    int64_t floor_ms, floor_since_ms, floor_kept_ms;
    bool is_floor_loaded;
    enum attack standing_attack; /* what it refused last, until the metadata is sound again */
    bool is_report_due;          /* there may be something to tell */
    enum attack attack;          /* that the refusal on its way was made for */
    int begun;                   /* part whose installation this run has begun; -1: none */
    char told_usage[65];         /* digest of the days last told; "": none since the start */
    int told_phase;              /* its report has been sent; -1: none */
    int64_t told_ms;
    char told_reason[REASON_CHARS + 1];
    char shown[NOTICE_MAX]; /* on the panel; "": nothing */
    /* Backups: */
    bool is_backup_wanted; /* the last poll said so */
    bool is_recipient_refused;
    int64_t backup_next_ms;            /* no sooner */
    int64_t sent;                      /* bytes of the upload that have arrived; -1: not known */
    int backup_tries, backup_stumbles; /* of the backup under way */
    /* Restores: */
    struct package *package; /* opened; NULL: not yet */
    int tried;               /* category that this run has applied and tries; -1: none */
    int64_t tried_answers;   /* polls answered before that */
};

/* ---- state.c -------------------------------------------------------------- */

bool agent_load(struct agent *agent, struct err *err) CHECKED;
/* A copy of everything in `state`, in the arena. */
struct agent_state agent_state_copy(struct arena *arena, const struct agent_state *state);
/* state_text.c: state.json. */
struct span agent_state_write(struct arena *arena, const struct agent_state *state);
bool agent_state_read(struct arena *arena, struct span text, struct agent_state *out,
                      struct err *err) CHECKED;
/* Keeps `next` and only then goes by it; on failure everything stays as it was. */
bool agent_adopt(struct agent *agent, const struct agent_state *next, int64_t now_ms,
                 struct err *err) CHECKED;
bool agent_move(struct agent *agent, enum agent_phase phase, int64_t now_ms, struct err *err) CHECKED;
/* To reporting, with this outcome. */
bool agent_end(struct agent *agent, bool is_failure, int64_t code, const char *text, int64_t now_ms,
               struct err *err) CHECKED;
/* Drops the action and is idle; `last` is remembered when not NULL. */
bool agent_forget(struct agent *agent, const struct agent_outcome *last, int64_t now_ms,
                  struct err *err) CHECKED;

/* ---- talk.c ---------------------------------------------------------------- */

/* 2xx, or a refusal: ERR_NOT_FOUND 404, ERR_GONE 410, ERR_UNKNOWN_WHO 401, ERR_BUSY 429 and 5xx, ERR_IO when
 * nothing came. */
bool agent_ask(struct agent *agent, struct arena *arena, const char *method, const char *where,
               struct span body, struct answer *out, struct err *err) CHECKED;
/* A GET that may be kept open for wait_s until there is news (RFC 7240); 0: it is not said. *was_kept: the
 * service goes by it. */
bool agent_ask_open(struct agent *agent, struct arena *arena, const char *where, int64_t wait_s,
                    struct answer *out, bool *was_kept, struct err *err) CHECKED;
/* With headers of its own, ended by NULL. */
bool agent_ask_with(struct agent *agent, struct arena *arena, const char *method, const char *where,
                    const char *const *headers, struct span body, struct answer *out,
                    struct err *err) CHECKED;
/* The same for an upload's piece. */
bool agent_upload(struct agent *agent, struct arena *arena, const char *where, const struct upload_part *part,
                  struct answer *out, struct err *err) CHECKED;
/* /{tenant}/controller/v1/{id}TAIL, or below the poll URL of the enrolment. */
char *agent_path(const struct agent *agent, struct arena *arena, const char *tail);
/* By the service's clock: a device's own is never believed. */
int64_t agent_wall_ms(const struct agent *agent, int64_t now_ms);
/* Worth trying again later, and not the action's end. */
bool agent_is_passing(const struct err *err);

/* ---- pieces of work ----------------------------------------------------------- */

bool agent_enrol(struct agent *agent, struct arena *arena, int64_t now_ms,
                 struct err *err) CHECKED; /* enrol.c */
bool agent_poll(struct agent *agent, struct arena *arena, int64_t now_ms,
                struct err *err) CHECKED; /* poll.c */
/* Reads a deploymentBase answer. */
bool agent_plan_read(struct arena *arena, struct span text, struct agent_plan *out,
                     struct err *err) CHECKED; /* plan.c */
/* Asks for the action's deployment again and takes over what it allows now. */
bool agent_plan_refresh(struct agent *agent, struct arena *arena, int64_t now_ms,
                        struct err *err) CHECKED; /* poll.c */
/* ---- clock_floor.c ------------------------------------------------------------------ */

/* The latest of the machine's clock, the service's, and the floor: neither a device that thinks it is 1970
 * nor a service that says so keeps expired metadata alive. */
int64_t agent_trusted_ms(struct agent *agent, int64_t now_ms);
/* After a look at signed metadata at that time, whatever came of it. */
bool agent_floor_raise(struct agent *agent, int64_t now_ms, struct err *err) CHECKED;

/* ---- repository.c, agree.c, trust.c: whose word counts ------------------------------ */

/* The director's word for this machine, refreshed and kept step by step. agent->attack names a refusal. */
bool agent_directed(struct agent *agent, struct arena *arena, int64_t now_ms, struct tuf_targets *out,
                    struct err *err) CHECKED;
/* A client of the image repository, refreshed. */
bool agent_images(struct agent *agent, struct arena *arena, int64_t now_ms, struct tuf_client **out,
                  struct err *err) CHECKED;
/* Its root as it is now, checked against what is trusted: whose keys sign for which role. */
bool agent_trust_root(struct agent *agent, struct arena *arena, int64_t now_ms, struct tuf_root *out,
                      struct err *err) CHECKED;

struct agreement {                     /* all that is said about one component */
    const struct agent_part *part;     /* by the deployment */
    const struct tuf_target *directed; /* by the director */
    const struct tuf_target *image;    /* by the image repository */
    const char *family, *model;        /* by the machine: "" or NULL does not restrict the family */
    int64_t counter;                   /* highest release counter installed */
};
struct agreed {
    int64_t counter;
    const char *min_from; /* NULL: any */
};
/* Pure. Walks the table of rules; *attack is ATTACK_NONE when all hold. */
bool agent_agree(struct arena *arena, const struct agreement *of, struct agreed *out, enum attack *attack,
                 struct err *err) CHECKED;
/* What the director names for an action: this path or NULL, and how many. */
const struct tuf_target *agent_assigned(struct arena *arena, const struct tuf_targets *directed,
                                        const char *action, const char *path);
size_t agent_assigned_count(struct arena *arena, const struct tuf_targets *directed, const char *action);

/* Every component of the plan is named for this action by the director, and with the same length, digest and
 * meaning by who may sign for its family; is made for this model, and is no step back. A refusal that
 * agent_is_passing() is to be tried again; agent->attack names the others. */
bool agent_trust(struct agent *agent, struct arena *arena, int64_t now_ms, struct err *err) CHECKED;
/* The same in pieces, for who shares verified metadata between machines. */
bool agent_trust_images(struct agent *agent, struct arena *arena, const struct tuf_targets *directed,
                        int64_t now_ms, struct err *err) CHECKED;
bool agent_bundle_check(struct agent *agent, struct arena *arena, const struct tuf_targets *directed,
                        struct err *err) CHECKED;
bool agent_part_name(struct agent *agent, struct arena *arena, const struct tuf_targets *directed,
                     const struct agent_part *part, const struct tuf_target **out, struct err *err) CHECKED;
bool agent_trust_part(struct agent *agent, struct arena *arena, const struct agent_part *part,
                      const struct tuf_target *directed, const struct tuf_target *image, int64_t *counter,
                      struct err *err) CHECKED;

bool agent_fetch(struct agent *agent, struct err *err) CHECKED; /* fetch.c: one transfer */
bool agent_has_all(const struct agent *agent);
bool agent_cancel(struct agent *agent, struct arena *arena, const char *href, int64_t now_ms,
                  struct err *err) CHECKED; /* cancel.c */
/* Tells of its days when there are others than last time. What cannot be told now is told later. */
void agent_tell_usage(struct agent *agent, struct arena *arena);
/* attributes.c: sends configData; unless forced only when something has changed since the last time. */
bool agent_tell_attributes(struct agent *agent, struct arena *arena, bool is_forced, int64_t now_ms,
                           struct err *err) CHECKED;

/* ---- identity.c ------------------------------------------------------------------ */

/* The machine's own, made when it is asked for first. */
bool agent_identity(struct agent *agent, struct age_identity **out, struct err *err) CHECKED;
/* Tells the service the recipient, unless it has heard. */
bool agent_tell_recipient(struct agent *agent, struct arena *arena, int64_t now_ms, struct err *err) CHECKED;

/* ---- backup.c, terms.c, pack.c, tus.c ------------------------------------------------ */

struct backup_terms {                       /* what the service says to a device that would back up */
    const struct age_recipient *recipients; /* tenant, the device itself, escrow */
    size_t count;
    const char *names;  /* the same as text, a blank between */
    int64_t bytes_max;  /* 0: not said */
    const char *wanted; /* trigger; NULL: none is asked for */
};
/* ERR_NOT_FOUND: it takes no backups. */
bool agent_backup_terms(struct agent *agent, struct arena *arena, struct backup_terms *out,
                        struct err *err) CHECKED;
/* Collects, seals, and keeps the file; `backup` gets `about` and `size`. */
bool agent_backup_make(struct agent *agent, struct arena *arena, const struct backup_terms *terms,
                       int64_t now_ms, struct agent_backup *backup, struct err *err) CHECKED;

enum tus_news { TUS_GOES_ON, TUS_CREATED, TUS_GONE, TUS_DONE };
/* One request of the upload under way. TUS_CREATED: *text is where; TUS_DONE: it is the backup's id. */
bool agent_tus(struct agent *agent, struct arena *arena, enum tus_news *news, const char **text,
               struct err *err) CHECKED;

static inline bool agent_takes_backups(const struct agent *agent)
{
    return agent->setup.settings.collect != NULL;
}

/* ---- restore.c, package.c ------------------------------------------------------------- */

/* Redeems the restore and checks its ticket; then it is downloading. */
bool agent_restore_verify(struct agent *agent, struct arena *arena, int64_t now_ms, struct err *err) CHECKED;
/* Sends the result of each category. */
bool agent_restore_tell(struct agent *agent, struct arena *arena, struct err *err) CHECKED;

struct package { /* settings that came and were opened */
    struct arena *arena;
    struct snapshot snapshot;
};
/* Opens what was downloaded, and refuses what is not for this model or was not named by the ticket. */
bool agent_package_open(struct agent *agent, struct err *err) CHECKED;
void agent_package_close(struct agent *agent);
/* Network settings: the line to the service hangs on them. */
bool category_is_line(const char *name);

/* ---- device_report.c, report_memory.c -------------------------------------------------- */

struct report_memory {
    uint8_t seed[32];
    int64_t counter, looked_ms;
    bool is_told;                    /* the last one; or it was refused for good */
    const char *facts;               /* digest of what it says */
    const char *envelope;            /* the last one as it was signed */
    struct reported_part *installed; /* by us, with their digests */
    size_t installed_count;
};
/* Without one it is a new one; `out` lives in the arena, which should be a secret one. */
bool report_memory_load(struct agent *agent, struct arena *arena, struct report_memory *out,
                        struct err *err) CHECKED;
bool report_memory_keep(struct agent *agent, const struct report_memory *memory, struct err *err) CHECKED;
/* Another key, and its counter begins anew. */
void report_memory_renew(struct report_memory *memory);

/* A new key for an enrolment, kept; its public half as hex. NULL: the machine makes no reports. */
bool agent_report_key(struct agent *agent, struct arena *arena, const char **out, struct err *err) CHECKED;
/* Sends a report when there is something that was not told yet. What cannot be sent is sent later; false: the
 * service refused it for good, and why. */
bool agent_tell_report(struct agent *agent, struct err *err) CHECKED;
/* Once in a while looks at both repositories though nothing is to be installed: whose keys count, and whether
 * somebody keeps newer metadata away. */
void agent_look(struct agent *agent, int64_t now_ms);
void agent_note_attack(struct agent *agent, enum attack attack);
bool agent_note_installed(struct agent *agent, const struct agent_plan *plan, struct err *err) CHECKED;

/* ---- report.c ------------------------------------------------------------------ */

/* One feedback about the action under way. */
bool agent_report(struct agent *agent, struct arena *arena, const char *execution, int64_t code, int64_t done,
                  int64_t of, const char *text, struct err *err) CHECKED;
bool agent_report_end(struct agent *agent, struct arena *arena, const struct agent_outcome *outcome,
                      struct err *err) CHECKED;
