#include "tools/agent/parts.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "signing/age_stream.h"

#define ABOUT_MAX 8192
#define NO_FAMILY "unknown" /* a snapshot names one */

/* ---- what is in it ---------------------------------------------------------- */

struct firmware {
    struct arena *arena;
    struct snapshot_component *list;
    size_t count;
};

static void component_take(void *to, const char *name, const char *value)
{
    static const char prefix[] = "component.";
    struct firmware *firmware = to;

    if (text_starts(name, prefix) && !text_blank(value) && firmware->count < SNAPSHOT_COMPONENTS_MAX)
        firmware->list[firmware->count++] = (struct snapshot_component){
            arena_dup(firmware->arena, name + sizeof(prefix) - 1), arena_dup(firmware->arena, value)};
}

static bool snapshot_take(struct agent *agent, struct arena *arena, int64_t now_ms, struct snapshot *out,
                          struct err *err)
{
    const struct agent_setup *setup = &agent->setup;
    struct snapshot_category *categories = ARENA_MANY(arena, struct snapshot_category, SNAPSHOT_KINDS);
    struct firmware firmware = {
        .arena = arena, .list = ARENA_MANY(arena, struct snapshot_component, SNAPSHOT_COMPONENTS_MAX)};

    if (!setup->settings.collect(setup->settings.ctx, arena, categories, &out->category_count, err))
        return err_within(err, "collecting the settings");
    if (out->category_count == 0)
        return FAIL(err, ERR_INVALID, "nothing is set on this machine");
    if (setup->machine.attributes)
        setup->machine.attributes(setup->machine.ctx, component_take, &firmware);
    out->model = setup->model;
    out->family = text_blank(setup->family) ? NO_FAMILY : setup->family;
    out->serial = setup->serial ? setup->serial : "";
    out->controller_id = setup->id;
    out->time_ms = agent_wall_ms(agent, now_ms);
    out->components = firmware.list;
    out->component_count = firmware.count;
    out->categories = categories;
    return true;
}

/* ---- sealing ------------------------------------------------------------------- */

struct file { /* an age_sink */
    int fd;
    int64_t size;
};

static bool file_add(void *to, struct span bytes, struct err *err)
{
    struct file *file = to;

    file->size += (int64_t)bytes.size;
    return file_write_all(file->fd, bytes, err);
}

static bool seal(int plain, const struct backup_terms *terms, struct file *out, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new_secret();
    AUTO(age_seal_freep) struct age_seal *sealing = NULL;
    struct age_to to = {.recipients = terms->recipients, .count = terms->count};
    struct age_sink sink = {.write = file_add, .to = out};
    char *piece = arena_take(arena, AGE_CHUNK_BYTES);
    int64_t offset = 0;
    ssize_t got;

    if (!age_seal_begin(&to, &sink, &sealing, err))
        return false;
    while ((got = pread(plain, piece, AGE_CHUNK_BYTES, offset)) > 0) {
        if (!age_seal_push(sealing, span_make(piece, (size_t)got), err))
            return false;
        offset += got;
    }
    return got == 0 ? age_seal_end(sealing, err) : FAIL_ERRNO(err, "the snapshot");
}

static bool outgoing_write(struct agent *agent, int plain, const struct backup_terms *terms, int64_t *size,
                           struct err *err)
{
    const struct agent_settings *settings = &agent->setup.settings;
    AUTO(fd_closep) int fd = -1;
    struct file file;

    if (!settings->outgoing(settings->ctx, true, &fd, err))
        return false;
    file = (struct file){.fd = fd};
    if (!seal(plain, terms, &file, err))
        return false;
    if (terms->bytes_max && file.size > terms->bytes_max)
        return FAIL(err, ERR_TOO_LARGE, "it has %lld bytes, the service takes %lld", (long long)file.size,
                    (long long)terms->bytes_max);
    *size = file.size;
    return settings->outgoing_keep(settings->ctx, fd, err);
}

/* ---- what is said about it --------------------------------------------------------- */

static void tell(struct buf *out, const char *name, const char *value)
{
    if (!value)
        return;
    buf_printf(out, "%s%s", out->size ? "," : "", name);
    if (*value)
        buf_printf(out, " %s", text_base64(out->arena, span_of(value)));
}

static const char *firmware_text(struct arena *arena, const struct snapshot *snapshot)
{
    struct buf out = {.arena = arena};

    for (size_t i = 0; i < snapshot->component_count; i++)
        buf_printf(&out, "%s%s=%s", i ? "," : "", snapshot->components[i].name,
                   snapshot->components[i].version);
    return buf_cstr(&out);
}

static const char *categories_text(struct arena *arena, const struct snapshot *snapshot)
{
    struct buf out = {.arena = arena};

    for (size_t i = 0; i < snapshot->category_count; i++)
        buf_printf(&out, "%s%s=%zu", i ? "," : "", snapshot->categories[i].kind->name,
                   snapshot->categories[i].item_count);
    return buf_cstr(&out);
}

static const char *about(struct arena *arena, const struct snapshot *snapshot,
                         const struct backup_terms *terms, const struct agent_backup *backup)
{
    struct buf out = {.arena = arena};

    tell(&out, "trigger", backup_trigger_name[backup->trigger]);
    tell(&out, "taken", text_time(arena, snapshot->time_ms));
    tell(&out, "model", snapshot->model);
    tell(&out, "serial", snapshot->serial);
    tell(&out, "firmware", firmware_text(arena, snapshot));
    tell(&out, "categories", categories_text(arena, snapshot));
    tell(&out, "recipients", terms->names);
    tell(&out, "action", backup->action);
    tell(&out, "restore", backup->restore);
    return buf_cstr(&out);
}

/* The tar rests in memory alone; what reaches the disk is sealed. */
bool agent_backup_make(struct agent *agent, struct arena *arena, const struct backup_terms *terms,
                       int64_t now_ms, struct agent_backup *backup, struct err *err)
{
    AUTO(arena_freep) struct arena *scratch = arena_new_secret();
    AUTO(fd_closep) int plain = memfd_create("snapshot", MFD_CLOEXEC);
    struct snapshot snapshot = {0}, written;
    int64_t size = 0;

    if (plain < 0)
        return FAIL_ERRNO(err, "a file in memory");
    if (!snapshot_take(agent, scratch, now_ms, &snapshot, err) ||
        !snapshot_write(scratch, &snapshot, plain, &written, err) ||
        !outgoing_write(agent, plain, terms, &size, err))
        return err_within(err, "making a backup");
    backup->about = arena_dup(arena, about(scratch, &written, terms, backup));
    if (strlen(backup->about) > ABOUT_MAX)
        return FAIL(err, ERR_TOO_LARGE, "there is too much to say about the backup");
    backup->size = size;
    backup->where = NULL;
    return true;
}
