/* The image repository as the signer sees it: by the client that devices use, from a root that the signer itself keeps,
 * the files fetched through whoever asks. Expiry does not count here: a device asks that itself, of both repositories,
 * and this one has no clock. What was seen once is never believed lower. */
#pragma once

#include "signing/signer_ask.h"

struct signer_image;

/* DIR is where it keeps what it has verified, `anchor` the root to begin with. */
void signer_image_open(struct signer_image **out, const char *dir, const char *anchor);
void signer_image_closep(struct signer_image **image);
/* The image repository has news, or may have: it is looked at again when next asked. */
void signer_image_stale(struct signer_image *image);
/* *is_there: it has a target of that name. False: the repository could not be read or is not to be believed. */
bool signer_image_find(struct signer_image *image, const struct signer_source *source, const char *path,
                       struct tuf_target *out, bool *is_there, struct err *err) CHECKED;
