/* Loaded in front of a program, it makes a disk of it that says yes and writes later, if at all. A harness that does
 * not notice the difference proves nothing. */
#include <unistd.h>

int fsync(int fd)
{
    (void)fd;
    return 0;
}

int fdatasync(int fd)
{
    (void)fd;
    return 0;
}
