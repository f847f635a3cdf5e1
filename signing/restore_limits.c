#include "signing/restore_parts.h"

#include <stdlib.h>

#include "base/text.h"

#define ROUNDS_MAX 32 /* how deep items may point at each other before one that is missing is noticed */

/* ---- unique fields ------------------------------------------------------------------------------- */

struct claim {
    const char *value;
    size_t place;
};

static int by_value(const void *a, const void *b)
{
    const struct claim *one = a, *two = b;
    int order = strcmp(one->value, two->value);

    return order ? order : (one->place > two->place) - (one->place < two->place);
}

static size_t claims_of(const struct restore_category *category, const char *field, struct claim *out)
{
    size_t count = 0;

    for (size_t i = 0; i < category->item_count; i++) {
        const struct restore_item *item = &category->items[i];
        const char *value = snapshot_value(&item->to, field);

        if (value && item->outcome != RESTORE_CANNOT_MOVE)
            out[count++] = (struct claim){value, i};
    }
    qsort(out, count, sizeof(*out), by_value);
    return count;
}

void restore_unique(const struct restore_lane *lane, struct restore_category *category)
{
    const char *field = lane->target->unique;
    struct claim *claims = ARENA_MANY(lane->arena, struct claim, category->item_count + 1);
    size_t count = field ? claims_of(category, field, claims) : 0, first = 0;

    for (size_t i = 1; i < count; i++) {
        if (!text_equal(claims[first].value, claims[i].value)) {
            first = i;
            continue;
        }
        restore_say(lane->arena, &category->items[claims[i].place], RESTORE_CANNOT_MOVE,
                    "%s: would be the same as that of item %s; rename one of them first", field,
                    category->items[claims[first].place].from->id);
    }
}

/* ---- capacity ------------------------------------------------------------------------------------ */

void restore_capacity(const struct restore_lane *lane, struct restore_category *category)
{
    int64_t max = lane->target->max, taken = 0;

    for (size_t i = 0; i < category->item_count; i++) {
        struct restore_item *item = &category->items[i];

        if (item->outcome == RESTORE_CANNOT_MOVE)
            continue;
        if (++taken > max)
            restore_say(lane->arena, item, RESTORE_CANNOT_MOVE, "%s holds %lld and this would be number %lld",
                        lane->model, (long long)max, (long long)taken);
    }
}

/* ---- references ---------------------------------------------------------------------------------- */

static struct restore_category *chosen(const struct restore_plan *plan, const struct snapshot_kind *kind)
{
    for (size_t i = 0; i < plan->category_count; i++)
        if (plan->categories[i].kind == kind)
            return &plan->categories[i];
    return NULL;
}

static int by_id(const void *id, const void *item)
{
    return snapshot_id_compare(id, ((const struct restore_item *)item)->from->id);
}

static bool comes_across(const struct restore_category *category, const char *id)
{
    const struct restore_item *item =
        category->item_count
            ? bsearch(id, category->items, category->item_count, sizeof(*category->items), by_id)
            : NULL;

    return item && item->outcome != RESTORE_CANNOT_MOVE;
}

static void say_missing(struct arena *arena, struct restore_item *item, const struct capability_field *field,
                        bool is_all, const char *first, size_t missing)
{
    const char *more = missing > 1 ? arena_printf(arena, " and %zu more", missing - 1) : "";

    if (is_all)
        restore_say(arena, item, RESTORE_CANNOT_MOVE, "%s: points at %s %s%s, which does not come across",
                    field->name, field->refers->name, first, more);
    else
        restore_say(arena, item, RESTORE_CONVERTED, "%s: without %s %s%s, which does not come across",
                    field->name, field->refers->name, first, more);
}

struct round {
    struct arena *arena, *scratch;
    struct restore_plan *plan;
    bool has_changed;
};

/* What is left of a list of ids. */
static void prune(struct round *round, struct restore_item *item, const struct capability_field *field,
                  const struct restore_category *there, struct snapshot_field *value)
{
    struct span rest = span_of(value->value), piece;
    struct buf kept = {.arena = round->scratch};
    const char *first = NULL;
    size_t missing = 0;

    while (text_split(&rest, ',', &piece)) {
        const char *id = arena_text(round->scratch, text_trim(piece));

        if (*id && !comes_across(there, id)) {
            first = first ? first : id;
            missing++;
        } else if (*id) {
            buf_printf(&kept, "%s%s", kept.size ? "," : "", id);
        }
    }
    if (missing == 0)
        return;
    say_missing(round->arena, item, field, kept.size == 0, first, missing);
    value->value = arena_dup(round->arena, buf_cstr(&kept));
    item->is_changed = true;
    round->has_changed = true;
}

static void check_item(struct round *round, const struct capability_category *target,
                       struct restore_item *item)
{
    struct snapshot_field *fields = (struct snapshot_field *)item->to.fields; /* ours, from restore_fields */

    for (size_t i = 0; i < item->to.field_count; i++) {
        const struct capability_field *field = capability_field(target, fields[i].name);
        const struct restore_category *there =
            field && field->refers ? chosen(round->plan, field->refers) : NULL;

        if (there && fields[i].value[0])
            prune(round, item, field, there, &fields[i]);
    }
    arena_reset(round->scratch);
}

static bool check_round(struct arena *arena, struct restore_plan *plan)
{
    AUTO(arena_freep) struct arena *scratch = arena_new();
    struct round round = {arena, scratch, plan, false};

    for (size_t i = 0; i < plan->category_count; i++) {
        struct restore_category *category = &plan->categories[i];
        const struct capability_category *target = capability_category(plan->request.target, category->kind);

        for (size_t k = 0; target && k < category->item_count; k++)
            if (category->items[k].outcome != RESTORE_CANNOT_MOVE)
                check_item(&round, target, &category->items[k]);
    }
    return round.has_changed;
}

/* Into what is not restored nothing can be looked up: the target may have it, or something else of that id.
 */
static void warn(struct arena *arena, const struct restore_plan *plan, struct restore_category *category)
{
    const struct capability_category *target = capability_category(plan->request.target, category->kind);

    for (size_t i = 0; target && i < target->field_count; i++) {
        const struct capability_field *field = &target->fields[i];
        size_t count = 0;

        if (!field->refers || chosen(plan, field->refers))
            continue;
        for (size_t k = 0; k < category->item_count; k++)
            count += category->items[k].outcome != RESTORE_CANNOT_MOVE &&
                     !text_blank(snapshot_value(&category->items[k].to, field->name));
        if (count > 0)
            category->warning =
                arena_printf(arena,
                             "%s%s%zu of them point at %s (%s), which is not restored: they may "
                             "point at something else there",
                             category->warning ? category->warning : "", category->warning ? "; " : "", count,
                             field->refers->name, field->name);
    }
}

bool restore_references(struct arena *arena, struct restore_plan *plan, struct err *err)
{
    int rounds = 0;

    while (check_round(arena, plan))
        if (++rounds > ROUNDS_MAX)
            return FAIL(err, ERR_INVALID,
                        "items of the snapshot point at each other more than %d deep; that is no real device",
                        ROUNDS_MAX);
    for (size_t i = 0; i < plan->category_count; i++)
        warn(arena, plan, &plan->categories[i]);
    return true;
}
