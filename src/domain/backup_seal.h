/* The passphrase that seals key files: in a file of its own, which may lie outside of the data folder (a
 * systemd credential), so that a copy of that folder opens nothing. */
#pragma once

#include "domain/world.h"
#include "signing/age.h"

/* ERR_NOT_FOUND names the file and the setting. */
bool backup_seal_open(struct world *world, struct age_identity **out, struct err *err) CHECKED;
/* The same; makes it when there is none. */
bool backup_seal_need(struct world *world, struct age_identity **out, struct err *err) CHECKED;
