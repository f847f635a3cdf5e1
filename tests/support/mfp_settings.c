#include "support/mfp_parts.h"

#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

size_t mfp_kind(const char *category)
{
    const struct snapshot_kind *kind = snapshot_kind_find(category);

    if (!kind)
        abort();
    return (size_t)(kind - snapshot_kinds);
}

/* ---- a snapshot ----------------------------------------------------------------- */

static struct snapshot_category category_of(struct arena *arena, const char *name, const char *value)
{
    struct snapshot_field *fields = ARENA_NEW(arena, struct snapshot_field);
    struct snapshot_item *items = ARENA_NEW(arena, struct snapshot_item);

    *fields = (struct snapshot_field){"value", arena_dup(arena, value)};
    *items = (struct snapshot_item){"1", fields, 1};
    return (struct snapshot_category){.kind = snapshot_kind_find(name), .items = items, .item_count = 1};
}

struct snapshot mfp_snapshot(struct arena *arena, const char *model, ...)
{
    struct snapshot_category *all = ARENA_MANY(arena, struct snapshot_category, SNAPSHOT_KINDS);
    struct snapshot snapshot = {.model = model,
                                .family = "F",
                                .serial = "",
                                .controller_id = "mfp-0",
                                .time_ms = MFP_NOW_MS,
                                .categories = all};
    const char *name;
    va_list args;

    va_start(args, model);
    while ((name = va_arg(args, const char *)))
        all[snapshot.category_count++] = category_of(arena, name, va_arg(args, const char *));
    va_end(args);
    return snapshot;
}

/* ---- what is set -------------------------------------------------------------------- */

static bool collect(void *ctx, struct arena *arena, struct snapshot_category *out, size_t *count,
                    struct err *err)
{
    const struct mfp *mfp = ctx;

    (void)err;
    *count = 0;
    for (size_t i = 0; i < SNAPSHOT_KINDS; i++)
        if (mfp->settings[i])
            out[(*count)++] = category_of(arena, snapshot_kinds[i].name, mfp->settings[i]);
    return true;
}

static bool apply(void *ctx, const struct snapshot_category *category, struct err *err)
{
    struct mfp *mfp = ctx;
    size_t i = mfp_kind(category->kind->name);

    if (!mfp_tick(mfp, err))
        return false;
    if (text_equal(mfp->fails_to_apply, category->kind->name))
        return FAIL(err, ERR_CONFLICT, "the board refuses it");
    mfp->settings[i] = arena_dup(mfp->arena, snapshot_value(&category->items[0], "value"));
    mfp->applied[i]++;
    return mfp_tick(mfp, err);
}

static bool keep(void *ctx, const struct snapshot_kind *kind, struct err *err)
{
    struct mfp *mfp = ctx;
    size_t i = mfp_kind(kind->name);

    if (!mfp_tick(mfp, err))
        return false;
    mfp->kept[i] = mfp->settings[i];
    return mfp_tick(mfp, err);
}

static bool revert(void *ctx, const struct snapshot_kind *kind, struct err *err)
{
    struct mfp *mfp = ctx;
    size_t i = mfp_kind(kind->name);

    if (!mfp_tick(mfp, err))
        return false;
    mfp->settings[i] = mfp->kept[i];
    return mfp_tick(mfp, err);
}

/* ---- files ------------------------------------------------------------------------------ */

static struct span bytes_of(struct arena *arena, int fd)
{
    off_t size = lseek(fd, 0, SEEK_END);
    char *bytes = arena_take(arena, (size_t)size + 1);

    if (size < 0 || pread(fd, bytes, (size_t)size, 0) != size)
        abort();
    return span_make(bytes, (size_t)size);
}

static bool opened(struct span bytes, int *fd, struct err *err)
{
    *fd = memfd_create("mfp", MFD_CLOEXEC);
    return *fd >= 0 && file_write_all(*fd, bytes, err);
}

static bool outgoing(void *ctx, bool is_new, int *fd, struct err *err)
{
    struct mfp *mfp = ctx;

    if (!mfp_tick(mfp, err))
        return false;
    if (!is_new && !mfp->outgoing.at)
        return FAIL(err, ERR_NOT_FOUND, "there is none");
    return opened(is_new ? (struct span){NULL, 0} : mfp->outgoing, fd, err);
}

static bool outgoing_keep(void *ctx, int fd, struct err *err)
{
    struct mfp *mfp = ctx;

    if (!mfp_tick(mfp, err))
        return false;
    mfp->outgoing = bytes_of(mfp->arena, fd);
    return mfp_tick(mfp, err);
}

static void outgoing_drop(void *ctx)
{
    struct mfp *mfp = ctx;
    struct err dark;

    if (mfp_tick(mfp, &dark))
        mfp->outgoing = (struct span){NULL, 0};
}

bool mfp_read(void *ctx, const struct agent_part *part, int *fd, struct err *err)
{
    struct mfp *mfp = ctx;

    (void)part;
    return mfp->is_whole[MFP_PARTS] ? opened(mfp->package, fd, err) : FAIL(err, ERR_NOT_FOUND, "not here");
}

/* ---- the panel -------------------------------------------------------------------------------- */

static bool is_asked(void *ctx)
{
    return ((struct mfp *)ctx)->is_asked;
}

static void answer(void *ctx, const struct agent_backed_up *ended)
{
    struct mfp *mfp = ctx;

    (void)ended;
    mfp->is_asked = mfp->is_dark && mfp->is_asked;
    mfp->answers++;
}

struct agent_settings mfp_settings(struct mfp *mfp)
{
    return (struct agent_settings){mfp,      collect,       apply,         keep,     revert,
                                   outgoing, outgoing_keep, outgoing_drop, is_asked, answer};
}
