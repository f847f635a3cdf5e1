/* Any bytes as a model's descriptor: refused with a reason, or read into what keeps the promises of its
 * header. */
#include "signing/capability.h"

#include <stdlib.h>

#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_field(const struct capability *model, const struct capability_category *category,
                        const struct capability_field *field)
{
    must(field->max >= 0 && field->max <= SNAPSHOT_VALUE_MAX);
    must(capability_field(category, field->name) == field);
    must(capability_common(category, field->common) == field);
    must(!field->refers || capability_category(model, field->refers));
    for (size_t i = 0; i < field->value_count; i++) {
        const char *common = capability_value_common(field, field->values[i].own);

        must(text_equal(capability_value_own(field, common), field->values[i].own));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct capability model;
    struct err err;

    if (!capability_read(arena, span_make(data, size), &model, &err)) {
        must(err.code != ERR_NONE && !text_blank(err.text));
        return 0;
    }
    must(text_is_hex(model.digest, 64) && model.category_count <= SNAPSHOT_KINDS);
    for (size_t i = 0; i < model.category_count; i++)
        for (size_t k = 0; k < model.categories[i].field_count; k++)
            check_field(&model, &model.categories[i], &model.categories[i].fields[k]);
    return 0;
}
