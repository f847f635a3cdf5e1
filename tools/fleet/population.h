/* Who the simulated machines are, and what will happen to them: a pure function of seed and number. The same
 * seed makes the same machines with the same fates, whatever the network does. */
#pragma once

#include "base/arena.h"
#include "base/base.h"

struct names {
    const char *const *at;
    size_t count;
};

struct population { /* what is asked for */
    int64_t seed;
    struct names families, models, zones, components;
    const char *start_version;
    const char *option, *told; /* "finisher", "option.finisher": each has one of `choices`; NULL: no option */
    struct names choices;      /* named twice: twice as often */
    const char *bad_choice;    /* those machines fail, whatever fail_percent says; NULL: none */
    int64_t fail_percent, cut_percent, power_cut_percent, slow_percent, busy_percent;
    int64_t busy_most_min; /* at a stretch; 0: 90 */
};

#define MACHINE_CUTS_MAX 2

struct machine_facts {
    const char *id, *family, *model, *serial, *zone;
    const char *choice; /* of the option; "" without one */
    bool fails, is_slow, is_power_cut_flashing, is_power_cut_loading;
    int64_t busy_ms;                        /* of the local day it is busy so long at a stretch; 0: never */
    size_t cuts;                            /* how often a download of it is cut */
    int64_t cut_permille[MACHINE_CUTS_MAX]; /* where, of a file's bytes, ascending */
    uint64_t salt;                          /* for the choices that follow */
};

/* Texts are in the arena or borrowed from the population. */
void population_make(struct arena *arena, const struct population *population, size_t number,
                     struct machine_facts *out);
/* The zones of a fleet that nobody described: 60 % of the machines stand in the first. */
extern const struct names population_zones;
extern const struct names population_components;
/* 0 .. below - 1, always the same for this machine and this word. */
uint64_t machine_choice(const struct machine_facts *facts, const char *word, uint64_t below);
