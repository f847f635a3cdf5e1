#include "signing/snapshot_diff.h"

#include "base/text.h"

#define SHOWN_BYTES_MAX 60 /* of a value, in a line for people */

/* clang-format off */
const char *const snapshot_change_word[SNAPSHOT_CHANGE__MAX] = {
    [SNAPSHOT_ADDED]   = "added",
    [SNAPSHOT_REMOVED] = "removed",
    [SNAPSHOT_CHANGED] = "changed",
};
/* clang-format on */

struct comparing {
    struct arena *arena;
    struct snapshot_change *changes;
    size_t count, room;
    struct snapshot_diff *diff;
};

static void add(struct comparing *comparing, struct snapshot_change change)
{
    if (comparing->count == comparing->room) {
        size_t room = comparing->room ? comparing->room * 2 : 64;
        struct snapshot_change *more = ARENA_MANY(comparing->arena, struct snapshot_change, room);

        if (comparing->count)
            memcpy(more, comparing->changes, sizeof(*more) * comparing->count);
        comparing->changes = more;
        comparing->room = room;
    }
    comparing->changes[comparing->count++] = change;
    if (change.kind)
        comparing->diff->counts[change.kind - snapshot_kinds]++;
}

static enum snapshot_change_kind kind_of(const void *before, const void *after)
{
    return before && after ? SNAPSHOT_CHANGED : before ? SNAPSHOT_REMOVED : SNAPSHOT_ADDED;
}

/* ---- fields -------------------------------------------------------------------------------------- */

static const char *masked(const struct snapshot_kind *kind, const char *field, const char *value)
{
    return value && *value && kind && snapshot_field_is_secret(kind, field) ? SNAPSHOT_MASK : value;
}

static void compare_value(struct comparing *comparing, const struct snapshot_kind *kind, const char *id,
                          const char *field, const char *before, const char *after)
{
    if (text_equal(before, after))
        return;
    add(comparing, (struct snapshot_change){.change = kind_of(before, after),
                                            .kind = kind,
                                            .id = id,
                                            .field = field,
                                            .before = masked(kind, field, before),
                                            .after = masked(kind, field, after)});
}

/* Both sorted by name. */
static void compare_items(struct comparing *comparing, const struct snapshot_kind *kind,
                          const struct snapshot_item *a, const struct snapshot_item *b)
{
    size_t i = 0, k = 0;

    while (i < a->field_count || k < b->field_count) {
        int order = i == a->field_count   ? 1
                    : k == b->field_count ? -1
                                          : strcmp(a->fields[i].name, b->fields[k].name);
        const char *field = order <= 0 ? a->fields[i].name : b->fields[k].name;
        const char *before = order <= 0 ? a->fields[i++].value : NULL;
        const char *after = order >= 0 ? b->fields[k++].value : NULL;

        compare_value(comparing, kind, a->id, field, before, after);
    }
}

/* ---- items --------------------------------------------------------------------------------------- */

/* Both sorted by id. */
static void compare_categories(struct comparing *comparing, const struct snapshot_category *a,
                               const struct snapshot_category *b)
{
    size_t i = 0, k = 0;

    while (i < a->item_count || k < b->item_count) {
        int order = i == a->item_count   ? 1
                    : k == b->item_count ? -1
                                         : snapshot_id_compare(a->items[i].id, b->items[k].id);
        const struct snapshot_item *before = order <= 0 ? &a->items[i++] : NULL;
        const struct snapshot_item *after = order >= 0 ? &b->items[k++] : NULL;

        if (before && after)
            compare_items(comparing, a->kind, before, after);
        else
            add(comparing, (struct snapshot_change){.change = kind_of(before, after),
                                                    .kind = a->kind,
                                                    .id = before ? before->id : after->id});
    }
}

static void compare_kind(struct comparing *comparing, const struct snapshot_kind *kind,
                         const struct snapshot *a, const struct snapshot *b)
{
    const struct snapshot_category *before = snapshot_category(a, kind), *after = snapshot_category(b, kind);

    if (before && after)
        compare_categories(comparing, before, after);
    else if (before || after)
        add(comparing, (struct snapshot_change){.change = kind_of(before, after), .kind = kind});
}

/* ---- the device itself --------------------------------------------------------------------------- */

static const char *version_of(const struct snapshot *snapshot, const char *component)
{
    for (size_t i = 0; i < snapshot->component_count; i++)
        if (text_equal(snapshot->components[i].name, component))
            return snapshot->components[i].version;
    return NULL;
}

static void compare_device(struct comparing *comparing, const struct snapshot *a, const struct snapshot *b)
{
    compare_value(comparing, NULL, "device", "model", a->model, b->model);
    compare_value(comparing, NULL, "device", "serial", a->serial, b->serial);
    for (size_t i = 0; i < a->component_count; i++)
        compare_value(comparing, NULL, "firmware", a->components[i].name, a->components[i].version,
                      version_of(b, a->components[i].name));
    for (size_t i = 0; i < b->component_count; i++)
        if (!version_of(a, b->components[i].name))
            compare_value(comparing, NULL, "firmware", b->components[i].name, NULL, b->components[i].version);
}

void snapshot_diff(struct arena *arena, const struct snapshot *before, const struct snapshot *after,
                   struct snapshot_diff *out)
{
    struct snapshot_diff diff = {0};
    struct comparing comparing = {.arena = arena, .diff = &diff};

    compare_device(&comparing, before, after);
    for (size_t i = 0; i < SNAPSHOT_KINDS; i++)
        compare_kind(&comparing, &snapshot_kinds[i], before, after);
    diff.changes = comparing.changes;
    diff.count = comparing.count;
    *out = diff;
}

/* ---- showing ------------------------------------------------------------------------------------- */

void snapshot_diff_json(const struct snapshot_diff *diff, struct json_out *j, const char *name)
{
    json_open(j, name);
    json_int(j, "count", (int64_t)diff->count);
    json_open_list(j, "changes");
    for (size_t i = 0; i < diff->count; i++) {
        const struct snapshot_change *change = &diff->changes[i];

        json_open(j, NULL);
        json_text(j, "change", snapshot_change_word[change->change]);
        json_text(j, "category", change->kind ? change->kind->name : "device");
        json_text_if(j, "id", change->id);
        json_text_if(j, "field", change->field);
        if (change->before)
            json_text(j, "before", change->before);
        if (change->after)
            json_text(j, "after", change->after);
        json_close(j);
    }
    json_close(j);
    json_close(j);
}

/* In quotes, cut, and without what would end the line. */
static void add_value(struct buf *out, const char *value)
{
    size_t shown = 0;

    buf_char(out, '"');
    while (*value && shown < SHOWN_BYTES_MAX) {
        size_t size = text_utf8_size(span_of(value));

        if (size == 0 || (uint8_t)*value < 0x20 || *value == 0x7F)
            buf_char(out, '?');
        else
            buf_add(out, span_make(value, size));
        value += size ? size : 1;
        shown += size ? size : 1;
    }
    buf_text(out, *value ? "...\"" : "\"");
}

static void add_change(struct buf *out, const struct snapshot_change *change)
{
    buf_printf(out, "%-8s %s", snapshot_change_word[change->change],
               change->kind ? change->kind->name : "device");
    if (change->id)
        buf_printf(out, " %s", change->id);
    if (change->field)
        buf_printf(out, " %s", change->field);
    if (change->before) {
        buf_char(out, ' ');
        add_value(out, change->before);
    }
    if (change->after) {
        buf_text(out, change->before ? " -> " : " ");
        add_value(out, change->after);
    }
    buf_char(out, '\n');
}

struct span snapshot_diff_text(struct arena *arena, const struct snapshot_diff *diff)
{
    struct buf out = {.arena = arena};

    for (size_t i = 0; i < diff->count; i++)
        add_change(&out, &diff->changes[i]);
    return span_of(buf_cstr(&out));
}
