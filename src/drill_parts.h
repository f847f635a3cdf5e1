/* What the files of the drill share. */
#pragma once

#include "domain/world.h"
#include "model/backup.h"
#include "signing/age.h"

enum drill_verdict {
    DRILL_VERIFIED,
    DRILL_UNOPENED, /* none of the keys opens it, or there was no key */
    DRILL_WRONG,    /* opened, and not what it should be; or its bytes are gone or changed */
    DRILL_VERDICT__MAX
};

struct drill_row {
    const struct backup *backup;
    const char *device;
    enum drill_verdict verdict;
    const char *why; /* "" when verified */
    const char *tar_sha256;
};

struct drill_wish {
    const char *dir, *out, *identity, *report, *sign;
    int64_t sample; /* -1: all */
    int64_t seed;
    bool is_json;
};

struct drill {
    struct arena *arena;
    struct drill_wish wish;
    struct settings settings;
    struct world world;
    struct age_identity *identity; /* --identity */
    struct backup *backups;        /* that are there, of every tenant */
    size_t there, gone;
    struct drill_row *rows; /* those chosen */
    size_t chosen;
    int64_t counts[DRILL_VERDICT__MAX];
    int64_t bytes, took_ms, began_ms;
};

/* drill_open.c: opens one and judges it. Refuses only when the drill cannot go on (its own disk is full). */
bool drill_open_one(struct drill *drill, struct drill_row *row, struct err *err) CHECKED;

/* drill_report.c: the signed report, to --report, and what people read, to stdout. */
bool drill_report(struct drill *drill, struct err *err) CHECKED;
bool drill_is_well(const struct drill *drill);
