/* One thread per service that wakes stalled handshakes when their bytes arrive and closes what takes too
 * long. The HTTP library's own timeout starts anew with every byte, and knows no suspended connections; ours
 * are absolute. Knows neither library: waking is a function it was given.
 *
 * It never closes a descriptor, only shuts it down: the owner notices and closes in its own time. */
#pragma once

#include "base/err.h"
#include "http/conn.h"
#include "http/spare.h"

struct reaper;

struct reaper_limits {
    int64_t head_ms;      /* handshake; first request on a connection; one head */
    int64_t idle_ms;      /* silence between requests */
    int64_t body_bytes_s; /* judged over stretches of body_grace_ms */
    int64_t body_grace_ms;
    int64_t send_stall_ms;   /* no byte acknowledged by the reader */
    int64_t crowd;           /* with more connections than this, idle ones go after 2 s */
    int64_t handshake_crowd; /* with more handshakes stalled than this, they go after 2 s */
};

/* It looks after the spare descriptors, too. */
bool reaper_start(struct reaper **out, struct conn_register *home, struct spare *spare,
                  const struct reaper_limits *limits, void (*resume)(struct conn *conn),
                  struct err *err) CHECKED;
/* After the last connection has left. */
void reaper_stopp(struct reaper **reaper);

int reaper_watch_fd(const struct reaper *reaper);
/* Resume this suspended connection when something arrives. Called under the register's lock. */
void reaper_watch(struct reaper *reaper, struct conn *conn);
/* Resumes all that wait and lets none wait again. */
void reaper_release_all(struct reaper *reaper);
/* Owns fd from now on. */
void reaper_linger(struct reaper *reaper, int fd);
int64_t reaper_count(const struct reaper *reaper); /* connections cut so far */
