/* Rules at work: which backups go. Reads facts only: it could not open one. */
#include <inttypes.h>

#include "base/text.h"
#include "domain/audit.h"
#include "domain/backup.h"
#include "domain/backup_parts.h"
#include "domain/retention.h"
#include "domain/zone.h"
#include "store/backup_keys.h"
#include "store/backups.h"
#include "store/devices.h"
#include "store/restores.h"
#include "store/tenants.h"

#define PAGE 500
#define DEVICES_A_ROUND 100     /* in one tick: the engine has other things to do */
#define REST_MS (3600 * 1000LL) /* between two rounds over everybody */
#define DAY_MS (24 * 3600 * 1000LL)

/* ---- one device ------------------------------------------------------------------------ */

struct pruning {
    struct world *world;
    struct arena *arena;   /* of one device */
    const struct who *who; /* NULL: the service by itself */
    int64_t tenant_id, now_ms;
    bool is_dry;
    struct arena *out_arena;
    struct backup_prune *out; /* NULL: nobody reads it */
};

static int64_t day_of(int64_t ms)
{
    return ms >= 0 ? ms / DAY_MS : (ms - DAY_MS + 1) / DAY_MS;
}

/* A zone that is unknown by now is no reason to stop dropping: days are then those of UTC. */
static int64_t local_day(const char *zone, int64_t ms)
{
    int64_t offset_s;
    struct err err;

    return day_of(zone_offset_s(zone, ms, &offset_s, &err) ? ms + offset_s * 1000 : ms);
}

static const char *zone_of(struct pruning *p, const struct device *device)
{
    struct site site;
    struct err err;

    if (text_blank(device->site) ||
        !store_site_get(p->world->store, p->arena, p->tenant_id, device->site, &site, &err))
        return "UTC";
    return site.window.zone;
}

/* Those that are there, newest first. */
static bool alive(struct pruning *p, int64_t device_id, struct backup **out, size_t *count, struct err *err)
{
    struct backup *page, *all = NULL;
    int64_t before = 0;
    size_t n = PAGE, size = 0;

    while (n == PAGE) {
        struct backup *more;

        if (!store_backup_of_device(p->world->store, p->arena, device_id, before, PAGE, &page, &n, err))
            return false;
        more = ARENA_MANY(p->arena, struct backup, size + n + 1);
        if (size)
            memcpy(more, all, size * sizeof(*all));
        for (size_t i = 0; i < n; i++) {
            before = page[i].id;
            if (!page[i].gone_ms)
                more[size++] = page[i];
        }
        all = more;
    }
    *out = all;
    *count = size;
    return true;
}

static bool facts_of(struct pruning *p, const struct backup *backup, const char *zone,
                     struct retention_item *out, struct err *err)
{
    int64_t pins;

    if (!store_restore_pins(p->world->store, backup->id, &pins, err))
        return false;
    *out = (struct retention_item){.id = backup->id,
                                   .received_ms = backup->received_ms,
                                   .local_day = local_day(zone, backup->received_ms),
                                   .locked_ms = backup->locked_ms,
                                   .is_held = !text_blank(backup->hold),
                                   .is_pinned = pins > 0};
    return true;
}

static void report(struct pruning *p, const struct device *device, const struct backup *backup)
{
    struct backup_prune *out = p->out;

    if (!out)
        return;
    out->items[out->count++] =
        (struct backup_pruned){.id = backup->id,
                               .taken_ms = backup->taken_ms,
                               .size = backup->size,
                               .device = arena_dup(p->out_arena, device->controller_id),
                               .why = retention_why_name[RETENTION_NOT_NEEDED]};
    out->bytes += backup->size;
}

static bool is_full(const struct pruning *p)
{
    if (p->out && p->out->count == BACKUP_PRUNE_MAX)
        p->out->has_more = true;
    return p->out && p->out->has_more;
}

static bool note(struct pruning *p, const struct backup *backup, struct err *err)
{
    const char *object = arena_printf(p->arena, "%" PRId64, backup->id);

    return p->who ? audit_note(p->world, p->who, "backup.prune", object, backup->sha256, p->now_ms, err)
                  : audit_service(p->world, p->tenant_id, "backup.prune", object, backup->sha256, p->now_ms,
                                  err);
}

/* One transaction each: what is destroyed is on record, whatever comes after. */
static bool drop(struct pruning *p, const struct backup *backup, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};

    if (!tx_begin(&tx, p->world->store, err) ||
        !backup_let_go(p->world, backup, "not needed by the rule", p->now_ms, err) || !note(p, backup, err) ||
        !tx_commit(&tx, err))
        return false;
    backup_count(p->world, BACKUPS_DROPPED, 1);
    return backup_payload_release(p->world, backup->payload, err);
}

/* The rule of the customer whose they were when they came, over his alone. */
static bool prune_customer(struct pruning *p, const struct device *device, const char *customer,
                           const struct backup *backups, size_t count, struct err *err)
{
    struct retention_item *items = ARENA_MANY(p->arena, struct retention_item, count + 1);
    const struct backup **of = ARENA_MANY(p->arena, const struct backup *, count + 1);
    enum retention_why *why = ARENA_MANY(p->arena, enum retention_why, count + 1);
    const char *zone = zone_of(p, device);
    struct backup_rule rule;
    size_t n = 0;

    if (!store_backup_rule_get(p->world->store, p->arena, p->tenant_id, customer, &rule, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (text_equal(backups[i].customer, customer)) {
            of[n] = &backups[i];
            if (!facts_of(p, of[n], zone, &items[n], err))
                return false;
            n++;
        }
    retention_judge(&rule, items, n, p->now_ms, why);
    for (size_t i = 0; i < n; i++) {
        if (why[i] != RETENTION_NOT_NEEDED)
            continue;
        if (is_full(p))
            return true;
        if (!p->is_dry && !drop(p, of[i], err)) {
            if (err->code != ERR_CONFLICT)
                return false;
            continue; /* somebody held it just now */
        }
        report(p, device, of[i]);
    }
    return true;
}

static bool prune_device(struct pruning *p, int64_t device_id, struct err *err)
{
    struct device device;
    struct backup *list;
    size_t count;

    if (!store_device_by_id(p->world->store, p->arena, device_id, &device, err) ||
        !alive(p, device_id, &list, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        bool was_done = false;

        for (size_t k = 0; k < i && !was_done; k++)
            was_done = text_equal(list[k].customer, list[i].customer);
        if (!was_done && !prune_customer(p, &device, list[i].customer, list, count, err))
            return false;
    }
    return true;
}

/* Devices after *after, some of them; *count how many there were. */
static bool prune_some(struct pruning *p, int64_t *after, int64_t limit, size_t *count, struct err *err)
{
    AUTO(arena_freep) struct arena *ids_arena = arena_new();
    int64_t *ids;

    if (!store_backup_devices(p->world->store, ids_arena, p->tenant_id, *after, limit, &ids, count, err))
        return false;
    for (size_t i = 0; i < *count && !is_full(p); i++) {
        AUTO(arena_freep) struct arena *arena = arena_new();

        p->arena = arena;
        if (!prune_device(p, ids[i], err))
            return false;
        *after = ids[i];
    }
    return true;
}

/* ---- asked for ---------------------------------------------------------------------------- */

bool backup_prune(struct world *world, struct arena *arena, const struct who *who, bool is_dry,
                  int64_t now_ms, struct backup_prune *out, struct err *err)
{
    struct backup_prune found = {.items = ARENA_MANY(arena, struct backup_pruned, BACKUP_PRUNE_MAX)};
    struct pruning p = {.world = world,
                        .who = who,
                        .tenant_id = who->tenant_id,
                        .now_ms = now_ms,
                        .is_dry = is_dry,
                        .out_arena = arena,
                        .out = &found};
    int64_t after = 0;
    size_t count = PAGE;

    while (count == PAGE && !found.has_more)
        if (!prune_some(&p, &after, PAGE, &count, err))
            return false;
    *out = found;
    return true;
}

/* ---- by itself ------------------------------------------------------------------------------- */

/* The next tenant after the round's, or *out 0. */
static bool next_tenant(struct world *world, int64_t after, int64_t *out, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct tenant *tenants;
    size_t count;

    if (!store_tenant_list(world->store, arena, after, 1, &tenants, &count, err))
        return false;
    *out = count ? tenants[0].id : 0;
    return true;
}

/* Some devices of the round's tenant; then the next one's turn; then it rests. */
bool backup_round_on(struct world *world, int64_t now_ms, struct err *err)
{
    struct backup_round *round = &world->backups->round;
    struct pruning p = {.world = world, .tenant_id = round->tenant_id, .now_ms = now_ms};
    size_t count = 0;

    if (round->tenant_id && !prune_some(&p, &round->device_id, DEVICES_A_ROUND, &count, err))
        return false;
    if (count == DEVICES_A_ROUND)
        return true;
    round->device_id = 0;
    if (!next_tenant(world, round->tenant_id, &round->tenant_id, err))
        return false;
    if (!round->tenant_id)
        round->rests_until_ms = now_ms + REST_MS;
    return true;
}
