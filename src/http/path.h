/* Matching a path against a pattern of literals and {names}: "/api/v1/rollouts/{id}/pause". */
#pragma once

#include "http/http.h"

/* Each {name} takes one non-empty segment, percent-decoded, into args in order. False when it does not match;
 * true with *is_bad set when it matches but a segment cannot be decoded or holds '/', '\\', NUL or is . or .. */
bool path_match(struct arena *arena, const char *pattern, const char *path, const char *args[HTTP_ARGS_MAX],
                bool *is_bad);
