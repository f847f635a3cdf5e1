#include "signing/restore_parts.h"

#include "base/text.h"

#define COLUMNS 100

/* ---- for machines -------------------------------------------------------------------------------- */

static void write_counts(struct json_out *j, const size_t counts[RESTORE_OUTCOME__MAX])
{
    json_open(j, "counts");
    for (int i = 0; i < RESTORE_OUTCOME__MAX; i++)
        json_int(j, restore_outcome_word[i], (int64_t)counts[i]);
    json_close(j);
}

static void write_item(struct json_out *j, const struct restore_item *item)
{
    json_open(j, NULL);
    json_text(j, "id", item->from->id);
    json_text(j, "outcome", restore_outcome_word[item->outcome]);
    json_open_list(j, "reasons");
    for (size_t i = 0; i < item->reason_count; i++)
        json_text(j, NULL, item->reasons[i]);
    json_close(j);
    json_close(j);
}

static void write_category(struct json_out *j, const struct restore_category *category)
{
    json_open(j, NULL);
    json_text(j, "name", category->kind->name);
    json_text(j, "class", snapshot_class_name[category->kind->class]);
    write_counts(j, category->counts);
    json_text_if(j, "warning", category->warning);
    json_open_list(j, "items");
    for (size_t i = 0; i < category->item_count; i++)
        if (category->items[i].outcome != RESTORE_EXACT)
            write_item(j, &category->items[i]);
    json_close(j);
    json_close(j);
}

static void write_end(struct json_out *j, const char *name, const char *id, const char *serial,
                      const char *model)
{
    json_open(j, name);
    json_text(j, "controller_id", id ? id : "");
    json_text(j, "serial", serial ? serial : "");
    json_text(j, "model", model);
    json_close(j);
}

void restore_plan_json(const struct restore_plan *plan, struct json_out *j, const char *name)
{
    const struct restore_request *request = &plan->request;
    const struct snapshot *snapshot = request->snapshot;

    json_open(j, name);
    json_text(j, "digest", plan->digest);
    json_text(j, "snapshot", snapshot->digest);
    json_time_if(j, "taken", snapshot->time_ms);
    write_end(j, "source", snapshot->controller_id, snapshot->serial, snapshot->model);
    write_end(j, "target", request->target_id, request->target_serial, request->target->model);
    json_bool(j, "same_chassis", request->is_same_chassis);
    json_bool(j, "moves_adjustments", request->may_move_adjustments);
    json_bool(j, "whole", plan->is_whole);
    write_counts(j, plan->counts);
    json_open_list(j, "categories");
    for (size_t i = 0; i < plan->category_count; i++)
        write_category(j, &plan->categories[i]);
    json_close(j);
    json_close(j);
}

/* ---- for people ---------------------------------------------------------------------------------- */

/* One line whatever the text holds. */
static void add_line(struct buf *out, const char *text)
{
    size_t columns = 0;

    for (; *text && columns < COLUMNS; columns++) {
        size_t size = text_utf8_size(span_of(text));

        if (size == 0 || (uint8_t)*text < 0x20 || *text == 0x7F)
            buf_char(out, '?');
        else
            buf_add(out, span_make(text, size));
        text += size ? size : 1;
    }
    buf_char(out, '\n');
}

static void add_item(struct arena *arena, struct buf *out, const struct restore_item *item)
{
    const char *word = restore_outcome_word[item->outcome];

    for (size_t i = 0; i < item->reason_count; i++)
        add_line(out, i == 0 ? arena_printf(arena, "  %-12s  %s: %s", word, item->from->id, item->reasons[i])
                             : arena_printf(arena, "  %-12s  %*s  %s", "", (int)strlen(item->from->id), "",
                                            item->reasons[i]));
}

static void add_items(struct arena *arena, struct buf *out, const struct restore_category *category,
                      size_t items_max)
{
    size_t told = 0, kept = 0;

    /* What stays behind is told first. */
    for (int outcome = RESTORE_CANNOT_MOVE; outcome > RESTORE_EXACT; outcome--)
        for (size_t i = 0; i < category->item_count; i++) {
            if ((int)category->items[i].outcome != outcome)
                continue;
            if (told < items_max)
                add_item(arena, out, &category->items[i]);
            else
                kept++;
            told++;
        }
    if (kept > 0)
        add_line(out, arena_printf(arena, "  ... and %zu more", kept));
}

static void add_category(struct arena *arena, struct buf *out, const struct restore_category *category,
                         size_t items_max)
{
    struct buf line = {.arena = arena};

    buf_printf(&line, "%-20s", category->kind->name);
    for (int i = 0; i < RESTORE_OUTCOME__MAX; i++)
        buf_printf(&line, " %12zu", category->counts[i]);
    add_line(out, buf_cstr(&line));
    if (category->warning)
        add_line(out, arena_printf(arena, "  %-12s  %s", "warning", category->warning));
    add_items(arena, out, category, items_max);
}

static void add_heading(struct arena *arena, struct buf *out, const struct restore_plan *plan)
{
    const struct restore_request *request = &plan->request;
    const struct snapshot *snapshot = request->snapshot;
    struct buf line = {.arena = arena};

    add_line(out, arena_printf(arena, "from  %s, %s, serial %s, %s", snapshot->controller_id, snapshot->model,
                               text_blank(snapshot->serial) ? "unknown" : snapshot->serial,
                               text_time(arena, snapshot->time_ms)));
    add_line(out, arena_printf(arena, "to    %s, %s, serial %s, %s",
                               request->target_id ? request->target_id : "", request->target->model,
                               text_blank(request->target_serial) ? "unknown" : request->target_serial,
                               request->is_same_chassis ? "the same chassis" : "another chassis"));
    add_line(out, arena_printf(arena, "plan  %.16s, %s", plan->digest,
                               plan->is_whole ? "the backup goes across as it is"
                                              : "the backup is packed anew for the target"));
    buf_char(out, '\n');
    buf_printf(&line, "%-20s", "");
    for (int i = 0; i < RESTORE_OUTCOME__MAX; i++)
        buf_printf(&line, " %12s", restore_outcome_word[i]);
    add_line(out, buf_cstr(&line));
}

struct span restore_plan_text(struct arena *arena, const struct restore_plan *plan, size_t items_max)
{
    struct buf out = {.arena = arena};

    add_heading(arena, &out, plan);
    for (size_t i = 0; i < plan->category_count; i++)
        add_category(arena, &out, &plan->categories[i], items_max);
    return buf_span(&out);
}
