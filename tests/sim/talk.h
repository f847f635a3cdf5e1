/* What a machine and the service say to each other: one request a call, over a line that loses, repeats and
 * delays. */
#pragma once

#include "domain/checkin.h"
#include "sim/sim.h"

struct heard { /* the answer to a check-in */
    int kind;  /* of struct checkin */
    int64_t action, sleep_s;
    bool wants_attributes;
};
/* false: it was not heard. What the service did for it stays done. */
bool talk_ask(struct sim *sim, struct machine *m, struct heard *out);

struct allowed { /* a deployment as the machine reads it */
    int64_t action, release, closes_ms;
    bool may_download, may_install, has_window;
};
enum talk { TALK_LOST, TALK_GONE, TALK_READ };
enum talk talk_read(struct sim *sim, struct machine *m, int64_t action, struct allowed *out);

/* Feedback. false: the machine does not know that it was heard. Text may be NULL. */
bool talk_say(struct sim *sim, struct machine *m, const struct word *word);
/* A word that was on its way arrives. */
void talk_late(struct sim *sim, int at);
/* A yes or a no of somebody at the panel. */
void talk_confirm(struct sim *sim, struct machine *m, int64_t action, bool is_yes);
/* configData: which version runs. */
void talk_version(struct sim *sim, struct machine *m);
