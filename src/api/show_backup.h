/* Backups and what belongs to them -> JSON. */
#pragma once

#include "base/json.h"
#include "domain/backup.h"
#include "domain/backup_custody.h"

void show_backup(struct json_out *j, const char *name, const struct backup_view *view);
void show_backup_custody(struct json_out *j, const char *name, const struct backup_custody_view *view);
void show_backup_rule(struct json_out *j, const char *name, const struct backup_rule *rule);
void show_backup_prune(struct json_out *j, const struct backup_prune *prune, bool is_dry);
/* "a b c" -> ["a","b","c"] */
void show_words(struct json_out *j, const char *name, const char *words);
