#include "tools/nightshift/restore.h"

#include "base/text.h"
#include "tools/nightshift/upload.h"
#include "tools/nightshift/watch.h"

/* clang-format off */
const struct option_row restore_start_options[] = {
    { "recipient", "AGE1", "the device's own, as its panel shows it: refused when the service names another", false, false },
    { "watch", NULL, "follow it to its end", false, false },
    WATCH_EVERY,
    SEALED_IDENTITY,
    RESTORE_MODELS,
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

#define CHANGED                                                                                              \
    "what was planned is not what would be sent any more; plan anew: "                                       \
    "nightshift restore plan BACKUP --device DEVICE"

static bool send_start(struct cli *cli, const char *id, const char *digest, const char *member,
                       const char *value, struct err *err)
{
    struct json_out body = cli_body(cli);
    const struct json *restore;

    json_text(&body, "digest", digest);
    if (member)
        json_text(&body, member, value);
    if (!cli_send(cli, "POST", restore_path(cli, id, "/start"), &body, &restore, err))
        return backup_no(cli, err,
                         "if something changed, plan anew: nightshift restore plan BACKUP --device "
                         "DEVICE; what is missing: nightshift restore show ID");
    if (options_has(&cli->options, "watch"))
        return restore_follow(cli, id, err);
    restore_show(cli, restore);
    restore_say_next(restore);
    return true;
}

/* ---- in the customer's custody ------------------------------------------------------------------------ */

/* The one place where a service that lies could have the settings sealed to itself. */
static bool recipient_check(struct cli *cli, const struct restore_facts *facts, struct err *err)
{
    const char *given = options_text(&cli->options, "recipient");

    if (text_blank(facts->recipient)) {
        cli->advice = "the device registers it by itself: nightshift device show DEVICE";
        return FAIL(err, ERR_CONFLICT, "%s has no recipient to seal for", facts->target_id);
    }
    if (given && !text_equal(given, facts->recipient)) {
        cli->advice = "do not send it: ask at the machine, then tell who runs the service";
        return FAIL(err, ERR_FORBIDDEN, "the service says %s is %s, you say %s", facts->target_id,
                    facts->recipient, given);
    }
    cli_say("sealed for %s alone: %s", facts->target_id, facts->recipient);
    return true;
}

static bool digest_check(struct cli *cli, const struct restore_plan *plan, const char *digest,
                         struct err *err)
{
    if (text_equal(plan->digest, digest))
        return true;
    cli->advice = CHANGED;
    return FAIL(err, ERR_CONFLICT, "the plan would be %.16s now and %.16s was agreed to", plan->digest,
                text_blank(digest) ? "none" : digest);
}

/* Settings that change on the way: packed for the device here, sent by tus. */
static bool send_packed(struct cli *cli, const char *id, const struct restore_facts *facts,
                        const struct restore_plan *plan, struct err *err)
{
    struct snapshot snapshot;
    struct upload_job job;
    int64_t size;
    int fd;

    cli->advice = "nothing is left of what was chosen: see the plan with `nightshift restore plan`";
    if (!restore_snapshot(cli->arena, plan, &snapshot, err))
        return false;
    cli->advice = NULL;
    if (!sealed_pack(cli, &snapshot, facts->recipient, &fd, &size, err))
        return false;
    job = upload_of("settings.age", fd, size);
    return upload_run(cli, &job, err) && send_start(cli, id, plan->digest, "upload", upload_id(&job), err);
}

static bool start_here(struct cli *cli, const char *id, const struct json *restore,
                       const struct age_identity *by, struct err *err)
{
    struct restore_local *local = ARENA_NEW(cli->arena, struct restore_local);
    const char *digest = json_string(json_member(restore, "digest"));
    struct restore_facts facts;
    struct span header;

    if (!restore_facts_read(cli->arena, restore, &facts, err) || !recipient_check(cli, &facts, err) ||
        !sealed_read(cli, facts.backup, by, &local->sealed, err) ||
        !restore_plan_here(cli, &facts, local, err) || !digest_check(cli, &local->plan, digest, err))
        return false;
    if (!local->plan.is_whole)
        return send_packed(cli, id, &facts, &local->plan, err);
    return sealed_wrap(cli, local->sealed.bytes, by, &facts.recipient, 1, &header, err) &&
           send_start(cli, id, digest, "header", text_base64(cli->arena, header), err);
}

static bool start_customer(struct cli *cli, const char *id, const struct json *restore, struct err *err)
{
    AUTO(age_identity_freep) struct age_identity *by = NULL;

    return sealed_identity(cli, "the customer has the key and the settings are sealed here", &by, err) &&
           start_here(cli, id, restore, by, err);
}

/* ---- both ------------------------------------------------------------------------------------------------
 */

/* Said before anything is fetched or sealed; the service says the same to whoever does not ask. */
static bool state_check(struct cli *cli, const char *id, const struct json *restore, struct err *err)
{
    const char *state = json_string(json_member(restore, "state"));

    if (text_equal(state, "planned"))
        return true;
    cli->advice = restore_is_over(state) || text_equal(state, "needs-plan")
                      ? "plan anew: nightshift restore plan BACKUP --device DEVICE"
                      : arena_printf(cli->arena, "follow it: nightshift restore watch %s", id);
    return FAIL(err, ERR_CONFLICT, "restore %s is %s: only a planned one is started", id,
                state ? state : "in no state");
}

bool restore_start_command(struct cli *cli, struct err *err)
{
    const struct json *restore;
    const char *id, *digest;

    if (!restore_fetch(cli, &id, &restore, err))
        return false;
    if (!state_check(cli, id, restore, err))
        return false;
    digest = json_string(json_member(restore, "digest"));
    return restore_is_customer(restore) ? start_customer(cli, id, restore, err)
                                        : send_start(cli, id, digest ? digest : "", NULL, NULL, err);
}
