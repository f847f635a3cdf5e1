#include "signing/restore_parts.h"

#include <stdarg.h>

#include "base/hash.h"
#include "base/text.h"

#define PLAN_SCHEMA "nightshift-restore-plan-1"

/* clang-format off */
const char *const restore_outcome_word[RESTORE_OUTCOME__MAX] = {
    [RESTORE_EXACT]        = "exact",
    [RESTORE_CONVERTED]    = "converted",
    [RESTORE_TRUNCATED]    = "truncated",
    [RESTORE_NEEDS_SECRET] = "needs-secret",
    [RESTORE_CANNOT_MOVE]  = "cannot-move",
};
/* clang-format on */

/* The reason that decides stands first. */
static void keep_reason(struct restore_item *item, const char *reason, bool is_worse)
{
    size_t place = is_worse ? 0 : item->reason_count;

    bool is_full = item->reason_count == RESTORE_REASONS_MAX;

    if (!is_full)
        item->reason_count++;
    for (size_t i = item->reason_count - 1; i > place; i--)
        item->reasons[i] = item->reasons[i - 1];
    if (place < RESTORE_REASONS_MAX)
        item->reasons[place] = reason;
    if (is_full)
        item->reasons[RESTORE_REASONS_MAX - 1] = "and more";
}

void restore_say(struct arena *arena, struct restore_item *item, enum restore_outcome outcome,
                 const char *format, ...)
{
    bool is_worse = outcome > item->outcome;
    va_list args;

    if (is_worse)
        item->outcome = outcome;
    va_start(args, format);
    keep_reason(item, arena_vprintf(arena, format, args), is_worse);
    va_end(args);
}

/* ---- what was asked for -------------------------------------------------------------------------- */

static bool choose_one(const struct snapshot *snapshot, struct span word, struct restore_request *out,
                       struct err *err)
{
    AUTO(arena_freep) struct arena *scratch = arena_new();
    const struct snapshot_kind *kind;

    if (!snapshot_kind_need(arena_text(scratch, text_trim(word)), &kind, err))
        return false;
    if (!snapshot_category(snapshot, kind))
        return FAIL(err, ERR_NOT_FOUND, "the backup has no category \"%s\"", kind->name);
    out->is_chosen[kind - snapshot_kinds] = true;
    return true;
}

bool restore_choose(const struct snapshot *snapshot, const char *names, struct restore_request *out,
                    struct err *err)
{
    struct restore_request chosen = *out;
    struct span rest = span_of(text_blank(names) ? NULL : names), word;

    memset(chosen.is_chosen, 0, sizeof(chosen.is_chosen));
    while (rest.at && text_split(&rest, ',', &word))
        if (!choose_one(snapshot, word, &chosen, err))
            return false;
    for (size_t i = 0; text_blank(names) && i < snapshot->category_count; i++)
        chosen.is_chosen[snapshot->categories[i].kind - snapshot_kinds] = true;
    *out = chosen;
    return true;
}

static bool check_request(const struct restore_request *request, struct err *err)
{
    if (request->source && !text_equal(request->source->model, request->snapshot->model))
        return FAIL(err, ERR_INVALID, "the backup is of a %s and the source's descriptor of a %s",
                    request->snapshot->model, request->source->model);
    for (size_t i = 0; i < SNAPSHOT_KINDS; i++)
        if (request->is_chosen[i] && !snapshot_category(request->snapshot, &snapshot_kinds[i]))
            return FAIL(err, ERR_NOT_FOUND, "the backup has no category \"%s\"", snapshot_kinds[i].name);
    return true;
}

/* ---- one category -------------------------------------------------------------------------------- */

/* NULL: it may go there. */
static const char *refusal(const struct restore_request *request, const struct restore_lane *lane)
{
    bool is_adjustment = lane->kind->class == SNAPSHOT_ADJUSTMENT;

    if (!lane->target)
        return arena_printf(lane->arena, "%s has no %s", lane->model, lane->kind->name);
    if (is_adjustment && !lane->is_same_model)
        return "adjustment values fit one engine; those of another model do harm";
    if (is_adjustment && !request->is_same_chassis && !request->may_move_adjustments)
        return "adjustment values fit one engine; this is another chassis";
    if (!is_adjustment && !lane->kind->is_portable && !request->is_same_chassis)
        return "belongs to keys inside the other chassis; order new ones";
    return NULL;
}

static void plan_items(const struct restore_request *request, const struct restore_lane *lane,
                       struct restore_category *category)
{
    const char *why = refusal(request, lane);

    for (size_t i = 0; i < category->item_count; i++) {
        if (why)
            restore_say(lane->arena, &category->items[i], RESTORE_CANNOT_MOVE, "%s", why);
        else
            restore_fields(lane, &category->items[i]);
    }
    if (why)
        return;
    restore_unique(lane, category);
    restore_capacity(lane, category);
}

static void plan_category(struct arena *arena, const struct restore_request *request,
                          const struct snapshot_category *from, struct restore_category *out)
{
    bool is_same_model = text_equal(request->snapshot->model, request->target->model);
    const struct capability *source = request->source || !is_same_model ? request->source : request->target;
    struct restore_lane lane = {.arena = arena,
                                .kind = from->kind,
                                .source = source ? capability_category(source, from->kind) : NULL,
                                .target = capability_category(request->target, from->kind),
                                .model = request->target->model,
                                .is_same_model = is_same_model};

    out->kind = from->kind;
    out->item_count = from->item_count;
    out->items = ARENA_MANY(arena, struct restore_item, from->item_count + 1);
    for (size_t i = 0; i < from->item_count; i++)
        out->items[i].from = &from->items[i];
    plan_items(request, &lane, out);
}

/* ---- the sum ------------------------------------------------------------------------------------- */

static void count_items(struct restore_plan *plan)
{
    plan->is_whole = plan->category_count == plan->request.snapshot->category_count &&
                     text_equal(plan->request.snapshot->model, plan->request.target->model);
    for (size_t i = 0; i < plan->category_count; i++)
        for (size_t k = 0; k < plan->categories[i].item_count; k++) {
            const struct restore_item *item = &plan->categories[i].items[k];

            plan->categories[i].counts[item->outcome]++;
            plan->counts[item->outcome]++;
            if (item->is_changed || item->outcome == RESTORE_CANNOT_MOVE)
                plan->is_whole = false;
        }
}

/* Written as JSON, so that no text can pass for two others. */
static const char *digest_of(struct arena *arena, const struct restore_request *request)
{
    struct buf text = {.arena = arena};
    struct json_out j = {.buf = &text};
    char digest[HASH_HEX_MAX];

    json_open_list(&j, NULL);
    json_text(&j, NULL, PLAN_SCHEMA);
    json_text(&j, NULL, request->snapshot->digest);
    json_text(&j, NULL, request->source ? request->source->digest : "");
    json_text(&j, NULL, request->target->digest);
    json_text(&j, NULL, request->target_id ? request->target_id : "");
    json_text(&j, NULL, request->target_serial ? request->target_serial : "");
    json_bool(&j, NULL, request->is_same_chassis);
    json_bool(&j, NULL, request->may_move_adjustments);
    for (size_t i = 0; i < SNAPSHOT_KINDS; i++)
        json_bool(&j, NULL, request->is_chosen[i]);
    json_close(&j);
    hash_hex_of(HASH_SHA256, buf_span(&text), digest);
    return arena_dup(arena, digest);
}

bool restore_plan(struct arena *arena, const struct restore_request *request, struct restore_plan *out,
                  struct err *err)
{
    struct restore_plan plan = {.request = *request};

    if (!check_request(request, err))
        return false;
    plan.categories = ARENA_MANY(arena, struct restore_category, SNAPSHOT_KINDS);
    for (size_t i = 0; i < request->snapshot->category_count; i++) {
        const struct snapshot_category *from = &request->snapshot->categories[i];

        if (request->is_chosen[from->kind - snapshot_kinds])
            plan_category(arena, request, from, &plan.categories[plan.category_count++]);
    }
    if (plan.category_count == 0)
        return FAIL(err, ERR_INVALID, "no category is chosen");
    if (!restore_references(arena, &plan, err))
        return false;
    count_items(&plan);
    plan.digest = digest_of(arena, request);
    *out = plan;
    return true;
}

/* ---- applying ------------------------------------------------------------------------------------ */

static size_t take_items(struct arena *arena, const struct restore_category *from,
                         struct snapshot_category *out)
{
    struct snapshot_item *items = ARENA_MANY(arena, struct snapshot_item, from->item_count + 1);

    *out = (struct snapshot_category){.kind = from->kind, .items = items};
    for (size_t i = 0; i < from->item_count; i++)
        if (from->items[i].outcome != RESTORE_CANNOT_MOVE)
            items[out->item_count++] = from->items[i].to;
    return out->item_count;
}

bool restore_snapshot(struct arena *arena, const struct restore_plan *plan, struct snapshot *out,
                      struct err *err)
{
    const struct restore_request *request = &plan->request;
    struct snapshot_category *all = ARENA_MANY(arena, struct snapshot_category, SNAPSHOT_KINDS);
    struct snapshot made = *request->snapshot;

    made.model = request->target->model;
    made.family = request->target->family;
    made.serial = request->target_serial ? request->target_serial : "";
    made.controller_id = request->target_id ? request->target_id : "";
    made.categories = all;
    made.category_count = 0;
    made.digest = NULL;
    for (size_t i = 0; i < plan->category_count; i++)
        if (take_items(arena, &plan->categories[i], &all[made.category_count]) > 0)
            made.category_count++;
    if (made.category_count == 0)
        return FAIL(err, ERR_CONFLICT, "nothing of what is chosen can move to %s %s", made.model,
                    made.controller_id);
    *out = made;
    return true;
}
