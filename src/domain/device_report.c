#include "domain/device_report.h"

#include <inttypes.h>
#include <strings.h>

#include "base/log.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/tenant.h"
#include "store/device_reports.h"
#include "store/devices.h"
#include "store/quarantines.h"

enum sequel sequel_of(const struct sequel_facts *facts, int64_t counter, const char *digest)
{
    if (counter > facts->last)
        return SEQUEL_NEXT;
    if (text_equal(facts->digest, digest))
        return counter == facts->last ? SEQUEL_AGAIN : SEQUEL_REPLAY;
    return counter < facts->oldest ? SEQUEL_REPLAY : SEQUEL_FORK;
}

/* One report on its way in. */
struct taking {
    struct world *world;
    struct arena *arena;
    const struct device *device;
    struct device_report_row row; /* as it rests */
    bool has_row;
    struct device_report report;
    char digest[65];
};

static bool row_read(struct taking *t, struct err *err)
{
    t->row = (struct device_report_row){
        .device_id = t->device->id, .public_key = "", .report = "", .attack = attack_name[ATTACK_NONE]};
    return store_device_report_get(t->world->store, t->arena, t->device->id, &t->row, &t->has_row, err);
}

/* Whose word it is. */
static bool check_owner(const struct taking *t, const char *tenant, struct err *err)
{
    const char *id = t->device->controller_id;

    if (strcasecmp(t->report.tenant, tenant) != 0 || !text_equal(t->report.device, id))
        return FAIL(err, ERR_FORBIDDEN, "the report is of %s in %s, and %s sent it", t->report.device,
                    t->report.tenant, id);
    return !t->has_row || text_equal(t->row.public_key, t->report.key) ||
           FAIL(err, ERR_FORBIDDEN,
                "the report is not signed with the key that %s has registered; a machine that lost its "
                "memory enrols again, with a claim code that names it",
                id);
}

static bool weigh(struct taking *t, enum sequel *out, struct err *err)
{
    struct sequel_facts facts = {.last = t->row.counter, .oldest = 0, .digest = ""};

    if (!store_report_seen_oldest(t->world->store, t->device->id, &facts.oldest, err) ||
        !store_report_seen_get(t->world->store, t->arena, t->device->id, t->report.counter, &facts.digest,
                               err))
        return false;
    *out = sequel_of(&facts, t->report.counter, t->digest);
    return true;
}

/* An attack is told once, and not with every report that repeats it. */
static bool note_attack(const struct taking *t, int64_t now_ms, struct err *err)
{
    const struct device *d = t->device;
    const char *attack = attack_name[t->report.attack];

    if (t->report.attack == ATTACK_NONE || text_equal(attack, t->row.attack))
        return true;
    log_say(LOG_WARN, "device.attacked", "device", d->controller_id, "attack", attack, NULL);
    return audit_service(t->world, d->tenant_id, "device.attacked", d->controller_id, attack, now_ms, err);
}

/* Enrolled before there were reports, or by another door: its token vouches for the key, once. */
static bool note_key(const struct taking *t, int64_t now_ms, struct err *err)
{
    return t->has_row || audit_service(t->world, t->device->tenant_id, "device.report-key",
                                       t->device->controller_id, t->report.key, now_ms, err);
}

static bool keep(const struct taking *t, struct span envelope, int64_t now_ms, struct err *err)
{
    struct store *store = t->world->store;
    const struct device_report *r = &t->report;
    const struct device_report_row row = {.device_id = t->device->id,
                                          .public_key = r->key,
                                          .counter = r->counter,
                                          .report = arena_text(t->arena, envelope),
                                          .attack = attack_name[r->attack],
                                          .image_root = r->image.root,
                                          .director_root = r->director.root,
                                          .received_ms = now_ms};

    return store_device_report_put(store, &row, err) &&
           store_report_seen_put(store, row.device_id, row.counter, t->digest, err) &&
           (row.counter <= REPORTS_REMEMBERED ||
            store_report_seen_prune(store, row.device_id, row.counter - REPORTS_REMEMBERED, err)) &&
           note_key(t, now_ms, err) && note_attack(t, now_ms, err);
}

/* Told once: a clone that goes on changes nothing any more. */
static bool quarantine(const struct taking *t, int64_t now_ms, struct err *err)
{
    struct store *store = t->world->store;
    const char *detail =
        arena_printf(t->arena, "report %" PRId64 " came with other words; the last one is %" PRId64,
                     t->report.counter, t->row.counter);
    bool is_moved = false;
    struct device d;

    if (!store_device_by_id(store, t->arena, t->device->id, &d, err))
        return false;
    if (d.state != DEVICE_ACTIVE && d.state != DEVICE_WAITING)
        return true;
    if (!store_device_move(store, d.id, d.state, DEVICE_QUARANTINED, now_ms, &is_moved, err) ||
        !store_quarantine_put(store, &d, now_ms, detail, err))
        return false;
    log_say(LOG_WARN, "device.cloned", "device", d.controller_id, "said", detail, NULL);
    return audit_service(t->world, d.tenant_id, "device.quarantine", d.controller_id, detail, now_ms, err);
}

static bool refuse_fork(const struct taking *t, struct err *err)
{
    return FAIL(
        err, ERR_CONFLICT,
        "another report %" PRId64
        " of %s was taken, or passed: two machines have this identity, or one was set "
        "back to a copy, and it is offered nothing more; enrol the true one again, with a claim code that "
        "names it, then approve it",
        t->report.counter, t->device->controller_id);
}

static bool refuse(const struct taking *t, struct err *err)
{
    return FAIL(err, ERR_CONFLICT,
                "report %" PRId64 " of %s was taken before, the last one is %" PRId64
                "; a machine whose memory was set back enrols again, with a claim code that names it",
                t->report.counter, t->device->controller_id, t->row.counter);
}

bool device_report_take(struct world *world, struct arena *arena, const struct device *device,
                        const char *tenant, struct span envelope, int64_t now_ms, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct taking t = {.world = world, .arena = arena, .device = device};
    enum sequel sequel = SEQUEL_REPLAY;

    if (!device_report_read(arena, envelope, &t.report, t.digest, err) || !tx_begin(&tx, world->store, err) ||
        !row_read(&t, err) || !check_owner(&t, tenant, err) || !weigh(&t, &sequel, err))
        return false;
    if (sequel == SEQUEL_AGAIN)
        return true;
    if (sequel == SEQUEL_FORK)
        return quarantine(&t, now_ms, err) && tx_commit(&tx, err) && refuse_fork(&t, err);
    if (sequel != SEQUEL_NEXT)
        return refuse(&t, err);
    return keep(&t, envelope, now_ms, err) && tx_commit(&tx, err);
}

bool device_report_register(struct world *world, int64_t device_id, const char *public_key, struct err *err)
{
    const struct device_report_row row = {
        .device_id = device_id, .public_key = public_key, .report = "", .attack = attack_name[ATTACK_NONE]};

    if (!store_device_report_drop(world->store, device_id, err))
        return false;
    return text_blank(public_key) || store_device_report_put(world->store, &row, err);
}

/* ---- figures ------------------------------------------------------------------------- */

struct figures {
    struct world *world;
    struct buf *out;
};

static bool show_quarantined(void *ctx, struct arena *arena, const struct tenant *tenant, struct err *err)
{
    const struct figures *f = ctx;
    int64_t devices = 0;

    (void)arena;
    if (!store_quarantine_count(f->world->store, tenant->id, &devices, err))
        return false;
    buf_printf(f->out, "nightshift_devices_quarantined{tenant=\"%s\"} %" PRId64 "\n", tenant->name, devices);
    return true;
}

static bool show_attacked(void *ctx, struct arena *arena, const struct tenant *tenant, struct err *err)
{
    const struct figures *f = ctx;
    struct attack_row *rows;
    size_t count;

    if (!store_device_report_attacks(f->world->store, arena, tenant->id, &rows, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        buf_printf(f->out, "nightshift_devices_attacked{tenant=\"%s\",attack=\"%s\"} %" PRId64 "\n",
                   tenant->name, rows[i].attack, rows[i].devices);
    return true;
}

void device_report_figures(struct world *world, struct buf *out)
{
    struct figures figures = {world, out};
    struct err err;

    buf_text(
        out,
        "# HELP nightshift_devices_quarantined Devices whose identity two machines have: alarm above 0.\n"
        "# TYPE nightshift_devices_quarantined gauge\n");
    if (!tenant_each(world, show_quarantined, &figures, &err))
        log_say(LOG_WARN, "device.figures", "why", err.text, NULL);
    buf_text(
        out,
        "# HELP nightshift_devices_attacked Devices whose last report says what was tried on them, and is"
        " still: alarm on any.\n# TYPE nightshift_devices_attacked gauge\n");
    if (!tenant_each(world, show_attacked, &figures, &err))
        log_say(LOG_WARN, "device.figures", "why", err.text, NULL);
}
