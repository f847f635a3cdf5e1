#include "domain/director_parts.h"

#include "base/text.h"
#include "signing/tuf_client.h"
#include "store/devices.h"

struct machine {
    const struct director_gate *gate;
    bool is_old; /* has followed until now; else knows root 1 and nothing more */
};

static bool machine_fetch(void *ctx, struct arena *arena, const char *name, int64_t max, struct span *out,
                          struct err *err)
{
    const struct director_gate *gate = ((const struct machine *)ctx)->gate;
    struct director_file file;

    if (!director_stored(gate->of.world, arena, &gate->device, name, &file, err))
        return false;
    if ((int64_t)file.bytes.size > max)
        return FAIL(err, ERR_TOO_LARGE, "%s: %zu bytes, at most %lld", name, file.bytes.size, (long long)max);
    *out = file.bytes;
    return true;
}

static bool machine_load(void *ctx, struct arena *arena, const char *name, struct span *out, struct err *err)
{
    const struct machine *machine = ctx;

    if (!machine->is_old && text_equal(name, "root.json"))
        return machine_fetch(ctx, arena, "1.root.json", INT64_MAX, out, err);
    for (int role = 0; machine->is_old && role < TUF_ROLE__MAX; role++)
        if (text_equal(name, arena_printf(arena, "%s.json", tuf_role_name[role]))) {
            *out = machine->gate->before[role];
            return true;
        }
    return FAIL(err, ERR_NOT_FOUND, "no local copy of %s", name);
}

static bool machine_keep(void *ctx, const char *name, struct span bytes, struct err *err)
{
    (void)ctx;
    (void)name;
    (void)bytes;
    (void)err;
    return true;
}

static bool visit(const struct director_gate *gate, bool is_old, struct err *err)
{
    struct machine machine = {gate, is_old};
    struct tuf_client_io io = {.ctx = &machine,
                               .fetch = machine_fetch,
                               .load = machine_load,
                               .keep = machine_keep,
                               .device = gate->device.controller_id};
    struct tuf_client *client;
    struct tuf_targets told;

    return (tuf_client_open(gate->of.arena, &io, gate->of.now_ms, &client, err) &&
            tuf_client_refresh(client, err) && tuf_client_targets(client, &told, err)) ||
           err_within(err, "publish gate of the director, as %s, from %s", gate->device.controller_id,
                      is_old ? "the current root" : "root 1");
}

/* ---- whose eyes ------------------------------------------------------------------------------ */

static bool sample(struct director_gate *gate, struct err *err)
{
    const struct device_filter active = {.state = device_state_name[DEVICE_ACTIVE], .limit = 1};
    struct device_row *rows;
    size_t count;

    if (!store_device_list(gate->of.world->store, gate->of.arena, gate->of.tenant_id, &active, &rows, &count,
                           err))
        return false;
    if (count)
        gate->device = rows[0].device;
    return true;
}

static bool keep_before(struct director_gate *gate, struct err *err)
{
    struct world *world = gate->of.world;
    struct arena *arena = gate->of.arena;
    struct director_file file;
    struct director last;

    if (!director_sign(&gate->of, &gate->device, err) ||
        !director_newest_root(world, arena, gate->of.tenant_id, &gate->before[TUF_ROOT], err) ||
        !store_director_get(world->store, arena, gate->device.id, &last, err))
        return false;
    for (int role = TUF_TIMESTAMP; role < TUF_ROLE__MAX; role++) {
        const char *name = role == TUF_TIMESTAMP ? "timestamp.json"
                                                 : arena_printf(arena, "%lld.%s.json",
                                                                (long long)last.version, tuf_role_name[role]);

        if (!director_stored(world, arena, &gate->device, name, &file, err))
            return false;
        gate->before[role] = file.bytes;
    }
    return true;
}

bool director_gate_open(struct director_gate *gate, const struct repository *of, struct err *err)
{
    *gate = (struct director_gate){.of = *of};
    return sample(gate, err) && (!gate->device.id || keep_before(gate, err));
}

bool director_gate_pass(const struct director_gate *gate, struct err *err)
{
    return !gate->device.id || (director_sign(&gate->of, &gate->device, err) && visit(gate, false, err) &&
                                visit(gate, true, err));
}
