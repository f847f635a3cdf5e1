#include "base/syslog.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"

#define LINE_MAX_BYTES 1024
#define PRIORITY (10 * 8 + 5) /* authpriv.notice */

bool syslog_say(const char *path, const char *text, struct err *err)
{
    AUTO(fd_closep) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    char line[LINE_MAX_BYTES];
    int size = snprintf(line, sizeof(line), "<%d>nightshift[%d]: %s", PRIORITY, (int)getpid(), text);

    if (strlen(path) >= sizeof(to.sun_path) || size < 0 || size >= (int)sizeof(line))
        return FAIL(err, ERR_INVALID, "syslog: the line or the name of its socket is too long");
    memcpy(to.sun_path, path, strlen(path) + 1);
    if (fd < 0 || sendto(fd, line, (size_t)size, MSG_NOSIGNAL, (struct sockaddr *)&to, sizeof(to)) != size)
        return FAIL_ERRNO(err, "telling syslog");
    return true;
}
