#include "signing/restore_parts.h"

#include <stdlib.h>

#include "base/text.h"

struct filling {
    const struct restore_lane *lane;
    struct restore_item *item;
    struct snapshot_field *fields;
    size_t count;
};

static const struct capability_field *source_field(const struct restore_lane *lane, const char *name)
{
    return lane->source ? capability_field(lane->source, name) : NULL;
}

static void put(struct filling *filling, const char *name, const char *value)
{
    filling->fields[filling->count++] = (struct snapshot_field){name, value};
}

static bool has(const struct filling *filling, const char *name)
{
    for (size_t i = 0; i < filling->count; i++)
        if (text_equal(filling->fields[i].name, name))
            return true;
    return false;
}

/* ---- one value ----------------------------------------------------------------------------------- */

static size_t characters(const char *text)
{
    size_t count = 0;

    for (; *text; text++)
        count += ((uint8_t)*text & 0xC0) != 0x80;
    return count;
}

static const char *cut(struct arena *arena, const char *text, size_t max)
{
    const char *end = text;

    for (size_t i = 0; i < max && *end; i++)
        end += text_utf8_size(span_of(end));
    return arena_text(arena, span_make(text, (size_t)(end - text)));
}

static const char *fit(struct filling *filling, const struct capability_field *field, const char *value)
{
    const struct restore_lane *lane = filling->lane;
    size_t size = characters(value), max = (size_t)field->max;

    if (max == 0 || size <= max)
        return value;
    if (field->may_cut) {
        restore_say(lane->arena, filling->item, RESTORE_TRUNCATED, "%s: cut from %zu to %zu characters",
                    field->name, size, max);
        return cut(lane->arena, value, max);
    }
    restore_say(lane->arena, filling->item, RESTORE_CANNOT_MOVE,
                "%s: has %zu characters, %s takes %zu, and it means nothing when cut", field->name, size,
                lane->model, max);
    return value;
}

/* A word is shown only if the source's descriptor lists it: it may be the customer's otherwise. */
static const char *shown(const struct capability_field *from, const char *value)
{
    return from && from->value_count && capability_value_common(from, value) ? value : "its value";
}

static const char *translate(struct filling *filling, const struct capability_field *from,
                             const struct capability_field *to, const char *value)
{
    const struct restore_lane *lane = filling->lane;
    const char *common = from ? capability_value_common(from, value) : value;
    const char *own = capability_value_own(to, common ? common : value);

    if (!own && to->default_value) {
        restore_say(lane->arena, filling->item, RESTORE_CONVERTED, "%s: %s has no %s; it becomes %s",
                    to->name, lane->model, shown(from, value), to->default_value);
        return to->default_value;
    }
    if (!own)
        restore_say(lane->arena, filling->item, RESTORE_CANNOT_MOVE, "%s: %s has no %s", to->name,
                    lane->model, shown(from, value));
    else if (!text_equal(own, value))
        restore_say(lane->arena, filling->item, RESTORE_CONVERTED, "%s: %s is called %s there", to->name,
                    shown(from, value), own);
    return own ? own : value;
}

/* ---- one field ----------------------------------------------------------------------------------- */

/* Why the secret does not come across by itself; NULL: it does. Its length is nobody's business. */
static const char *withheld(const struct restore_lane *lane, const struct capability_field *to,
                            const char *value)
{
    if (*value == '\0')
        return "never left its device; give it anew";
    if (to->is_from_person)
        return arena_printf(lane->arena, "%s takes it from a person only", lane->model);
    if (to->max > 0 && characters(value) > (size_t)to->max)
        return arena_printf(lane->arena, "longer than %s takes; give another", lane->model);
    return NULL;
}

static void put_secret(struct filling *filling, const struct capability_field *to, const char *value)
{
    const char *why = withheld(filling->lane, to, value);

    if (why)
        restore_say(filling->lane->arena, filling->item, RESTORE_NEEDS_SECRET, "%s: %s", to->name, why);
    put(filling, to->name, why ? "" : value);
}

static void put_unknown(struct filling *filling, const struct snapshot_field *field)
{
    /* A newer firmware of the same model may say more than its descriptor does. */
    if (filling->lane->is_same_model && !has(filling, field->name))
        put(filling, field->name, field->value);
    else
        restore_say(filling->lane->arena, filling->item, RESTORE_CONVERTED, "%s: left behind, %s has none",
                    field->name, filling->lane->model);
}

static void put_field(struct filling *filling, const struct snapshot_field *field)
{
    const struct restore_lane *lane = filling->lane;
    const struct capability_field *from = source_field(lane, field->name);
    const struct capability_field *to = capability_common(lane->target, from ? from->common : field->name);

    if (!to || has(filling, to->name)) {
        put_unknown(filling, field);
        return;
    }
    if (!text_equal(to->name, field->name))
        restore_say(lane->arena, filling->item, RESTORE_CONVERTED, "%s: is called %s there", field->name,
                    to->name);
    if (snapshot_field_is_secret(lane->kind, to->name))
        put_secret(filling, to, field->value);
    else
        put(filling, to->name, fit(filling, to, translate(filling, from, to, field->value)));
}

static void put_missing(struct filling *filling, const struct capability_field *to)
{
    const struct restore_lane *lane = filling->lane;

    if (to->default_value) {
        put(filling, to->name, to->default_value);
        restore_say(lane->arena, filling->item, RESTORE_CONVERTED, "%s: not in the backup; it becomes %s",
                    to->name, to->default_value);
    } else if (to->is_from_person) {
        put(filling, to->name, "");
        restore_say(lane->arena, filling->item, RESTORE_NEEDS_SECRET, "%s: %s wants one; give it", to->name,
                    lane->model);
    } else {
        restore_say(lane->arena, filling->item, RESTORE_CANNOT_MOVE, "%s: not in the backup, and %s wants it",
                    to->name, lane->model);
    }
}

/* ---- one item ------------------------------------------------------------------------------------ */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct snapshot_field *)a)->name, ((const struct snapshot_field *)b)->name);
}

static bool is_same(const struct snapshot_item *a, const struct snapshot_item *b)
{
    if (a->field_count != b->field_count)
        return false;
    for (size_t i = 0; i < a->field_count; i++)
        if (!text_equal(a->fields[i].name, b->fields[i].name) ||
            !text_equal(a->fields[i].value, b->fields[i].value))
            return false;
    return true;
}

void restore_fields(const struct restore_lane *lane, struct restore_item *item)
{
    size_t room = item->from->field_count + lane->target->field_count;
    struct filling filling = {
        .lane = lane, .item = item, .fields = ARENA_MANY(lane->arena, struct snapshot_field, room + 1)};

    for (size_t i = 0; i < item->from->field_count; i++)
        put_field(&filling, &item->from->fields[i]);
    for (size_t i = 0; i < lane->target->field_count; i++)
        if (lane->target->fields[i].is_required && !has(&filling, lane->target->fields[i].name))
            put_missing(&filling, &lane->target->fields[i]);
    qsort(filling.fields, filling.count, sizeof(*filling.fields), by_name);
    item->to = (struct snapshot_item){item->from->id, filling.fields, filling.count};
    if (filling.count > SNAPSHOT_FIELDS_MAX)
        restore_say(lane->arena, item, RESTORE_CANNOT_MOVE, "has more fields there than an item may have");
    item->is_changed = !is_same(item->from, &item->to);
}
