/* What the online keys sign, and what not: pure. The bytes say themselves what they are; what the asker calls them does
 * not count. Facts in, a refusal with a name out; remembers nothing and opens nothing. */
#pragma once

#include "signing/checkpoint.h"
#include "signing/signer_ask.h"

enum signer_kind {
    SIGNER_KIND_ROOT,
    SIGNER_KIND_TIMESTAMP,
    SIGNER_KIND_SNAPSHOT,
    SIGNER_KIND_TARGETS,
    SIGNER_KIND_CHECKPOINT, /* of the audit log */
    SIGNER_KIND_TICKET,     /* of a restore */
    SIGNER_KIND_DRILL,      /* a report of nightshiftd --drill: its form is its own */
    SIGNER_KIND__MAX
};

enum signer_refusal {
    SIGNER_FINE,
    SIGNER_UNKNOWN_FORM,    /* nothing that is ever signed here */
    SIGNER_WRONG_KEY,       /* this key does not speak for that */
    SIGNER_WRONG_DEVICE,    /* x-device where there must be none, or none where there must be one */
    SIGNER_WRONG_TENANT,    /* another's checkpoint or ticket */
    SIGNER_LOWER_VERSION,   /* not above what was signed before */
    SIGNER_OTHER_BYTES,     /* that version was signed, and said something else */
    SIGNER_TOO_FAR,         /* it skips more versions than ever happens: numbers must not be used up */
    SIGNER_DELEGATES,       /* what a device is told names no others */
    SIGNER_OTHER_ONLINE,    /* a director root that gives the online roles to a key that is not held here */
    SIGNER_UNKNOWN_TARGET,  /* the image repository has no such target */
    SIGNER_MISMATCH_LENGTH, /* it has another one of that name */
    SIGNER_MISMATCH_HASH,
    SIGNER_REFUSAL__MAX
};
extern const char *const signer_refusal_name[SIGNER_REFUSAL__MAX]; /* "lower-version" */

struct signer_facts {
    enum signer_kind kind;
    enum tuf_role role;         /* of the first four */
    int64_t version;            /* 0: it has none */
    const char *device;         /* "x-device", or NULL */
    const char *tenant;         /* of checkpoint and ticket, else NULL */
    struct tuf_targets targets; /* of targets */
    struct tuf_root root;       /* of a root */
    struct checkpoint head;     /* of a checkpoint */
    char digest[KEY_ID_CHARS + 1];
};
/* ERR_INVALID, unknown-form: not canonical, or no kind that is signed here, or not as its kind must be. */
bool signer_facts_read(struct arena *arena, struct span bytes, struct signer_facts *out,
                       struct err *err) CHECKED;

struct signer_own { /* whose keys are asked */
    const char *tenant;
    bool is_director;
    const struct key_public *online, *next; /* NULL: not held */
    int64_t clock_s;                        /* the signer's own; 0: it has none */
};
struct signer_floor {
    int64_t version; /* the highest that was signed; 0: none */
    char digest[KEY_ID_CHARS + 1];
};
/* The highest version that may follow. People need days to undo a version that is too high, and 2^53 is the last there is:
 * a thief who asks a thousand times a second, for years, must not come near it. */
int64_t signer_law_most(const struct signer_own *own, enum tuf_role role, int64_t floor);
enum signer_refusal signer_law(const struct signer_facts *facts, enum signer_key key,
                               const struct signer_own *own, const struct signer_floor *floor);
/* found: what the image repository has of that name, or NULL. */
enum signer_refusal signer_law_target(const struct tuf_target *told, const struct tuf_target *found);
/* A sentence that begins with the name. */
bool signer_refuse(enum signer_refusal refusal, const char *what, struct err *err);
