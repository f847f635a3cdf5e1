/* Whatever a calendar says: it is refused as invalid, or its days ascend, lie around today and can be written
 * down. And a rule that is read gives days that ascend. */
#include <stdlib.h>

#include "base/text.h"
#include "domain/calendar.h"
#include "domain/recurrence.h"

#define TODAY 20800

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_rule(struct arena *arena, struct span text)
{
    struct recurrence rule;
    struct err err = {0};
    int64_t last = TODAY - 1;

    if (memchr(text.at, 0, text.size) || !recurrence_read(arena_text(arena, text), &rule, &err))
        return;
    for (int i = 0; i < 5; i++) {
        int64_t day = recurrence_next(&rule, TODAY - 1000, last + 1);

        must(day > last);
        if (day == RECURRENCE_NEVER)
            break;
        last = day;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct calendar_day *days;
    struct err err = {0};
    size_t count;

    if (size == 0 || size > 64 * 1024)
        return 0;
    check_rule(arena, span_make(data, size));
    if (!calendar_read(arena, span_make(data, size), TODAY, &days, &count, &err)) {
        must(err.code == ERR_INVALID);
        return 0;
    }
    must(count > 0 && count <= CALENDAR_DAYS_MAX);
    for (size_t i = 0; i < count; i++) {
        must(i == 0 || days[i].day > days[i - 1].day);
        must(days[i].day >= TODAY - CALENDAR_DAYS_BACK && days[i].day <= TODAY + RECURRENCE_HORIZON);
        must(text_is_utf8(span_of(days[i].name)));
    }
    return 0;
}
