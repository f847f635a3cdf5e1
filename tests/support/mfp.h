/* A printer and its service in memory, to run the agent's machine against: what rests survives a power cut,
 * which may come before and after every single thing that has an effect. */
#pragma once

#include "base/buf.h"
#include "support/tuf_repo.h"
#include "tools/agent/agent.h"

#define MFP_NOW_MS INT64_C(1788344100000)
#define MFP_PARTS 2

enum mfp_offer { MFP_NOTHING, MFP_DEPLOYMENT, MFP_CANCEL };

struct mfp_file {
    const char *name;
    struct span bytes;
};

struct mfp {
    struct arena *arena;
    struct agent *agent;
    int64_t now_ms;

    /* the printer */
    struct mfp_file files[40];
    size_t file_count;
    const char *versions[MFP_PARTS];
    int flashed[MFP_PARTS]; /* how often it was written to the end */
    int64_t fetched[MFP_PARTS];
    bool is_whole[MFP_PARTS];
    int boots;
    char boot[20];
    bool wants_restart, is_busy, fails_install, fails_self_test, keeps_old_version;
    int64_t install_ms; /* an installation takes that long */
    int64_t install_end_ms;
    int ticks_left; /* until the power is cut; negative: never */
    bool is_dark;

    /* the service */
    enum mfp_offer offer;
    const char *id, *download, *update, *window, *not_after, *minutes, *release;
    bool is_down, wants_attributes, loses_closed, refuses_trust, has_double_part, cuts_download;
    struct repo
        *repo; /* signed metadata is verified and comes from here; NULL: trust is a matter of refuses_trust */
    int64_t long_poll_s;  /* of the agent; takes effect with a restart */
    int64_t keeps_open_s; /* polls; 0: does not know how. What is to last longer is cut by a proxy */
    int status;           /* answers every request so; 0: properly */
    struct buf log;
    int polls, successes, failures;
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
struct span mfp_file_get(const struct mfp *mfp, const char *name);
bool mfp_said(const struct mfp *mfp, const char *words);
int mfp_count(const struct mfp *mfp, const char *words);
