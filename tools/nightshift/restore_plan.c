#include "tools/nightshift/restore.h"

#include <inttypes.h>

#include "base/text.h"

#define ITEMS_SHOWN 20 /* of each category */

/* clang-format off */
const struct option_row restore_plan_options[] = {
    { "device",           "DEVICE", "the device that gets it", true, false },
    { "categories",       "LIST",   "these only, with commas between [all that the backup has]", false, false },
    { "move-adjustments", NULL,     "adjustment values to another chassis of the same model, against advice", false, false },
    SEALED_IDENTITY,
    RESTORE_MODELS,
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

static bool ask(struct cli *cli, const char *backup, const struct json **out, struct err *err)
{
    struct json_out body = cli_body(cli);
    int64_t number;

    if (!text_int(backup, "BACKUP", 1, INT64_MAX, &number, err))
        return false;
    json_int(&body, "backup", number);
    cli_add_text(cli, &body, "device", "device");
    cli_add_text(cli, &body, "categories", "categories");
    if (options_has(&cli->options, "move-adjustments"))
        json_bool(&body, "move_adjustments", true);
    return cli_send(cli, "POST", "/api/v1/restores", &body, out, err) ||
           backup_no(cli, err,
                     "see what stands in the way: nightshift restore list --device DEVICE, nightshift "
                     "device show DEVICE");
}

/* ---- in the customer's custody --------------------------------------------------------------------- */

/* Figures and names of categories only: what the service may know. */
static bool hand_in(struct cli *cli, const char *id, const struct restore_plan *plan, const struct json **out,
                    struct err *err)
{
    struct json_out body = cli_body(cli);
    struct buf names = {.arena = cli->arena};

    for (size_t i = 0; i < plan->category_count; i++)
        if (plan->categories[i].counts[RESTORE_CANNOT_MOVE] < plan->categories[i].item_count)
            buf_printf(&names, "%s%s", names.size ? "," : "", plan->categories[i].kind->name);
    json_text(&body, "digest", plan->digest);
    json_bool(&body, "is_whole", plan->is_whole);
    json_text(&body, "categories", buf_cstr(&names));
    json_open(&body, "counts");
    for (int i = 0; i < RESTORE_OUTCOME__MAX; i++)
        json_int(&body, restore_outcome_word[i], (int64_t)plan->counts[i]);
    json_close(&body);
    return cli_send(cli, "PUT", restore_path(cli, id, "/plan"), &body, out, err) ||
           backup_no(cli, err, "something has changed meanwhile: plan anew");
}

static bool plan_here(struct cli *cli, struct restore_local *local, const struct json *made,
                      const struct json **out, struct err *err)
{
    struct restore_facts facts;
    int64_t id;

    if (!json_integer(json_member(made, "id"), &id))
        return FAIL(err, ERR_INVALID, "the service's answer has no id");
    if (!restore_facts_read(cli->arena, made, &facts, err))
        return false;
    if (options_has(&cli->options, "categories"))
        facts.wish = options_text(&cli->options, "categories");
    return restore_plan_here(cli, &facts, local, err) &&
           hand_in(cli, arena_printf(cli->arena, "%" PRId64, id), &local->plan, out, err);
}

/* The backup is opened before the service is asked: a key that does not fit leaves nothing behind. */
static bool open_first(struct cli *cli, const char *backup, struct restore_local *local, struct err *err)
{
    AUTO(age_identity_freep) struct age_identity *by = NULL;
    struct restore_request ignored = {0};

    if (!sealed_identity(cli, "the customer has the key and the plan is made here", &by, err) ||
        !sealed_read(cli, backup, by, &local->sealed, err))
        return false;
    cli->advice = "see what the backup has: nightshift backup show ID";
    if (!restore_choose(&local->sealed.snapshot, options_text(&cli->options, "categories"), &ignored, err))
        return false;
    cli->advice = NULL;
    return true;
}

static bool plan_customer(struct cli *cli, const char *backup, struct err *err)
{
    struct restore_local *local = ARENA_NEW(cli->arena, struct restore_local);
    const struct json *made, *restore;

    if (!open_first(cli, backup, local, err) || !ask(cli, backup, &made, err) ||
        !plan_here(cli, local, made, &restore, err))
        return false;
    if (!cli_printed_json(cli)) {
        struct span text = restore_plan_text(cli->arena, &local->plan, ITEMS_SHOWN);

        cli_print("%.*s", (int)text.size, text.at);
    }
    restore_say_next(restore);
    return true;
}

/* ---- in the service's custody ----------------------------------------------------------------------- */

static bool plan_service(struct cli *cli, const char *backup, struct err *err)
{
    const struct json *restore;
    const char *text;

    if (!ask(cli, backup, &restore, err))
        return false;
    text = json_string(json_member(restore, "text"));
    if (!cli_printed_json(cli) && text)
        cli_print("%s", text);
    restore_say_next(restore);
    return true;
}

bool restore_plan_command(struct cli *cli, struct err *err)
{
    const char *backup;
    struct custody custody;

    if (!backup_id(cli, &backup, err))
        return false;
    if (!custody_get(cli, &custody, err))
        return backup_no(cli, err, NULL);
    return custody_is_customer(&custody) ? plan_customer(cli, backup, err) : plan_service(cli, backup, err);
}
