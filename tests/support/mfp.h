/* A printer and its service in memory, to run the agent's machine against: what rests survives a power cut,
 * which may come before and after every single thing that has an effect. */
#pragma once

#include "base/buf.h"
#include "domain/device_report.h"
#include "signing/age.h"
#include "signing/ticket.h"
#include "support/tuf_repo.h"
#include "tools/agent/agent.h"

#define MFP_NOW_MS INT64_C(1788344100000)
#define MFP_PARTS 2
#define MFP_BACKUPS_MAX 40
#define MFP_REPORTS_MAX 64

enum mfp_offer { MFP_NOTHING, MFP_DEPLOYMENT, MFP_RESTORE, MFP_CANCEL };

struct mfp_file {
    const char *name;
    struct span bytes;
};

struct mfp_upload { /* of a backup, in the service's hands */
    const char *about;
    int64_t size;
    struct buf bytes;
    bool is_gone;
    int backup; /* its id; 0: not whole yet */
};

struct mfp {
    struct arena *arena;
    struct agent *agent;
    int64_t now_ms;

    /* the printer */
    struct mfp_file files[40];
    size_t file_count;
    const char *versions[MFP_PARTS];
    int flashed[MFP_PARTS];         /* how often it was written to the end */
    int64_t fetched[MFP_PARTS + 1]; /* the last one: sealed settings */
    bool is_whole[MFP_PARTS + 1];
    int boots;
    char boot[20];
    bool wants_restart, is_busy, fails_install, fails_self_test, keeps_old_version;
    int64_t install_ms; /* an installation takes that long */
    int64_t install_end_ms;
    bool has_settings; /* takes part in backups and restores; takes effect with a restart */
    const char *settings[SNAPSHOT_KINDS], *kept[SNAPSHOT_KINDS]; /* one value a category; NULL: not set */
    int applied[SNAPSHOT_KINDS];                                 /* how often */
    const char *fails_to_apply;                                  /* a category */
    bool is_asked, has_no_line_with_bad;                         /* the network setting "bad" cuts it off */
    bool keeps_connection, is_connected; /* but not the connection that was made before it */
    int reconnects;
    struct span outgoing, outgoing_new;
    int answers;
    int ticks_left; /* until the power is cut; negative: never */
    bool is_dark;

    /* the service */
    enum mfp_offer offer;
    const char *id, *download, *update, *window, *not_after, *minutes, *release, *notice;
    const char *usage; /* what its days were; NULL: unknown */
    int usages;        /* how often they were told */
    bool is_down, wants_attributes, loses_closed, refuses_trust, has_double_part, cuts_download;
    struct repo
        *repo; /* signed metadata is verified and comes from here; NULL: trust is a matter of refuses_trust */
    struct repo *director;                       /* and this is what the machine is told */
    bool sends_reports;                          /* the agent; takes effect with a restart */
    int64_t look_s;                              /* the same */
    struct device_report report;                 /* the last one that was taken */
    const char *report_digests[MFP_REPORTS_MAX]; /* by counter */
    int sequels[SEQUEL__MAX];                    /* what the reports were */
    int64_t long_poll_s;                         /* of the agent; takes effect with a restart */
    int64_t keeps_open_s; /* polls; 0: does not know how. What is to last longer is cut by a proxy */
    int status;           /* answers every request so; 0: properly */
    struct buf log;
    int polls, successes, failures;

    /* backups and restores */
    bool takes_backups, cuts_upload, forgets_upload, is_cut_before_backup;
    int refuses_upload; /* with this status */
    const char *wanted, *recipient;
    struct age_identity *tenant_key;
    struct mfp_upload uploads[MFP_BACKUPS_MAX];
    int upload_count, backups, wrong_offsets;
    struct span package;          /* sealed settings on offer */
    struct restore_ticket ticket; /* as it is signed */
    int ticket_key;               /* of the repository, that signs it */
    const char *nonce, *result;   /* of the redemption; as the device told */
};

struct mfp *mfp_new(struct arena *arena);
void mfp_end(struct mfp *mfp);
/* Power back: another agent over what rests. */
void mfp_restart(struct mfp *mfp);
/* One step; sleeps are over at once. False: it failed. Restarts when the machine asks for it. */
bool mfp_step(struct mfp *mfp);
/* Until it is idle with nothing offered, at most `steps`. */
void mfp_run(struct mfp *mfp, int steps);
/* True when it got there. */
bool mfp_run_to(struct mfp *mfp, enum agent_phase phase, int steps);
/* The machine's trust anchor is this repository's root; takes effect with a restart, which it makes. */
void mfp_trusts(struct mfp *mfp, struct repo *repo);
/* A director for the machine: it names the two components of MFP_DEPLOYMENT for action 7, as does `repo`. Both may be
 * changed, and published, after. */
struct repo *mfp_directs(struct mfp *mfp, struct repo *repo);
/* The target of a component, as both name it; custom as given. */
struct tuf_target mfp_target(struct mfp *mfp, size_t part, const char *custom);
#define MFP_CUSTOM "\"hardware_ids\":[\"M\"],\"module\":\"%s\",\"release_counter\":4,\"version\":\"2.0\""
/* The machine has settings from now on, and its service takes backups; restarts it. */
void mfp_takes_part(struct mfp *mfp);
/* A machine with settings, an own repository to trust, and a service that takes backups and offers nothing.
 */
struct mfp *mfp_with_settings(struct arena *arena);
/* Offers this snapshot as restore 5, sealed to the device, which must have told its recipient. */
void mfp_offers(struct mfp *mfp, const struct snapshot *snapshot, const char *categories);
/* The same with any bytes, and bytes sealed to the device. */
void mfp_offers_sealed(struct mfp *mfp, struct span sealed, const char *categories);
struct span mfp_seal(struct mfp *mfp, struct span plain);
/* A snapshot of one item with one value for each category: "network", "good", NULL. */
struct snapshot mfp_snapshot(struct arena *arena, const char *model, ...) __attribute__((sentinel));
/* The number of a category in the table. */
size_t mfp_kind(const char *category);
/* The backup that the tenant's key opens. */
struct snapshot mfp_backup(struct mfp *mfp, int number);
/* Upload-Metadata of a backup: a value, decoded. */
const char *mfp_about(struct mfp *mfp, int number, const char *name);
struct span mfp_file_get(const struct mfp *mfp, const char *name);
bool mfp_said(const struct mfp *mfp, const char *words);
int mfp_count(const struct mfp *mfp, const char *words);
