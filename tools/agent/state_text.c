#include "tools/agent/parts.h"

#include "base/text.h"

static const char *const journal_name[PART_JOURNAL__MAX] = {"wanted", "begun", "installed"};

const char *const category_journal_name[CATEGORY_JOURNAL__MAX] = {"wanted",  "begun",    "trying",
                                                                  "applied", "reverted", "failed"};

/* ---- writing ----------------------------------------------------------------- */

static void write_outcome(struct json_out *j, const char *name, const struct agent_outcome *outcome)
{
    if (!outcome->id)
        return;
    json_open(j, name);
    json_text(j, "id", outcome->id);
    json_bool(j, "is_failure", outcome->is_failure);
    json_bool(j, "is_fetched_only", outcome->is_fetched_only);
    json_int(j, "code", outcome->code);
    json_text(j, "text", outcome->text);
    json_close(j);
}

static void write_part(struct json_out *j, const struct agent_part *part)
{
    json_open(j, NULL);
    json_text(j, "component", part->component);
    json_text(j, "version", part->version);
    json_text(j, "file", part->file);
    json_text(j, "url", part->url);
    json_text(j, "sha256", part->sha256);
    json_text_if(j, "target", part->target);
    json_int(j, "size", part->size);
    json_text(j, "journal", journal_name[part->journal]);
    json_close(j);
}

static void write_category(struct json_out *j, const struct agent_category *category)
{
    json_open(j, NULL);
    json_text(j, "name", category->name);
    json_text_if(j, "text", category->text);
    json_text(j, "journal", category_journal_name[category->journal]);
    json_int(j, "items", category->items);
    json_int(j, "since_ms", category->since_ms);
    json_close(j);
}

static void write_restore(struct json_out *j, const struct agent_plan *plan)
{
    if (!plan->restore)
        return;
    json_open(j, "restore");
    json_text(j, "id", plan->restore);
    json_text_if(j, "nonce", plan->nonce);
    json_open_list(j, "categories");
    for (size_t i = 0; i < plan->category_count; i++)
        write_category(j, &plan->categories[i]);
    json_close(j);
    json_close(j);
}

static void write_backup(struct json_out *j, const struct agent_backup *backup)
{
    if (!backup)
        return;
    json_open(j, "backup");
    json_text(j, "trigger", backup_trigger_name[backup->trigger]);
    json_text_if(j, "action", backup->action);
    json_text_if(j, "restore", backup->restore);
    json_text_if(j, "about", backup->about);
    json_text_if(j, "where", backup->where);
    json_int(j, "size", backup->size);
    json_close(j);
}

static void write_backed_up(struct json_out *j, const struct agent_backed_up *ended)
{
    if (!ended->at_ms)
        return;
    json_open(j, "backed_up");
    json_text(j, "trigger", backup_trigger_name[ended->trigger]);
    json_text_if(j, "id", ended->id);
    json_text_if(j, "text", ended->text);
    json_int(j, "at_ms", ended->at_ms);
    json_close(j);
}

static void write_plan(struct json_out *j, const struct agent_plan *plan)
{
    json_open(j, "plan");
    json_text(j, "id", plan->id);
    json_int(j, "minutes", plan->minutes);
    json_text_if(j, "notice", plan->notice);
    json_text_if(j, "notice_now", plan->notice_now);
    json_int(j, "not_before_ms", plan->not_before_ms);
    json_int(j, "not_after_ms", plan->not_after_ms);
    json_int(j, "counter", plan->counter);
    json_bool(j, "may_download", plan->may_download);
    json_bool(j, "may_install", plan->may_install);
    json_bool(j, "has_window", plan->has_window);
    json_bool(j, "is_open", plan->is_open);
    json_bool(j, "is_backed_up", plan->is_backed_up);
    write_restore(j, plan);
    json_open_list(j, "parts");
    for (size_t i = 0; i < plan->part_count; i++)
        write_part(j, &plan->parts[i]);
    json_close(j);
    json_close(j);
}

struct span agent_state_write(struct arena *arena, const struct agent_state *state)
{
    struct buf text = {.arena = arena};
    struct json_out j = {.buf = &text};

    json_open(&j, NULL);
    json_text(&j, "phase", agent_phase_name[state->phase]);
    json_int(&j, "since_ms", state->since_ms);
    json_text_if(&j, "poll_url", state->poll_url);
    json_text_if(&j, "boot", state->boot);
    json_text_if(&j, "release", state->release);
    json_text_if(&j, "told", state->told);
    json_text_if(&j, "recipient", state->recipient);
    json_int(&j, "counter", state->counter);
    json_int(&j, "restore_counter", state->restore_counter);
    if (state->plan)
        write_plan(&j, state->plan);
    write_outcome(&j, "outcome", &state->outcome);
    write_outcome(&j, "last", &state->last);
    write_backup(&j, state->backup);
    write_backed_up(&j, &state->backed_up);
    json_close(&j);
    buf_char(&text, '\n');
    return buf_span(&text);
}

/* ---- reading ------------------------------------------------------------------- */

static bool name_find(const char *const *names, size_t count, const char *name, int *out, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (text_equal(names[i], name)) {
            *out = (int)i;
            return true;
        }
    }
    return FAIL(err, ERR_CORRUPT, "\"%s\" is no word of ours", name);
}

static bool read_outcome(const struct json *object, struct agent_outcome *out, struct err *err)
{
    if (!object)
        return true;
    const struct json_field fields[] = {
        JSON_TEXT("id", out->id, 1, 20),
        JSON_BOOL("is_failure", out->is_failure),
        JSON_BOOL("is_fetched_only", out->is_fetched_only),
        JSON_INT("code", out->code, INT64_MIN, INT64_MAX),
        JSON_OPT_TEXT("text", out->text, 0, 4000),
    };
    return json_read(object, fields, COUNT(fields), err);
}

static bool read_part(const struct json *object, struct agent_part *out, struct err *err)
{
    const char *journal = "";
    int step = 0;
    const struct json_field fields[] = {
        JSON_TEXT("component", out->component, 1, 128), JSON_TEXT("version", out->version, 0, 256),
        JSON_TEXT("file", out->file, 1, 256),           JSON_TEXT("url", out->url, 1, 4096),
        JSON_TEXT("sha256", out->sha256, 64, 64),       JSON_OPT_TEXT("target", out->target, 0, 512),
        JSON_INT("size", out->size, 0, INT64_MAX),      JSON_TEXT("journal", journal, 1, 20),
    };

    if (!json_read(object, fields, COUNT(fields), err) ||
        !name_find(journal_name, PART_JOURNAL__MAX, journal, &step, err))
        return false;
    out->journal = (enum part_journal)step;
    return true;
}

static bool read_category(const struct json *object, struct agent_category *out, struct err *err)
{
    const char *journal = "";
    int step = 0;
    const struct json_field fields[] = {
        JSON_TEXT("name", out->name, 1, 64),
        JSON_OPT_TEXT("text", out->text, 0, 4000),
        JSON_TEXT("journal", journal, 1, 20),
        JSON_INT("items", out->items, 0, INT64_MAX),
        JSON_INT("since_ms", out->since_ms, 0, INT64_MAX),
    };

    if (!json_read(object, fields, COUNT(fields), err) ||
        !name_find(category_journal_name, CATEGORY_JOURNAL__MAX, journal, &step, err))
        return false;
    out->journal = (enum category_journal)step;
    return true;
}

static bool read_restore(struct arena *arena, const struct json *object, struct agent_plan *out,
                         struct err *err)
{
    const struct json *list = NULL;
    const struct json_field fields[] = {
        JSON_TEXT("id", out->restore, 1, 20),
        JSON_OPT_TEXT("nonce", out->nonce, 32, 32),
        JSON_LIST_OF("categories", list, SNAPSHOT_KINDS),
    };

    if (!object)
        return true;
    if (!json_read(object, fields, COUNT(fields), err))
        return false;
    out->category_count = json_count(list);
    out->categories = ARENA_MANY(arena, struct agent_category, out->category_count);
    for (size_t i = 0; i < out->category_count; i++)
        if (!read_category(json_item(list, i), &out->categories[i], err))
            return false;
    return true;
}

static bool trigger_read(const char *text, enum backup_trigger *out, struct err *err)
{
    return backup_trigger_parse(text, out) || FAIL(err, ERR_CORRUPT, "\"%s\" is no word of ours", text);
}

static bool read_backup(struct arena *arena, const struct json *object, struct agent_backup **out,
                        struct err *err)
{
    struct agent_backup *backup = ARENA_NEW(arena, struct agent_backup);
    const char *trigger = "";
    const struct json_field fields[] = {
        JSON_TEXT("trigger", trigger, 1, 20),
        JSON_OPT_TEXT("action", backup->action, 1, 20),
        JSON_OPT_TEXT("restore", backup->restore, 1, 20),
        JSON_OPT_TEXT("about", backup->about, 1, 16384),
        JSON_OPT_TEXT("where", backup->where, 1, 4096),
        JSON_INT("size", backup->size, 0, INT64_MAX),
    };

    if (!object)
        return true;
    if (!json_read(object, fields, COUNT(fields), err) || !trigger_read(trigger, &backup->trigger, err))
        return false;
    *out = backup;
    return true;
}

static bool read_backed_up(const struct json *object, struct agent_backed_up *out, struct err *err)
{
    const char *trigger = "";
    const struct json_field fields[] = {
        JSON_TEXT("trigger", trigger, 1, 20),
        JSON_OPT_TEXT("id", out->id, 1, 64),
        JSON_OPT_TEXT("text", out->text, 0, 4000),
        JSON_INT("at_ms", out->at_ms, 0, INT64_MAX),
    };

    if (!object)
        return true;
    return json_read(object, fields, COUNT(fields), err) && trigger_read(trigger, &out->trigger, err);
}

static bool read_plan(struct arena *arena, const struct json *object, struct agent_plan **out,
                      struct err *err)
{
    struct agent_plan *plan = ARENA_NEW(arena, struct agent_plan);
    const struct json *parts = NULL, *restore = NULL;
    const struct json_field fields[] = {
        JSON_TEXT("id", plan->id, 1, 20),
        JSON_INT("minutes", plan->minutes, 0, INT64_MAX),
        JSON_OPT_TEXT("notice", plan->notice, 0, NOTICE_MAX),
        JSON_OPT_TEXT("notice_now", plan->notice_now, 0, NOTICE_MAX),
        JSON_INT("not_before_ms", plan->not_before_ms, 0, INT64_MAX),
        JSON_INT("not_after_ms", plan->not_after_ms, 0, INT64_MAX),
        JSON_INT("counter", plan->counter, 0, INT64_MAX),
        JSON_BOOL("may_download", plan->may_download),
        JSON_BOOL("may_install", plan->may_install),
        JSON_BOOL("has_window", plan->has_window),
        JSON_BOOL("is_open", plan->is_open),
        JSON_OPT_BOOL("is_backed_up", plan->is_backed_up),
        JSON_OPT_OBJECT_OF("restore", restore),
        JSON_LIST_OF("parts", parts, AGENT_PARTS_MAX),
    };

    if (!object)
        return true;
    if (!json_read(object, fields, COUNT(fields), err) || !read_restore(arena, restore, plan, err))
        return false;
    plan->part_count = json_count(parts);
    plan->parts = ARENA_MANY(arena, struct agent_part, plan->part_count);
    for (size_t i = 0; i < plan->part_count; i++)
        if (!read_part(json_item(parts, i), &plan->parts[i], err))
            return false;
    for (size_t i = 0; i < plan->part_count; i++)
        plan->parts[i].is_settings = plan->restore != NULL;
    *out = plan;
    return true;
}

bool agent_state_read(struct arena *arena, struct span text, struct agent_state *out, struct err *err)
{
    const struct json *object, *plan = NULL, *outcome = NULL, *last = NULL, *backup = NULL, *backed_up = NULL;
    const char *phase = "", *poll_url = NULL, *boot = NULL, *release = "", *told = NULL, *recipient = NULL;
    struct agent_state state = {.phase = AGENT_IDLE};
    int number = 0;
    const struct json_field fields[] = {
        JSON_TEXT("phase", phase, 1, 40),
        JSON_INT("since_ms", state.since_ms, 0, INT64_MAX),
        JSON_OPT_TEXT("poll_url", poll_url, 0, 4096),
        JSON_OPT_TEXT("boot", boot, 0, 200),
        JSON_OPT_TEXT("release", release, 0, 256),
        JSON_OPT_TEXT("told", told, 0, 64),
        JSON_OPT_TEXT("recipient", recipient, 0, AGE_RECIPIENT_CHARS),
        JSON_INT("counter", state.counter, 0, INT64_MAX),
        JSON_OPT_INT("restore_counter", state.restore_counter, 0, INT64_MAX),
        JSON_OPT_OBJECT_OF("plan", plan),
        JSON_OPT_OBJECT_OF("outcome", outcome),
        JSON_OPT_OBJECT_OF("last", last),
        JSON_OPT_OBJECT_OF("backup", backup),
        JSON_OPT_OBJECT_OF("backed_up", backed_up),
    };

    if (!json_parse(arena, text, &object, err) || !json_read(object, fields, COUNT(fields), err) ||
        !name_find(agent_phase_name, AGENT_PHASE__MAX, phase, &number, err) ||
        !read_plan(arena, plan, &state.plan, err) || !read_outcome(outcome, &state.outcome, err) ||
        !read_outcome(last, &state.last, err) || !read_backup(arena, backup, &state.backup, err) ||
        !read_backed_up(backed_up, &state.backed_up, err))
        return false;
    state.phase = (enum agent_phase)number;
    if ((state.phase == AGENT_IDLE) != (state.plan == NULL))
        return FAIL(err, ERR_CORRUPT, "%s with%s an action", phase, state.plan ? "" : "out");
    state.poll_url = arena_dup(arena, poll_url);
    state.boot = arena_dup(arena, boot);
    state.release = arena_dup(arena, release);
    state.told = arena_dup(arena, told);
    state.recipient = arena_dup(arena, recipient);
    *out = state;
    return true;
}
