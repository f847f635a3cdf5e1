#include "signing/package_entries.h"

#include <stdlib.h>

#include "base/buf.h"
#include "signing/package_far.h"

struct package_entries { /* far, or source and tar */
    struct package_far *far;
    struct package_source *source;
    struct package_tar *tar;
};

bool package_entries_open(struct parser *parser, int fd, const struct package_limits *limits,
                          struct package_entries **out, struct err *err)
{
    AUTO(package_entries_closep) struct package_entries *entries = calloc(1, sizeof(*entries));

    if (!entries)
        abort();
    if (parser ? !package_far_open(parser, fd, limits, &entries->far, err)
               : !package_source_open(fd, limits, &entries->source, err))
        return false;
    if (!parser)
        entries->tar = package_tar_open(entries->source, limits);
    *out = entries;
    entries = NULL;
    return true;
}

void package_entries_closep(struct package_entries **entries)
{
    if (!*entries)
        return;
    package_far_closep(&(*entries)->far);
    package_tar_closep(&(*entries)->tar);
    package_source_closep(&(*entries)->source);
    free(*entries);
    *entries = NULL;
}

enum package_step package_entries_next(struct package_entries *entries, struct package_entry *out,
                                       struct err *err)
{
    return entries->far ? package_far_entry(entries->far, out, err)
                        : package_tar_entry(entries->tar, out, err);
}

enum package_step package_entries_bytes(struct package_entries *entries, struct span *out, struct err *err)
{
    return entries->far ? package_far_bytes(entries->far, out, err)
                        : package_tar_bytes(entries->tar, out, err);
}

bool package_entries_whole(struct package_entries *entries, struct arena *arena,
                           const struct package_entry *entry, int64_t max, struct span *out, struct err *err)
{
    struct buf bytes = {.arena = arena};
    enum package_step step;
    struct span piece;

    if (entry->size > max)
        return FAIL(err, ERR_TOO_LARGE, "entry \"%s\" is larger than %lld bytes, which is the limit",
                    entry->name, (long long)max);
    while ((step = package_entries_bytes(entries, &piece, err)) == STEP_MORE)
        buf_add(&bytes, piece);
    if (step == STEP_FAILED)
        return false;
    *out = buf_span(&bytes);
    return true;
}

bool package_entries_is_broken(const struct package_entries *entries)
{
    return entries->far && package_far_is_broken(entries->far);
}

struct package_source_facts package_entries_facts(const struct package_entries *entries)
{
    if (!entries->far)
        return package_source_facts(entries->source);
    return (struct package_source_facts){.packed_size = package_far_size(entries->far),
                                         .packed = package_far_size(entries->far)};
}
