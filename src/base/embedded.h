/* Files that travel inside the program: schema steps, web pages, openapi.json. Sorted by name. */
#pragma once

#include "base/base.h"

struct embedded {
    const char *name;
    const char *at; /* NUL follows the last byte */
    size_t size;
};
extern const struct embedded embedded_files[];  /* ends with a NULL name */
extern const struct embedded embedded_models[]; /* of tools/models/, the same way */
