#include "tools/agent/parts.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "signing/age_stream.h"

void agent_package_close(struct agent *agent)
{
    if (!agent->package)
        return;
    arena_freep(&agent->package->arena);
    free(agent->package);
    agent->package = NULL;
}

/* ---- opening ------------------------------------------------------------------- */

static bool plain_add(void *to, struct span bytes, struct err *err)
{
    int fd = *(const int *)to;

    if (lseek(fd, 0, SEEK_CUR) + (off_t)bytes.size > SNAPSHOT_BYTES_MAX + AGE_CHUNK_BYTES * 32)
        return FAIL(err, ERR_TOO_LARGE, "it is larger than settings are");
    return file_write_all(fd, bytes, err);
}

static bool unseal(const struct age_identity *identity, int sealed, int plain, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new_secret();
    AUTO(age_open_freep) struct age_open *opening = NULL;
    struct age_by by = {.identities = &identity, .count = 1};
    struct age_sink sink = {.write = plain_add, .to = &plain};
    char *piece = arena_take(arena, AGE_CHUNK_BYTES);
    int64_t offset = 0;
    ssize_t got;

    age_open_begin(&by, &sink, &opening);
    while ((got = pread(sealed, piece, AGE_CHUNK_BYTES, offset)) > 0) {
        if (!age_open_push(opening, span_make(piece, (size_t)got), err))
            return false;
        offset += got;
    }
    return got == 0 ? age_open_end(opening, err) : FAIL_ERRNO(err, "the sealed settings");
}

/* The opened file is in memory and has no name. */
static bool package_read(struct agent *agent, struct package *package, struct err *err)
{
    const struct agent_cache *cache = &agent->setup.cache;
    AUTO(age_identity_freep) struct age_identity *identity = NULL;
    AUTO(fd_closep) int plain = memfd_create("package", MFD_CLOEXEC);
    AUTO(fd_closep) int sealed = -1;

    if (plain < 0)
        return FAIL_ERRNO(err, "a file in memory");
    return agent_identity(agent, &identity, err) &&
           cache->read(cache->ctx, &agent->state.plan->parts[0], &sealed, err) &&
           unseal(identity, sealed, plain, err) &&
           snapshot_read(package->arena, plain, &package->snapshot, err);
}

/* ---- whether it is for us --------------------------------------------------------- */

static bool is_named(const struct agent_plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->category_count; i++)
        if (text_equal(plan->categories[i].name, name))
            return true;
    return false;
}

/* The ticket, which is for this device alone, says which file it is: so a package may have been made on the
 * machine that this one replaces. Another model's would not fit. */
static bool package_check(const struct agent *agent, const struct snapshot *snapshot, struct err *err)
{
    const struct agent_plan *plan = agent->state.plan;

    if (!text_equal(snapshot->model, agent->setup.model))
        return FAIL(err, ERR_FORBIDDEN, "the settings are of a %s, this is a %s", snapshot->model,
                    agent->setup.model);
    for (size_t i = 0; i < snapshot->category_count; i++)
        if (!is_named(plan, snapshot->categories[i].kind->name))
            return FAIL(err, ERR_FORBIDDEN, "the ticket does not name \"%s\"",
                        snapshot->categories[i].kind->name);
    for (size_t i = 0; i < plan->category_count; i++)
        if (!snapshot_category(snapshot, snapshot_kind_find(plan->categories[i].name)))
            return FAIL(err, ERR_INVALID, "\"%s\" is not in it", plan->categories[i].name);
    return true;
}

bool agent_package_open(struct agent *agent, struct err *err)
{
    if (agent->package)
        return true;
    agent->package = calloc(1, sizeof(*agent->package));
    if (!agent->package)
        abort();
    agent->package->arena = arena_new_secret();
    if (package_read(agent, agent->package, err) && package_check(agent, &agent->package->snapshot, err))
        return true;
    agent_package_close(agent);
    return err_within(err, "opening the settings");
}
