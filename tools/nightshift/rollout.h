/* What the files of `rollout` share. */
#pragma once

#include "base/buf.h"
#include "tools/nightshift/cli.h"

bool rollout_id(struct cli *cli, const char **out, struct err *err) CHECKED;
char *rollout_path(struct cli *cli, const char *id, const char *after);
/* Head line and one row per stage. */
void rollout_add(struct buf *out, const struct json *rollout);
/* Adds "terms" when any --term was given. */
bool terms_add(struct cli *cli, struct json_out *body, struct err *err) CHECKED;
void rollout_show(struct cli *cli, const struct json *rollout);
