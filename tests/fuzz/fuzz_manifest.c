/* What manifest_read takes, manifest_write says in canonical bytes that read as the same. */
#include "signing/manifest.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct manifest manifest, again;
    struct span first, second;
    struct err err;

    if (!manifest_read(arena, span_make(data, size), &manifest, &err)) {
        must(err.code == ERR_INVALID || err.code == ERR_TOO_LARGE);
        return 0;
    }
    must(manifest.component_count >= 1 && manifest.component_count <= MANIFEST_COMPONENTS_MAX);
    must(version_compare(manifest.version, manifest.version) == 0);
    /* Notes of the allowed size may need more bytes than a whole manifest may have. */
    if (!manifest_write(arena, &manifest, &first, &err))
        return 0;
    must(manifest_read(arena, first, &again, &err) && manifest_write(arena, &again, &second, &err));
    must(first.size == second.size && memcmp(first.at, second.at, first.size) == 0);
    return 0;
}
