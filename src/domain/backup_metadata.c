#include "base/json.h"
#include "base/text.h"
#include "domain/backup_parts.h"
#include "domain/upload.h"
#include "signing/manifest.h"

#define MODEL_MAX 64
#define VERSION_MAX 64

/* ---- values ------------------------------------------------------------------------ */

static bool plain_text(const char *value, size_t min, size_t max, const char **out, struct err *err)
{
    size_t size = strlen(value);

    if (size < min || size > max)
        return FAIL(err, ERR_INVALID, "a text of %zu to %zu characters is expected", min, max);
    for (const char *c = value; *c; c++)
        if ((uint8_t)*c < 0x20 || *c == 0x7F)
            return FAIL(err, ERR_INVALID, "control characters are not allowed");
    if (!text_is_utf8(span_of(value)))
        return FAIL(err, ERR_INVALID, "this is not UTF-8");
    *out = value;
    return true;
}

static bool read_trigger(struct arena *arena, const char *value, struct backup_said *out, struct err *err)
{
    (void)arena;
    return backup_trigger_parse(value, &out->trigger) ||
           FAIL(err, ERR_INVALID, "no backup is made for \"%.40s\"", value);
}

static bool read_taken(struct arena *arena, const char *value, struct backup_said *out, struct err *err)
{
    (void)arena;
    return text_time_parse(value, &out->taken_ms) ||
           FAIL(err, ERR_INVALID, "a time like 2026-09-02T10:15:00Z is expected");
}

static bool read_model(struct arena *arena, const char *value, struct backup_said *out, struct err *err)
{
    (void)arena;
    return plain_text(value, 1, MODEL_MAX, &out->model, err);
}

static bool read_serial(struct arena *arena, const char *value, struct backup_said *out, struct err *err)
{
    (void)arena;
    return plain_text(value, 0, MODEL_MAX, &out->serial, err);
}

/* "name=value,name=value": the next pair. False at the end, or when it is none (err is full). */
static bool pair_next(struct arena *arena, struct span *rest, const char **name, const char **value,
                      struct err *err)
{
    struct span pair, left;

    err->code = ERR_NONE;
    if (rest->size == 0 || !text_split(rest, ',', &pair))
        return false;
    if (!text_split(&pair, '=', &left) || !pair.at)
        return FAIL(err, ERR_INVALID, "pairs like name=value,name=value are expected");
    *name = arena_text(arena, left);
    *value = arena_text(arena, pair);
    return true;
}

static bool read_firmware(struct arena *arena, const char *text, struct backup_said *out, struct err *err)
{
    struct span rest = span_of(text);
    struct buf b = {.arena = arena};
    struct json_out j = {.buf = &b};
    const char *names[SNAPSHOT_COMPONENTS_MAX], *value;
    size_t count = 0;

    json_open(&j, NULL);
    for (const char *name; pair_next(arena, &rest, &name, &value, err); names[count++] = name) {
        if (count == SNAPSHOT_COMPONENTS_MAX)
            return FAIL(err, ERR_TOO_LARGE, "more than %d components", SNAPSHOT_COMPONENTS_MAX);
        for (size_t i = 0; i < count; i++)
            if (text_equal(names[i], name))
                return FAIL(err, ERR_INVALID, "%s is named twice", name);
        if (!manifest_component_check(name, err) || !plain_text(value, 1, VERSION_MAX, &value, err))
            return false;
        json_text(&j, name, value);
    }
    json_close(&j);
    out->firmware = buf_cstr(&b);
    return err->code == ERR_NONE;
}

static bool read_categories(struct arena *arena, const char *text, struct backup_said *out, struct err *err)
{
    struct span rest = span_of(text);
    struct buf b = {.arena = arena};
    struct json_out j = {.buf = &b};
    const char *value;

    json_open(&j, NULL);
    for (const char *name; pair_next(arena, &rest, &name, &value, err); out->kind_count++) {
        const struct snapshot_kind *kind;
        int64_t *items = &out->items[out->kind_count];

        if (!snapshot_kind_need(name, &kind, err))
            return false;
        for (size_t i = 0; i < out->kind_count; i++)
            if (out->kinds[i] == kind)
                return FAIL(err, ERR_INVALID, "%s is named twice", name);
        if (!text_int(value, name, 0, SNAPSHOT_ITEMS_MAX, items, err))
            return false;
        out->kinds[out->kind_count] = kind;
        json_int(&j, name, *items);
    }
    json_close(&j);
    out->categories = buf_cstr(&b);
    return err->code == ERR_NONE &&
           (out->kind_count > 0 || FAIL(err, ERR_INVALID, "a backup has at least one category"));
}

static bool read_recipients(struct arena *arena, const char *value, struct backup_said *out, struct err *err)
{
    return recipients_parse(arena, value, &out->recipients, err);
}

static bool read_action(struct arena *arena, const char *value, struct backup_said *out, struct err *err)
{
    (void)arena;
    return text_int(value, "its id", 1, INT64_MAX, &out->action_id, err);
}

static bool read_restore(struct arena *arena, const char *value, struct backup_said *out, struct err *err)
{
    (void)arena;
    return text_int(value, "its id", 1, INT64_MAX, &out->restore_id, err);
}

/* ---- the table ----------------------------------------------------------------------- */

static const struct said_key {
    const char *name;
    bool is_optional;
    bool (*read)(struct arena *arena, const char *value, struct backup_said *out, struct err *err);
} keys[] = {
    /* clang-format off */
    { "trigger",    false, read_trigger    },
    { "taken",      false, read_taken      },
    { "model",      false, read_model      },
    { "serial",     false, read_serial     },
    { "firmware",   false, read_firmware   },
    { "categories", false, read_categories },
    { "recipients", false, read_recipients },
    { "action",     true,  read_action     },
    { "restore",    true,  read_restore    },
    /* clang-format on */
};

/* What lies behind a NUL is kept and read by nobody. */
static bool is_text(struct arena *arena, struct span base64, const char *name, struct err *err)
{
    struct span value;

    if (base64.size == 0)
        return true;
    return text_unbase64(arena, base64, &value, err) &&
           (!memchr(value.at, '\0', value.size) ||
            FAIL(err, ERR_INVALID, "Upload-Metadata: %s has a NUL in it", name));
}

/* Whatever is not in the table could be anything, a job's name too. */
static bool all_known(struct arena *arena, const char *text, struct err *err)
{
    struct span rest = span_of(text), pair, name;

    while (text_split(&rest, ',', &pair)) {
        bool is_known = false;

        pair = text_trim(pair);
        text_split(&pair, ' ', &name);
        for (size_t i = 0; i < COUNT(keys) && !is_known; i++)
            is_known = text_equal(arena_text(arena, name), keys[i].name);
        if (!is_known)
            return FAIL(err, ERR_INVALID, "Upload-Metadata: a backup has no \"%.40s\"",
                        arena_text(arena, name));
        if (!is_text(arena, pair, arena_text(arena, name), err))
            return false;
    }
    return true;
}

bool backup_said_read(struct arena *arena, const char *text, struct backup_said *out, struct err *err)
{
    struct backup_said said = {.serial = ""};

    if (!upload_metadata_check(arena, text, err) || !all_known(arena, text ? text : "", err))
        return false;
    for (size_t i = 0; i < COUNT(keys); i++) {
        const char *value = upload_metadata_value(arena, text, keys[i].name);

        if (!value && keys[i].is_optional)
            continue;
        if (!value)
            return FAIL(err, ERR_INVALID, "Upload-Metadata: %s is missing", keys[i].name);
        if (!keys[i].read(arena, value, &said, err))
            return err_within(err, "Upload-Metadata: %s", keys[i].name);
    }
    *out = said;
    return true;
}

bool backup_said_fits(const struct backup_said *said, const struct snapshot *snapshot, struct err *err)
{
    if (!text_equal(said->model, snapshot->model) || !text_equal(said->serial, snapshot->serial))
        return FAIL(err, ERR_INVALID, "the backup is of another model or serial than it was said to be");
    if (said->kind_count != snapshot->category_count)
        return FAIL(err, ERR_INVALID, "the backup has %zu categories, and %zu were named",
                    snapshot->category_count, said->kind_count);
    for (size_t i = 0; i < said->kind_count; i++) {
        const struct snapshot_category *category = snapshot_category(snapshot, said->kinds[i]);

        if (!category || (int64_t)category->item_count != said->items[i])
            return FAIL(err, ERR_INVALID, "category %s is not what it was said to be", said->kinds[i]->name);
    }
    return true;
}
