#include "tools/nightshift/restore.h"

#include <inttypes.h>

#include "base/text.h"
#include "signing/snapshot_diff.h"
#include "tools/nightshift/table.h"

/* clang-format off */
const struct option_row restore_compare_options[] = {
    SEALED_IDENTITY,
    RESTORE_MODELS,
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

struct comparison {
    const char *restore;
    int64_t backup_after;
    struct snapshot_diff diff;
};

/* ---- in the service's custody ---------------------------------------------------------------------- */

static void show(struct cli *cli, int64_t backup_after, const char *text)
{
    if (text_blank(text))
        cli_print("the device has what was sent (backup %" PRId64 ")\n", backup_after);
    else
        cli_print("what differs from what was sent (backup %" PRId64 "):\n%s", backup_after, text);
    cli->exit_code = text_blank(text) ? CLI_DONE : CLI_REFUSED;
}

static bool ask(struct cli *cli, const char *id, struct err *err)
{
    const struct json *answer;
    int64_t backup_after = 0;

    if (!cli_get(cli, restore_path(cli, id, "/compare"), &answer, err))
        return backup_no(cli, err,
                         "the device gives a backup after a restore: nightshift backup list --device "
                         "DEVICE");
    if (!json_integer(json_member(answer, "backup_after"), &backup_after))
        backup_after = 0;
    if (cli_printed_json(cli))
        cli->exit_code = json_is_true(json_member(answer, "is_same")) ? CLI_DONE : CLI_REFUSED;
    else
        show(cli, backup_after, json_string(json_member(answer, "text")));
    return true;
}

/* ---- in the customer's custody ----------------------------------------------------------------------- */

/* The backup that the device gave after this restore. */
static bool find_after(struct cli *cli, const struct json *restore, const char **out, struct err *err)
{
    const char *device = json_string(json_member(restore, "device"));
    int64_t id = 0, number;
    const struct json *answer, *items;

    if (!device || !json_integer(json_member(restore, "id"), &id))
        return FAIL(err, ERR_INVALID, "the service's answer names no device");
    if (!cli_get(
            cli,
            arena_printf(cli->arena, "/api/v1/backups?limit=500&device=%s", text_escape(cli->arena, device)),
            &answer, err))
        return false;
    items = json_member(answer, "items");
    for (size_t i = 0; i < json_count(items); i++) {
        const struct json *backup = json_item(items, i);

        if (!text_equal(json_string(json_member(backup, "trigger")), "after-restore") ||
            json_member(backup, "gone") || !json_integer(json_member(backup, "restore"), &number) ||
            number != id || !json_integer(json_member(backup, "id"), &number))
            continue;
        *out = arena_printf(cli->arena, "%" PRId64, number);
        return true;
    }
    cli->advice = arena_printf(cli->arena, "it comes by itself; see: nightshift backup list --device %s",
                               field_clean(cli->arena, device));
    return FAIL(err, ERR_NOT_FOUND, "%s has given no backup after this restore yet", device);
}

static bool was_applied(const struct json *results, const char *category)
{
    for (size_t i = 0; i < json_count(results); i++)
        if (text_equal(json_string(json_member(json_item(results, i), "name")), category))
            return text_equal(json_string(json_member(json_item(results, i), "result")), "applied");
    return false;
}

struct snapshot restore_only_applied(struct arena *arena, const struct snapshot *of,
                                     const struct snapshot *sent, const struct json *results)
{
    struct snapshot_category *kept = ARENA_MANY(arena, struct snapshot_category, of->category_count + 1);
    struct snapshot only = *sent;

    only.component_count = 0;
    only.categories = kept;
    only.category_count = 0;
    for (size_t i = 0; i < of->category_count; i++)
        if (was_applied(results, of->categories[i].kind->name))
            kept[only.category_count++] = of->categories[i];
    return only;
}

static void show_json(struct cli *cli, const struct comparison *comparison)
{
    struct buf text = {.arena = cli->arena};
    struct json_out j = {.buf = &text};
    int64_t id = 0;
    struct err ignored;

    if (!text_int(comparison->restore, "ID", 1, INT64_MAX, &id, &ignored))
        return;
    json_open(&j, NULL);
    json_int(&j, "restore", id);
    json_int(&j, "backup_after", comparison->backup_after);
    json_bool(&j, "is_same", comparison->diff.count == 0);
    json_span(&j, "text", snapshot_diff_text(cli->arena, &comparison->diff));
    snapshot_diff_json(&comparison->diff, &j, "diff");
    json_close(&j);
    cli_print("%s\n", buf_cstr(&text));
    cli->exit_code = comparison->diff.count == 0 ? CLI_DONE : CLI_REFUSED;
}

/* What the device should have: the plan is made again. */
static bool sent_of(struct cli *cli, const struct json *restore, const struct age_identity *by,
                    struct snapshot *out, struct err *err)
{
    struct restore_local *local = ARENA_NEW(cli->arena, struct restore_local);
    struct restore_facts facts;

    return restore_facts_read(cli->arena, restore, &facts, err) &&
           sealed_read(cli, facts.backup, by, &local->sealed, err) &&
           restore_plan_here(cli, &facts, local, err) && restore_snapshot(cli->arena, &local->plan, out, err);
}

static bool compare_here(struct cli *cli, const char *id, const struct json *restore, struct err *err)
{
    AUTO(age_identity_freep) struct age_identity *by = NULL;
    struct comparison comparison = {.restore = id};
    struct snapshot sent, before, after;
    const struct json *results;
    struct sealed sealed;
    const char *backup = NULL;

    if (!sealed_identity(cli, "the customer has the key and both are opened here", &by, err) ||
        !find_after(cli, restore, &backup, err) || !sent_of(cli, restore, by, &sent, err) ||
        !sealed_read(cli, backup, by, &sealed, err) ||
        !text_int(backup, "ID", 1, INT64_MAX, &comparison.backup_after, err))
        return false;
    results = json_member(restore, "results");
    before = restore_only_applied(cli->arena, &sent, &sent, results);
    after = restore_only_applied(cli->arena, &sealed.snapshot, &sent, results);
    snapshot_diff(cli->arena, &before, &after, &comparison.diff);
    if (cli->is_json)
        show_json(cli, &comparison);
    else
        show(cli, comparison.backup_after,
             arena_text(cli->arena, snapshot_diff_text(cli->arena, &comparison.diff)));
    return true;
}

bool restore_compare_command(struct cli *cli, struct err *err)
{
    const struct json *restore;
    const char *id;

    if (!restore_fetch(cli, &id, &restore, err))
        return false;
    return restore_is_customer(restore) ? compare_here(cli, id, restore, err) : ask(cli, id, err);
}
