/* A server that knows its lines by heart: the n-th connection gets the n-th answer, and what was asked is
 * kept. */
#pragma once

#include <pthread.h>

#include "support/unit.h"
#include "tools/common/client.h"

struct actor {
    int listener;
    pthread_t thread;
    const char *const *answers; /* ended by NULL; each connection carries one */
    char asked[8][2048];        /* what came */
    size_t count;
    char url[64];
};

void actor_open(struct actor *actor, const char *const *answers);
void actor_close(struct actor *actor);
/* A client whose base URL it is, with the credential "Bearer secret" and answers of 1000 bytes at most. */
struct client *actor_client(struct unit *unit, const struct actor *actor);

#define PLAY(...)                                                                                            \
    static const char *const answers[] = {__VA_ARGS__, NULL};                                                \
    AUTO(actor_close) struct actor actor;                                                                    \
    actor_open(&actor, answers);                                                                             \
    AUTO(client_closep) struct client *client = actor_client(unit, &actor)

#define NOTHING ((struct span){NULL, 0})

/* An unnamed file. */
int actor_scratch(void);
