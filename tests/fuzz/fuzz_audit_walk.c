/* Any bytes as an export of the audit log: refused with a reason, or whole. Checkpoints are not verified
 * here, so that their form is reached. */
#include "tools/common/audit_walk.h"

#include <stdlib.h>

#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct audit_walk *walk = audit_walk_new(arena, NULL, 0);
    struct span rest = span_make(data, size), line;
    struct audit_walk_end end;
    struct err err = {0};
    bool is_sound = true;
    int64_t lines = 0;

    while (is_sound && text_split(&rest, '\n', &line)) {
        is_sound = audit_walk_line(walk, line, &err);
        lines++;
    }
    is_sound = is_sound && audit_walk_end(walk, &end, &err);
    if (!is_sound)
        must(err.code != ERR_NONE && !text_blank(err.text));
    else
        must(end.count + end.checkpoints + 1 == lines && end.covered <= end.count && !text_blank(end.tenant));
    return 0;
}
