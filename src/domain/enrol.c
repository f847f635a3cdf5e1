#include "domain/enrol.h"

#include <ctype.h>

#include "base/ident.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/device.h"
#include "domain/device_report.h"
#include "domain/director.h"
#include "domain/seen.h"
#include "domain/tenant.h"
#include "store/claims.h"
#include "store/tenants.h"

/* ---- claims ------------------------------------------------------------------------ */

/* People type codes: case and separators do not matter. */
static void claim_digest(struct arena *arena, const char *code, char out[65])
{
    struct buf plain = {.arena = arena};

    for (const char *c = code; *c; c++)
        if (isalnum((unsigned char)*c))
            buf_char(&plain, (char)toupper((unsigned char)*c));
    ident_digest(buf_cstr(&plain), out);
}

static bool claim_make_one(struct world *world, struct arena *arena, struct claim_made *out, struct err *err)
{
    char digest[65];

    out->code = ident_claim(arena);
    claim_digest(arena, out->code, digest);
    return store_claim_put(world->store, &out->claim, digest, &out->claim.id, err);
}

bool claim_make(struct world *world, struct arena *arena, const struct who *who, int64_t count,
                const char *controller_id, const char *site, int64_t ttl_h, int64_t now_ms,
                struct claim_made **out, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct claim_made *made = ARENA_MANY(arena, struct claim_made, count);
    struct site place;

    if (!text_blank(controller_id) && (!device_id_check(controller_id, err) || count != 1))
        return count != 1 ? FAIL(err, ERR_INVALID, "a claim for one device: count must be 1") : false;
    if (!text_blank(site) && !store_site_get(world->store, arena, who->tenant_id, site, &place, err))
        return false;
    if (!tx_begin(&tx, world->store, err))
        return false;
    for (int64_t i = 0; i < count; i++) {
        made[i].claim = (struct claim){.tenant_id = who->tenant_id,
                                       .controller_id = controller_id,
                                       .site = site,
                                       .created_by = who->name,
                                       .created_ms = now_ms,
                                       .expires_ms = now_ms + ttl_h * 3600000,
                                       .used_by = ""};
        if (!claim_make_one(world, arena, &made[i], err))
            return false;
    }
    if (!audit_note(world, who, "claim.make", controller_id, arena_printf(arena, "%lld", (long long)count),
                    now_ms, err) ||
        !tx_commit(&tx, err))
        return false;
    *out = made;
    return true;
}

bool claim_list(struct world *world, struct arena *arena, int64_t tenant_id, int64_t before, int64_t limit,
                struct claim **out, size_t *count, struct err *err)
{
    return store_claim_list(world->store, arena, tenant_id, before, limit, out, count, err);
}

/* ---- enrolling --------------------------------------------------------------------------- */

/* Has it checked in since? What was heard rests in the store too, for a service that has just started. */
static bool was_heard(struct world *world, struct arena *arena, const struct device *known, int64_t since_ms,
                      bool *out, struct err *err)
{
    struct device_row row;

    if (!store_device_row(world->store, arena, known->tenant_id, known->controller_id, &row, err))
        return false;
    *out = row.last_seen_ms >= since_ms || seen_last_ms(world->seen, known->id) >= since_ms;
    return true;
}

static bool claim_check(struct world *world, struct arena *arena, const struct claim *claim,
                        const struct enrolment *wish, const struct device *known, int64_t now_ms,
                        struct err *err)
{
    bool is_again, is_heard = false;

    if (now_ms >= claim->expires_ms)
        return FAIL(err, ERR_FORBIDDEN, "this claim code has expired; ask for a new one");
    if (!text_blank(claim->controller_id) && !text_equal(claim->controller_id, wish->controller_id))
        return FAIL(err, ERR_FORBIDDEN, "this claim code is for another device");
    if (claim->used_ms == 0)
        return true;
    is_again = known && text_equal(claim->used_by, wish->controller_id) &&
               text_equal(known->serial, wish->serial) && now_ms - claim->used_ms < ENROL_AGAIN_MS;
    if (is_again && !was_heard(world, arena, known, claim->used_ms, &is_heard, err))
        return false;
    return (is_again && !is_heard) ||
           FAIL(err, ERR_FORBIDDEN, "this claim code has been used; ask for a new one");
}

/* May this machine have the identity that a known device holds? */
static bool known_check(const struct device *known, const struct claim *claim, const struct enrolment *wish,
                        struct err *err)
{
    bool is_named = text_equal(claim->controller_id, wish->controller_id);
    bool is_again = claim->used_ms > 0;

    if (known->state == DEVICE_RETIRED)
        return FAIL(err, ERR_CONFLICT, "%s is retired; a technician must take it back first",
                    wish->controller_id);
    if (!text_blank(known->serial) && !text_equal(known->serial, wish->serial))
        return FAIL(err, ERR_CONFLICT,
                    "another machine, serial %s, holds the identity %s; a technician must join them",
                    known->serial, wish->controller_id);
    /* Also who only waits for approval: the one that is looked at must be the one that gets in. */
    if (!is_named && !is_again)
        return FAIL(err, ERR_CONFLICT, "%s is known already; ask for a claim code that names it",
                    wish->controller_id);
    return true;
}

static bool enrol_new(struct world *world, struct arena *arena, const struct tenant *tenant,
                      const struct claim *claim, const struct enrolment *wish, int64_t now_ms,
                      struct enrolled *out, struct err *err)
{
    struct device facts = {
        .tenant_id = tenant->id,
        .controller_id = wish->controller_id,
        .state = tenant->approval_on ? DEVICE_WAITING : DEVICE_ACTIVE,
        .family = wish->family,
        .model = wish->model,
        .serial = wish->serial,
        .site = claim->site,
    };

    return device_new(world, arena, &facts, now_ms, &out->device, &out->token, err);
}

static bool enrol_known(struct world *world, struct arena *arena, const struct device *known,
                        const struct enrolment *wish, struct enrolled *out, struct err *err)
{
    struct device changed = *known;

    changed.family = text_blank(known->family) ? wish->family : known->family;
    changed.model = text_blank(known->model) ? wish->model : known->model;
    changed.serial = text_blank(known->serial) ? wish->serial : known->serial;
    if (!store_device_change(world->store, &changed, err) ||
        !device_token_new(world, arena, known->id, &out->token, err))
        return false;
    out->device = changed;
    return true;
}

/* Inside a tx: all the checks and the writing. */
static bool enrol_in_tx(struct world *world, struct arena *arena, const struct who *who,
                        const struct tenant *tenant, const struct enrolment *wish, int64_t now_ms,
                        struct enrolled *out, struct err *err)
{
    char digest[65];
    struct claim claim;
    struct device known;
    bool is_known, is_moved = true;

    claim_digest(arena, wish->claim, digest);
    if (!store_claim_find(world->store, arena, tenant->id, digest, &claim, err))
        return err->code == ERR_NOT_FOUND
                   ? FAIL(err, ERR_FORBIDDEN, "no such claim code; it is written XXXX-XXXX-XXXX-XXXX")
                   : false;
    is_known = store_device_get(world->store, arena, tenant->id, wish->controller_id, &known, err);
    if (!is_known && err->code != ERR_NOT_FOUND)
        return false;
    if (!claim_check(world, arena, &claim, wish, is_known ? &known : NULL, now_ms, err) ||
        (is_known && !known_check(&known, &claim, wish, err)) ||
        !(is_known ? enrol_known(world, arena, &known, wish, out, err)
                   : enrol_new(world, arena, tenant, &claim, wish, now_ms, out, err)))
        return false;
    if (claim.used_ms == 0 &&
        !store_claim_move(world->store, claim.id, now_ms, wish->controller_id, &is_moved, err))
        return false;
    if (!is_moved)
        return FAIL(err, ERR_FORBIDDEN, "this claim code has just been used; ask for a new one");
    return device_report_register(world, out->device.id, wish->report_key, err) &&
           audit_note(world, who, "device.enrol", wish->controller_id, wish->serial, now_ms, err);
}

static bool newest_root(struct world *world, struct arena *arena, const struct tenant *tenant,
                        struct span *out, struct err *err)
{
    struct tuf_role_row *roles;
    size_t count;
    int64_t version = 1, created_ms;

    if (!store_tuf_role_list(world->store, arena, tenant->id, &roles, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (text_equal(roles[i].role, "root"))
            version = roles[i].version;
    return repository_file(world, arena, tenant->name,
                           arena_printf(arena, "%lld.root.json", (long long)version), out, &created_ms, err);
}

/* Both anchors, so that a device never has to take one from a door that it does not know yet. */
static bool anchors(struct world *world, struct arena *arena, const struct tenant *tenant,
                    struct enrolled *out, struct err *err)
{
    return newest_root(world, arena, tenant, &out->root, err) &&
           (director_newest_root(world, arena, tenant->id, &out->director_root, err) ||
            err->code == ERR_NOT_FOUND);
}

bool enrol(struct world *world, struct arena *arena, struct who *who, const char *tenant_name,
           const struct enrolment *wish, int64_t now_ms, struct enrolled *out, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct enrolled done = {0};
    struct tenant tenant;

    if (!text_blank(wish->report_key) && !text_is_hex(wish->report_key, 64))
        return FAIL(err, ERR_INVALID, "a report_key is 64 digits of 0-9 a-f");
    if (!device_id_check(wish->controller_id, err) || !tenant_find(world, arena, tenant_name, &tenant, err))
        return false;
    who->tenant_id = tenant.id;
    who->tenant = tenant.name;
    who->kind = WHO_IS_DEVICE; /* for the audit log: this is who it becomes */
    who->name = wish->controller_id;
    if (!anchors(world, arena, &tenant, &done, err) || !tx_begin(&tx, world->store, err) ||
        !enrol_in_tx(world, arena, who, &tenant, wish, now_ms, &done, err) || !tx_commit(&tx, err))
        return false;
    done.tenant = tenant.name;
    *out = done;
    return true;
}
