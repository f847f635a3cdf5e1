/* The folder of a service before its first start: keys, root.json, certificates, settings, bootstrap.json.
 * Made step by step, each file whole or absent; what is there already stays, so that a cut making is finished
 * by making again. Refuses to know a running service. */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#define FOLDER_TENANT "DEFAULT"

struct folder_plan {
    const char *dir;
    int64_t now_ms, root_days, server_days;
    const char *const *hosts; /* names and addresses of the server certificate */
    size_t host_count;
    const char *cert_file, *key_file; /* a certificate from elsewhere; NULL: self-made */
    const char *settings;             /* text of nightshift.conf */
    const char *family;               /* NULL: none */
    const char *const *models;
    size_t model_count;
    bool has_engineer;       /* keys/engineer-1.key, registered for the family */
    const char *admin_token; /* their hashes go to bootstrap.json; gateway NULL: none */
    const char *gateway_token;
};

bool folder_make(struct arena *arena, const struct folder_plan *plan, struct err *err) CHECKED;

/* A token that rests in DIR/name (0600): read, or made and written. */
bool folder_token(struct arena *arena, const char *dir, const char *name, const char **out,
                  struct err *err) CHECKED;
/* Absolute; made when absent. */
bool folder_open(struct arena *arena, const char *dir, const char **out, struct err *err) CHECKED;
bool folder_is_empty(const char *dir);
