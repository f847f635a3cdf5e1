#include <sodium.h>

#include "signing/age_parts.h"

static enum age_try try_all(const struct age_header *header, const struct age_identity *identity,
                            uint8_t *file_key, struct err *err)
{
    for (size_t i = 0; i < header->count; i++) {
        enum age_try tried = age_unwrap(&header->stanzas[i], identity, file_key, err);

        if (tried != AGE_NOT_MINE)
            return tried;
    }
    return AGE_NOT_MINE;
}

static bool check_mac(const struct age_header *header, const uint8_t *file_key, struct err *err)
{
    uint8_t mac[32];

    age_header_mac(file_key, header->maced, mac);
    return sodium_memcmp(mac, header->mac, sizeof(mac)) == 0 ||
           FAIL(err, ERR_INVALID, "age header MAC: it does not match, so the header has been changed");
}

bool age_header_unwrap(const struct age_header *header, const struct age_by *by, uint8_t *file_key,
                       struct err *err)
{
    for (size_t i = 0; i < by->count; i++) {
        switch (try_all(header, by->identities[i], file_key, err)) {
        case AGE_MINE:
            return check_mac(header, file_key, err);
        case AGE_BAD:
            return false;
        case AGE_NOT_MINE:
            break;
        }
    }
    return FAIL(err, ERR_FORBIDDEN,
                "age recipient: %zu %s tried, and none opens the file: it is sealed to others", by->count,
                by->count == 1 ? "identity" : "identities");
}

bool age_header_opens(struct span bytes, const struct age_by *by, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    AUTO(age_locked_freep) uint8_t *file_key = age_locked_new(AGE_FILE_KEY_BYTES);
    struct age_header header;

    return age_header_parse(arena, bytes, &header, err) && age_header_unwrap(&header, by, file_key, err);
}

bool age_rewrap(struct arena *arena, struct span bytes, const struct age_by *by, const struct age_to *to,
                struct span *header, size_t *payload_at, struct err *err)
{
    AUTO(age_locked_freep) uint8_t *file_key = age_locked_new(AGE_FILE_KEY_BYTES);
    struct age_header old;

    if (!age_header_parse(arena, bytes, &old, err) || !age_header_unwrap(&old, by, file_key, err) ||
        !age_header_write(arena, file_key, to, header, err))
        return false;
    *payload_at = old.size;
    return true;
}
