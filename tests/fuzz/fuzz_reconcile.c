/* Any bytes as the log of a device and, after a line "--", as the log of a service: refused with a reason, or
 * counted. */
#include "tools/common/reconcile.h"

#include <stdlib.h>

#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    const char *text = arena_text(arena, span_make(data, size)), *cut = strstr(text, "\n--\n");
    struct span device = cut ? span_make(text, (size_t)(cut + 1 - text)) : span_make(text, size);
    struct span service = cut ? span_of(cut + 4) : span_of("");
    struct reconciled out;
    struct err err = {0};

    if (!reconcile(arena, "mfp-1", device, service, &out, &err)) {
        if (err.code == ERR_NONE || text_blank(err.text))
            abort();
    } else if (out.agreed < 0 || (out.unheard + out.unsaid + out.different > 0) != (out.findings.size > 0)) {
        abort();
    }
    return 0;
}
