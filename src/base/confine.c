#include "base/confine.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/confine_parts.h"
#include "base/log.h"
#include "base/text.h"

#define LOCK_BYTES (256 * 1024) /* as many keys as a service of some tenants holds */

const char *const confine_profile_name[CONFINE__MAX] = {"service", "signer", "parser"};

bool confine_wish_read(const char *text, enum confine_wish *out, struct err *err)
{
    static const char *const words[] = {"off", "on", "require"};

    for (size_t i = 0; i < COUNT(words); i++) {
        if (text_equal(words[i], text)) {
            *out = (enum confine_wish)i;
            return true;
        }
    }
    return FAIL(err, ERR_INVALID, "sandbox must be off, on or require");
}

/* What is not there is a refusal, or a line in the log. */
static bool is_missing(const struct confine *confine, const char *what, struct err *err)
{
    if (confine->wish == CONFINE_REQUIRE)
        return FAIL(err, ERR_INVALID, "sandbox = require, and this machine lacks: %s", what);
    if (confine->is_often)
        return true;
    log_say(LOG_WARN, "sandbox.lacks", "profile", confine_profile_name[confine->profile], "what", what, NULL);
    return true;
}

/* No core file and no debugger. A leak checker is one: a sanitized build keeps that door. */
static bool close_memory(struct err *err)
{
    if (setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}) != 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) != 0 ||
        (!CONFINE_IS_SANITIZED && prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L) != 0))
        return FAIL_ERRNO(err, "closing the memory to others");
    return true;
}

/* Keys are locked one by one when they come; whether there is room for them shows here. */
static bool check_lock(const struct confine *confine, struct err *err)
{
    void *room = mmap(NULL, LOCK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bool is_locked = room != MAP_FAILED && mlock(room, LOCK_BYTES) == 0;

    if (room != MAP_FAILED)
        munmap(room, LOCK_BYTES);
    return is_locked || is_missing(confine, "locked memory (ulimit -l, LimitMEMLOCK=)", err);
}

static bool close_paths(const struct confine *confine, struct err *err)
{
    struct err why = {0};

    if (confine_paths_apply(confine, &why))
        return true;
    if (why.code == ERR_NOT_FOUND)
        return is_missing(confine, why.text, err);
    *err = why;
    return false;
}

bool confine_begin(const struct confine *confine, struct err *err)
{
    return confine->wish == CONFINE_OFF ||
           (close_memory(err) && (confine->profile == CONFINE_PARSER || check_lock(confine, err)) &&
            close_paths(confine, err));
}

static void tell(const struct confine *confine, int landlock, int count)
{
    char abi[24], calls[24], uid[24];

    snprintf(abi, sizeof(abi), "%d", landlock);
    snprintf(uid, sizeof(uid), "%u", (unsigned)geteuid());
    snprintf(calls, sizeof(calls), "%d", count);
    log_say(LOG_INFO, "sandbox", "profile", confine_profile_name[confine->profile], "landlock_abi", abi,
            "calls_left", count ? calls : NULL, "uid", uid, NULL);
}

bool confine_calls(const struct confine *confine, struct err *err)
{
    int landlock = confine_landlock_abi(), count = 0; /* behind the filter nobody can ask any more */
    struct err why = {0};

    if (confine->wish == CONFINE_OFF)
        return true;
    if (!(confine->filter ? confine_filter_apply(confine->filter, &why)
                          : confine_calls_apply(confine->profile, &count, &why))) {
        if (why.code != ERR_NOT_FOUND) {
            *err = why;
            return false;
        }
        if (!is_missing(confine, why.text, err))
            return false;
    }
    if (!confine->is_often)
        tell(confine, landlock, count);
    return true;
}
