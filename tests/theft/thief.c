/* What a thief does with stolen keys: thief KEYFILE... <BODY >ENVELOPE. The body is any JSON; it is signed in
 * canonical form by all of them. */
#include <stdio.h>

#include "base/file.h"
#include "signing/canonical.h"
#include "signing/tuf.h"

#define BODY_MAX (1024 * 1024)
#define KEYS_MAX 8

static bool body_read(struct arena *arena, struct span *out, struct err *err)
{
    char *bytes = arena_take(arena, BODY_MAX);

    return canonical_text(arena, span_make(bytes, fread(bytes, 1, BODY_MAX, stdin)), out, err);
}

static bool sign(struct span body, const char *path, struct tuf_signature *out, struct err *err)
{
    AUTO(key_freep) struct key *key = NULL;

    if (!key_load(path, NULL, &key, err))
        return false;
    memcpy(out->keyid, key_public(key)->id, sizeof(out->keyid));
    key_sign(key, body, out->sig);
    return true;
}

int main(int argc, char **argv)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct tuf_signature signatures[KEYS_MAX] = {0};
    struct span body = {0}, envelope = {0};
    size_t count = 0;
    struct err err = {0};
    bool is_ok = argc > 1 && argc <= KEYS_MAX + 1 && body_read(arena, &body, &err);

    for (int i = 1; is_ok && i < argc; i++)
        is_ok = sign(body, argv[i], &signatures[count++], &err);
    if (!is_ok || !tuf_envelope_write(arena, body, signatures, count, &envelope, &err)) {
        fprintf(stderr, "thief: %s\n", err.text);
        return 1;
    }
    return fwrite(envelope.at, 1, envelope.size, stdout) == envelope.size ? 0 : 1;
}
