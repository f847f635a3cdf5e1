/* One exchange on the wire, shared by client.c (which knows libcurl), client_transfer.c and client_options.c
 * (which do not).
 */
#pragma once

#include "tools/common/client.h"

struct client {
    struct arena *arena;
    struct client_options options;
    void *curl;          /* the library's handle: one connection kept open */
    size_t origin_size;  /* of base_url: scheme://host:port */
    char *authorization; /* the whole header line; wiped at the end */
};

#define CLIENT_HEADERS_MAX 128
#define CLIENT_HEADER_BYTES_MAX (64 * 1024)

struct exchange {
    struct arena *arena;
    const char *method, *where;
    const char *const *headers; /* NULL, or ended by NULL */
    struct span body;           /* or, with has_file, these bytes of it */
    bool has_file;
    int fd;
    int64_t file_offset, file_size;
    bool is_transfer; /* bounded by speed, not by one deadline */
    void *ctx;
    /* Once, when the head of the final answer is in; then its bytes. A refusal ends the exchange with it. */
    bool (*head)(void *ctx, const struct answer *answer, struct err *err);
    bool (*data)(void *ctx, struct span bytes, struct err *err);
    void (*sent)(void *ctx, int64_t bytes); /* may be NULL */

    struct answer answer; /* filled as it arrives; body stays empty */
};

/* The answer to the end, or a refusal as client.h says. */
bool client_exchange(struct client *client, struct exchange *exchange, struct err *err) CHECKED;
int64_t client_answer_max(const struct client *client);

struct client_options client_options_copy(struct arena *arena, const struct client_options *from);
void client_forget(struct client *client); /* the credential */
bool client_is_web(const char *url);
size_t client_origin_size(const char *url);
bool client_is_home(const struct client *client,
                    const char *url); /* the base URL's origin: gets our credential */
char *client_url(const struct client *client, struct arena *arena, const char *where);
