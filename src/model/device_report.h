/* What is kept of a device's signed reports. Plain facts. */
#pragma once

#include "base/base.h"

struct device_report_row {
    int64_t device_id;
    const char *public_key;            /* that it has registered */
    int64_t counter;                   /* of the last report; 0: it has sent none with this key */
    const char *report;                /* as it came, or "" */
    const char *attack;                /* a name of signing/attack.h */
    int64_t image_root, director_root; /* versions that it trusts */
    int64_t received_ms;
};
