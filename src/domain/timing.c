#include "domain/timing.h"

#define MINUTE_MS 60000LL

static const int64_t classes[TIMING_CLASSES] = {1, 2, 3, 5, 8, 13, 20, 30, 45, 60, 90, 120, 180, 240, 480};

int64_t timing_class(int64_t took_ms)
{
    for (size_t i = 0; i < TIMING_CLASSES; i++)
        if (took_ms <= classes[i] * MINUTE_MS)
            return classes[i];
    return classes[TIMING_CLASSES - 1];
}

int64_t timing_most(const struct timing *timings, size_t count)
{
    int64_t all = 0, upto = 0;

    for (size_t i = 0; i < count; i++)
        all += timings[i].installs;
    for (size_t i = 0; i < count && all >= TIMING_ENOUGH; i++) {
        upto += timings[i].installs;
        if (upto * 5 >= all * 4)
            return timings[i].minutes;
    }
    return 0;
}

bool timing_note(struct store *store, const struct action *action, int64_t now_ms, struct err *err)
{
    int64_t begun_ms;

    if (!store_timing_begun(store, action->id, &begun_ms, err))
        return false;
    return begun_ms == 0 || store_timing_add(store, action->release_id, timing_class(now_ms - begun_ms), err);
}

bool timing_expected(struct store *store, const struct release *release, int64_t *minutes, struct err *err)
{
    struct timing timings[TIMING_CLASSES];
    int64_t most;
    size_t count;

    if (!store_timing_of_release(store, release->id, timings, TIMING_CLASSES, &count, err))
        return false;
    most = timing_most(timings, count);
    if (!most && !store_timing_of_family(store, release->tenant_id, release->family, timings, TIMING_CLASSES,
                                         &count, err))
        return false;
    most = most ? most : timing_most(timings, count);
    *minutes = most ? most : release->minutes;
    return true;
}
