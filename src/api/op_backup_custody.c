/* Who opens a tenant's backups, and what its customers agreed to. */
#include "api/handlers.h"
#include "api/show_backup.h"
#include "base/text.h"

static bool answer(struct call *call, const struct backup_custody_view *view)
{
    struct json_out j = api_answer(call);

    show_backup_custody(&j, NULL, view);
    api_done(call, &j, 200);
    return true;
}

bool op_backup_custody_get(struct call *call, struct err *err)
{
    struct backup_custody_view view;

    return backup_custody_get(call->app->world, call->arena, call->who.tenant_id, &view, err) &&
           answer(call, &view);
}

/* POST /api/v1/backup-custody */
bool op_backup_custody_move(struct call *call, struct err *err)
{
    const char *word, *recipient = "";
    enum backup_custody custody;
    struct backup_custody_view view;
    const struct json *body;
    const struct json_field fields[] = {
        JSON_TEXT("custody", word, 1, 16),
        JSON_OPT_TEXT("recipient", recipient, 0, AGE_RECIPIENT_CHARS),
    };

    if (!api_body(call, &body, err) || !json_read(body, fields, COUNT(fields), err))
        return false;
    if (!backup_custody_parse(word, &custody))
        return FAIL(err, ERR_INVALID, "custody is service or customer, not %s", word);
    return backup_custody_move(call->app->world, call->arena, &call->who, custody, recipient, call->now_ms,
                               &view, err) &&
           answer(call, &view);
}

static bool words_read(struct call *call, const struct json *list, const char **out, struct err *err)
{
    struct buf text = {.arena = call->arena};

    for (size_t i = 0; list && i < json_count(list); i++) {
        const char *word = json_string(json_item(list, i));

        if (text_blank(word) || strchr(word, ' '))
            return FAIL(err, ERR_INVALID, "recipients are a list of texts like \"age1...\"");
        buf_printf(&text, "%s%s", i ? " " : "", word);
    }
    *out = buf_cstr(&text);
    return true;
}

/* PUT /api/v1/backups/{backup}/header */
bool op_backup_rewrap(struct call *call, struct err *err)
{
    const struct json *body, *list;
    const char *base64, *recipients;
    struct backup_view view;
    struct span header;
    int64_t id;
    const struct json_field fields[] = {
        JSON_TEXT("header", base64, 1, BODY_SMALL),
        JSON_LIST_OF("recipients", list, BACKUP_RECIPIENTS_MAX + 1),
    };
    struct json_out j = api_answer(call);

    if (!text_int(call->arg[0], "a backup", 1, INT64_MAX, &id, err) || !api_body(call, &body, err) ||
        !json_read(body, fields, COUNT(fields), err) || !words_read(call, list, &recipients, err) ||
        !text_unbase64(call->arena, span_of(base64), &header, err) ||
        !backup_rewrap(call->app->world, call->arena, &call->who, id, header, recipients, call->now_ms,
                       err) ||
        !backup_get(call->app->world, call->arena, call->who.tenant_id, id, &view, err))
        return false;
    show_backup(&j, NULL, &view);
    api_done(call, &j, 200);
    return true;
}

bool op_backup_rule_list(struct call *call, struct err *err)
{
    struct json_out j = api_answer(call);
    struct backup_rule *rules;
    size_t count;

    if (!backup_rule_list(call->app->world, call->arena, call->who.tenant_id, &rules, &count, err))
        return false;
    json_open(&j, NULL);
    json_open_list(&j, "items");
    for (size_t i = 0; i < count; i++)
        show_backup_rule(&j, NULL, &rules[i]);
    json_close(&j);
    json_close(&j);
    api_done(call, &j, 200);
    return true;
}

/* PUT /api/v1/backup-rules */
bool op_backup_rule_put(struct call *call, struct err *err)
{
    struct backup_rule rule = {.tenant_id = call->who.tenant_id, .customer = "", .escrow = ""};
    const struct json *body, *escrow = NULL;
    struct json_out j = api_answer(call);
    /* clang-format off */
    const struct json_field fields[] = {
        JSON_OPT_TEXT   ("customer",       rule.customer,     0, 200),
        JSON_OPT_INT    ("keep_last",      rule.keep_last,    0, 100000),
        JSON_OPT_INT    ("keep_daily",     rule.keep_daily,   0, 100000),
        JSON_OPT_INT    ("keep_weekly",    rule.keep_weekly,  0, 100000),
        JSON_OPT_INT    ("keep_monthly",   rule.keep_monthly, 0, 100000),
        JSON_OPT_INT    ("lock_days",      rule.lock_days,    0, 36500),
        JSON_OPT_INT    ("quota_bytes",    rule.quota_bytes,  0, 1LL << 50),
        JSON_OPT_INT    ("every_h",        rule.every_h,      0, 8760),
        JSON_OPT_LIST_OF("escrow",         escrow,            BACKUP_ESCROW_MAX),
        JSON_OPT_BOOL   ("needs_approval", rule.needs_approval),
        JSON_OPT_BOOL   ("needs_consent",  rule.needs_consent),
    };
    /* clang-format on */

    if (!api_body(call, &body, err) || !json_read(body, fields, COUNT(fields), err) ||
        !words_read(call, escrow, &rule.escrow, err) ||
        !backup_rule_put(call->app->world, call->arena, &call->who, &rule, call->now_ms, err))
        return false;
    show_backup_rule(&j, NULL, &rule);
    api_done(call, &j, 200);
    return true;
}
