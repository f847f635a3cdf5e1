/* Sealing and opening whole files in memory, for tests of the age room. */
#pragma once

#include "base/buf.h"
#include "signing/age_armor.h"
#include "signing/age_header.h"
#include "signing/age_stream.h"
#include "support/unit.h"

struct age_sink age_test_sink(struct buf *to);
/* In pieces of `piece` bytes. */
bool age_test_seal(const struct age_to *to, struct span plain, size_t piece, struct buf *out,
                   struct err *err) CHECKED;
bool age_test_open(const struct age_identity *by, struct span bytes, size_t piece, struct buf *out,
                   struct err *err) CHECKED;
bool age_test_armor(struct span bytes, size_t piece, struct buf *out, struct err *err) CHECKED;
bool age_test_dearmor(struct span text, size_t piece, struct buf *out, struct err *err) CHECKED;
/* Bytes that differ from place to place. */
struct span age_test_plain(struct arena *arena, size_t size);
/* An identity that ends with the arena. */
struct age_identity *age_test_identity(struct arena *arena);
/* Of a new file key, for those identities. */
struct span age_test_header(struct unit *unit, const struct age_identity *const *whose, size_t count);
