#include "http/listen.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/file.h"

#define BACKLOG 1024

static bool bind_one(const struct addrinfo *where, int *out, struct err *err)
{
    AUTO(fd_closep) int fd = -1;
    int on = 1;

    fd = socket(where->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return FAIL_ERRNO(err, "socket");
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0)
        return FAIL_ERRNO(err, "SO_REUSEADDR");
    if (bind(fd, where->ai_addr, where->ai_addrlen) != 0)
        return FAIL_ERRNO(err, "bind");
    if (listen(fd, BACKLOG) != 0)
        return FAIL_ERRNO(err, "listen");
    *out = fd;
    fd = -1;
    return true;
}

static bool bound_port(int fd, int64_t *out, struct err *err)
{
    struct sockaddr_storage at = {0};
    socklen_t size = sizeof(at);

    if (getsockname(fd, (struct sockaddr *)&at, &size) != 0)
        return FAIL_ERRNO(err, "getsockname");
    *out = ntohs(at.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&at)->sin6_port
                                          : ((struct sockaddr_in *)&at)->sin_port);
    return true;
}

bool listen_open(const char *address, int64_t port, int *out, int64_t *bound, struct err *err)
{
    struct addrinfo want = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                            .ai_socktype = SOCK_STREAM};
    struct addrinfo *where = NULL;
    AUTO(fd_closep) int fd = -1;
    char service[24];
    bool ok;

    snprintf(service, sizeof(service), "%lld", (long long)port);
    if (getaddrinfo(address, service, &want, &where) != 0)
        return FAIL(err, ERR_INVALID, "%s is not an address to listen on", address);
    ok = bind_one(where, &fd, err);
    freeaddrinfo(where);
    if (!ok || !bound_port(fd, bound, err))
        return err_within(err, "listening on %s port %s", address, service);
    *out = fd;
    fd = -1;
    return true;
}

void listen_peer_text(const struct sockaddr *address, char out[48])
{
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;
    const void *bytes = &six->sin6_addr;
    int family = address->sa_family;

    if (family == AF_INET)
        bytes = &((const struct sockaddr_in *)address)->sin_addr;
    else if (family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&six->sin6_addr)) {
        family = AF_INET;
        bytes = (const char *)&six->sin6_addr + 12;
    }
    if (!inet_ntop(family, bytes, out, 48))
        snprintf(out, 48, "unknown");
}
