/* CBOR (RFC 8949) as another spelling of JSON: what JSON can say goes both ways, everything else is refused
 * by name. Knows bytes and JSON text, no door and no noun. */
#pragma once

#include "base/arena.h"
#include "base/base.h"
#include "base/err.h"

/* The same document in CBOR: definite lengths, the shortest heads, members in their order. ERR_INVALID when
 * json_parse refuses the text. */
bool cbor_from_json(struct arena *arena, struct span json, struct span *out, struct err *err) CHECKED;

/* One CBOR item as JSON text for json_parse, which still refuses members named twice. Bounded like JSON:
 * depth <= JSON_DEPTH_MAX (a tag counts), items <= JSON_VALUES_MAX, the text at most eight times as long as the
 * bytes and a little. Definite and indefinite lengths; tags 0, 1 and 55799 are passed over.
 * Refused with ERR_INVALID: byte strings, undefined and other simple values, NaN and infinities, integers
 * beyond 64 bits with a sign, text that is not UTF-8, names that are no text, bytes after the item. */
bool cbor_to_json(struct arena *arena, struct span cbor, struct span *out, struct err *err) CHECKED;
