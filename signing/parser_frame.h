/* What a parser says to the service: frames of a kind, a number and some bytes. Both ends are the same program. */
#pragma once

#include "base/err.h"

#define PARSER_BYTES_MAX (256 * 1024)

enum parser_kind {
    PARSER_ENTRY,  /* number: its size; bytes: its name */
    PARSER_BYTES,  /* of the entry */
    PARSER_LAST,   /* the entry is over */
    PARSER_END,    /* the archive is over, and was well-formed to its last byte */
    PARSER_FAILED, /* number: err_code; bytes: words */
    PARSER__MAX
};

struct parser_frame {
    uint32_t kind, size;
    int64_t number;
};

/* False: nobody listens any more. */
bool parser_frame_send(int fd, enum parser_kind kind, int64_t number, struct span bytes);
/* How long is waited for who speaks: at a time, and in all of what he says. */
struct parser_patience {
    int once_ms;
    int64_t left_ms; /* what was waited is taken from it; 0: no more */
};
/* `bytes` has room for PARSER_BYTES_MAX. ERR_IO: it ended; ERR_BUSY: it says nothing, or too little at a time;
 * ERR_INVALID: this is no frame. */
bool parser_frame_get(int fd, struct parser_patience *patience, struct parser_frame *out, char *bytes,
                      struct err *err) CHECKED;
