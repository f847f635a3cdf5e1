#include "tools/nightshift/restore.h"

#include <inttypes.h>

#include "base/text.h"

/* ---- facts -------------------------------------------------------------------------------------- */

static const char *text_of(const struct json *object, const char *member)
{
    const char *text = json_string(json_member(object, member));

    return text ? text : "";
}

bool restore_facts_read(struct arena *arena, const struct json *restore, struct restore_facts *out,
                        struct err *err)
{
    const struct json *facts = json_member(restore, "facts");
    struct restore_facts read = {
        .wish = text_of(restore, "wish"),
        .target_model = text_of(facts, "target_model"),
        .target_id = text_of(facts, "target_id"),
        .target_serial = text_of(facts, "target_serial"),
        .recipient = text_of(facts, "recipient"),
        .is_same_chassis = json_is_true(json_member(facts, "is_same_chassis")),
        .may_move_adjustments = json_is_true(json_member(facts, "move_adjustments")),
    };
    int64_t backup;

    if (!json_integer(json_member(restore, "backup"), &backup) || text_blank(read.target_model) ||
        text_blank(read.target_id))
        return FAIL(err, ERR_INVALID, "the service's answer does not say of which backup and to which model");
    read.backup = arena_printf(arena, "%" PRId64, backup);
    *out = read;
    return true;
}

/* ---- the plan ------------------------------------------------------------------------------------- */

static bool describe(struct cli *cli, const char *model, struct capability *out, struct err *err)
{
    return capability_find(cli->arena, options_text(&cli->options, "models"), model, out, err);
}

bool restore_plan_here(struct cli *cli, const struct restore_facts *facts, struct restore_local *local,
                       struct err *err)
{
    const struct snapshot *snapshot = &local->sealed.snapshot;
    struct restore_request request = {.snapshot = snapshot,
                                      .target = &local->target,
                                      .target_id = facts->target_id,
                                      .target_serial = facts->target_serial,
                                      .is_same_chassis = facts->is_same_chassis,
                                      .may_move_adjustments = facts->may_move_adjustments};
    struct err unknown = {.code = ERR_NONE};

    /* Nobody described the source: names are taken as they are. */
    if (describe(cli, snapshot->model, &local->source, &unknown))
        request.source = &local->source;
    else if (unknown.code != ERR_NOT_FOUND)
        return FAIL(err, unknown.code, "%s", unknown.text);
    cli->advice = "describe the model in a file and name its folder with --models; the service needs it, too";
    if (!describe(cli, facts->target_model, &local->target, err))
        return false;
    cli->advice = "see what the backup has: nightshift backup show ID";
    if (!restore_choose(snapshot, facts->wish, &request, err) ||
        !restore_plan(cli->arena, &request, &local->plan, err))
        return false;
    cli->advice = NULL;
    return true;
}
