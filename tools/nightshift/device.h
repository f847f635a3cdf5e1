/* What the files of `device` share. */
#pragma once

#include "base/json.h"

/* Where an update changed settings: the command that shows which. Its dossier and its `why` have the fact alike. */
void device_say_drift(const struct json *told);
