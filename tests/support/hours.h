/* One device in Berlin and its rollout, asked at any hour: what it is told, and what people are told. */
#pragma once

#include "support/rollouts.h"
#include "support/unit.h"

#define HOURS_TUESDAY_MS 1790035200000LL /* 2026-09-22 00:00 UTC, 02:00 in Berlin */
#define HOURS_BERLIN(window) "{\"zone\":\"Europe/Berlin\",\"window\":" window "}"
#define HOURS_NIGHT "{\"start\":\"22:00\",\"end\":\"05:00\"}"

struct hours {
    struct ops *ops;
    int64_t rollout;
};

/* "mfp-0" with that quirk at that site (HOURS_BERLIN), and a started rollout; an install takes twelve minutes. */
struct hours hours_scene(struct unit *unit, const char *site, const char *more, const char *quirk);
/* It is that many hours after HOURS_TUESDAY_MS. */
void hours_at(struct hours *s, double hours);
/* "forced skip available": what its deployment says; "" when it is shown none. */
const char *hours_told(struct hours *s);
/* Metadata of its deployment, or NULL. */
const char *hours_meta(struct hours *s, const char *key);
/* "code until code -": what stands between it and its target. */
const char *hours_why(struct hours *s);
/* Asks, and fails the test unless it was done. */
void hours_must(struct ops *ops, const char *role, const char *method, const char *path, const char *body);
