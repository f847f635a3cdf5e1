/* The tar that package_build writes: the same entries give the same bytes. Knows no manifest. */
#pragma once

#include "base/base.h"
#include "base/err.h"

struct package_writer;

/* Writes to `fd` from where it stands. */
bool package_writer_open(int fd, bool is_compressed, struct package_writer **out, struct err *err) CHECKED;
void package_writer_closep(struct package_writer **writer);
/* Exactly `size` bytes have to follow. */
bool package_writer_entry(struct package_writer *writer, const char *name, int64_t size,
                          struct err *err) CHECKED;
bool package_writer_bytes(struct package_writer *writer, struct span bytes, struct err *err) CHECKED;
/* The end marker; all bytes have been given to `fd`. */
bool package_writer_finish(struct package_writer *writer, struct err *err) CHECKED;
