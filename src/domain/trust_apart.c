#include "domain/trust_apart.h"

#include "base/text.h"
#include "store/directors.h"

static bool is_stranger(const struct key_public *key, const struct tuf_root *other)
{
    for (int role = 0; role < TUF_ROLE__MAX; role++)
        for (size_t i = 0; i < other->roles[role].count; i++)
            if (text_equal(other->roles[role].keys[i].id, key->id))
                return false;
    return true;
}

bool trust_apart_from(bool is_director, const struct tuf_root *root, const struct tuf_root *other,
                      struct err *err)
{
    for (int role = 0; role < TUF_ROLE__MAX; role++)
        for (size_t i = 0; i < root->roles[role].count; i++)
            if (!is_stranger(&root->roles[role].keys[i], other))
                return FAIL(err, ERR_INVALID,
                            "%s is or was a key of the %s repository; each person has another key for each: "
                            "make one (nightshift key make) and have a root signed that names it instead",
                            root->roles[role].keys[i].id, is_director ? "image" : "director's");
    return true;
}

/* *is_there false: the chain ends before it. */
static bool other_root(const struct repository *of, bool is_director, int64_t version, struct tuf_root *out,
                       bool *is_there, struct err *err)
{
    struct store *store = of->world->store;
    struct director_root row = {.version = 0};
    struct tuf_file file;
    int64_t created_ms;

    *is_there = is_director
                    ? store_tuf_file_get(store, of->arena, of->tenant_id,
                                         arena_printf(of->arena, "%lld.root.json", (long long)version),
                                         &row.bytes, &created_ms, err)
                    : store_director_root_get(store, of->arena, of->tenant_id, version, &row, err);
    if (!*is_there)
        return err->code == ERR_NOT_FOUND;
    return tuf_file_read(of->arena, row.bytes, tuf_role_name[TUF_ROOT], &file, err) &&
           tuf_root_read(of->arena, &file, out, err);
}

bool trust_apart(const struct repository *of, bool is_director, const struct tuf_root *root, struct err *err)
{
    bool is_there = true;

    for (int64_t version = 1; is_there; version++) {
        struct tuf_root other;

        if (!other_root(of, is_director, version, &other, &is_there, err) ||
            (is_there && !trust_apart_from(is_director, root, &other, err)))
            return false;
    }
    return true;
}
