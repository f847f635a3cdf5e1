/* The two ends of the way to a signer that is another process: a socket pair, one ask at a time. The end in
 * the service holds no key; the other serves until its peer is gone. Starts and stops no process. */
#pragma once

#include "signing/signer_desk.h"

struct signer_pipe; /* the service's end; safe from any thread */

/* Takes the socket. */
void signer_pipe_open(struct signer_pipe **out, int fd);
void signer_pipe_closep(struct signer_pipe **pipe);
/* ERR_BUSY once the signer is gone: nothing is signed until the service is started again. */
bool signer_pipe_ask(struct signer_pipe *pipe, struct arena *arena, const struct signer_ask *ask,
                     const struct signer_source *images, struct signer_answer *out, struct err *err) CHECKED;
bool signer_pipe_is_gone(struct signer_pipe *pipe);

/* The signer's end: true when the service closed its own. */
bool signer_pipe_serve(int fd, struct signer_desk *desk, struct err *err) CHECKED;
