/* How a function says no: one type, on the caller's stack, with a code that says what the caller
 * should do and a sentence for people. Owns no memory. Refuses to know who failed, only why.
 *
 * Contract of every fallible function in this house: returns bool and is CHECKED; `err` is last and
 * never NULL; true: outputs are set; false: outputs are untouched and `err` is full. */
#pragma once

#include "base/base.h"

enum err_code {
    ERR_NONE = 0,
    ERR_INVALID,        /* the caller's words make no sense             400 */
    ERR_UNKNOWN_WHO,    /* no or bad credentials                        401 */
    ERR_FORBIDDEN,      /* known, but may not                           403 */
    ERR_NOT_FOUND,      /* no such thing                                404 */
    ERR_NOT_ALLOWED,    /* not with this method, or not now (DDI)       405 */
    ERR_NOT_ACCEPTABLE, /* cannot answer in that media type             406 */
    ERR_CONFLICT,       /* the thing is not in a state for this         409 */
    ERR_GONE,           /* was here, is over                            410 */
    ERR_PRECONDITION,   /* If-Match, Tus-Resumable: the premise is off  412 */
    ERR_TOO_LARGE,      /* over a stated limit                          413 */
    ERR_MEDIA_TYPE,     /* will not read that Content-Type              415 */
    ERR_RANGE,          /* no such bytes                                416 */
    ERR_LOCKED,         /* somebody else is at it                       423 */
    ERR_TOO_MANY,       /* a quota or rate is used up                   429 */
    ERR_CHECKSUM,       /* tus: the chunk is not what it claims         460 */
    ERR_CORRUPT,        /* our own data fails its check                 500 */
    ERR_IO,             /* disk or network said no                      500 */
    ERR_BUSY,           /* worth trying again                           503 */
    ERR_NO_SPACE,       /* the disk is full                             507 */
    ERR__MAX
};

struct err {
    enum err_code code;
    const char *file;
    int line;
    char text[400];
};

/* The code word ("not_found") and the HTTP status, from the one table in err.c. */
const char *err_word(enum err_code code);
int err_status(enum err_code code);

/* Fills `err` and returns false, so that `return FAIL(...)` is the whole refusal. */
bool err_raise(struct err *err, enum err_code code, const char *file, int line, const char *format, ...)
    PRINTF(5, 6);
#define FAIL(err, code, ...) err_raise((err), (code), __FILE__, __LINE__, __VA_ARGS__)

/* Puts where it happened before what happened: "reading manifest x: short file". Returns false. */
bool err_within(struct err *err, const char *format, ...) PRINTF(2, 3);

/* From errno: ERR_NO_SPACE for ENOSPC/EDQUOT, ERR_NOT_FOUND for ENOENT, else ERR_IO. Returns false. */
bool err_errno(struct err *err, const char *file, int line, const char *what);
#define FAIL_ERRNO(err, what) err_errno((err), __FILE__, __LINE__, (what))
