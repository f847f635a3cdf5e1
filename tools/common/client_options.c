#include "tools/common/client_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/text.h"

static int64_t or_default(int64_t value, int64_t otherwise)
{
    return value ? value : otherwise;
}

struct client_options client_options_copy(struct arena *arena, const struct client_options *from)
{
    struct client_options to = *from;
    const char **texts[] = {&to.base_url,   &to.ca_file,    &to.cert_file, &to.key_file, &to.proxy,
                            &to.proxy_user, &to.proxy_auth, &to.no_proxy,  &to.agent};

    for (size_t i = 0; i < COUNT(texts); i++)
        *texts[i] = arena_dup(arena, *texts[i]);
    to.authorization = NULL; /* kept apart, so that it can be wiped */
    if (!to.agent)
        to.agent = "nightshift/" NIGHTSHIFT_VERSION;
    to.connect_timeout_ms = or_default(to.connect_timeout_ms, 10000);
    to.answer_timeout_ms = or_default(to.answer_timeout_ms, 60000);
    to.low_speed_bytes = or_default(to.low_speed_bytes, 1);
    to.low_speed_s = or_default(to.low_speed_s, 30);
    to.answer_bytes_max = or_default(to.answer_bytes_max, 8 * 1024 * 1024);
    return to;
}

bool client_is_web(const char *url)
{
    return url && (strncasecmp(url, "https://", 8) == 0 || strncasecmp(url, "http://", 7) == 0);
}

size_t client_origin_size(const char *url)
{
    const char *host = strstr(url, "://") + 3;

    return (size_t)(host - url) + strcspn(host, "/?#");
}

void client_forget(struct client *client)
{
    if (client->authorization)
        explicit_bzero(client->authorization, strlen(client->authorization));
    free(client->authorization);
    client->authorization = NULL;
}

void client_authorize(struct client *client, const char *authorization)
{
    client_forget(client);
    if (!text_blank(authorization) &&
        asprintf(&client->authorization, "Authorization: %s", authorization) < 0)
        abort();
}

int64_t client_answer_max(const struct client *client)
{
    return client->options.answer_bytes_max;
}

/* A whole URL gets our credential only when it leads where the base URL leads. */
bool client_is_home(const struct client *client, const char *url)
{
    const char *base = client->options.base_url;
    char next;

    if (!client->origin_size || strncasecmp(url, base, client->origin_size) != 0)
        return false;
    next = url[client->origin_size];
    return next == '\0' || next == '/' || next == '?';
}

char *client_url(const struct client *client, struct arena *arena, const char *where)
{
    const char *base = client->options.base_url ? client->options.base_url : "";
    size_t size = strlen(base);

    if (where[0] != '/')
        return arena_dup(arena, where);
    while (size && base[size - 1] == '/')
        size--;
    return arena_printf(arena, "%.*s%s", (int)size, base, where);
}
