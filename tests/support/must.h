/* MUST() of unit.h where there is no unit: the call fills an `err` that is made for it. */
#pragma once

#include "support/unit.h"

#define MUST_DO(call)                                                                                        \
    do {                                                                                                     \
        struct err err = {0};                                                                                \
        (void)err;                                                                                           \
        if (!(call))                                                                                         \
            fail_msg("%s: %s", #call, err.text);                                                             \
    } while (0)
