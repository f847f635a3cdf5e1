#include "tools/fleet/loop.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <curl/curl.h>

#include "base/clock.h"

#define URL_MAX 2048
#define WAIT_MS 200

struct slot { /* one request after another */
    CURL *easy;
    int64_t began_us;
    char url[URL_MAX];
};

struct loop {
    const struct loop_plan *plan;
    struct loop_figures *figures;
    CURLM *multi;
    struct curl_slist *headers;
    struct slot *slots;
};

/* ---- times ------------------------------------------------------------------------- */

static size_t bucket_of(int64_t us)
{
    int shift = 0;

    while (us >> shift >= 32)
        shift++;
    size_t bucket = us < 16 ? (size_t)us : (size_t)(shift * 16) + (size_t)(us >> shift);
    return bucket < LOOP_BUCKETS ? bucket : LOOP_BUCKETS - 1;
}

static int64_t bucket_end(size_t bucket)
{
    size_t shift = bucket < 32 ? 0 : bucket / 16 - 1;

    return (int64_t)(bucket - shift * 16 + 1) << shift;
}

int64_t loop_within_us(const struct loop_figures *figures, int64_t permille)
{
    int64_t all = 0, seen = 0;

    for (size_t i = 0; i < LOOP_BUCKETS; i++)
        all += figures->buckets[i];
    for (size_t i = 0; i < LOOP_BUCKETS; i++) {
        seen += figures->buckets[i];
        if (all && seen * 1000 >= all * permille)
            return bucket_end(i) < figures->longest_us ? bucket_end(i) : figures->longest_us;
    }
    return figures->longest_us;
}

void loop_add(struct loop_figures *to, const struct loop_figures *from)
{
    to->requests += from->requests;
    to->refused += from->refused;
    to->failed += from->failed;
    to->bytes += from->bytes;
    if (from->longest_us > to->longest_us)
        to->longest_us = from->longest_us;
    for (size_t i = 0; i < LOOP_BUCKETS; i++)
        to->buckets[i] += from->buckets[i];
    if (!to->why[0])
        memcpy(to->why, from->why, sizeof(to->why));
}

/* ---- requests -------------------------------------------------------------------------- */

static size_t on_data(char *at, size_t size, size_t count, void *ctx)
{
    struct loop *loop = ctx;

    (void)at;
    loop->figures->bytes += (int64_t)(size * count);
    return size * count;
}

static void slot_set(struct loop *loop, struct slot *slot)
{
    const struct loop_plan *plan = loop->plan;

    curl_easy_setopt(slot->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(slot->easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(slot->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(slot->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(slot->easy, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(slot->easy, CURLOPT_WRITEDATA, loop);
    curl_easy_setopt(slot->easy, CURLOPT_PRIVATE, slot);
    curl_easy_setopt(slot->easy, CURLOPT_HTTPHEADER, loop->headers);
    curl_easy_setopt(slot->easy, CURLOPT_BUFFERSIZE, 256L * 1024);
    curl_easy_setopt(slot->easy, CURLOPT_TIMEOUT, 120L);
    if (plan->ca)
        curl_easy_setopt(slot->easy, CURLOPT_CAINFO, plan->ca);
    if (plan->is_fresh_each) {
        curl_easy_setopt(slot->easy, CURLOPT_FRESH_CONNECT, 1L);
        curl_easy_setopt(slot->easy, CURLOPT_FORBID_REUSE, 1L);
        curl_easy_setopt(slot->easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    }
}

static void slot_go(struct loop *loop, struct slot *slot)
{
    loop->plan->next(loop->plan->ctx, slot->url, sizeof(slot->url));
    curl_easy_setopt(slot->easy, CURLOPT_URL, slot->url);
    slot->began_us = clock_monotonic_us();
    curl_multi_add_handle(loop->multi, slot->easy);
}

static void slot_count(struct loop *loop, struct slot *slot, CURLcode code)
{
    struct loop_figures *figures = loop->figures;
    int64_t us = clock_monotonic_us() - slot->began_us;
    long status = 0;

    if (code != CURLE_OK) {
        if (figures->failed++ == 0)
            snprintf(figures->why, sizeof(figures->why), "%s", curl_easy_strerror(code));
        return;
    }
    curl_easy_getinfo(slot->easy, CURLINFO_RESPONSE_CODE, &status);
    figures->requests++;
    figures->refused += status >= 400;
    figures->buckets[bucket_of(us)]++;
    if (us > figures->longest_us)
        figures->longest_us = us;
}

static bool is_over(const struct loop_plan *plan)
{
    return *plan->stop || clock_monotonic_ms() >= plan->end_ms;
}

/* Each that has ended begins anew. */
static void harvest(struct loop *loop)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(loop->multi, &left))) {
        CURL *easy = message->easy_handle;
        CURLcode code = message->data.result;
        char *kept = NULL;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &kept);
        curl_multi_remove_handle(loop->multi, easy);
        slot_count(loop, (struct slot *)(void *)kept, code);
        if (!is_over(loop->plan))
            slot_go(loop, (struct slot *)(void *)kept);
    }
}

/* ---- a run --------------------------------------------------------------------------------- */

static void loop_open(struct loop *loop)
{
    const struct loop_plan *plan = loop->plan;
    char line[600];

    loop->multi = curl_multi_init();
    loop->slots = calloc(plan->connections, sizeof(*loop->slots));
    if (!loop->multi || !loop->slots)
        abort();
    curl_multi_setopt(loop->multi, CURLMOPT_MAXCONNECTS, (long)plan->connections);
    if (plan->authorization) {
        snprintf(line, sizeof(line), "Authorization: %s", plan->authorization);
        loop->headers = curl_slist_append(NULL, line);
    }
    for (size_t i = 0; i < plan->connections; i++) {
        loop->slots[i].easy = curl_easy_init();
        if (!loop->slots[i].easy)
            abort();
        slot_set(loop, &loop->slots[i]);
        slot_go(loop, &loop->slots[i]);
    }
}

static void loop_close(struct loop *loop)
{
    for (size_t i = 0; i < loop->plan->connections; i++) {
        curl_multi_remove_handle(loop->multi, loop->slots[i].easy);
        curl_easy_cleanup(loop->slots[i].easy);
    }
    curl_multi_cleanup(loop->multi);
    curl_slist_free_all(loop->headers);
    free(loop->slots);
}

static void start_library(void)
{
    if (curl_global_init(CURL_GLOBAL_ALL) != 0)
        abort();
}

bool loop_run(const struct loop_plan *plan, struct loop_figures *out, struct err *err)
{
    struct loop_figures figures = {.requests = 0};
    struct loop loop = {.plan = plan, .figures = &figures};
    CURLMcode code = CURLM_OK;
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    int running = 1;

    pthread_once(&once, start_library);
    loop_open(&loop);
    while (code == CURLM_OK && !is_over(plan)) {
        code = curl_multi_perform(loop.multi, &running);
        harvest(&loop);
        if (code == CURLM_OK)
            code = curl_multi_poll(loop.multi, NULL, 0, WAIT_MS, NULL);
    }
    loop_close(&loop);
    if (code != CURLM_OK)
        return FAIL(err, ERR_IO, "%s", curl_multi_strerror(code));
    *out = figures;
    return true;
}
