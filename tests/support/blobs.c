#include "support/blobs.h"

#include <dirent.h>
#include <stdlib.h>

int blobs_temporaries(struct arena *arena, const char *dir)
{
    DIR *tmp = opendir(arena_printf(arena, "%s/tmp", dir));
    const struct dirent *entry;
    int count = 0;

    if (!tmp)
        abort();
    while ((entry = readdir(tmp)))
        count += entry->d_name[0] != '.';
    closedir(tmp);
    return count;
}
