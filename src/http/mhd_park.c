/* Requests whose answer can wait: the connection is suspended, and asked again when woken. What was answered
 * the first time is thrown away, so that nothing old is ever sent. */
#include "http/mhd.h"

#include <stddef.h>

#include "base/clock.h"

static struct request *request_of(struct parked *parked)
{
    return (struct request *)((char *)parked - offsetof(struct request, parked));
}

static void hold(struct parked *parked)
{
    MHD_suspend_connection(request_of(parked)->conn->mhd);
}

static void wake(struct parked *parked)
{
    MHD_resume_connection(request_of(parked)->conn->mhd);
}

/* Half of the connections stay free for those who want something now. */
bool mhd_park_start(struct http *http, struct err *err)
{
    return park_start(&http->park, http->options.connections_max / 2, hold, wake, err);
}

void mhd_park_ask(struct request *r)
{
    int64_t left_ms;

    r->park_mark = park_mark(r->http->park);
    if (!r->is_parked)
        return;
    left_ms = r->parked.until_ms - clock_monotonic_ms();
    r->is_parked = false;
    r->req.is_woken = true;
    r->req.wait_left_ms = left_ms > 0 ? left_ms : 0;
    r->req.now_ms = clock_now_ms();
    r->started_us += clock_monotonic_us() - r->parked_us; /* waiting is no work of ours */
}

bool mhd_park(struct request *r)
{
    int64_t wait_ms = r->reply.wait_ms, now_ms = clock_monotonic_ms();

    if (wait_ms <= 0 || r->reply.source.at)
        return false;
    if (r->req.is_woken && wait_ms > r->req.wait_left_ms)
        wait_ms = r->req.wait_left_ms;
    r->parked = (struct parked){.key = r->reply.wait_key,
                                .group = r->reply.wait_group,
                                .until_ms = wait_ms > 0 ? now_ms + wait_ms : 0,
                                .fd = r->conn->fd};
    r->parked_us = clock_monotonic_us();
    r->is_parked = true;
    r->step = STEP_BODY;
    if (park_enter(r->http->park, &r->parked, r->park_mark))
        return true;
    r->is_parked = false;
    r->step = STEP_ANSWER;
    return false;
}

void http_wake(struct http *http, uint64_t key)
{
    park_ring(http->park, key);
}

void http_wake_group(struct http *http, uint64_t group, int64_t spread_ms)
{
    park_ring_group(http->park, group, spread_ms);
}
