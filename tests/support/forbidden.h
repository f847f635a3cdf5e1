/* What a confined process asks for: what it must not have, and what it needs. */
#pragma once

#include <netinet/in.h>
#include <sys/un.h>

#include "base/confine.h"
#include "support/unit.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED true /* such a build may read every file, and leaves a core file to its leak checker */
#else
#define IS_SANITIZED false
#endif

struct place { /* made before the process is confined */
    const char *own, *other;
    struct sockaddr_in listener;
    struct sockaddr_un abstract;
    socklen_t abstract_size;
    int to_connect, to_bind, data; /* sockets that are nothing yet; a file that is open already */
};

/* What of the kernel refuses it: one of them is enough. */
enum forbidden_by {
    PATHS = 1,
    CALLS = 2,
    SCOPES = 4,
    PORTS = 8,
    ALWAYS = 16,
    UNSANITIZED = 32 /* and no sanitizer */
};

struct attempt {
    const char *what;
    int (*ask)(const struct place *place); /* 0, or what errno says */
    int by;
    bool may[CONFINE__MAX]; /* service, signer, parser */
};
extern const struct attempt attempts[];
extern const size_t attempt_count;

void place_make(struct unit *unit, struct place *place);
void place_drop(const struct place *place);
