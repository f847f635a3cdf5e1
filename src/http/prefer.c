#include "http/prefer.h"

#include <strings.h>

#include "base/text.h"

#define WAIT_DIGITS 9

/* `wait=10`, `Wait = "10" ; anything`. -1: another preference. */
static int64_t wait_of(struct span one)
{
    struct span preference = {NULL, 0}, name = {NULL, 0};
    int64_t seconds = 0;

    text_split(&one, ';', &preference);
    text_split(&preference, '=', &name);
    name = text_trim(name);
    preference = text_trim(preference);
    if (name.size != 4 || strncasecmp(name.at, "wait", 4) != 0)
        return -1;
    if (preference.size >= 2 && preference.at[0] == '"' && preference.at[preference.size - 1] == '"')
        preference = span_make(preference.at + 1, preference.size - 2);
    if (preference.size == 0 || preference.size > WAIT_DIGITS)
        return 0;
    for (size_t i = 0; i < preference.size; i++) {
        if (preference.at[i] < '0' || preference.at[i] > '9')
            return 0;
        seconds = seconds * 10 + (preference.at[i] - '0');
    }
    return seconds;
}

int64_t prefer_wait_s(const struct req *req)
{
    for (size_t i = 0; i < req->header_count; i++) {
        struct span all = span_of(req->headers[i].value), one;

        if (strcasecmp(req->headers[i].name, "Prefer") != 0)
            continue;
        while (text_split(&all, ',', &one)) {
            int64_t seconds = wait_of(one);

            if (seconds >= 0)
                return seconds;
        }
    }
    return 0;
}
