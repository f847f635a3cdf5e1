#include "domain/join.h"

#include <stdlib.h>

#include "base/text.h"
#include "domain/audit.h"
#include "domain/bell.h"
#include "store/devices.h"
#include "store/joins.h"
#include "store/quarantines.h"

#define NAMES_MAX 64 /* swaps of one machine; beyond that nobody believes in one machine */

/* ---- what it was ------------------------------------------------------------------------ */

struct line {
    int64_t ids[NAMES_MAX];              /* [0] is the machine as it is now */
    struct device_join joins[NAMES_MAX]; /* beside each but the first */
    size_t count;
};

static bool line_has(const struct line *line, int64_t id)
{
    for (size_t i = 0; i < line->count; i++)
        if (line->ids[i] == id)
            return true;
    return false;
}

/* From one name to those it had before, and so on: what was found is looked at in turn. */
static bool line_walk(struct world *world, struct arena *arena, int64_t device_id, struct line *out,
                      struct err *err)
{
    struct device_join *joins;
    size_t count;

    *out = (struct line){.ids = {device_id}, .count = 1};
    for (size_t at = 0; at < out->count; at++) {
        if (!store_join_list(world->store, arena, out->ids[at], &joins, &count, err))
            return false;
        for (size_t i = 0; i < count; i++) {
            if (line_has(out, joins[i].former_id) || out->count == NAMES_MAX)
                continue;
            out->joins[out->count] = joins[i];
            out->ids[out->count++] = joins[i].former_id;
        }
    }
    return true;
}

bool join_line(struct world *world, struct arena *arena, int64_t device_id, int64_t **out, size_t *count,
               struct err *err)
{
    struct line *line = ARENA_NEW(arena, struct line);

    if (!line_walk(world, arena, device_id, line, err))
        return false;
    *out = line->ids;
    *count = line->count;
    return true;
}

static int by_time(const void *a, const void *b)
{
    const struct device_join *x = &((const struct join_view *)a)->join;
    const struct device_join *y = &((const struct join_view *)b)->join;

    return (x->id > y->id) - (x->id < y->id);
}

bool join_list(struct world *world, struct arena *arena, const struct device *device, struct join_view **out,
               size_t *count, struct err *err)
{
    struct line *line = ARENA_NEW(arena, struct line);
    struct join_view *views;
    struct device former;

    if (!line_walk(world, arena, device->id, line, err))
        return false;
    views = ARENA_MANY(arena, struct join_view, line->count);
    for (size_t i = 1; i < line->count; i++) {
        if (!store_device_by_id(world->store, arena, line->ids[i], &former, err))
            return false;
        views[i - 1] = (struct join_view){line->joins[i], former.controller_id};
    }
    qsort(views, line->count - 1, sizeof(*views), by_time);
    *out = views;
    *count = line->count - 1;
    return true;
}

static bool are_one(struct world *world, struct arena *arena, int64_t a, int64_t b, bool *out,
                    struct err *err)
{
    struct line *line = ARENA_NEW(arena, struct line);

    if (!line_walk(world, arena, a, line, err))
        return false;
    *out = line_has(line, b);
    return true;
}

bool join_is_same_chassis(struct world *world, struct arena *arena, const struct device *device,
                          int64_t source_device_id, bool *out, struct err *err)
{
    return are_one(world, arena, device->id, source_device_id, out, err);
}

bool join_twins(struct world *world, struct arena *arena, const struct device *device, const char ***out,
                size_t *count, struct err *err)
{
    int64_t *ids;
    size_t found = 0, n = 0;
    const char **names;

    if (!store_join_twins(world->store, arena, device->tenant_id, device->serial, device->id, &ids, &n, err))
        return false;
    names = ARENA_MANY(arena, const char *, n + 1);
    for (size_t i = 0; i < n; i++) {
        bool was_it, became_it;
        struct device twin;

        if (!are_one(world, arena, device->id, ids[i], &was_it, err) ||
            !are_one(world, arena, ids[i], device->id, &became_it, err) ||
            !store_device_by_id(world->store, arena, ids[i], &twin, err))
            return false;
        if (!was_it && !became_it)
            names[found++] = twin.controller_id;
    }
    *out = names;
    *count = found;
    return true;
}

/* ---- joining ---------------------------------------------------------------------------- */

static bool serials_agree(const struct device *device, const struct device *former,
                          const struct join_wish *wish, struct err *err)
{
    if (wish->force_serial || (!text_blank(device->serial) && text_equal(device->serial, former->serial)))
        return true;
    return FAIL(err, ERR_CONFLICT,
                "%s says serial \"%s\" and %s said \"%s\"; if the board with the serial was swapped, look at "
                "the plate and ask again with force_serial",
                device->controller_id, device->serial, former->controller_id, former->serial);
}

/* Neither has become somebody else, so no ring can come about. *is_done: it was joined so before. */
static bool may_join(struct world *world, struct arena *arena, const struct device *device,
                     const struct device *former, const struct join_wish *wish, bool *is_done,
                     struct err *err)
{
    struct device_join join;
    bool found;

    if (device->id == former->id)
        return FAIL(err, ERR_CONFLICT, "%s cannot be joined to itself", device->controller_id);
    if (!store_join_find_former(world->store, arena, former->id, &join, &found, err))
        return false;
    *is_done = found && join.device_id == device->id;
    if (*is_done)
        return true;
    if (found)
        return FAIL(err, ERR_CONFLICT, "%s was joined to another machine with work order %s",
                    former->controller_id, join.work_order);
    if (!store_join_find_former(world->store, arena, device->id, &join, &found, err))
        return false;
    if (found)
        return FAIL(err, ERR_CONFLICT, "%s became another machine with work order %s", device->controller_id,
                    join.work_order);
    if (device->state != DEVICE_ACTIVE && device->state != DEVICE_WAITING)
        return FAIL(err, ERR_CONFLICT, "%s is %s; approve it first", device->controller_id,
                    device_state_name[device->state]);
    return serials_agree(device, former, wish, err);
}

static bool tags_over(struct world *world, struct arena *arena, int64_t device_id, int64_t former_id,
                      struct err *err)
{
    const char **tags;
    size_t count;

    if (!store_tag_list(world->store, arena, device_id, &tags, &count, err))
        return false;
    if (count > 0)
        return true;
    if (!store_tag_list(world->store, arena, former_id, &tags, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!store_tag_put(world->store, device_id, tags[i], err))
            return false;
    return true;
}

static bool take_over(struct world *world, struct arena *arena, const struct device *device,
                      const struct device *former, struct err *err)
{
    struct device changed = *device;

    changed.customer = text_blank(device->customer) ? former->customer : device->customer;
    changed.site = text_blank(device->site) ? former->site : device->site;
    return store_device_change(world->store, &changed, err) &&
           tags_over(world, arena, device->id, former->id, err);
}

static bool retire(struct world *world, const struct device *former, int64_t now_ms, struct err *err)
{
    bool moved = true;

    if (former->state != DEVICE_RETIRED &&
        !store_device_move(world->store, former->id, former->state, DEVICE_RETIRED, now_ms, &moved, err))
        return false;
    if (!moved)
        return FAIL(err, ERR_BUSY, "%s was just changed by somebody else", former->controller_id);
    return store_quarantine_drop(world->store, former->id, err) &&
           store_device_token_put(world->store, former->id, "", err);
}

/* Inside a tx. */
static bool join_put(struct world *world, const struct who *who, const struct device *device,
                     const struct device *former, const char *work_order, int64_t now_ms, struct err *err)
{
    struct device_join join = {.tenant_id = device->tenant_id,
                               .device_id = device->id,
                               .former_id = former->id,
                               .work_order = work_order,
                               .joined_by = who->name,
                               .joined_ms = now_ms};

    return store_join_put(world->store, &join, &join.id, err);
}

bool device_join(struct world *world, struct arena *arena, const struct who *who, const char *controller_id,
                 const struct join_wish *wish, int64_t now_ms, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct device device, former;
    const char *detail = arena_printf(arena, "was %s, work order %s%s", wish->former, wish->work_order,
                                      wish->force_serial ? ", whatever the serials say" : "");
    bool is_done;

    if (text_blank(wish->work_order))
        return FAIL(err, ERR_INVALID, "a board swap has a work order");
    if (!tx_begin(&tx, world->store, err) ||
        !store_device_get(world->store, arena, who->tenant_id, controller_id, &device, err) ||
        !store_device_get(world->store, arena, who->tenant_id, wish->former, &former, err) ||
        !may_join(world, arena, &device, &former, wish, &is_done, err))
        return false;
    if (is_done)
        return true;
    if (!take_over(world, arena, &device, &former, err) || !retire(world, &former, now_ms, err) ||
        !join_put(world, who, &device, &former, wish->work_order, now_ms, err) ||
        !audit_note(world, who, "device.join", controller_id, detail, now_ms, err) || !tx_commit(&tx, err))
        return false;
    bell_ring_device(world->bell, device.id);
    return true;
}
