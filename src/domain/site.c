#include "domain/site.h"

#include "base/text.h"
#include "domain/audit.h"
#include "domain/calendar.h"
#include "domain/notice.h"
#include "domain/plans.h"
#include "domain/window.h"
#include "domain/zone.h"
#include "store/tenants.h"

bool site_put(struct world *world, const struct who *who, const struct site *site, int64_t now_ms,
              struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    AUTO(arena_freep) struct arena *arena = arena_new();
    int64_t opens, closes;

    if (!text_name(site->name, "site name", 64, err))
        return false;
    if (!zone_exists(site->window.zone))
        return FAIL(err, ERR_INVALID, "no time zone '%s'; use an IANA name such as Europe/Berlin",
                    site->window.zone);
    if (!text_blank(site->language) && !notice_speaks(site->language))
        return FAIL(err, ERR_INVALID, "no panel text in '%s'; there is %s", site->language,
                    notice_languages(arena));
    if (site->window.start_min >= 0 && !window_next(&site->window, "UTC", now_ms, &opens, &closes, err))
        return false;
    if (!tx_begin(&tx, world->store, err) ||
        !calendar_names_check(world, arena, who->tenant_id, site->calendars, err) ||
        !store_site_put(world->store, site, err) ||
        !audit_note(world, who, "site.put", site->name, site->window.zone, now_ms, err) ||
        !tx_commit(&tx, err))
        return false;
    plans_forget(world->plans, who->tenant_id); /* a customer's hold covers the customer's sites */
    return true;
}

bool site_get(struct world *world, struct arena *arena, int64_t tenant_id, const char *name, struct site *out,
              struct err *err)
{
    return store_site_get(world->store, arena, tenant_id, name, out, err);
}

bool site_list(struct world *world, struct arena *arena, int64_t tenant_id, const char *after, int64_t limit,
               struct site **out, size_t *count, struct err *err)
{
    return store_site_list(world->store, arena, tenant_id, after, limit, out, count, err);
}
