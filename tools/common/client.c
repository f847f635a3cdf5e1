#include "tools/common/client_parts.h"

#include <pthread.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/text.h"

/* ---- opening and closing --------------------------------------------------- */

static void start_library(void)
{
    if (curl_global_init(CURL_GLOBAL_ALL) != 0)
        abort();
}

bool client_open(const struct client_options *options, struct client **out, struct err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct client *client;

    if (!text_blank(options->base_url) && !client_is_web(options->base_url))
        return FAIL(err, ERR_INVALID, "\"%s\" is not an http or https URL", options->base_url);
    pthread_once(&once, start_library);
    client = calloc(1, sizeof(*client));
    if (!client)
        abort();
    client->arena = arena_new();
    client->options = client_options_copy(client->arena, options);
    client->curl = curl_easy_init();
    if (!client->curl)
        abort();
    if (!text_blank(options->base_url))
        client->origin_size = client_origin_size(client->options.base_url);
    client_authorize(client, options->authorization);
    *out = client;
    return true;
}

void client_reconnect(struct client *client)
{
    curl_easy_cleanup(client->curl);
    client->curl = curl_easy_init();
    if (!client->curl)
        abort();
}

void client_closep(struct client **client)
{
    if (!*client)
        return;
    client_forget(*client);
    curl_easy_cleanup((*client)->curl);
    arena_freep(&(*client)->arena);
    free(*client);
    *client = NULL;
}

/* ---- an answer as it arrives ------------------------------------------------- */

struct run {
    struct client *client;
    struct exchange *exchange;
    struct err refusal;
    bool is_refused, has_head;
    size_t header_count, header_bytes;
    int64_t file_at;
};

static size_t refused(struct run *run)
{
    run->is_refused = true;
    return CURL_READFUNC_ABORT; /* in a write or header callback: any count that is not what came */
}

static size_t refuse(struct run *run, enum err_code code, const char *what)
{
    (void)!FAIL(&run->refusal, code, "%s", what);
    return refused(run);
}

/* Every status line begins a new answer: 100, a proxy's 407, the real one. */
static size_t on_header(char *at, size_t size, size_t count, void *ctx)
{
    struct run *run = ctx;
    struct exchange *exchange = run->exchange;
    struct span line = text_trim(span_make(at, size * count));

    if (line.size >= 5 && strncasecmp(line.at, "HTTP/", 5) == 0)
        run->header_count = run->header_bytes = 0;
    else if (line.size) {
        const char **headers = (const char **)(uintptr_t)exchange->answer.headers;

        run->header_bytes += line.size;
        if (run->header_count == CLIENT_HEADERS_MAX || run->header_bytes > CLIENT_HEADER_BYTES_MAX)
            return refuse(run, ERR_TOO_LARGE, "the answer's headers have no end");
        headers[run->header_count++] = arena_text(exchange->arena, line);
        headers[run->header_count] = NULL;
    }
    return size * count;
}

static bool tell_head(struct run *run)
{
    struct exchange *exchange = run->exchange;
    long status = 0;

    if (run->has_head)
        return true;
    run->has_head = true;
    curl_easy_getinfo(run->client->curl, CURLINFO_RESPONSE_CODE, &status);
    exchange->answer.status = (int)status;
    return exchange->head(exchange->ctx, &exchange->answer, &run->refusal);
}

static size_t on_data(char *at, size_t size, size_t count, void *ctx)
{
    struct run *run = ctx;

    if (!tell_head(run) ||
        !run->exchange->data(run->exchange->ctx, span_make(at, size * count), &run->refusal))
        return refused(run);
    return size * count;
}

/* ---- a request as it leaves -------------------------------------------------- */

static size_t on_read(char *at, size_t size, size_t count, void *ctx)
{
    struct run *run = ctx;
    struct exchange *exchange = run->exchange;
    int64_t left = exchange->file_size - run->file_at;
    size_t want = size * count;
    ssize_t got;

    if ((int64_t)want > left)
        want = (size_t)left;
    if (!want)
        return 0;
    got = pread(exchange->fd, at, want, exchange->file_offset + run->file_at);
    if (got <= 0)
        return refuse(run, ERR_CONFLICT, "the file became shorter while it was read");
    run->file_at += got;
    return (size_t)got;
}

/* A proxy that asks for a name first gets the body again. */
static int on_seek(void *ctx, curl_off_t offset, int origin)
{
    struct run *run = ctx;

    if (origin != SEEK_SET || offset < 0 || offset > run->exchange->file_size)
        return CURL_SEEKFUNC_FAIL;
    run->file_at = offset;
    return CURL_SEEKFUNC_OK;
}

static int on_progress(void *ctx, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up)
{
    struct run *run = ctx;
    const volatile sig_atomic_t *stop = run->client->options.stop;

    (void)down_total;
    (void)down;
    (void)up_total;
    if (run->exchange->sent)
        run->exchange->sent(run->exchange->ctx, up);
    return stop && *stop;
}

/* ---- an exchange -------------------------------------------------------------- */

static long proxy_auth(const char *kind)
{
    if (text_equal(kind, "basic"))
        return (long)CURLAUTH_BASIC;
    return text_equal(kind, "digest") ? (long)CURLAUTH_DIGEST : (long)(CURLAUTH_BASIC | CURLAUTH_DIGEST);
}

static void set_connection(CURL *curl, const struct client_options *options)
{
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)options->connect_timeout_ms);
    curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, options->agent);
    if (options->ca_file) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, options->ca_file);
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL); /* this CA and no other */
    }
    if (options->cert_file) {
        curl_easy_setopt(curl, CURLOPT_SSLCERT, options->cert_file);
        curl_easy_setopt(curl, CURLOPT_SSLKEY, options->key_file);
    }
    if (options->proxy)
        curl_easy_setopt(curl, CURLOPT_PROXY, options->proxy);
    if (options->no_proxy)
        curl_easy_setopt(curl, CURLOPT_NOPROXY, options->no_proxy);
    if (options->proxy_user) {
        curl_easy_setopt(curl, CURLOPT_PROXYUSERPWD, options->proxy_user);
        curl_easy_setopt(curl, CURLOPT_PROXYAUTH, proxy_auth(options->proxy_auth));
    }
}

/* What the request itself allows to take longer. */
static int64_t wait_ms(const struct exchange *exchange)
{
    static const char prefer[] = "Prefer: wait=";
    const char *const *headers = exchange->headers;

    for (; headers && *headers; headers++)
        if (text_starts(*headers, prefer))
            return (int64_t)strtoul(*headers + sizeof(prefer) - 1, NULL, 10) * 1000;
    return 0;
}

static void set_limits(CURL *curl, const struct client_options *options, const struct exchange *exchange)
{
    if (!exchange->is_transfer) {
        curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(options->answer_timeout_ms + wait_ms(exchange)));
        return;
    }
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, (long)options->low_speed_bytes);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)options->low_speed_s);
    curl_easy_setopt(curl, CURLOPT_MAX_RECV_SPEED_LARGE, (curl_off_t)options->speed_max_bytes_s);
    curl_easy_setopt(curl, CURLOPT_MAX_SEND_SPEED_LARGE, (curl_off_t)options->speed_max_bytes_s);
}

static void set_callbacks(CURL *curl, struct run *run)
{
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, run);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, run);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(curl, CURLOPT_READDATA, run);
    curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, on_seek);
    curl_easy_setopt(curl, CURLOPT_SEEKDATA, run);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, run);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
}

static void set_method(CURL *curl, const struct exchange *exchange)
{
    if (exchange->has_file) {
        curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)exchange->file_size);
    } else if (exchange->body.size || text_equal(exchange->method, "POST")) {
        curl_easy_setopt(curl, CURLOPT_POST, 1L);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)exchange->body.size);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, exchange->body.size ? exchange->body.at : "");
    } else if (text_equal(exchange->method, "HEAD")) {
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    } else {
        curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, exchange->method);
}

static void list_freep(struct curl_slist **list)
{
    curl_slist_free_all(*list);
}

static void list_add(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);

    if (!longer)
        abort();
    *list = longer;
}

static struct curl_slist *headers_of(const struct client *client, const struct exchange *exchange,
                                     const char *url)
{
    struct curl_slist *list = NULL;
    bool has_type = false;

    for (size_t i = 0; exchange->headers && exchange->headers[i]; i++) {
        has_type = has_type || strncasecmp(exchange->headers[i], "Content-Type:", 13) == 0;
        list_add(&list, exchange->headers[i]);
    }
    if (!has_type)
        list_add(&list, exchange->body.size ? "Content-Type: application/json" : "Content-Type:");
    list_add(&list, "Expect:"); /* a second round trip that most of our bodies do not deserve */
    if (client->authorization && client_is_home(client, url))
        list_add(&list, client->authorization);
    return list;
}

static bool outcome(const struct run *run, CURLcode code, const char *detail, struct err *err)
{
    const char *why = detail[0] ? detail : curl_easy_strerror(code);

    if (run->is_refused) {
        *err = run->refusal;
        return false;
    }
    switch (code) {
    case CURLE_OK:
        return true;
    case CURLE_ABORTED_BY_CALLBACK:
        return FAIL(err, ERR_GONE, "stopped");
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
        return FAIL(err, ERR_INVALID, "%s", why);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
        return FAIL(err, ERR_FORBIDDEN, "the server's certificate is not trusted: %s", why);
    default:
        return FAIL(err, ERR_IO, "%s", why);
    }
}

bool client_exchange(struct client *client, struct exchange *exchange, struct err *err)
{
    const char *url = client_url(client, exchange->arena, exchange->where);
    struct run run = {.client = client, .exchange = exchange};
    char detail[CURL_ERROR_SIZE] = "";
    AUTO(list_freep) struct curl_slist *list = NULL;
    CURLcode code;

    if (!client_is_web(url))
        return FAIL(err, ERR_INVALID, "\"%s\" is not an http or https URL", url);
    exchange->answer.headers = ARENA_MANY(exchange->arena, const char *, CLIENT_HEADERS_MAX + 1);
    list = headers_of(client, exchange, url);
    curl_easy_reset(client->curl);
    set_connection(client->curl, &client->options);
    set_limits(client->curl, &client->options, exchange);
    set_callbacks(client->curl, &run);
    set_method(client->curl, exchange);
    curl_easy_setopt(client->curl, CURLOPT_URL, url);
    curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(client->curl, CURLOPT_ERRORBUFFER, detail);
    code = curl_easy_perform(client->curl);
    if (code == CURLE_OK && !tell_head(&run))
        refused(&run);
    return outcome(&run, code, detail, err);
}
