/* What key.c and the key files share: a key with its secret. Nobody else looks inside. */
#pragma once

#include "signing/key.h"

struct key {
    uint8_t secret[64]; /* seed and public half */
    struct key_public open;
    char name[KEY_NAME_CHARS + 1];
    bool is_locked;
};

/* Temp, fsync, link, fsync directory: refuses to replace with ERR_CONFLICT. */
bool key_file_save_new(const char *path, struct span bytes, mode_t mode, struct err *err) CHECKED;
