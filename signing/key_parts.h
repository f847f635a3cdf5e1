/* What key.c and key_file.c share: a key with its secret. Nobody else looks inside. */
#pragma once

#include "signing/key.h"

struct key {
    uint8_t secret[64]; /* seed and public half */
    struct key_public open;
    char name[KEY_NAME_CHARS + 1];
    bool is_locked;
};
