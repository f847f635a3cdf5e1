/* Who opens a tenant's backups, and what its customers agreed to, at rest. */
#pragma once

#include "model/backup.h"
#include "store/store.h"

/* Makes or replaces. */
bool store_backup_key_put(struct store *store, const struct backup_key *key, struct err *err) CHECKED;
/* A tenant without one: custody NONE and empty texts. */
bool store_backup_key_get(struct store *store, struct arena *arena, int64_t tenant_id, struct backup_key *out,
                          struct err *err) CHECKED;
/* By tenant, after `after`. */
bool store_backup_key_list(struct store *store, struct arena *arena, int64_t after, int64_t limit,
                           struct backup_key **out, size_t *count, struct err *err) CHECKED;

bool store_backup_rule_put(struct store *store, const struct backup_rule *rule, struct err *err) CHECKED;
/* The customer's own, else the tenant's default, else zeros. */
bool store_backup_rule_get(struct store *store, struct arena *arena, int64_t tenant_id, const char *customer,
                           struct backup_rule *out, struct err *err) CHECKED;
bool store_backup_rule_list(struct store *store, struct arena *arena, int64_t tenant_id,
                            struct backup_rule **out, size_t *count, struct err *err) CHECKED;
