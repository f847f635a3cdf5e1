#include "tools/agent/simulate.h"

#include "base/text.h"

#define FREE_TEXT_CHARS 20 /* shorter fields are numbers and ports */

struct nest { /* where the search for room stands in a category */
    size_t item, field;
};

static bool is_free_text(const struct capability_field *field, size_t size)
{
    int64_t max = field->max ? field->max : SNAPSHOT_VALUE_MAX;

    return field->value_count == 0 && !field->refers && max >= FREE_TEXT_CHARS && (int64_t)size <= max;
}

/* Items are const to everybody who reads them; these were made a moment ago. */
static void plant(struct snapshot_category *category, const struct nest *nest, const char *word)
{
    struct snapshot_field *fields = (struct snapshot_field *)(uintptr_t)category->items[nest->item].fields;

    fields[nest->field].value = word;
}

/* The next field of the category that can hold it; each field holds one. */
static bool nest_find(const struct capability_category *can, struct snapshot_category *category,
                      struct nest *nest, const char *word)
{
    for (; nest->item < category->item_count; nest->item++, nest->field = 0) {
        const struct snapshot_item *item = &category->items[nest->item];

        for (; nest->field < item->field_count; nest->field++) {
            const struct capability_field *field = capability_field(can, item->fields[nest->field].name);

            if (!field || !is_free_text(field, strlen(word)))
                continue;
            plant(category, nest, word);
            nest->field++;
            return true;
        }
    }
    return false;
}

bool simulate_canaries(struct arena *arena, const struct capability *capability,
                       struct snapshot_category *categories, size_t count, const char *const *words,
                       size_t word_count, struct err *err)
{
    struct nest *nests = ARENA_MANY(arena, struct nest, count + 1);
    size_t at = 0;

    for (size_t i = 0; i < word_count; i++) {
        bool is_planted = false;

        for (size_t tried = 0; tried < count && !is_planted; tried++, at = (at + 1) % count)
            is_planted = nest_find(capability_category(capability, categories[at].kind), &categories[at],
                                   &nests[at], words[i]);
        if (!is_planted)
            return FAIL(err, ERR_TOO_LARGE, "%zu of %zu fit", i, word_count);
    }
    return true;
}
