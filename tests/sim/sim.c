#include "sim/sim.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void digest(struct sim *sim, const char *text)
{
    for (; *text; text++)
        sim->digest = (sim->digest ^ (uint8_t)*text) * 1099511628211ULL;
}

void sim_tell(struct sim *sim, const char *format, ...)
{
    int64_t minutes = (sim->true_ms - sim->begin_ms) / MINUTE_MS;
    char line[500];
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    digest(sim, line);
    if (sim->tells)
        printf("%6" PRId64 "  day %" PRId64 " %02d:%02d  %s\n", sim->step, minutes / 1440,
               (int)(minutes % 1440 / 60), (int)(minutes % 60), line);
}

void sim_break(struct sim *sim, const char *name, const char *format, ...)
{
    size_t used;
    va_list args;

    if (sim_is_broken(sim))
        return;
    used = (size_t)snprintf(sim->broken, sizeof(sim->broken), "%s: ", name);
    va_start(args, format);
    vsnprintf(sim->broken + used, sizeof(sim->broken) - used, format, args);
    va_end(args);
    sim_tell(sim, "BROKEN %s", sim->broken);
}

struct campaign *sim_campaign(struct sim *sim, int64_t id)
{
    for (int i = 0; id > 0 && i < sim->campaign_count; i++)
        if (sim->campaigns[i].id == id)
            return &sim->campaigns[i];
    return NULL;
}

struct machine *sim_machine(struct sim *sim, int64_t device_id)
{
    for (int i = 0; i < sim->machine_count; i++)
        if (sim->machines[i].id == device_id)
            return &sim->machines[i];
    abort();
}

int sim_package(const struct sim *sim, int64_t release_id)
{
    for (int i = 0; i < sim->package_count; i++)
        if (sim->packages[i].id == release_id)
            return i;
    return -1;
}
