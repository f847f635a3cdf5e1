#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "signing/age_header.h"
#include "tools/agent/simulate.h"
#include "tools/fleet/fleet.h"

/* Settings of a simulated machine: made up again each time they are asked for, so that a fleet of a hundred
 * thousand holds none of them. What a restore put there is on the machine's disk. */

#define ADDRESSES 40
#define ITEMS_MAX 8 /* of the other categories */
#define NAME_MAX_CHARS 80

bool settings_open(struct fleet *fleet, struct err *err)
{
    const struct names *models = &fleet->options->population.models;

    fleet->capabilities = ARENA_MANY(fleet->arena, struct capability, models->count);
    for (size_t i = 0; i < models->count; i++)
        if (!capability_built_in(fleet->arena, models->at[i], &fleet->capabilities[i], err))
            return err_within(err, "--backups");
    return true;
}

static const struct capability *capability_of(const struct machine *machine)
{
    const struct names *models = &machine->fleet->options->population.models;
    size_t i = 0;

    while (i + 1 < models->count && !text_equal(models->at[i], machine->facts.model))
        i++;
    return &machine->fleet->capabilities[i];
}

static const char *file_name(char *room, const char *folder, const struct snapshot_kind *kind)
{
    snprintf(room, NAME_MAX_CHARS, "%s/%s.json", folder, kind->name);
    return room;
}

/* ---- what is set ------------------------------------------------------------------- */

static bool override(const struct machine *machine, struct arena *arena, struct snapshot_category *category,
                     struct err *err)
{
    char name[NAME_MAX_CHARS];
    struct span bytes = disk_look(&machine->disk, file_name(name, "settings", category->kind));

    return !bytes.at || snapshot_items_read(arena, bytes, category, err);
}

static bool collect(void *ctx, struct arena *arena, struct snapshot_category *out, size_t *count,
                    struct err *err)
{
    const struct machine *machine = ctx;
    struct simulation simulation = {
        .seed = (int64_t)(machine->facts.salt >> 1), .addresses = ADDRESSES, .items_max = ITEMS_MAX};

    if (!simulate_settings(arena, capability_of(machine), &simulation, out, count, err))
        return false;
    for (size_t i = 0; i < *count; i++)
        if (!override(machine, arena, &out[i], err))
            return false;
    return true;
}

static bool apply(void *ctx, const struct snapshot_category *category, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct machine *machine = ctx;
    char name[NAME_MAX_CHARS];

    return disk_keep(&machine->disk, file_name(name, "settings", category->kind),
                     snapshot_items_write(arena, category), err);
}

/* None kept: it was as it had been made up. */
static bool keep(void *ctx, const struct snapshot_kind *kind, struct err *err)
{
    struct machine *machine = ctx;
    char name[NAME_MAX_CHARS];
    struct span now = disk_look(&machine->disk, file_name(name, "settings", kind));

    if (now.at)
        return disk_keep(&machine->disk, file_name(name, "was", kind), now, err);
    disk_drop(&machine->disk, file_name(name, "was", kind));
    return true;
}

static bool revert(void *ctx, const struct snapshot_kind *kind, struct err *err)
{
    struct machine *machine = ctx;
    char name[NAME_MAX_CHARS];
    struct span was = disk_look(&machine->disk, file_name(name, "was", kind));

    if (was.at)
        return disk_keep(&machine->disk, file_name(name, "settings", kind), was, err);
    disk_drop(&machine->disk, file_name(name, "settings", kind));
    return true;
}

/* ---- sealed files -------------------------------------------------------------------- */

static void span_free(struct span *bytes)
{
    free((char *)(uintptr_t)bytes->at);
    *bytes = (struct span){NULL, 0};
}

static char *span_grow(struct span *bytes, size_t size)
{
    char *more = realloc((char *)(uintptr_t)bytes->at, size + 1);

    if (!more)
        abort();
    *bytes = (struct span){more, size};
    return more;
}

static bool memory_open(struct span bytes, int *fd, struct err *err)
{
    AUTO(fd_closep) int opened = memfd_create("fleet", MFD_CLOEXEC);

    if (opened < 0)
        return FAIL_ERRNO(err, "a file in memory");
    if (!file_write_all(opened, bytes, err))
        return false;
    *fd = opened;
    opened = -1;
    return true;
}

static bool outgoing(void *ctx, bool is_new, int *fd, struct err *err)
{
    const struct machine *machine = ctx;

    if (!is_new && !machine->outgoing.at)
        return FAIL(err, ERR_NOT_FOUND, "there is none");
    return memory_open(is_new ? (struct span){NULL, 0} : machine->outgoing, fd, err);
}

static bool outgoing_keep(void *ctx, int fd, struct err *err)
{
    struct machine *machine = ctx;
    off_t size = lseek(fd, 0, SEEK_END);

    if (size < 0)
        return FAIL_ERRNO(err, "a file in memory");
    return pread(fd, span_grow(&machine->outgoing, (size_t)size), (size_t)size, 0) == size ||
           FAIL_ERRNO(err, "a file in memory");
}

static void outgoing_drop(void *ctx)
{
    span_free(&((struct machine *)ctx)->outgoing);
}

void settings_take(struct machine *machine, int64_t offset, struct span bytes)
{
    if (bytes.size)
        memcpy(span_grow(&machine->incoming, (size_t)offset + bytes.size) + offset, bytes.at, bytes.size);
}

bool settings_are(struct machine *machine, const char *digest)
{
    AUTO(fd_closep) int fd = -1;
    char here[65];
    struct err ignored;

    return memory_open(machine->incoming, &fd, &ignored) && age_file_digest(fd, here, &ignored) &&
           text_equal(here, digest);
}

bool settings_read(void *ctx, const struct agent_part *part, int *fd, struct err *err)
{
    const struct machine *machine = ctx;

    (void)part;
    return memory_open(machine->incoming, fd, err);
}

void settings_forget(struct machine *machine)
{
    span_free(&machine->incoming);
}

void settings_end(struct machine *machine)
{
    span_free(&machine->incoming);
    span_free(&machine->outgoing);
}

struct agent_settings machine_settings(struct machine *machine)
{
    return (struct agent_settings){.ctx = machine,
                                   .collect = collect,
                                   .apply = apply,
                                   .keep = keep,
                                   .revert = revert,
                                   .outgoing = outgoing,
                                   .outgoing_keep = outgoing_keep,
                                   .outgoing_drop = outgoing_drop};
}
