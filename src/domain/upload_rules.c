#include "domain/upload.h"

#include "base/text.h"

static const struct {
    const char *name;
    enum hash_kind kind;
} checksums[] = {{"sha1", HASH_SHA1}, {"sha256", HASH_SHA256}};

bool upload_checksum_parse(struct arena *arena, const char *text, struct upload_checksum *out,
                           struct err *err)
{
    struct span rest = span_of(text), name, digest;

    *out = (struct upload_checksum){0};
    if (!text)
        return true;
    if (!text_split(&rest, ' ', &name) || !rest.at)
        return FAIL(err, ERR_INVALID, "Upload-Checksum is an algorithm, a blank and base64");
    for (size_t i = 0; i < COUNT(checksums); i++) {
        if (!text_equal(arena_text(arena, name), checksums[i].name))
            continue;
        if (!text_unbase64(arena, rest, &digest, err))
            return err_within(err, "Upload-Checksum");
        if (digest.size != hash_size(checksums[i].kind))
            return FAIL(err, ERR_INVALID, "Upload-Checksum: a %s has %zu bytes", checksums[i].name,
                        hash_size(checksums[i].kind));
        out->is_wanted = true;
        out->kind = checksums[i].kind;
        memcpy(out->hex, text_hex(arena, digest.at, digest.size), digest.size * 2 + 1);
        return true;
    }
    return FAIL(err, ERR_INVALID, "Upload-Checksum: sha1 and sha256 are spoken here, not %.20s",
                arena_text(arena, name));
}

/* One "KEY" or "KEY BASE64". */
static bool pair_read(struct arena *arena, struct span pair, const char **key, struct span *value,
                      struct err *err)
{
    struct span rest = text_trim(pair), name;

    *value = (struct span){0};
    if (!text_split(&rest, ' ', &name) || name.size == 0)
        return FAIL(err, ERR_INVALID, "Upload-Metadata has an empty key");
    for (size_t i = 0; i < name.size; i++)
        if (name.at[i] <= ' ' || name.at[i] > '~')
            return FAIL(err, ERR_INVALID, "Upload-Metadata: keys are ASCII without blanks");
    *key = arena_text(arena, name);
    if (rest.at && rest.size > 0 && !text_unbase64(arena, rest, value, err))
        return err_within(err, "Upload-Metadata %.40s", *key);
    return true;
}

bool upload_metadata_check(struct arena *arena, const char *text, struct err *err)
{
    struct span rest = span_of(text), pair, value;
    const char *keys[UPLOAD_METADATA_MAX / 2];
    size_t count = 0;

    if (text_blank(text))
        return true;
    if (rest.size > UPLOAD_METADATA_MAX)
        return FAIL(err, ERR_INVALID, "Upload-Metadata has more than %d characters", UPLOAD_METADATA_MAX);
    while (count < COUNT(keys) && text_split(&rest, ',', &pair)) {
        if (!pair_read(arena, pair, &keys[count], &value, err))
            return false;
        for (size_t i = 0; i < count; i++)
            if (text_equal(keys[i], keys[count]))
                return FAIL(err, ERR_INVALID, "Upload-Metadata names %.40s twice", keys[i]);
        count++;
    }
    return true;
}

const char *upload_metadata_value(struct arena *arena, const char *text, const char *key)
{
    struct span rest = span_of(text), pair, value;
    const char *name;
    struct err err;

    while (!text_blank(text) && text_split(&rest, ',', &pair)) {
        if (!pair_read(arena, pair, &name, &value, &err))
            return NULL;
        if (text_equal(name, key))
            return arena_text(arena, value);
    }
    return NULL;
}
