#include "tools/nightshift/backup_wrap.h"

#include "base/text.h"
#include "signing/age_header.h"
#include "tools/nightshift/backup.h"
#include "tools/nightshift/sealed.h"

/* The new recipient in the place of the old one; the device and the escrow stay. */
static bool recipients_then(struct cli *cli, const struct wrap *wrap, const struct json *backup,
                            struct age_stanzas stanzas, const char ***out, size_t *count, struct err *err)
{
    const struct json *now = json_member(backup, "recipients");
    size_t have = json_count(now), used = 0;
    const char **then = ARENA_MANY(cli->arena, const char *, have + 1);
    bool is_found = false;

    then[used++] = wrap->to;
    for (size_t i = 0; i < have; i++) {
        const char *recipient = json_string(json_item(now, i));

        if (!recipient)
            return FAIL(err, ERR_INVALID, "the service names a recipient that is no text");
        is_found |= text_equal(recipient, wrap->from);
        /* An escrow that becomes the tenant's key is named once. */
        if (!text_equal(recipient, wrap->from) && !text_equal(recipient, wrap->to))
            then[used++] = recipient;
    }
    if (!is_found)
        return FAIL(err, ERR_CONFLICT, "%s is not among its recipients", wrap->from);
    /* Nobody is slipped in: the header does not say whose its stanzas are, but how many. */
    if (stanzas.x25519 != have || stanzas.other || stanzas.scrypt)
        return FAIL(err, ERR_FORBIDDEN, "the service names %zu recipients and the header has %zu", have,
                    stanzas.x25519 + stanzas.other + stanzas.scrypt);
    *out = then;
    *count = used;
    return true;
}

static bool header_get(struct cli *cli, const char *id, struct span *out, struct err *err)
{
    struct answer answer;

    if (!client_ask(cli->client, cli->arena, "GET", backup_path(cli, id, "/header"), NULL,
                    (struct span){NULL, 0}, &answer, err) ||
        !cli_answer_check(cli->arena, &answer, err))
        return false;
    *out = answer.body;
    return true;
}

static bool header_put(struct cli *cli, const char *id, struct span header, const char *const *to,
                       size_t count, struct err *err)
{
    struct json_out body = cli_body(cli);

    json_text(&body, "header", text_base64(cli->arena, header));
    json_open_list(&body, "recipients");
    for (size_t i = 0; i < count; i++)
        json_text(&body, NULL, to[i]);
    json_close(&body);
    return cli_send(cli, "PUT", backup_path(cli, id, "/header"), &body, NULL, err);
}

bool backup_wrap(struct cli *cli, const struct wrap *wrap, const struct json *backup, const char *id,
                 struct err *err)
{
    struct age_stanzas stanzas;
    struct span before, after;
    const char **to = NULL;
    size_t count = 0;

    return header_get(cli, id, &before, err) && age_header_stanzas(before, &stanzas, err) &&
           recipients_then(cli, wrap, backup, stanzas, &to, &count, err) &&
           sealed_wrap(cli, before, wrap->by, to, count, &after, err) &&
           header_put(cli, id, after, to, count, err);
}

/* ---- is there any? --------------------------------------------------------------------------------- */

/* The record of a dropped one stays in the list. */
static bool any_of(const struct json *items)
{
    for (size_t i = 0; i < json_count(items); i++)
        if (!json_member(json_item(items, i), "gone"))
            return true;
    return false;
}

bool backup_any(struct cli *cli, bool *out, struct err *err)
{
    const char *cursor = NULL;
    bool is_any = false;

    do {
        const struct json *answer;

        if (!cli_get(cli,
                     arena_printf(cli->arena, "/api/v1/backups?limit=500%s%s", cursor ? "&cursor=" : "",
                                  cursor ? text_escape(cli->arena, cursor) : ""),
                     &answer, err))
            return false;
        is_any = any_of(json_member(answer, "items"));
        cursor = json_string(json_member(answer, "next"));
    } while (!is_any && cursor);
    *out = is_any;
    return true;
}
