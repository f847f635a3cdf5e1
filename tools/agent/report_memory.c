#include "tools/agent/parts.h"

#include "base/ident.h"
#include "base/text.h"

/* report.json: the key, the counter, and the last report as it was signed. One file, so that no cut leaves a
 * counter beside another report than its own. */

#define FILE_NAME "report.json"

static void write_installed(struct json_out *j, const struct report_memory *memory)
{
    json_open_list(j, "installed");
    for (size_t i = 0; i < memory->installed_count; i++) {
        const struct reported_part *part = &memory->installed[i];

        json_open(j, NULL);
        json_text(j, "component", part->component);
        json_text(j, "version", part->version);
        json_text(j, "target", part->target);
        json_text(j, "sha256", part->sha256);
        json_close(j);
    }
    json_close(j);
}

bool report_memory_keep(struct agent *agent, const struct report_memory *memory, struct err *err)
{
    AUTO(arena_freep) struct arena *scratch = arena_new_secret();
    struct agent_memory *rest = &agent->setup.memory;
    struct buf text = {.arena = scratch};
    struct json_out j = {.buf = &text};

    json_open(&j, NULL);
    json_text(&j, "seed", text_hex(scratch, memory->seed, sizeof(memory->seed)));
    json_int(&j, "counter", memory->counter);
    json_int(&j, "looked_ms", memory->looked_ms);
    json_bool(&j, "is_told", memory->is_told);
    json_text(&j, "facts", memory->facts);
    json_text(&j, "envelope", memory->envelope);
    write_installed(&j, memory);
    json_close(&j);
    return rest->keep(rest->ctx, FILE_NAME, buf_span(&text), err) || err_within(err, "keeping " FILE_NAME);
}

static bool read_installed(struct arena *arena, const struct json *list, struct report_memory *out,
                           struct err *err)
{
    out->installed_count = json_count(list);
    out->installed = ARENA_MANY(arena, struct reported_part, out->installed_count + 1);
    for (size_t i = 0; i < out->installed_count; i++) {
        struct reported_part *part = &out->installed[i];
        const struct json_field fields[] = {
            JSON_TEXT("component", part->component, 1, 128),
            JSON_TEXT("version", part->version, 0, 256),
            JSON_TEXT("target", part->target, 0, 512),
            JSON_TEXT("sha256", part->sha256, 0, 64),
        };

        if (!json_read(json_item(list, i), fields, COUNT(fields), err))
            return false;
    }
    return true;
}

static bool memory_read(struct arena *arena, struct span text, struct report_memory *out, struct err *err)
{
    const struct json *object, *installed = NULL;
    const char *seed = "";
    const struct json_field fields[] = {
        JSON_TEXT("seed", seed, 64, 64),
        JSON_INT("counter", out->counter, 0, DEVICE_REPORT_NUMBER_MAX),
        JSON_INT("looked_ms", out->looked_ms, 0, INT64_MAX),
        JSON_BOOL("is_told", out->is_told),
        JSON_TEXT("facts", out->facts, 0, 64),
        JSON_TEXT("envelope", out->envelope, 0, DEVICE_REPORT_BYTES_MAX),
        JSON_LIST_OF("installed", installed, DEVICE_REPORT_PARTS_MAX),
    };

    if (!json_parse(arena, text, &object, err) || !json_read(object, fields, COUNT(fields), err) ||
        !read_installed(arena, installed, out, err))
        return false;
    return text_unhex(seed, out->seed, sizeof(out->seed)) || FAIL(err, ERR_CORRUPT, "its seed is no hex");
}

void report_memory_renew(struct report_memory *memory)
{
    ident_random(memory->seed, sizeof(memory->seed));
    memory->counter = 0;
    memory->is_told = true;
    memory->facts = memory->envelope = "";
}

bool report_memory_load(struct agent *agent, struct arena *arena, struct report_memory *out, struct err *err)
{
    struct agent_memory *rest = &agent->setup.memory;
    struct report_memory memory = {.counter = 0};
    struct span text;

    if (rest->load(rest->ctx, arena, FILE_NAME, &text, err)) {
        if (!memory_read(arena, text, &memory, err))
            return err_within(err, FILE_NAME);
    } else if (err->code == ERR_NOT_FOUND) {
        report_memory_renew(&memory);
    } else {
        return false;
    }
    *out = memory;
    return true;
}
