#include "tools/nightshift/backup.h"

#include <inttypes.h>

#include "base/text.h"
#include "tools/nightshift/sealed.h"
#include "tools/nightshift/table.h"

/* clang-format off */
const struct option_row backup_key_options[] = {
    { "sealed", NULL, "make: lock the secret with a passphrase", false, false },
    { NULL, NULL, NULL, false, false },
};
const struct option_row backup_custody_options[] = {{ NULL, NULL, NULL, false, false }};
static const struct field facts[] = {
    { "custody", "custody", FIELD_PLAIN }, { "recipient", "recipient", FIELD_PLAIN },
    { "moving to", "next.custody", FIELD_PLAIN }, { "new recipient", "next.recipient", FIELD_PLAIN },
};
/* clang-format on */

/* ---- keys --------------------------------------------------------------------------------------- */

static void show(struct cli *cli, const struct age_identity *identity)
{
    struct buf text = {.arena = cli->arena};
    struct json_out json = {.buf = &text};
    char recipient[AGE_RECIPIENT_CHARS + 1];

    age_recipient_text(age_identity_recipient(identity), recipient);
    if (!cli->is_json) {
        cli_print("%s\n", recipient);
        return;
    }
    json_open(&json, NULL);
    json_text(&json, "recipient", recipient);
    json_close(&json);
    cli_print("%s\n", buf_cstr(&text));
}

static bool make(struct cli *cli, const char *path, struct err *err)
{
    AUTO(age_identity_freep) struct age_identity *passphrase = NULL;
    AUTO(age_identity_freep) struct age_identity *identity = NULL;
    bool is_sealed = options_has(&cli->options, "sealed");
    const char *text = NULL;

    if (is_sealed && (!cli_passphrase_new(cli, &text, err) ||
                      !age_identity_passphrase(span_of(text), AGE_WORK, &passphrase, err)))
        return false;
    age_identity_make(&identity);
    if (!age_key_file_save(identity, path, passphrase, err))
        return false;
    show(cli, identity);
    if (!is_sealed)
        cli_say("note: the secret in %s is not locked; --sealed locks it with a passphrase", path);
    cli_say("whoever loses %s loses every backup that is sealed to it: keep a copy elsewhere", path);
    cli_next("an admin puts it to use: nightshift backup move customer --recipient AGE1, or as escrow: "
             "nightshift backup rule --escrow AGE1");
    return true;
}

bool backup_key_command(struct cli *cli, struct err *err)
{
    AUTO(age_identity_freep) struct age_identity *identity = NULL;
    const char *verb = options_word(&cli->options, 0), *path = options_word(&cli->options, 1);

    if (text_equal(verb, "make"))
        return make(cli, path, err);
    if (!text_equal(verb, "show"))
        return MISUSE(cli, err, "a key is made or shown, not \"%s\"", verb);
    if (!sealed_identity_load(cli, path, &identity, err))
        return false;
    show(cli, identity);
    return true;
}

/* ---- custody ------------------------------------------------------------------------------------- */

static const char *text_of(const struct json *object, const char *member)
{
    const char *text = json_string(field_find(object, member));

    return text ? text : "";
}

bool custody_read(const struct json *answer, struct custody *out, struct err *err)
{
    struct custody custody = {text_of(answer, "custody"), text_of(answer, "recipient"),
                              text_of(answer, "next.custody"), text_of(answer, "next.recipient"), 0};

    if (!json_string(json_member(answer, "custody")))
        return FAIL(err, ERR_INVALID, "the service's answer names no custody");
    if (!json_integer(json_member(answer, "left"), &custody.left))
        custody.left = 0;
    *out = custody;
    return true;
}

bool custody_get(struct cli *cli, struct custody *out, struct err *err)
{
    const struct json *answer;

    return cli_get(cli, "/api/v1/backup-custody", &answer, err) && custody_read(answer, out, err);
}

bool custody_is_customer(const struct custody *custody)
{
    return text_equal(custody->custody, "customer");
}

bool backup_custody_command(struct cli *cli, struct err *err)
{
    struct custody custody;
    const struct json *answer;

    if (!cli_get(cli, "/api/v1/backup-custody", &answer, err) || !custody_read(answer, &custody, err))
        return backup_no(cli, err, NULL);
    if (cli_printed_json(cli))
        return true;
    if (text_blank(custody.custody)) {
        cli_print("none\n");
        cli_next("nightshift backup move service, or with a key of your own: nightshift backup move customer "
                 "--recipient AGE1");
        return true;
    }
    facts_print(cli, answer, facts, COUNT(facts));
    if (!text_blank(custody.next_custody))
        cli_say("%" PRId64 " backups are still to be wrapped", custody.left);
    if (text_equal(custody.custody, "service") && !json_is_true(json_member(answer, "is_locked")))
        cli_say("warning: the service's system may write the secret to its swap space");
    if (custody_is_customer(&custody) && !text_blank(custody.next_custody) && custody.left > 0)
        cli_next("go on: nightshift backup move %s --identity FILE", custody.next_custody);
    return true;
}
