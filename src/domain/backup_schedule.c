/* What happens to backups by itself, and in figures: rounds of dropping, and who is asked for a new one. */
#include <inttypes.h>

#include "domain/backup.h"
#include "domain/backup_parts.h"
#include "domain/bell.h"
#include "domain/window.h"
#include "model/tenant.h"
#include "store/backup_keys.h"
#include "store/backups.h"
#include "store/tenants.h"

#define ASK_EVERY_MS (60 * 1000LL)
#define SITES_PAGE 200
#define PAGE 100

/* A place without hours of its own is open. */
static bool is_open(const struct site *site, int64_t now_ms, bool *out, struct err *err)
{
    int64_t opens_ms, closes_ms;

    *out = site->window.start_min < 0;
    if (*out)
        return true;
    if (!window_next(&site->window, site->window.zone, now_ms, &opens_ms, &closes_ms, err))
        return false;
    *out = now_ms >= opens_ms && now_ms < closes_ms;
    return true;
}

/* In a tx. */
static bool ask_site(struct world *world, struct arena *arena, const struct site *site, int64_t now_ms,
                     int64_t *asked, struct err *err)
{
    struct backup_rule rule;
    int64_t more = 0;
    bool is_now;

    if (!store_backup_rule_get(world->store, arena, site->tenant_id, site->customer, &rule, err))
        return false;
    if (rule.every_h == 0)
        return true;
    if (!is_open(site, now_ms, &is_now, err))
        return err_within(err, "site %s", site->name);
    if (is_now && !store_device_backup_due(world->store, site->tenant_id, site->name,
                                           now_ms - rule.every_h * 3600 * 1000, now_ms, &more, err))
        return false;
    *asked += more;
    return true;
}

static bool ask_page(struct world *world, struct arena *arena, const struct site *sites, size_t count,
                     int64_t now_ms, int64_t *asked, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    int64_t now_asked = 0;

    if (!tx_begin(&tx, world->store, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!ask_site(world, arena, &sites[i], now_ms, &now_asked, err))
            return false;
    if (now_asked > 0 && !tx_commit(&tx, err))
        return false;
    *asked += now_asked;
    return true;
}

/* Sites, and the devices that stand at none. */
static bool ask_tenant(struct world *world, int64_t tenant_id, int64_t now_ms, struct err *err)
{
    struct site nowhere = {.tenant_id = tenant_id, .name = "", .customer = "", .window = {.start_min = -1}};
    AUTO(arena_freep) struct arena *arena = arena_new();
    const char *after = "";
    struct site *sites;
    size_t count = SITES_PAGE;
    int64_t asked = 0;

    if (!ask_page(world, arena, &nowhere, 1, now_ms, &asked, err))
        return false;
    while (count == SITES_PAGE) {
        if (!store_site_list(world->store, arena, tenant_id, after, SITES_PAGE, &sites, &count, err) ||
            !ask_page(world, arena, sites, count, now_ms, &asked, err))
            return false;
        after = count ? sites[count - 1].name : "";
    }
    if (asked > 0) {
        backup_count(world, BACKUPS_ASKED, asked);
        bell_ring_tenant(world->bell, tenant_id);
    }
    return true;
}

static bool ask_due(struct world *world, int64_t now_ms, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct backup_key *keys;
    int64_t after = 0;
    size_t count = PAGE;

    while (count == PAGE) {
        if (!store_backup_key_list(world->store, arena, after, PAGE, &keys, &count, err))
            return false;
        for (size_t i = 0; i < count; i++) {
            after = keys[i].tenant_id;
            if (!ask_tenant(world, after, now_ms, err))
                return false;
        }
    }
    return true;
}

bool backup_tick(struct world *world, int64_t now_ms, struct err *err)
{
    struct backup_round *round = world->backups ? &world->backups->round : NULL;

    if (!round)
        return true;
    if (now_ms >= round->rests_until_ms && !backup_round_on(world, now_ms, err))
        return false;
    if (now_ms < round->asks_next_ms)
        return true;
    round->asks_next_ms = now_ms + ASK_EVERY_MS;
    return ask_due(world, now_ms, err);
}

/* ---- figures --------------------------------------------------------------------------------- */

void backup_figures(struct world *world, struct buf *out)
{
    static const struct {
        const char *name, *help;
    } rows[BACKUP_COUNT__MAX] = {
        [BACKUPS_ACCEPTED] = {"backups_accepted_total", "Backups taken from devices."},
        [BACKUPS_REFUSED] = {"backups_refused_total", "Uploads that became no backup."},
        [BACKUPS_DROPPED] = {"backups_dropped_total", "Backups whose key was destroyed."},
        [BACKUPS_WRAPPED] = {"backup_headers_wrapped_total", "Headers written for another recipient."},
        [BACKUPS_ASKED] = {"backups_asked_total", "Backups asked for."},
    };

    if (!world->backups)
        return;
    for (int i = 0; i < BACKUP_COUNT__MAX; i++)
        buf_printf(out, "# HELP nightshift_%s %s\n# TYPE nightshift_%s counter\nnightshift_%s %" PRId64 "\n",
                   rows[i].name, rows[i].help, rows[i].name, rows[i].name,
                   (int64_t)atomic_load(&world->backups->counts[i]));
    buf_printf(out,
               "# HELP nightshift_backup_key_locked 1: backup keys cannot be swapped out.\n"
               "# TYPE nightshift_backup_key_locked gauge\nnightshift_backup_key_locked %d\n",
               !atomic_load(&world->backups->is_unlocked));
}
