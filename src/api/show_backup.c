#include "api/show_backup.h"

#include "base/text.h"

void show_words(struct json_out *j, const char *name, const char *words)
{
    struct span rest = span_of(words), word;

    json_open_list(j, name);
    while (rest.size > 0 && text_split(&rest, ' ', &word))
        json_span(j, NULL, word);
    json_close(j);
}

static void show_object(struct json_out *j, const char *name, const char *json)
{
    json_raw(j, name, span_of(text_blank(json) ? "{}" : json));
}

static void show_hold(struct json_out *j, const struct backup *b)
{
    json_open(j, "hold");
    json_text(j, "reason", b->hold);
    json_text(j, "by", b->hold_by);
    json_time_if(j, "since", b->hold_ms);
    json_close(j);
}

void show_backup(struct json_out *j, const char *name, const struct backup_view *view)
{
    const struct backup *b = &view->backup;

    json_open(j, name);
    json_int(j, "id", b->id);
    json_text(j, "device", view->device);
    json_text(j, "customer", b->customer);
    json_time_if(j, "taken", b->taken_ms);
    json_time_if(j, "received", b->received_ms);
    json_text(j, "trigger", backup_trigger_name[b->trigger]);
    json_text(j, "model", b->model);
    json_text(j, "serial", b->serial);
    show_object(j, "firmware", b->firmware);
    show_object(j, "categories", b->categories);
    json_int(j, "size", b->size);
    json_text(j, "sha256", b->sha256);
    show_words(j, "recipients", b->recipients);
    json_time_if(j, "locked_until", b->locked_ms);
    if (!text_blank(b->hold))
        show_hold(j, b);
    json_time_if(j, "gone", b->gone_ms);
    json_text_if(j, "gone_why", b->gone_why);
    if (b->action_id)
        json_int(j, "action", b->action_id);
    if (b->restore_id)
        json_int(j, "restore", b->restore_id);
    json_close(j);
}

void show_backup_custody(struct json_out *j, const char *name, const struct backup_custody_view *view)
{
    const struct backup_key *key = &view->key;

    json_open(j, name);
    json_text(j, "custody", backup_custody_name[key->custody]);
    json_text(j, "recipient", key->recipient);
    if (key->next_custody != BACKUP_CUSTODY_NONE) {
        json_open(j, "next");
        json_text(j, "custody", backup_custody_name[key->next_custody]);
        json_text(j, "recipient", key->next_recipient);
        json_close(j);
    }
    json_int(j, "left", view->left);
    json_bool(j, "is_locked", view->is_locked);
    json_close(j);
}

void show_backup_rule(struct json_out *j, const char *name, const struct backup_rule *rule)
{
    json_open(j, name);
    json_text(j, "customer", rule->customer);
    json_int(j, "keep_last", rule->keep_last);
    json_int(j, "keep_daily", rule->keep_daily);
    json_int(j, "keep_weekly", rule->keep_weekly);
    json_int(j, "keep_monthly", rule->keep_monthly);
    json_int(j, "lock_days", rule->lock_days);
    json_int(j, "quota_bytes", rule->quota_bytes);
    json_int(j, "every_h", rule->every_h);
    show_words(j, "escrow", rule->escrow);
    json_bool(j, "needs_approval", rule->needs_approval);
    json_bool(j, "needs_consent", rule->needs_consent);
    json_close(j);
}

void show_backup_prune(struct json_out *j, const struct backup_prune *prune, bool is_dry)
{
    json_open(j, NULL);
    json_bool(j, "dry_run", is_dry);
    json_open_list(j, "items");
    for (size_t i = 0; i < prune->count; i++) {
        const struct backup_pruned *item = &prune->items[i];

        json_open(j, NULL);
        json_int(j, "id", item->id);
        json_text(j, "device", item->device);
        json_time_if(j, "taken", item->taken_ms);
        json_int(j, "size", item->size);
        json_text(j, "why", item->why);
        json_close(j);
    }
    json_close(j);
    json_int(j, "bytes", prune->bytes);
    json_bool(j, "has_more", prune->has_more);
    json_close(j);
}
