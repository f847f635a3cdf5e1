/* The first three bits of an item's head (RFC 8949, 3.1), for both halves of cbor.h. */
#pragma once

enum major { UINT, NEGATIVE, BYTES, TEXT, LIST, MAP, TAG, OTHER };
