/* Backups at rest and the way back, over support/ops.h: devices with a recipient, backups sealed as a device
 * seals them, and one line for each step of a restore. */
#pragma once

#include "model/backup.h"
#include "signing/age.h"
#include "signing/ticket.h"
#include "support/ops.h"
#include "support/settings.h"
#include "support/unit.h"

#define RESTORES_NONCE "00112233445566778899aabbccddeeff"
#define RESTORES_OTHER "ffeeddccbbaa99887766554433221100"

struct restores {
    struct unit *unit;
    struct ops *ops;
    struct support *s;
    struct age_identity *customer; /* NULL in service custody */
};

/* Two devices of customer Roux: mfp-1 and mfp-2, both MFP-3145, serials S-1 and S-2. */
struct restores *restores_world(struct unit *unit, enum backup_custody custody);
/* Active, answers to "token-ID", has a recipient whose identity comes from its name. */
int64_t restores_device(struct restores *r, const char *id, const char *model, const char *serial);
/* Ends with the test. */
struct age_identity *restores_identity(struct restores *r, const char *id);
void restores_rule(struct restores *r, bool needs_approval, bool needs_consent);
/* Of mfp-1 unless `id` says otherwise; its id. */
extern const struct setting_row restores_plain[4]; /* goes whole to the same model */
int64_t restores_backup(struct restores *r, const char *id, const char *model, const struct setting_row *rows,
                        size_t count, int64_t restore_id);
/* The same with restores_plain. */
int64_t restores_small(struct restores *r);

/* POST /api/v1/restores as the technician; `more` as ",\"categories\":\"network\"". */
struct answer restores_plan(struct restores *r, int64_t backup, const char *device, const char *more);
struct answer restores_ask(struct restores *r, const char *role, int64_t id, const char *verb,
                           const char *body);
struct answer restores_get(struct restores *r, int64_t id);
const char *restores_state(struct restores *r, int64_t id);
const char *restores_reason(struct restores *r, int64_t id);
/* With the digest that the service shows. */
struct answer restores_start(struct restores *r, int64_t id);
/* Planned and started; its id. */
int64_t restores_started(struct restores *r, int64_t backup, const char *device, const char *more);
int64_t restores_action(struct restores *r, int64_t id);

/* ---- the device's side ---- */
struct answer restores_redeem(struct restores *r, const char *device, int64_t id, const char *nonce);
struct answer restores_file(struct restores *r, const char *device, int64_t id, const char *nonce);
/* PUT result with one word for each category, as {"addressbook","applied"}, ended by a NULL name. */
struct restores_word {
    const char *name, *result;
};
struct answer restores_tell(struct restores *r, const char *device, int64_t id,
                            const struct restores_word *words);
/* The address book is applied, the network skipped. */
extern const struct restores_word restores_fine[3];
/* Opened with the identity of `device` and read: fails the running test when it cannot. */
struct snapshot restores_opened(struct restores *r, const char *device, const struct answer *file);
/* Whether that device's identity opens it. */
bool restores_opens(struct restores *r, const char *device, const struct answer *file);
