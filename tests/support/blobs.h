/* A folder of blobs, looked at from outside. */
#pragma once

#include "base/arena.h"

/* How many are being written. */
int blobs_temporaries(struct arena *arena, const char *dir);
