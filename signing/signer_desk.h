/* Who holds the online keys of every repository under one folder and signs with them. Opens the key files
 * when first asked; the only one that does while the service runs. Knows no pipe and no process; not for two
 * threads at once. */
#pragma once

#include "signing/signer_ask.h"

struct signer_desk;

/* DIR is the service's data folder: the keys lie in DIR/trust/PLACE. Nothing is read yet. clock_ms: the wall clock, which
 * bounds a director's versions, not their expiry; NULL: there is none to be believed. */
bool signer_desk_open(struct signer_desk **out, const char *dir, int64_t (*clock_ms)(void),
                      struct err *err) CHECKED;
void signer_desk_closep(struct signer_desk **desk);
/* One ask, whoever it comes from: everything in it is checked. `arena` is for what it takes meanwhile; `images` may be
 * NULL where no device is told anything. */
bool signer_desk_serve(struct signer_desk *desk, struct arena *arena, const struct signer_ask *ask,
                       const struct signer_source *images, struct signer_answer *out,
                       struct err *err) CHECKED;
