/* Between the parser's files and who reads by it. */
#pragma once

#include "signing/package.h"
#include "signing/parser.h"

struct parser_ask { /* what the keeper is told, with the archive and the socket for the answer beside it */
    struct package_limits limits;
};

/* What taking apart a file of this size may cost at the very most: seconds of processor time, which the parser is given,
 * and milliseconds that the service waits for it in all, on a machine that has other work. */
int64_t parser_seconds(int64_t file_size, const struct package_limits *limits);
int64_t parser_patience_ms(int64_t file_size, const struct package_limits *limits);
/* The socket on which the parser of this archive answers. `fd` stays the caller's. ERR_BUSY: the keeper is gone. */
bool parser_ask(struct parser *parser, int fd, const struct package_limits *limits, int *out,
                struct err *err) CHECKED;
/* ERR_BUSY: the keeper is gone. */
bool parser_is_there(const struct parser *parser, struct err *err) CHECKED;
/* The keeper's life: returns when nobody can ask any more. */
void parser_keep(int asks, const struct confine *confine);
