#include "store/stop.h"

#include <unistd.h>

#include "base/log.h"

static void (*hook)(const char *what); /* set before the first thread, in tests only */

void store_stop_hook(void (*fn)(const char *what))
{
    hook = fn;
}

void store_stop(const char *what)
{
    log_say(LOG_ERROR, "store.stop", "reason", what, NULL);
    if (!hook)
        _exit(STOP_STATUS);
    hook(what);
}

bool store_stop_unless_full(const struct err *err)
{
    if (err->code != ERR_NO_SPACE)
        store_stop(err->text);
    return false;
}
