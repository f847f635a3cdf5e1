#include "domain/calendar.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/mutant.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/recurrence.h"
#include "store/calendars.h"

#define DAY_MS (24 * 3600 * 1000LL)
#define CLOSED_DAYS_AHEAD 400 /* a window is looked for so far with holidays in mind */

/* ---- calendars --------------------------------------------------------------------- */

bool calendar_put(struct world *world, struct arena *arena, const struct who *who, const char *name,
                  struct span ics, int64_t now_ms, struct calendar *out, struct err *err)
{
    struct calendar c = {
        .tenant_id = who->tenant_id, .name = name, .ics = ics, .created_by = who->name, .changed_ms = now_ms};
    AUTO(tx_end) struct tx tx = {0};
    struct calendar_day *days;
    size_t count;

    if (!text_name(name, "calendar name", 64, err) ||
        !calendar_read(arena, ics, now_ms / DAY_MS, &days, &count, err))
        return false;
    c.days = (int64_t)count;
    c.first_day = days[0].day;
    c.last_day = days[count - 1].day;
    const char *detail = arena_printf(arena, "%" PRId64 " days", c.days);
    if (!tx_begin(&tx, world->store, err) || !store_calendar_put(world->store, arena, &c, days, err) ||
        !audit_note(world, who, "calendar.put", name, detail, now_ms, err) || !tx_commit(&tx, err))
        return false;
    return store_calendar_get(world->store, arena, who->tenant_id, name, out, err);
}

bool calendar_get(struct world *world, struct arena *arena, int64_t tenant_id, const char *name,
                  struct calendar *out, struct err *err)
{
    return store_calendar_get(world->store, arena, tenant_id, name, out, err) &&
           store_calendar_ics(world->store, arena, out->id, &out->ics, err);
}

bool calendar_list(struct world *world, struct arena *arena, int64_t tenant_id, const char *after,
                   int64_t limit, struct calendar **out, size_t *count, struct err *err)
{
    return store_calendar_list(world->store, arena, tenant_id, after, limit, out, count, err);
}

bool calendar_drop(struct world *world, struct arena *arena, const struct who *who, const char *name,
                   int64_t now_ms, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct calendar calendar;
    const char *site;

    if (!tx_begin(&tx, world->store, err) ||
        !store_calendar_get(world->store, arena, who->tenant_id, name, &calendar, err) ||
        !store_calendar_user(world->store, arena, who->tenant_id, name, &site, err))
        return false;
    if (site)
        return FAIL(err, ERR_CONFLICT, "site %s goes by calendar %s; change the site first", site, name);
    return store_calendar_drop(world->store, calendar.id, err) &&
           audit_note(world, who, "calendar.drop", name, "", now_ms, err) && tx_commit(&tx, err);
}

bool calendar_names_check(struct world *world, struct arena *arena, int64_t tenant_id, const char *names,
                          struct err *err)
{
    struct span rest = span_of(names), name;
    struct calendar calendar;
    int count = 0;

    while (!text_blank(names) && text_split(&rest, ',', &name)) {
        const char *text = arena_text(arena, name);

        if (++count > SITE_CALENDARS_MAX)
            return FAIL(err, ERR_INVALID, "a site goes by at most %d calendars", SITE_CALENDARS_MAX);
        if (store_calendar_get(world->store, arena, tenant_id, text, &calendar, err))
            continue;
        return err->code != ERR_NOT_FOUND ? false
                                          : FAIL(err, ERR_INVALID, "no calendar '%s'; put it first", text);
    }
    return true;
}

/* ---- blackouts ------------------------------------------------------------------------ */

bool blackout_put(struct world *world, struct arena *arena, const struct who *who,
                  const struct blackout *wanted, int64_t now_ms, struct blackout *out, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct blackout b = *wanted;

    b.tenant_id = who->tenant_id;
    b.created_by = who->name;
    b.created_ms = now_ms;
    if (text_blank(b.reason))
        return FAIL(err, ERR_INVALID, "a blackout needs a reason");
    if (b.to_day < b.from_day || b.to_day - b.from_day >= BLACKOUT_DAYS_MAX)
        return FAIL(err, ERR_INVALID, "a blackout lasts one day to %d; its last date is not before its first",
                    BLACKOUT_DAYS_MAX);
    const char *detail = arena_printf(arena, "%s to %s: %s", date_text(arena, b.from_day),
                                      date_text(arena, b.to_day), b.reason);
    return tx_begin(&tx, world->store, err) && store_blackout_put(world->store, arena, &b, out, err) &&
           audit_note(world, who, "blackout.put", b.customer, detail, now_ms, err) && tx_commit(&tx, err);
}

bool blackout_list(struct world *world, struct arena *arena, int64_t tenant_id, int64_t after, int64_t limit,
                   struct blackout **out, size_t *count, struct err *err)
{
    return store_blackout_list(world->store, arena, tenant_id, after, limit, out, count, err);
}

bool blackout_drop(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                   int64_t now_ms, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    const char *object = arena_printf(arena, "%" PRId64, id);

    return tx_begin(&tx, world->store, err) && store_blackout_drop(world->store, who->tenant_id, id, err) &&
           audit_note(world, who, "blackout.drop", object, "", now_ms, err) && tx_commit(&tx, err);
}

/* ---- what they close ----------------------------------------------------------------------- */

static bool holidays_load(struct world *world, struct arena *arena, const struct site *site,
                          int64_t tenant_id, int64_t today, struct closures *out, struct err *err)
{
    struct span rest = span_of(site->calendars), name;

    while (!text_blank(site->calendars) && text_split(&rest, ',', &name)) {
        int64_t *days, *both;
        size_t count;

        if (!store_calendar_closed(world->store, arena, tenant_id, arena_text(arena, name), today - 4,
                                   today + CLOSED_DAYS_AHEAD, &days, &count, err))
            return false;
        both = ARENA_MANY(arena, int64_t, out->holiday_count + count + 1);
        if (out->holiday_count)
            memcpy(both, out->holidays, out->holiday_count * sizeof(*both));
        if (count)
            memcpy(both + out->holiday_count, days, count * sizeof(*both));
        out->holidays = both;
        out->holiday_count += count;
    }
    return true;
}

bool closures_load(struct world *world, struct arena *arena, const struct device *device,
                   const struct site *site, int64_t now_ms, struct closures *out, struct err *err)
{
    const char *customer = text_blank(device->customer) ? site->customer : device->customer;
    struct closures clear = {0};
    int64_t today = now_ms / DAY_MS;
    struct blackout *blackouts;
    struct day_span *spans;
    size_t count;

    if (!holidays_load(world, arena, site, device->tenant_id, today, &clear, err) ||
        !store_blackout_closed(world->store, arena, device->tenant_id, customer, today - 4, &blackouts,
                               &count, err))
        return false;
    spans = ARENA_MANY(arena, struct day_span, count + 1);
    for (size_t i = 0; i < count; i++)
        spans[i] = (struct day_span){blackouts[i].from_day, blackouts[i].to_day};
    clear.blackouts = spans;
    clear.blackout_count = MUTANT_IS(8) ? 0 : count;
    *out = clear;
    return true;
}
