/* TUF files as texts, for tests of what our writer never writes. */
#pragma once

#include "support/unit.h"

/* A file as somebody else writes it: common members, then the rest of the body. */
static inline struct span file_of(struct unit *unit, const char *type, const char *rest)
{
    return span_of(arena_printf(unit->arena,
                                "{\"signatures\":[],\"signed\":{\"_type\":\"%s\",\"spec_version\":\"1.0.31\","
                                "\"version\":3,\"expires\":\"2026-09-02T10:15:00Z\"%s}}",
                                type, rest));
}

static inline char *replaced(struct unit *unit, const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);

    if (!at)
        fail_msg("no %s in %s", from, text);
    return arena_printf(unit->arena, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}
