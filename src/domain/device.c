#include "domain/device.h"

#include "base/ident.h"
#include "base/text.h"
#include "domain/zone.h"
#include "store/actions.h"
#include "store/tenants.h"

bool device_id_check(const char *controller_id, struct err *err)
{
    size_t size = controller_id ? strlen(controller_id) : 0;

    if (size == 0 || size > CONTROLLER_ID_MAX)
        return FAIL(err, ERR_INVALID, "a controllerId has 1 to %d characters", CONTROLLER_ID_MAX);
    for (const char *c = controller_id; *c; c++)
        if ((uint8_t)*c <= ' ' || *c == 0x7F || strchr("/\\;", *c))
            return FAIL(err, ERR_INVALID, "a controllerId has no blanks, slashes or semicolons");
    if (!text_is_utf8(span_of(controller_id)))
        return FAIL(err, ERR_INVALID, "a controllerId is UTF-8 text");
    return true;
}

bool device_new(struct world *world, struct arena *arena, const struct device *facts, int64_t now_ms,
                struct device *out, const char **token, struct err *err)
{
    struct device device = *facts;
    char *secret = ident_new(arena, DEVICE_TOKEN_BYTES);
    char digest[65];

    if (!device_id_check(facts->controller_id, err))
        return false;
    ident_digest(secret, digest);
    device.token_hash = digest;
    device.wants_attributes = true;
    device.created_ms = now_ms;
    device.enrolled_ms = device.state == DEVICE_ACTIVE ? now_ms : 0;
    if (!store_device_put(world->store, &device, &device.id, err) ||
        !store_device_by_id(world->store, arena, device.id, out, err))
        return false;
    *token = secret;
    return true;
}

bool device_token_new(struct world *world, struct arena *arena, int64_t device_id, const char **token,
                      struct err *err)
{
    char *secret = ident_new(arena, DEVICE_TOKEN_BYTES);
    char digest[65];

    ident_digest(secret, digest);
    if (!store_device_token_put(world->store, device_id, digest, err))
        return false;
    *token = secret;
    return true;
}

/* Who comes by a gateway token has not been looked at by anybody: where the tenant wants that, it waits. */
static bool meet_in_tx(struct world *world, struct arena *arena, const struct who *who, int64_t now_ms,
                       struct device *out, struct err *err)
{
    struct device facts = {.tenant_id = who->tenant_id, .controller_id = who->name};
    struct tenant tenant;
    const char *token;

    if (store_device_get(world->store, arena, who->tenant_id, who->name, out, err))
        return true;
    if (err->code != ERR_NOT_FOUND || !store_tenant_get(world->store, arena, who->tenant_id, &tenant, err))
        return false;
    facts.state = tenant.approval_on ? DEVICE_WAITING : DEVICE_ACTIVE;
    return device_new(world, arena, &facts, now_ms, out, &token, err);
}

bool device_meet(struct world *world, struct arena *arena, struct who *who, int64_t now_ms, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct device *device = ARENA_NEW(arena, struct device);

    if (!tx_begin(&tx, world->store, err) || !meet_in_tx(world, arena, who, now_ms, device, err) ||
        !tx_commit(&tx, err))
        return err_within(err, "meeting %s", who->name);
    who->device = device;
    return true;
}

bool device_load(struct world *world, struct arena *arena, struct device_facts *facts, struct err *err)
{
    struct device_pair *attributes;
    const char **tags;

    if (!store_tag_list(world->store, arena, facts->device->id, &tags, &facts->tag_count, err) ||
        !store_attribute_list(world->store, arena, facts->device->id, &attributes, &facts->attribute_count,
                              err))
        return false;
    facts->tags = tags;
    facts->attributes = attributes;
    return true;
}

bool device_load_changes(struct world *world, struct arena *arena, struct device_facts *facts,
                         struct err *err)
{
    struct action_change *changes;

    if (!store_action_changes(world->store, arena, facts->device->id, &changes, &facts->change_count, err))
        return false;
    facts->changes = changes;
    return true;
}

/* What a device says of its zone is believed only if there is such a zone. */
static bool zone_reported(struct world *world, struct arena *arena, const struct device *device,
                          const char **zone, struct err *err)
{
    const char *said = "UTC";

    if (!store_attribute_find(world->store, arena, device->id, "zone", &said, err))
        return false;
    *zone = zone_exists(said) ? said : "UTC";
    return true;
}

bool device_place(struct world *world, struct arena *arena, const struct device *device, struct site *out,
                  struct err *err)
{
    struct site none = {.name = "", .customer = "", .calendars = "", .language = ""};

    if (!text_blank(device->site)) {
        if (store_site_get(world->store, arena, device->tenant_id, device->site, out, err))
            return true;
        if (err->code != ERR_NOT_FOUND)
            return false;
    }
    none.window = (struct window){.start_min = -1, .end_min = -1};
    if (!zone_reported(world, arena, device, &none.window.zone, err))
        return false;
    *out = none;
    return true;
}

bool device_misreads_skip(const struct device *device)
{
    return device->quirk == QUIRK_SURICATTA || device->quirk == QUIRK_ZEPHYR;
}
