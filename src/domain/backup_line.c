#include "domain/backup_line.h"

#include <stdlib.h>

#include "domain/join.h"
#include "store/backups.h"

static int newest_first(const void *a, const void *b)
{
    int64_t x = ((const struct backup *)a)->id, y = ((const struct backup *)b)->id;

    return (x < y) - (x > y);
}

/* Of each name the newest `limit`; of those together the newest `limit` again. */
bool backup_of_line(struct world *world, struct arena *arena, int64_t device_id, int64_t before,
                    int64_t limit, struct backup **out, size_t *count, struct err *err)
{
    struct backup *all, *some;
    int64_t *ids;
    size_t names, n, found = 0;

    if (!join_line(world, arena, device_id, &ids, &names, err))
        return false;
    all = ARENA_MANY(arena, struct backup, names * (size_t)limit + 1);
    for (size_t i = 0; i < names; i++) {
        if (!store_backup_of_device(world->store, arena, ids[i], before, limit, &some, &n, err))
            return false;
        if (n > 0)
            memcpy(&all[found], some, n * sizeof(*all));
        found += n;
    }
    if (found > 1)
        qsort(all, found, sizeof(*all), newest_first);
    *out = all;
    *count = found < (size_t)limit ? found : (size_t)limit;
    return true;
}
