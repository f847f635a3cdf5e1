#include "http/http.h"

#include <assert.h>
#include <strings.h>

const char *http_header(const struct req *req, const char *name)
{
    for (size_t i = 0; i < req->header_count; i++)
        /* most differ in their first letter */
        if (((req->headers[i].name[0] ^ name[0]) & ~0x20) == 0 && strcasecmp(req->headers[i].name, name) == 0)
            return req->headers[i].value;
    return NULL;
}

const char *http_query(const struct req *req, const char *name)
{
    for (size_t i = 0; i < req->query_count; i++)
        if (strcmp(req->query[i].name, name) == 0)
            return req->query[i].value;
    return NULL;
}

void reply_header(struct reply *reply, const char *name, const char *value)
{
    assert(reply->header_count < REPLY_HEADERS_MAX);
    reply->headers[reply->header_count++] = (struct http_pair){name, value};
}
