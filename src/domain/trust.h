/* Who holds the roles of the repositories, and the ceremony that changes it: the service stages canonical
 * bytes, people sign them where no network is, hand in what they signed, and it is published when the
 * thresholds hold and our own client accepts what comes of it, from root 1 and from the root in force. Three
 * papers go that way: root and targets of the image repository, and the root of the director.
 *
 * A role is in service custody when the root lets a key of the service speak for it alone; else it is
 * offline. A root that takes targets away from the service is published together with a targets that its new
 * people have signed: devices never see one without the other. A root of the director that takes root away
 * from the service destroys the service's key; until then the service signs the next one along with its
 * people. No key serves both repositories: a root that the keys of the other could sign would pass for the
 * other's. */
#pragma once

#include "domain/world.h"
#include "model/setback.h"
#include "signing/tuf.h"
#include "store/trusts.h"

#define TRUST_KEYS_AT_ONCE 16

enum trust_paper { TRUST_ROOT, TRUST_TARGETS, TRUST_DIRECTOR_ROOT, TRUST_PAPER__MAX };
extern const char *const trust_paper_name[TRUST_PAPER__MAX];

/* Rows of the view: those of the image repository, as enum tuf_role, and behind them the director's. */
enum { TRUST_ROLE_DIRECTOR_ROOT = TUF_ROLE__MAX, TRUST_ROLE_DIRECTOR_ONLINE, TRUST_ROLES_MAX };
struct trust_role {
    const char *name;
    int64_t version, expires_ms;
    struct tuf_keys keys;
    bool is_held; /* service custody */
    /* Set by trust_get() alone. The root that dropped an old key of the role last, and how many of the active
     * devices that report have confirmed that root: they refuse the key. 0: none was dropped yet. */
    int64_t dropped_version, refused, reporting;
};
struct trust_need {
    const char *by; /* "root in force", "root to come", "targets" */
    int64_t have, threshold;
};
struct trust_waiting {
    struct trust_row row;
    struct trust_signature *signatures;
    size_t signature_count;
    struct trust_need needs[2];
    size_t need_count;
    bool is_ready;
};
struct trust_view {
    struct trust_role roles[TRUST_ROLES_MAX];
    size_t role_count; /* without the director's where the tenant has none */
    struct trust_waiting waiting[TRUST_PAPER__MAX];
    size_t waiting_count;
    struct setback setback; /* domain/setback.h */
};

struct trust_change {                       /* of one role's keys */
    int64_t threshold;                      /* 0: stays */
    const char *add[TRUST_KEYS_AT_ONCE];    /* public halves, 64 hex digits */
    const char *remove[TRUST_KEYS_AT_ONCE]; /* key ids */
    size_t add_count, remove_count;
};
struct trust_wish {
    struct trust_change root, targets; /* a root's wish; of targets only the life is asked */
    bool turns_online, turns_targets;  /* the service's own key gives way to a new one */
    int64_t life_days;
};

bool trust_get(struct world *world, const struct who *who, struct arena *arena, int64_t now_ms,
               struct trust_view *out, struct err *err) CHECKED;
/* Stages the next one; what waited in its place is void. ERR_INVALID names a key that is there already or is
 * not, and a threshold that leaves no key to lose. */
bool trust_stage(struct world *world, const struct who *who, struct arena *arena, enum trust_paper paper,
                 const struct trust_wish *wish, int64_t now_ms, struct trust_view *out,
                 struct err *err) CHECKED;
/* ERR_NOT_FOUND: nothing waits. */
bool trust_to_sign(struct world *world, const struct who *who, struct arena *arena, enum trust_paper paper,
                   struct span *out, struct err *err) CHECKED;
/* The file in force, with its signatures: what a change is compared with. */
bool trust_in_force(struct world *world, const struct who *who, struct arena *arena, enum trust_paper paper,
                    struct span *out, struct err *err) CHECKED;
/* ERR_FORBIDDEN: not a key of that role, or no signature over these bytes. */
bool trust_sign(struct world *world, const struct who *who, struct arena *arena, enum trust_paper paper,
                const char *keyid, const char *sig, int64_t now_ms, struct trust_view *out,
                struct err *err) CHECKED;
/* What is ready, as one. ERR_CONFLICT says whose signatures are missing. */
bool trust_publish(struct world *world, const struct who *who, struct arena *arena, int64_t now_ms,
                   struct trust_view *out, struct err *err) CHECKED;
bool trust_drop(struct world *world, const struct who *who, struct arena *arena, enum trust_paper paper,
                int64_t now_ms, struct err *err) CHECKED;
