/* A rollout of a newer release ends older ones of its family, where its terms say so. One that it serves as a
 * whole is finished; another one goes on for those that the newer does not select, and is finished with them; its
 * others are offered nothing by it any more, in whatever stage of the newer they are, until that is aborted. What was offered
 * and has not begun is replaced when the newer offers. */
#pragma once

#include "domain/world.h"
#include "model/rollout.h"

/* Inside the tx that lets `newer` run. */
bool supersede_older(struct world *world, struct arena *arena, const struct rollout *newer, int64_t now_ms,
                     struct err *err) CHECKED;
