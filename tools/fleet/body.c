#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "model/busy.h"
#include "tools/fleet/fleet.h"

/* ---- how long things take, in simulated time --------------------------------------- */

#define FLASH_FIRST_MS 15000
#define FLASH_BYTES_MS 2000 /* 2 MB/s */
#define REBOOT_MS 60000
#define REBOOT_SPREAD_MS 60000
#define TEST_MS 20000
#define SLOW_FACTOR 3

/* What keeps machines of a night, often enough to be met with. */
static const enum busy busy_reasons[] = {BUSY_PRINTING,     BUSY_FAX_RECEIVING, BUSY_SCANNING,
                                         BUSY_PANEL,        BUSY_JOB_HELD,      BUSY_PAPER_JAM,
                                         BUSY_SERVICE_MODE, BUSY_STORAGE_LOW};

static int64_t flash_ms(const struct machine *machine, const struct agent_part *part)
{
    int64_t ms = machine->fleet->options->flash_s ? machine->fleet->options->flash_s * 1000
                                                  : FLASH_FIRST_MS + part->size / FLASH_BYTES_MS;

    return machine->facts.is_slow ? ms * SLOW_FACTOR : ms;
}

/* Work that ends at *end_ms, which 0 begins. True once it is over; else *again_ms is set. */
static bool is_over(int64_t *end_ms, int64_t takes_ms, int64_t now_ms, int64_t *again_ms)
{
    if (!*end_ms)
        *end_ms = now_ms + takes_ms;
    if (now_ms < *end_ms) {
        *again_ms = *end_ms - now_ms;
        return false;
    }
    *end_ms = 0;
    return true;
}

/* ---- what it carries -------------------------------------------------------------------- */

static struct installed *installed_find(const struct machine *machine, const char *component)
{
    for (size_t i = 0; i < machine->installed_count; i++)
        if (text_equal(machine->installed[i].component, component))
            return &machine->installed[i];
    return NULL;
}

static void installed_put(struct machine *machine, const char *component, const char *version)
{
    struct installed *place = installed_find(machine, component);

    if (!place) {
        struct installed *more =
            realloc(machine->installed, (machine->installed_count + 1) * sizeof(*machine->installed));

        if (!more)
            abort();
        machine->installed = more;
        place = &more[machine->installed_count++];
        place->component = machine_text(machine, component);
    }
    place->version = machine_text(machine, version);
}

static const char *body_version(void *ctx, struct arena *arena, const char *component)
{
    const struct installed *place = installed_find(ctx, component);

    (void)arena;
    return place ? place->version : NULL;
}

static void body_attributes(void *ctx, void (*tell)(void *to, const char *name, const char *value), void *to)
{
    const struct machine *machine = ctx;
    const char *told = machine->fleet->options->population.told;

    if (told)
        tell(to, told, machine->facts.choice);
    for (size_t i = 0; i < machine->installed_count; i++) {
        char name[160];

        snprintf(name, sizeof(name), "component.%s", machine->installed[i].component);
        tell(to, name, machine->installed[i].version);
    }
}

/* ---- its fate -------------------------------------------------------------------------------- */

/* FAMILY/VERSION/FILE: is it the release that is bad? */
static bool is_bad_release(const struct fleet_options *options, const struct agent_part *part)
{
    struct span rest = span_of(part->target), piece = {NULL, 0};

    if (!options->bad_version)
        return true;
    return text_split(&rest, '/', &piece) && text_split(&rest, '/', &piece) &&
           piece.size == strlen(options->bad_version) &&
           memcmp(piece.at, options->bad_version, piece.size) == 0;
}

static bool fails_on(const struct machine *machine, const struct agent_part *part)
{
    const struct fleet_options *options = machine->fleet->options;

    return machine->facts.fails && !options->population.bad_choice && is_bad_release(options, part) &&
           (!options->bad_component || text_equal(options->bad_component, part->component));
}

/* What has an option that the release does not know comes up, and does not work. */
static bool is_broken(const struct machine *machine)
{
    const struct fleet_options *options = machine->fleet->options;
    const struct agent_plan *plan = agent_plan(machine->agent);

    return machine->facts.fails && options->population.bad_choice && plan && plan->part_count &&
           is_bad_release(options, &plan->parts[0]);
}

static bool body_busy(void *ctx, int64_t now_ms, char *reason, size_t room)
{
    struct machine *machine = ctx;

    if (!machine->facts.busy_ms)
        return false;
    if (!machine->busy_until_ms)
        machine->busy_until_ms = now_ms + machine->facts.busy_ms;
    snprintf(reason, room, "%s",
             busy_name[busy_reasons[machine_choice(&machine->facts, "busy with", COUNT(busy_reasons))]]);
    return now_ms < machine->busy_until_ms;
}

/* The power goes in the middle of the first component. */
static bool loses_power(struct machine *machine, int64_t takes_ms, int64_t *again_ms)
{
    if (!machine->facts.is_power_cut_flashing || machine->has_power_cut)
        return false;
    machine->wants_power_cut = true;
    *again_ms = 1 + takes_ms / 2;
    return true;
}

static bool body_install(void *ctx, const struct agent_part *part, int64_t now_ms, int64_t *again_ms,
                         struct err *err)
{
    struct machine *machine = ctx;
    int64_t takes_ms = flash_ms(machine, part);

    if (loses_power(machine, takes_ms, again_ms) ||
        !is_over(&machine->flash_end_ms, takes_ms, now_ms, again_ms))
        return true;
    if (fails_on(machine, part))
        return FAIL(err, ERR_CONFLICT, "the board does not answer after block %" PRIu64,
                    machine_choice(&machine->facts, "bad block", 4096));
    installed_put(machine, part->component, part->version);
    return true;
}

static bool body_reboot(void *ctx, int64_t now_ms, int64_t *again_ms, struct err *err)
{
    struct machine *machine = ctx;

    (void)err;
    (void)now_ms;
    machine->is_rebooting = true;
    *again_ms = REBOOT_MS + (int64_t)machine_choice(&machine->facts, "reboot", REBOOT_SPREAD_MS);
    return true;
}

static bool body_self_test(void *ctx, int64_t now_ms, int64_t *again_ms, struct err *err)
{
    struct machine *machine = ctx;
    const struct population *population = &machine->fleet->options->population;

    if (!is_over(&machine->test_end_ms, TEST_MS, now_ms, again_ms) || !is_broken(machine))
        return true;
    return FAIL(err, ERR_CONFLICT, "F070, the %s does not answer", population->option);
}

static const char *body_boot(void *ctx)
{
    return ((struct machine *)ctx)->boot;
}

struct agent_machine machine_body(struct machine *machine)
{
    const struct population *population = &machine->fleet->options->population;

    for (size_t i = 0; i < population->components.count; i++)
        installed_put(machine, population->components.at[i], population->start_version);
    return (struct agent_machine){.ctx = machine,
                                  .busy = body_busy,
                                  .install = body_install,
                                  .reboot = body_reboot,
                                  .self_test = body_self_test,
                                  .boot = body_boot,
                                  .version = body_version,
                                  .attributes = body_attributes};
}
