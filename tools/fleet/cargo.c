#include <stdio.h>

#include "base/hash.h"
#include "base/text.h"
#include "tools/fleet/fleet.h"

/* Downloads of a simulated machine: hashed as they come and thrown away. What a real one finds on its disk
 * after a power cut is here the digest of the bytes so far. */

static uint64_t prefix_of(const struct agent_part *part)
{
    uint8_t raw[8];
    uint64_t value = 0;

    char digits[17];

    snprintf(digits, sizeof(digits), "%s", part->sha256);
    if (text_unhex(digits, raw, sizeof(raw)))
        memcpy(&value, raw, sizeof(value));
    return value;
}

static bool cargo_has(void *ctx, const struct agent_part *part)
{
    const struct machine *machine = ctx;
    uint64_t prefix = prefix_of(part);

    for (size_t i = 0; i < machine->whole_count; i++)
        if (machine->whole[i] == prefix)
            return true;
    return false;
}

/* ---- a transfer ------------------------------------------------------------------ */

static bool on_begin(void *ctx, const struct download *download, struct err *err)
{
    struct machine *machine = ctx;
    char unused[HASH_HEX_MAX];

    (void)err;
    if (download->offset == 0)
        hash_hex(machine->partial, unused); /* begins anew */
    snprintf(machine->etag, sizeof(machine->etag), "%s", download->etag);
    return true;
}

static bool is_at(const struct download *download, int64_t permille)
{
    return download->offset >= download->expect_bytes / 1000 * permille &&
           download->offset < download->expect_bytes;
}

static bool cut(struct machine *machine, _Atomic int64_t *figure, struct err *err)
{
    machine->was_cut = true;
    atomic_fetch_add(figure, 1);
    return FAIL(err, ERR_IO, "cut");
}

static bool on_bytes(void *ctx, const struct download *download, struct span bytes, struct err *err)
{
    struct machine *machine = ctx;
    const struct machine_facts *facts = &machine->facts;
    struct fleet_figures *figures = &machine->fleet->figures;

    hash_add(machine->partial, bytes);
    if (machine->is_partial_settings)
        settings_take(machine, download->offset - (int64_t)bytes.size, bytes);
    machine->partial_size = download->offset;
    atomic_fetch_add(&figures->wire_bytes, (int64_t)bytes.size);
    if (machine->cuts_done < facts->cuts && is_at(download, facts->cut_permille[machine->cuts_done])) {
        machine->cuts_done++;
        return cut(machine, &figures->cuts, err);
    }
    if (facts->is_power_cut_loading && !machine->has_power_cut && is_at(download, 500)) {
        machine->wants_power_cut = true;
        machine->was_cut = true;
        return FAIL(err, ERR_IO, "the power went");
    }
    return true;
}

static bool cargo_open(void *ctx, const struct agent_part *part, struct download *out, struct err *err)
{
    struct machine *machine = ctx;

    (void)err;
    if (!machine->partial)
        machine->partial = hash_new(HASH_SHA256);
    if (!text_equal(machine->partial_sha256, part->sha256)) {
        snprintf(machine->partial_sha256, sizeof(machine->partial_sha256), "%s", part->sha256);
        machine->etag[0] = '\0';
        machine->partial_size = 0;
    }
    machine->is_partial_settings = part->is_settings;
    out->fd = -1;
    out->offset = machine->partial_size;
    snprintf(out->etag, sizeof(out->etag), "%s", machine->etag);
    out->ctx = machine;
    out->begin = on_begin;
    out->bytes = on_bytes;
    return true;
}

static void cargo_close(void *ctx, const struct agent_part *part, struct download *download)
{
    (void)part;
    ((struct machine *)ctx)->partial_size = download->offset;
}

static bool cargo_finish(void *ctx, const struct agent_part *part, struct err *err)
{
    struct machine *machine = ctx;
    char digest[HASH_HEX_MAX];

    hash_hex(machine->partial, digest);
    hash_freep(&machine->partial);
    machine->partial = NULL;
    machine->partial_sha256[0] = '\0';
    if (part->is_settings ? !settings_are(machine, part->sha256) : !text_equal(digest, part->sha256))
        return FAIL(err, ERR_CHECKSUM, "%s: what arrived is not what was signed", part->file);
    if (machine->whole_count < AGENT_PARTS_MAX)
        machine->whole[machine->whole_count++] = prefix_of(part);
    atomic_fetch_add(&machine->fleet->figures.needed_bytes, part->size);
    return true;
}

static bool is_named(const struct agent_plan *plan, uint64_t prefix)
{
    for (size_t i = 0; plan && i < plan->part_count; i++)
        if (prefix_of(&plan->parts[i]) == prefix)
            return true;
    return false;
}

static void cargo_prune(void *ctx, const struct agent_plan *plan)
{
    struct machine *machine = ctx;
    size_t kept = 0;

    for (size_t i = 0; i < machine->whole_count; i++)
        if (is_named(plan, machine->whole[i]))
            machine->whole[kept++] = machine->whole[i];
    machine->whole_count = kept;
    if (!plan)
        settings_forget(machine);
}

struct agent_cache machine_cache(struct machine *machine)
{
    return (struct agent_cache){.ctx = machine,
                                .has = cargo_has,
                                .open = cargo_open,
                                .close = cargo_close,
                                .finish = cargo_finish,
                                .prune = cargo_prune,
                                .read = settings_read};
}
