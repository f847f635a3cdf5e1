/* Any bytes as each of the four kinds: what reads must write canonically to the same bytes again, and nothing
 * is ever signed by keys that the file itself does not name. */
#include "signing/tuf.h"

#include <stdlib.h>

#include "signing/canonical.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_canonical(struct arena *arena, const struct tuf_file *file)
{
    struct span again;
    struct err err;

    must(canonical_write(arena, file->body, &again, &err));
    must(again.size == file->signed_bytes.size && memcmp(again.at, file->signed_bytes.at, again.size) == 0);
    must(file->signature_count <= TUF_SIGNATURES_MAX && file->version >= 1);
}

static void check_root(struct arena *arena, const struct tuf_file *file)
{
    struct tuf_root root;
    struct err err;

    if (!tuf_root_read(arena, file, &root, &err))
        return;
    for (size_t i = 0; i < TUF_ROLE__MAX; i++) {
        must(root.roles[i].threshold >= 1 && root.roles[i].count <= TUF_KEYS_MAX);
        if (root.roles[i].count < (size_t)root.roles[i].threshold)
            must(!tuf_file_verify(file, &root.roles[i], &err));
    }
}

static void check_targets(struct arena *arena, const struct tuf_file *file)
{
    struct tuf_targets targets;
    struct err err;

    if (!tuf_targets_read(arena, file, &targets, &err))
        return;
    for (size_t i = 0; i < targets.target_count; i++) {
        const struct tuf_target *target = &targets.targets[i];

        must(target->sha256 || target->sha512 || target->has_unknown_hash);
        must(tuf_target_file(arena, target, false) != NULL);
        must(tuf_path_matches(target->path, target->path) || strpbrk(target->path, "*?"));
        for (size_t d = 0; d < targets.delegation_count; d++)
            for (size_t p = 0; p < targets.delegations[d].path_count; p++)
                tuf_path_matches(targets.delegations[d].paths[p], target->path);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct tuf_file file;
    struct tuf_meta *meta;
    size_t count;
    struct err err;

    for (enum tuf_role role = TUF_ROOT; role < TUF_ROLE__MAX; role++) {
        if (!tuf_file_read(arena, span_make(data, size), tuf_role_name[role], &file, &err))
            continue;
        check_canonical(arena, &file);
        check_root(arena, &file);
        check_targets(arena, &file);
        if (tuf_meta_read(arena, &file, &meta, &count, &err))
            for (size_t i = 0; i < count; i++)
                must(meta[i].version >= 1 &&
                     (!tuf_meta_check(&meta[i], span_make(data, size), &err) || true));
    }
    arena_freep(&arena);
    return 0;
}
