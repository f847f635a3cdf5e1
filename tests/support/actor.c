#include "support/actor.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <unistd.h>

static void read_request(int fd, char *into, size_t size)
{
    size_t used = 0;
    ssize_t got;

    while (used + 1 < size && (got = recv(fd, into + used, size - 1 - used, 0)) > 0) {
        const char *head_end, *length;

        used += (size_t)got;
        into[used] = '\0';
        head_end = strstr(into, "\r\n\r\n");
        length = strcasestr(into, "\r\ncontent-length: ");
        if (head_end && (!length || used >= (size_t)(head_end + 4 - into) + strtoul(length + 18, NULL, 10)))
            return;
    }
}

static void *play(void *ctx)
{
    struct actor *actor = ctx;

    for (; actor->answers[actor->count]; actor->count++) {
        int fd = accept(actor->listener, NULL, NULL);
        const char *answer = actor->answers[actor->count];

        if (fd < 0)
            return NULL;
        read_request(fd, actor->asked[actor->count], sizeof(actor->asked[0]));
        if (send(fd, answer, strlen(answer), MSG_NOSIGNAL) < 0)
            perror("send");
        shutdown(fd, SHUT_WR);
        while (recv(fd, (char[256]){0}, 256, 0) > 0)
            continue;
        close(fd);
    }
    return NULL;
}

void actor_open(struct actor *actor, const char *const *answers)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address);

    *actor = (struct actor){.answers = answers, .listener = socket(AF_INET, SOCK_STREAM, 0)};
    assert_int_equal(bind(actor->listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(actor->listener, 8), 0);
    assert_int_equal(getsockname(actor->listener, (struct sockaddr *)&address, &size), 0);
    snprintf(actor->url, sizeof(actor->url), "http://127.0.0.1:%d", ntohs(address.sin_port));
    assert_int_equal(pthread_create(&actor->thread, NULL, play, actor), 0);
}

void actor_close(struct actor *actor)
{
    shutdown(actor->listener, SHUT_RDWR);
    pthread_join(actor->thread, NULL);
    close(actor->listener);
}

struct client *actor_client(struct unit *unit, const struct actor *actor)
{
    struct client_options options = {.base_url = actor->url,
                                     .authorization = "Bearer secret",
                                     .proxy = "",
                                     .answer_timeout_ms = 10000,
                                     .answer_bytes_max = 1000};
    struct client *client;

    MUST(client_open(&options, &client, &unit->err));
    return client;
}

int actor_scratch(void)
{
    FILE *file = tmpfile();
    int fd = dup(fileno(file));

    fclose(file);
    return fd;
}
