#include "domain/timing.h"

#include "store/releases.h"

#define MINUTE_MS 60000LL

static const int64_t classes[TIMING_CLASSES] = {1, 2, 3, 5, 8, 13, 20, 30, 45, 60, 90, 120, 180, 240, 480};

int64_t timing_class(int64_t took_ms)
{
    for (size_t i = 0; i < TIMING_CLASSES; i++)
        if (took_ms <= classes[i] * MINUTE_MS)
            return classes[i];
    return classes[TIMING_CLASSES - 1];
}

#define FAR 4 /* times the manifest's minutes */
#define SHORT_MIN 60
#define UNNAMED_MIN 240

bool timing_is_believed(int64_t took_ms, int64_t manifest_minutes)
{
    int64_t most = manifest_minutes ? manifest_minutes * FAR : UNNAMED_MIN;

    return took_ms >= 0 && took_ms <= (most > SHORT_MIN ? most : SHORT_MIN) * MINUTE_MS;
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
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct release release;
    int64_t begun_ms;

    if (!store_timing_begun(store, action->id, &begun_ms, err) ||
        !store_release_get(store, arena, action->tenant_id, action->release_id, &release, err))
        return false;
    return begun_ms == 0 || !timing_is_believed(now_ms - begun_ms, release.minutes) ||
           store_timing_add(store, action->release_id, timing_class(now_ms - begun_ms), err);
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
