/* The identities that open backups here: one key file a tenant, sealed with the passphrase that the setting
 * `seal_file` names, opened when first needed and held in locked memory. Knows files and memory; whether an
 * identity should be here at all is decided in backup_custody.c.
 *
 *   DIR/trust/TENANT/backup.key        opens the tenant's backups
 *   DIR/trust/TENANT/backup-next.key   will, once a move has wrapped every header for it */
#pragma once

#include "domain/world.h"
#include "signing/age.h"

/* What is remembered of backups between requests: identities, how far the engine's round is, counters. */
struct backups;

bool backups_open(struct backups **out, struct err *err) CHECKED;
void backups_closep(struct backups **backups);

enum identity_file { IDENTITY_CURRENT, IDENTITY_NEXT, IDENTITY_FILE__MAX };

/* A new one, durable when true. A file that is there already, because a crash came before its row did, is
 * taken as it is. */
bool backup_identity_make(struct world *world, const char *tenant, enum identity_file file,
                          char recipient[AGE_RECIPIENT_CHARS + 1], struct err *err) CHECKED;
/* The one behind `recipient`, from memory or from either file. It cannot go away before `arena` ends. */
bool backup_identity_borrow(struct world *world, struct arena *arena, const char *tenant,
                            const char *recipient, const struct age_identity **out, struct err *err) CHECKED;
/* The recipient of what is in the file. */
bool backup_identity_recipient(struct world *world, const char *tenant, enum identity_file file,
                               char recipient[AGE_RECIPIENT_CHARS + 1], struct err *err) CHECKED;
bool backup_identity_exists(struct world *world, const char *tenant, enum identity_file file);
/* Overwrites the file, unlinks it, syncs the folder. True when there was none. */
bool backup_identity_destroy(struct world *world, const char *tenant, enum identity_file file,
                             struct err *err) CHECKED;
/* The next one becomes the current one, whose file is destroyed. */
bool backup_identity_promote(struct world *world, const char *tenant, struct err *err) CHECKED;
/* All of the tenant's but the one behind `but` ("": all) leave memory, each as soon as nobody uses it. */
void backup_identity_forget(struct world *world, const char *tenant, const char *but);
