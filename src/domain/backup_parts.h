/* What the files of backups share. Nobody else looks inside. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "domain/backup_custody.h"
#include "domain/backup_identity.h"
#include "model/device.h"

enum backup_count {
    BACKUPS_ACCEPTED,
    BACKUPS_REFUSED,
    BACKUPS_DROPPED,
    BACKUPS_WRAPPED,
    BACKUPS_ASKED,
    BACKUP_COUNT__MAX
};

/* How far the engine is: one thread's alone. */
struct backup_round {
    int64_t tenant_id, device_id; /* the next after these */
    int64_t rests_until_ms;
    int64_t asks_next_ms;
};

struct held_identity {
    struct held_identity *next;
    char *tenant;
    char recipient[AGE_RECIPIENT_CHARS + 1];
    struct age_identity *identity;
    size_t readers;
    bool is_forgotten; /* freed with its last reader */
};

struct backups {
    pthread_mutex_t lock; /* of `held` and what follows it */
    struct held_identity *held;
    size_t readers; /* of all of them: the last one frees what was closed */
    bool is_closed, is_warned;
    pthread_mutex_t moving; /* a move's steps are taken by one thread at a time; before any tx */
    struct backup_round round;
    atomic_int_fast64_t counts[BACKUP_COUNT__MAX];
    atomic_bool is_unlocked; /* some identity may be swapped out */
};

void backup_count(struct world *world, enum backup_count which, int64_t more);

/* ---- recipients as text: "age1... age1...", each once, in their own spelling ---- */
#define RECIPIENTS_MOST (BACKUP_RECIPIENTS_MAX + 1) /* in a move, the tenant's next one too */

struct recipients {
    size_t count;
    const char *text[RECIPIENTS_MOST];
    struct age_recipient point[RECIPIENTS_MOST];
};

bool recipients_parse(struct arena *arena, const char *text, struct recipients *out, struct err *err) CHECKED;
bool recipients_add(struct arena *arena, struct recipients *to, const char *text, struct err *err) CHECKED;
bool recipients_have(const struct recipients *list, const char *text);
/* The same ones, in whatever order. */
bool recipients_agree(const struct recipients *a, const struct recipients *b);
const char *recipients_text(struct arena *arena, const struct recipients *list);
/* `next` in the place of whatever the tenant had: its first one and, from a move, `next` itself. */
bool recipients_moved(struct arena *arena, const char *from, const char *wrapped_to, const char *next,
                      struct recipients *out, struct err *err) CHECKED;
/* One X25519 stanza for each of `count`, and nothing else. */
bool recipients_fit_header(struct span header, size_t count, struct err *err) CHECKED;

/* ---- plaintext: in memory only, wiped with its end ---- */
struct plain {
    int fd;
    int64_t size;
};
bool plain_begin(struct plain *out, struct err *err) CHECKED;
void plain_endp(struct plain *plain);
/* Takes at most SNAPSHOT_BYTES_MAX. */
struct age_sink plain_sink(struct plain *plain);

/* ---- bytes of a backup's payload ---- */
/* Removes the blob when neither a backup nor an open restore needs it; after the tx that let go of it. */
bool backup_payload_release(struct world *world, const char *payload, struct err *err) CHECKED;

/* ---- what a device says of its backup: strict, and nothing that is not in the table ---- */
struct backup_said {
    enum backup_trigger trigger;
    int64_t taken_ms;
    const char *model, *serial;
    const char *firmware;   /* JSON object */
    const char *categories; /* JSON object */
    const struct snapshot_kind *kinds[SNAPSHOT_KINDS];
    int64_t items[SNAPSHOT_KINDS]; /* of each of them */
    size_t kind_count;
    struct recipients recipients;
    int64_t action_id, restore_id;
};
/* `text` is Upload-Metadata. ERR_FORBIDDEN names document data. */
bool backup_said_read(struct arena *arena, const char *text, struct backup_said *out,
                      struct err *err) CHECKED;
/* What was opened must be what was said. */
bool backup_said_fits(const struct backup_said *said, const struct snapshot *snapshot,
                      struct err *err) CHECKED;

/* ---- whom a backup of this device is for ---- */
struct backup_terms {
    struct backup_key key;
    struct backup_rule rule;
};
bool backup_terms_get(struct world *world, struct arena *arena, const struct device *device,
                      struct backup_terms *out, struct err *err) CHECKED;
/* Exactly those the terms want; *text names them, the tenant's first and the device's second. In a move both
 * the list before it began and the one with the next recipient will do. */
bool backup_terms_fit(struct arena *arena, const struct backup_terms *terms, const struct device *device,
                      const struct recipients *named, const char **text, struct err *err) CHECKED;
bool backup_quota_fits(struct world *world, const struct backup_rule *rule, int64_t tenant_id,
                       const char *customer, int64_t more, struct err *err) CHECKED;

/* ---- dropping: inside a tx ---- */
bool backup_let_go(struct world *world, const struct backup *backup, const char *why, int64_t now_ms,
                   struct err *err) CHECKED;

/* Some devices of the round's tenant; then the next one's turn; then it rests. */
bool backup_round_on(struct world *world, int64_t now_ms, struct err *err) CHECKED;

/* ---- custody ---- */
/* In a tx: the first custody of a tenant that has none, by the service. */
bool backup_custody_found(struct world *world, int64_t tenant_id, const char *tenant, int64_t now_ms,
                          struct err *err) CHECKED;
/* Some steps of one tenant's move; under `moving`. */
bool backup_move_step(struct world *world, const char *tenant, int64_t tenant_id, int64_t now_ms,
                      struct err *err) CHECKED;
/* In a tx: when no header is left for another recipient, the move is over. *key is what the row says then. */
bool backup_move_end(struct world *world, struct backup_key *key, int64_t now_ms, struct err *err) CHECKED;
/* Does this header open the backup's payload, to its end? ERR_INVALID: it does not. */
bool backup_opens(struct world *world, const struct backup *backup, struct span header,
                  const struct age_by *by, struct err *err) CHECKED;
/* Held identities that open the tenant's backups; ERR_CONFLICT when there is none. */
bool backup_identities(struct world *world, struct arena *arena, const char *tenant,
                       const struct backup_key *key, struct age_by *out, struct err *err) CHECKED;
