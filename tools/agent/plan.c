#include "tools/agent/parts.h"

#include "base/text.h"

/* Only what a device needs; stock servers say more. */
static const char *meta_find(const struct json *chunk, const char *key)
{
    const struct json *list = json_member(chunk, "metadata");

    for (size_t i = 0; i < json_count(list); i++) {
        const struct json *pair = json_item(list, i);

        if (text_equal(json_string(json_member(pair, "key")), key))
            return json_string(json_member(pair, "value"));
    }
    return NULL;
}

static const char *link_find(const struct json *artifact)
{
    static const char *const rels[] = {"download", "download-http"};
    const struct json *links = json_member(artifact, "_links");

    for (size_t i = 0; i < COUNT(rels); i++) {
        const char *href = json_string(json_member(json_member(links, rels[i]), "href"));

        if (href)
            return href;
    }
    return NULL;
}

static bool artifact_read(struct arena *arena, const struct json *artifact, struct agent_part *part,
                          struct err *err)
{
    const char *file = "", *sha256 = "";
    const struct json *hashes = NULL;
    const char *url = link_find(artifact);
    const struct json_field fields[] = {
        JSON_TEXT("filename", file, 1, 256),
        JSON_INT("size", part->size, 0, INT64_MAX),
        JSON_OBJECT_OF("hashes", hashes),
    };
    const struct json_field digest[] = {JSON_TEXT("sha256", sha256, 64, 64)};

    if (!json_read_lenient(artifact, fields, COUNT(fields), err) ||
        !json_read_lenient(hashes, digest, COUNT(digest), err))
        return false;
    if (!url)
        return FAIL(err, ERR_INVALID, "%s has no link", file);
    if (!text_is_hex(sha256, 64))
        return FAIL(err, ERR_INVALID, "the digest of %s is not one", file);
    part->file = arena_dup(arena, file);
    part->sha256 = arena_dup(arena, sha256);
    part->url = arena_dup(arena, url);
    return true;
}

static bool chunk_read(struct arena *arena, const struct json *chunk, struct agent_part *part,
                       struct err *err)
{
    const char *name = "", *version = "";
    const struct json *artifacts = NULL;
    const struct json_field fields[] = {
        JSON_TEXT("part", name, 1, 128),
        JSON_TEXT("version", version, 0, 256),
        JSON_LIST_OF("artifacts", artifacts, AGENT_PARTS_MAX),
    };

    if (!json_read_lenient(chunk, fields, COUNT(fields), err))
        return false;
    if (json_count(artifacts) != 1)
        return FAIL(err, ERR_INVALID, "component %s has %zu files, one is right", name,
                    json_count(artifacts));
    part->component = arena_dup(arena, name);
    part->version = arena_dup(arena, version);
    part->target = arena_dup(arena, meta_find(chunk, "tuf.target"));
    return artifact_read(arena, json_item(artifacts, 0), part, err) || err_within(err, "component %s", name);
}

static int64_t meta_time(const struct json *chunk, const char *key)
{
    const char *text = meta_find(chunk, key);
    int64_t ms;

    return text && text_time_parse(text, &ms) ? ms : 0;
}

/* A panel is small. */
static const char *notice_read(struct arena *arena, const struct json *chunk, const char *key)
{
    const char *text = meta_find(chunk, key);

    return text && strlen(text) < NOTICE_MAX ? arena_dup(arena, text) : NULL;
}

static void times_read(struct arena *arena, const struct json *chunk, struct agent_plan *plan)
{
    const char *minutes = meta_find(chunk, "nightshift.minutes");
    struct err ignored;
    int64_t value = 0;

    if (minutes && text_int(minutes, "nightshift.minutes", 0, 100000, &value, &ignored) &&
        value > plan->minutes)
        plan->minutes = value;
    plan->notice = plan->notice ? plan->notice : notice_read(arena, chunk, "nightshift.notice");
    plan->notice_now =
        plan->notice_now ? plan->notice_now : notice_read(arena, chunk, "nightshift.notice_now");
    plan->not_before_ms = meta_time(chunk, "nightshift.not_before");
    plan->not_after_ms = meta_time(chunk, "nightshift.not_after");
}

static bool same_part_twice(const struct agent_plan *plan)
{
    for (size_t i = 0; i < plan->part_count; i++)
        for (size_t k = 0; k < i; k++)
            if (text_equal(plan->parts[i].component, plan->parts[k].component))
                return true;
    return false;
}

static bool chunks_read(struct arena *arena, const struct json *chunks, struct agent_plan *plan,
                        struct err *err)
{
    plan->part_count = json_count(chunks);
    plan->parts = ARENA_MANY(arena, struct agent_part, plan->part_count);
    for (size_t i = 0; i < plan->part_count; i++) {
        if (!chunk_read(arena, json_item(chunks, i), &plan->parts[i], err))
            return false;
        times_read(arena, json_item(chunks, i), plan);
    }
    if (plan->part_count == 0)
        return FAIL(err, ERR_INVALID, "nothing to install");
    if (same_part_twice(plan))
        return FAIL(err, ERR_INVALID, "one component twice");
    return true;
}

/* Decimal digits only: it becomes part of a path. */
static bool id_check(const char *id, const char *what, struct err *err)
{
    int64_t number;

    return text_int(id, what, 1, INT64_MAX, &number, err);
}

/* One chunk that says which restore it is: settings to put back, and no firmware beside them. */
static bool restore_find(struct arena *arena, const struct json *chunks, struct agent_plan *plan,
                         struct err *err)
{
    const char *id = NULL;

    for (size_t i = 0; i < plan->part_count && !id; i++)
        id = meta_find(json_item(chunks, i), "nightshift.restore");
    if (!id)
        return true;
    if (plan->part_count != 1 || !text_equal(plan->parts[0].component, "settings"))
        return FAIL(err, ERR_INVALID, "a restore is one part, \"settings\"");
    plan->restore = arena_dup(arena, id);
    plan->parts[0].is_settings = true;
    return id_check(id, "the restore's id", err);
}

bool agent_plan_read(struct arena *arena, struct span text, struct agent_plan *out, struct err *err)
{
    const struct json *object, *deployment = NULL, *chunks = NULL;
    const char *id = "", *download = "", *update = "", *window = NULL;
    struct agent_plan plan = {.id = NULL};
    const struct json_field outer[] = {JSON_TEXT("id", id, 1, 19), JSON_OBJECT_OF("deployment", deployment)};
    const struct json_field inner[] = {
        JSON_TEXT("download", download, 1, 20),
        JSON_TEXT("update", update, 1, 20),
        JSON_OPT_TEXT("maintenanceWindow", window, 1, 20),
        JSON_LIST_OF("chunks", chunks, AGENT_PARTS_MAX),
    };

    if (!json_parse(arena, text, &object, err) || !json_read_lenient(object, outer, COUNT(outer), err) ||
        !id_check(id, "the action's id", err) || !json_read_lenient(deployment, inner, COUNT(inner), err) ||
        !chunks_read(arena, chunks, &plan, err) || !restore_find(arena, chunks, &plan, err))
        return err_within(err, "the deployment");
    plan.id = arena_dup(arena, id);
    plan.may_download = !text_equal(download, "skip");
    plan.may_install = !text_equal(update, "skip");
    plan.has_window = window != NULL;
    plan.is_open = text_equal(window, "available");
    *out = plan;
    return true;
}
