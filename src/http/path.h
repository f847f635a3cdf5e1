/* Request targets as paths and queries, and matching a path against a pattern of literals and {names}:
 * "/api/v1/rollouts/{id}/pause". */
#pragma once

#include "base/err.h"
#include "http/http.h"

/* Each {name} takes one non-empty segment, percent-decoded, into args in order. False when it does not match;
 * true with *is_bad set when it matches but a segment cannot be decoded or holds '/', '\\', NUL or is . or ..
 */
bool path_match(struct arena *arena, const char *pattern, const char *path, const char *args[HTTP_ARGS_MAX],
                bool *is_bad);

/* The raw path of a request target, without // or a trailing /, and its raw query. False for a target that is
 * neither a path nor "*", or that holds blanks or control characters. */
bool path_normal(struct arena *arena, const char *target, const char **path, const char **query);

/* Decoded name=value pairs in order. */
bool path_query(struct arena *arena, const char *text, struct http_pair *out, size_t max, size_t *count,
                struct err *err) CHECKED;
