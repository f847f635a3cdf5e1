#include "domain/selection.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/text.h"

static bool texts_read(struct arena *arena, const struct json *list, const char *what, struct texts *out,
                       struct err *err)
{
    out->count = list ? json_count(list) : 0;
    out->at = ARENA_MANY(arena, const char *, out->count + 1);
    for (size_t i = 0; i < out->count; i++) {
        out->at[i] = json_string(json_item(list, i));
        if (text_blank(out->at[i]))
            return FAIL(err, ERR_INVALID, "selection: %s must be a list of texts", what);
    }
    return true;
}

static bool attributes_read(struct arena *arena, const struct json *object, struct selection *out,
                            struct err *err)
{
    out->attribute_count = object ? json_count(object) : 0;
    if (out->attribute_count > SELECTION_ITEMS_MAX)
        return FAIL(err, ERR_INVALID, "selection: more than %d attributes", SELECTION_ITEMS_MAX);
    out->attributes = ARENA_MANY(arena, struct device_pair, out->attribute_count + 1);
    for (size_t i = 0; i < out->attribute_count; i++) {
        struct device_pair *pair = &out->attributes[i];

        pair->value = json_string(json_member_at(object, i, &pair->name));
        if (!pair->value)
            return FAIL(err, ERR_INVALID, "selection: attribute %s must be a text", pair->name);
    }
    return true;
}

/* Versions may be "": what ran there was unknown. */
static bool changed_read(struct arena *arena, int64_t changed_by, const struct json *had,
                         struct selection *out, struct err *err)
{
    if (had && !changed_by)
        return FAIL(err, ERR_INVALID, "selection: had goes with changed_by");
    out->changed_by = changed_by;
    out->had.count = had ? json_count(had) : 0;
    out->had.at = ARENA_MANY(arena, const char *, out->had.count + 1);
    for (size_t i = 0; i < out->had.count; i++) {
        out->had.at[i] = json_string(json_item(had, i));
        if (!out->had.at[i])
            return FAIL(err, ERR_INVALID, "selection: had must be a list of texts");
    }
    return true;
}

bool selection_read(struct arena *arena, const struct json *object, struct selection *out, struct err *err)
{
    const struct json *families = NULL, *models = NULL, *sites = NULL, *tags = NULL, *devices = NULL,
                      *pairs = NULL, *had = NULL;
    int64_t changed_by = 0;
    const struct json_field fields[] = {
        JSON_OPT_LIST_OF("families", families, SELECTION_ITEMS_MAX),
        JSON_OPT_LIST_OF("models", models, SELECTION_ITEMS_MAX),
        JSON_OPT_LIST_OF("sites", sites, SELECTION_ITEMS_MAX),
        JSON_OPT_LIST_OF("tags", tags, SELECTION_ITEMS_MAX),
        JSON_OPT_LIST_OF("devices", devices, SELECTION_ITEMS_MAX),
        JSON_OPT_OBJECT_OF("attributes", pairs),
        JSON_OPT_INT("changed_by", changed_by, 1, INT64_MAX),
        JSON_OPT_LIST_OF("had", had, SELECTION_ITEMS_MAX),
    };
    struct selection s = {0};

    if (!json_read(object, fields, COUNT(fields), err))
        return err_within(err, "selection");
    if (!texts_read(arena, families, "families", &s.families, err) ||
        !texts_read(arena, models, "models", &s.models, err) ||
        !texts_read(arena, sites, "sites", &s.sites, err) || !texts_read(arena, tags, "tags", &s.tags, err) ||
        !texts_read(arena, devices, "devices", &s.devices, err) || !attributes_read(arena, pairs, &s, err))
        return false;
    if (!changed_read(arena, changed_by, had, &s, err))
        return false;
    s.needs_details = s.tags.count > 0 || s.attribute_count > 0 || s.changed_by > 0;
    *out = s;
    return true;
}

bool selection_text(struct arena *arena, const char *json, struct selection *out, struct err *err)
{
    const struct json *object;

    return json_parse(arena, span_of(json), &object, err) && selection_read(arena, object, out, err);
}

bool texts_have(const struct texts *texts, const char *text)
{
    for (size_t i = 0; i < texts->count; i++)
        if (text_equal(texts->at[i], text))
            return true;
    return false;
}

static bool asks_nothing_or_has(const struct texts *texts, const char *text)
{
    return texts->count == 0 || texts_have(texts, text);
}

bool selection_may_match(const struct selection *s, const struct device *device)
{
    return asks_nothing_or_has(&s->families, device->family) &&
           asks_nothing_or_has(&s->models, device->model) && asks_nothing_or_has(&s->sites, device->site) &&
           asks_nothing_or_has(&s->devices, device->controller_id);
}

static bool has_tag(const struct device_facts *facts, const char *tag)
{
    for (size_t i = 0; i < facts->tag_count; i++)
        if (text_equal(facts->tags[i], tag))
            return true;
    return false;
}

static bool has_attribute(const struct device_facts *facts, const struct device_pair *wanted)
{
    for (size_t i = 0; i < facts->attribute_count; i++)
        if (text_equal(facts->attributes[i].name, wanted->name))
            return text_equal(facts->attributes[i].value, wanted->value);
    return false;
}

static bool was_changed(const struct selection *s, const struct device_facts *facts)
{
    for (size_t i = 0; i < facts->change_count; i++)
        if (facts->changes[i].rollout_id == s->changed_by)
            return asks_nothing_or_has(&s->had, facts->changes[i].had);
    return s->changed_by == 0;
}

bool selection_matches(const struct selection *s, const struct device_facts *facts)
{
    bool is_tagged = s->tags.count == 0;

    if (!selection_may_match(s, facts->device))
        return false;
    for (size_t i = 0; i < s->tags.count && !is_tagged; i++)
        is_tagged = has_tag(facts, s->tags.at[i]);
    for (size_t i = 0; i < s->attribute_count && is_tagged; i++)
        is_tagged = has_attribute(facts, &s->attributes[i]);
    return is_tagged && was_changed(s, facts);
}

int64_t selection_rank(int64_t rollout_id, const char *controller_id)
{
    char id[24];

    snprintf(id, sizeof(id), "%" PRId64, rollout_id);
    return (int64_t)(hash_rank(span_of(id), span_of(controller_id)) >> 1);
}

static int by_rank(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static bool is_chosen(const struct rollout_stage *stage, int64_t rank)
{
    return stage->chosen_count && bsearch(&rank, stage->chosen, stage->chosen_count, sizeof(rank), by_rank);
}

int64_t selection_stage(const struct rollout_stage *stages, size_t count, int64_t rank,
                        const struct device_facts *facts)
{
    for (size_t i = 0; i < count; i++)
        if (stages[i].kind == STAGE_GROUP && has_tag(facts, stages[i].tag))
            return (int64_t)i;
    for (size_t i = 0; i < count; i++)
        if (stages[i].kind == STAGE_CANARY && is_chosen(&stages[i], rank))
            return (int64_t)i;
    for (size_t i = 0; i < count; i++)
        if (stages[i].kind != STAGE_GROUP && stages[i].kind != STAGE_CANARY && rank < stages[i].rank_below)
            return (int64_t)i;
    return -1;
}
