/* tus 1.0.0: core, creation, creation-with-upload, creation-defer-length, checksum, expiration, termination.
 * One machine behind several doors; a face says what is particular to one. */
#pragma once

#include "api/api.h"
#include "domain/upload.h"

struct tus_done {
    bool is_done;
    int64_t size, id; /* the upload had that length and became this */
};

struct tus_face {
    const char *(*location)(struct call *call); /* of all uploads behind this door, no trailing slash */
    int64_t (*max_bytes)(struct call *call);
    size_t upload_arg; /* which part of the path is the upload */

    /* NULL, or: may this be begun at all? Then the length must be known. */
    bool (*check)(struct call *call, int64_t length, const char *metadata, struct err *err);
    /* NULL, or: all bytes are on disk; the request is answered when this is done, with *id in the header
     * `done_header`. May be asked again. */
    bool (*whole)(struct call *call, const char *upload, int64_t *id, struct err *err);
    /* NULL, or: has this upload become what it was for? */
    bool (*became)(struct call *call, const char *upload, struct tus_done *out, struct err *err);
    const char *done_header;
};

bool tus_options(struct call *call, const struct tus_face *face);
/* Without bytes the upload is made by the handler; with bytes it must be there before them. */
bool tus_make_sink(struct call *call, const struct tus_face *face, struct sink **out,
                   struct err *err) CHECKED;
bool tus_make(struct call *call, const struct tus_face *face, struct err *err) CHECKED;
bool tus_head(struct call *call, const struct tus_face *face, struct err *err) CHECKED;
bool tus_patch_sink(struct call *call, const struct tus_face *face, struct sink **out,
                    struct err *err) CHECKED;
bool tus_patch(struct call *call, const struct tus_face *face, struct err *err) CHECKED;
bool tus_drop(struct call *call, const struct tus_face *face, struct err *err) CHECKED;
