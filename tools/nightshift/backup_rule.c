#include "tools/nightshift/backup.h"

#include <inttypes.h>

#include "base/text.h"
#include "signing/age.h"
#include "tools/nightshift/table.h"

/* clang-format off */
static const struct field columns[] = {
    { "CUSTOMER", "customer", FIELD_PLAIN }, { "LAST", "keep_last", FIELD_PLAIN }, { "DAILY", "keep_daily", FIELD_PLAIN },
    { "WEEKLY", "keep_weekly", FIELD_PLAIN }, { "MONTHLY", "keep_monthly", FIELD_PLAIN },
    { "LOCK DAYS", "lock_days", FIELD_PLAIN }, { "QUOTA", "quota_bytes", FIELD_BYTES },
    { "EVERY H", "every_h", FIELD_PLAIN }, { "ESCROW", "escrow", FIELD_COUNT_OF },
    { "APPROVAL", "needs_approval", FIELD_PLAIN }, { "CONSENT", "needs_consent", FIELD_PLAIN },
};
static const struct field facts[] = {
    { "customer", "customer", FIELD_PLAIN }, { "keeps the last", "keep_last", FIELD_PLAIN },
    { "one a day for days", "keep_daily", FIELD_PLAIN }, { "one a week for weeks", "keep_weekly", FIELD_PLAIN },
    { "one a month for months", "keep_monthly", FIELD_PLAIN }, { "locked for days", "lock_days", FIELD_PLAIN },
    { "quota", "quota_bytes", FIELD_BYTES }, { "asked for every h", "every_h", FIELD_PLAIN },
    { "escrow", "escrow", FIELD_PLAIN }, { "restores need approval", "needs_approval", FIELD_PLAIN },
    { "restores need consent", "needs_consent", FIELD_PLAIN },
};
const struct option_row backup_rules_options[] = {{ NULL, NULL, NULL, false, false }};
const struct option_row backup_rule_options[] = {
    { "customer",     "NAME",  "for this customer [everybody without a rule]", false, false },
    { "keep-last",    "N",     "keep the newest N of each device", false, false },
    { "keep-daily",   "N",     "and one of each of N days", false, false },
    { "keep-weekly",  "N",     "of each of N weeks", false, false },
    { "keep-monthly", "N",     "of each of N months", false, false },
    { "lock-days",    "N",     "from now on nobody drops a backup before N days", false, false },
    { "quota",        "BYTES", "of all the customer's backups (500M, 10G); 0: none", false, false },
    { "every",        "HOURS", "ask devices this often, in their window; 0: never", false, false },
    { "escrow",       "AGE1",  "seal to this recipient, too, from now on", false, true },
    { "no-escrow",    NULL,    "seal to no other recipient any more", false, false },
    { "approval",     "ON",    "on or off: a second person approves each restore", false, false },
    { "consent",      "ON",    "on or off: the customer consents to each restore", false, false },
    { NULL, NULL, NULL, false, false },
};

/* --option, member, greatest value */
static const struct { const char *option, *member; int64_t max; } numbers[] = {
    { "keep-last", "keep_last", 100000 }, { "keep-daily", "keep_daily", 100000 },
    { "keep-weekly", "keep_weekly", 100000 }, { "keep-monthly", "keep_monthly", 100000 },
    { "lock-days", "lock_days", 36500 }, { "every", "every_h", 8760 },
};
static const struct { const char *option, *member; } switches[] = {
    { "approval", "needs_approval" }, { "consent", "needs_consent" },
};
/* clang-format on */

bool bytes_parse(const char *text, const char *what, int64_t *out, struct err *err)
{
    static const char units[] = "KMGT";
    size_t size = strlen(text);
    const char *unit = size ? memchr(units, text[size - 1], 4) : NULL;
    char digits[24] = "";
    int64_t number, times = 1;

    for (const char *at = units; unit && at <= unit; at++)
        times *= 1000;
    size -= unit != NULL;
    if (size == 0 || size >= sizeof(digits))
        return FAIL(err, ERR_INVALID, "%s is a number of bytes such as 500M or 10G", what);
    memcpy(digits, text, size);
    if (!text_int(digits, what, 0, INT64_MAX / times, &number, err))
        return false;
    *out = number * times;
    return true;
}

bool backup_rules_command(struct cli *cli, struct err *err)
{
    return list_command(cli, "/api/v1/backup-rules", "", columns, COUNT(columns), err) ||
           backup_no(cli, err, NULL);
}

/* ---- changing one --------------------------------------------------------------------------------- */

/* The customer's rule, else the default that holds for it now; NULL when there is neither. */
static const struct json *rule_of(const struct json *items, const char *customer)
{
    const struct json *otherwise = NULL;

    for (size_t i = 0; i < json_count(items); i++) {
        const struct json *rule = json_item(items, i);
        const char *name = json_string(json_member(rule, "customer"));

        if (name && text_equal(name, customer))
            return rule;
        if (text_blank(name))
            otherwise = rule;
    }
    return otherwise;
}

static bool add_number(struct cli *cli, struct json_out *body, const struct json *before, size_t row,
                       struct err *err)
{
    int64_t value;

    if (options_has(&cli->options, numbers[row].option))
        return cli_add_int(cli, body, numbers[row].option, numbers[row].member, 0, numbers[row].max, err);
    if (json_integer(json_member(before, numbers[row].member), &value))
        json_int(body, numbers[row].member, value);
    return true;
}

static bool add_switch(struct cli *cli, struct json_out *body, const struct json *before, size_t row,
                       struct err *err)
{
    const struct json *value = json_member(before, switches[row].member);

    if (options_has(&cli->options, switches[row].option))
        return cli_add_bool(cli, body, switches[row].option, switches[row].member, err);
    if (value)
        json_copy(body, switches[row].member, value);
    return true;
}

static bool add_quota(struct cli *cli, struct json_out *body, const struct json *before, struct err *err)
{
    const char *text = options_text(&cli->options, "quota");
    int64_t quota;

    if (text && !bytes_parse(text, "--quota", &quota, err)) {
        cli->is_misused = true;
        return false;
    }
    if (text || json_integer(json_member(before, "quota_bytes"), &quota))
        json_int(body, "quota_bytes", quota);
    return true;
}

static bool add_escrow(struct cli *cli, struct json_out *body, const struct json *before, struct err *err)
{
    const struct json *have = json_member(before, "escrow");
    struct age_recipient ignored;

    for (size_t i = 0; i < options_count(&cli->options, "escrow"); i++)
        if (!age_recipient_parse(span_of(options_nth(&cli->options, "escrow", i)), &ignored, err)) {
            cli->is_misused = true;
            return err_within(err, "--escrow");
        }
    if (options_has(&cli->options, "escrow")) {
        cli_add_list(cli, body, "escrow", "escrow");
    } else if (have && !options_has(&cli->options, "no-escrow")) {
        json_copy(body, "escrow", have);
    } else {
        json_open_list(body, "escrow");
        json_close(body);
    }
    return true;
}

static bool is_changing(struct cli *cli)
{
    for (const struct option_row *row = backup_rule_options; row->name; row++)
        if (!text_equal(row->name, "customer") && options_has(&cli->options, row->name))
            return true;
    return false;
}

/* What was not given stays as it is. */
bool backup_rule_command(struct cli *cli, struct err *err)
{
    const char *given = options_text(&cli->options, "customer"), *customer = given ? given : "";
    struct json_out body = cli_body(cli);
    const struct json *rules, *before, *rule;

    if (!is_changing(cli))
        return MISUSE(cli, err, "nothing to change was given; see them with: nightshift backup rules");
    if (!cli_get(cli, "/api/v1/backup-rules", &rules, err))
        return backup_no(cli, err, NULL);
    before = rule_of(json_member(rules, "items"), customer);
    json_text(&body, "customer", customer);
    for (size_t i = 0; i < COUNT(numbers); i++)
        if (!add_number(cli, &body, before, i, err))
            return false;
    for (size_t i = 0; i < COUNT(switches); i++)
        if (!add_switch(cli, &body, before, i, err))
            return false;
    if (!add_quota(cli, &body, before, err) || !add_escrow(cli, &body, before, err))
        return false;
    if (!cli_send(cli, "PUT", "/api/v1/backup-rules", &body, &rule, err))
        return backup_no(cli, err, NULL);
    if (!cli_printed_json(cli) && rule)
        facts_print(cli, rule, facts, COUNT(facts));
    cli_next("see what they drop: nightshift backup prune --dry-run");
    return true;
}
