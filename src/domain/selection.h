/* Which devices a rollout is for. Pure. Lists are "any of", the lists together "all of"; an empty list asks nothing.
 * Whatever is selected, a device must also be of the release's family and one of its models. */
#pragma once

#include "base/json.h"
#include "domain/plans.h"

#define SELECTION_ITEMS_MAX 1000 /* in one list */

struct texts {
    const char **at;
    size_t count;
};

struct selection {
    struct texts families, models, sites, tags, devices;
    struct device_pair *attributes;
    size_t attribute_count;
    int64_t changed_by; /* devices that this rollout changed; 0: not asked ... */
    struct texts had;   /* ... from one of these versions; "" : from an unknown one */
    bool needs_details; /* tags, attributes or changes must be read to decide */
};

/* From a rollout's JSON; an unknown member is refused by name. Text lives in the arena. */
bool selection_read(struct arena *arena, const struct json *object, struct selection *out,
                    struct err *err) CHECKED;
bool selection_text(struct arena *arena, const char *json, struct selection *out, struct err *err) CHECKED;
/* By family, model, site and id alone: false means certainly not. */
bool selection_may_match(const struct selection *selection, const struct device *device);
bool selection_matches(const struct selection *selection, const struct device_facts *facts);
bool texts_have(const struct texts *texts, const char *text);

/* The stable place of a device in a rollout, 0..2^63-1: the same on every server, for ever. */
int64_t selection_rank(int64_t rollout_id, const char *controller_id);
/* The stage that holds it, or -1: named groups first, then those chosen as canaries,
 * then by rank. */
int64_t selection_stage(const struct rollout_stage *stages, size_t count, int64_t rank,
                        const struct device_facts *facts);
