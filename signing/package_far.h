/* An archive that a parser takes apart: package_tar.h over a socket. */
#pragma once

#include "signing/package_tar.h"
#include "signing/parser.h"

struct package_far;

bool package_far_open(struct parser *parser, int fd, const struct package_limits *limits,
                      struct package_far **out, struct err *err) CHECKED;
/* What is said on this socket, whoever says it; takes the socket. patience_ms: waited in all. */
struct package_far *package_far_hear(int answer, int64_t file_size, const struct package_limits *limits,
                                     int64_t patience_ms);
void package_far_closep(struct package_far **far); /* wipes what it held */
enum package_step package_far_entry(struct package_far *far, struct package_entry *out,
                                    struct err *err) CHECKED;
enum package_step package_far_bytes(struct package_far *far, struct span *out, struct err *err) CHECKED;
bool package_far_is_broken(
    const struct package_far *far); /* it ended before its time, or said what none says */
int64_t package_far_size(const struct package_far *far); /* of the file */
