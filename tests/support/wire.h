/* A client made of bytes: what a test sends is what goes on the wire, and what comes back is shown as it
 * came. */
#pragma once

#include "base/arena.h"
#include "base/base.h"

struct wire;

struct wire_narrow { /* 0: as the kernel likes */
    int segment_bytes, receive_bytes;
};

struct wire_tls {
    const char *ca_path;              /* NULL: the server's certificate is not checked */
    const char *cert_path, *key_path; /* NULL: no client certificate */
    const char *priorities;           /* NULL: the library's */
    const void *ticket;               /* of an earlier wire_ticket() */
    size_t ticket_size;
    struct wire_narrow narrow;
    bool is_dribbling; /* the handshake goes out 40 bytes at a time */
};

struct wire *wire_open(int64_t port);
struct wire *wire_open_narrow(int64_t port, const struct wire_narrow *is);
/* NULL when the handshake fails. */
struct wire *wire_open_tls(int64_t port, const struct wire_tls *tls);
void wire_closep(struct wire **wire);
int wire_fd(const struct wire *wire);

bool wire_send(struct wire *wire, struct span bytes);
bool wire_say(struct wire *wire, const char *format, ...) PRINTF(2, 3);
/* Up to max bytes; 0 at the end of the stream, -1 on reset or after 20 s of silence. */
ssize_t wire_read(struct wire *wire, char *out, size_t max);

struct wire_reply {
    int status;
    struct span head; /* NUL-terminated, with the blank line */
    struct span body;
    bool is_whole; /* as many bytes as Content-Length promised */
};
/* One reply, 1xx skipped. False when the stream ends before a head is complete. */
bool wire_reply(struct wire *wire, struct arena *arena, bool is_head, struct wire_reply *out);
/* Value of a header, or NULL. */
const char *wire_header(struct arena *arena, const struct wire_reply *reply, const char *name);

const char *wire_cipher(const struct wire *wire);
bool wire_is_resumed(const struct wire *wire);
/* Session data for the next handshake, after a reply has been read. */
struct span wire_ticket(struct wire *wire, struct arena *arena);
/* Common name of the server's certificate. */
char *wire_server_name(struct wire *wire, struct arena *arena);
