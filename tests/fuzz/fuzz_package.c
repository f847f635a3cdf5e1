/* Any bytes as a package: refused, or told whole, in order and within the limits. */
#include "signing/package.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "base/file.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct package_limits limits = {
    .bytes_max = 1 << 20, .ratio_max = 200, .entries_max = 16, .sbom_bytes_max = 1 << 16};

struct seen {
    const struct manifest_component *under_way;
    int64_t got;
    size_t ended;
    bool has_manifest, has_sbom;
};

static void must(bool holds)
{
    if (!holds)
        abort();
}

static bool on_manifest(void *ctx, const struct manifest *manifest, struct span bytes, struct err *err)
{
    struct seen *seen = ctx;

    (void)err;
    must(!seen->has_manifest && manifest->component_count > 0 && bytes.size <= MANIFEST_BYTES_MAX);
    seen->has_manifest = true;
    return true;
}

static bool on_begin(void *ctx, const struct manifest_component *component, struct err *err)
{
    struct seen *seen = ctx;

    must(seen->has_manifest && !seen->under_way && !seen->has_sbom);
    must(manifest_file_check(component->file, err));
    seen->under_way = component;
    seen->got = 0;
    return true;
}

static bool on_bytes(void *ctx, struct span bytes, struct err *err)
{
    struct seen *seen = ctx;

    (void)err;
    must(seen->under_way && bytes.size > 0 && bytes.size <= 1 << 20);
    seen->got += (int64_t)bytes.size;
    must(seen->got <= seen->under_way->size && seen->got <= limits.bytes_max);
    return true;
}

static bool on_end(void *ctx, const struct manifest_component *component, struct err *err)
{
    struct seen *seen = ctx;

    (void)err;
    must(seen->under_way == component && seen->got == component->size);
    seen->under_way = NULL;
    seen->ended++;
    return true;
}

static bool on_sbom(void *ctx, struct span bytes, struct err *err)
{
    struct seen *seen = ctx;

    must(!seen->under_way && !seen->has_sbom && package_sbom_check(bytes, err));
    seen->has_sbom = true;
    return true;
}

static int file_of(const uint8_t *data, size_t size)
{
    int fd = memfd_create("package", MFD_CLOEXEC);
    struct err err;

    must(fd >= 0 && file_write_all(fd, span_make(data, size), &err));
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    AUTO(fd_closep) int fd = file_of(data, size);
    struct seen seen = {0};
    const struct package_events events = {.ctx = &seen,
                                          .manifest = on_manifest,
                                          .begin = on_begin,
                                          .bytes = on_bytes,
                                          .end = on_end,
                                          .sbom = on_sbom};
    struct manifest manifest;
    struct err err;

    if (package_read(arena, fd, &limits, &events, &manifest, &err)) {
        must(seen.ended == manifest.component_count && seen.has_sbom == (manifest.sbom_file != NULL));
        must(package_is_ours(fd));
    } else {
        must(err.code != ERR_NONE && !text_blank(err.text));
    }
    return 0;
}
