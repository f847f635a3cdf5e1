#include "domain/failure.h"

#include "base/mutant.h"
#include "base/text.h"
#include "model/action.h"

const char *const failure_class_name[FAILURE_CLASS__MAX] = {"transient", "site", "device", "package"};

bool failure_class_parse(const char *text, enum failure_class *out)
{
    for (int i = 0; i < FAILURE_CLASS__MAX; i++)
        if (text_equal(text, failure_class_name[i])) {
            *out = (enum failure_class)i;
            return true;
        }
    return false;
}

/* The first row that fits decides: code 0 fits any, words are looked for without case. Codes are those of
 * sysexits.h, which installers of our agent and of stock clients end with; words are theirs, libcurl's and
 * the kernel's. */
/* clang-format off */
static const struct {
    int64_t code;
    const char *words;
    enum failure_class is;
} rows[] = {
    { 75, "",                         FAILURE_TRANSIENT }, /* EX_TEMPFAIL    */
    { 68, "",                         FAILURE_SITE      }, /* EX_NOHOST      */
    { 69, "",                         FAILURE_SITE      }, /* EX_UNAVAILABLE */
    { 71, "",                         FAILURE_DEVICE    }, /* EX_OSERR       */
    { 74, "",                         FAILURE_DEVICE    }, /* EX_IOERR       */
    { 65, "",                         FAILURE_PACKAGE   }, /* EX_DATAERR     */
    { REPORT_WAITING_IDLE, "",        FAILURE_DEVICE    }, /* in use all night, says our agent */

    { 0,  "signature",                FAILURE_PACKAGE   },
    { 0,  "signed",                   FAILURE_PACKAGE   },
    { 0,  "checksum",                 FAILURE_PACKAGE   },
    { 0,  "hash",                     FAILURE_PACKAGE   },
    { 0,  "not made for",             FAILURE_PACKAGE   },
    { 0,  "self-test",                FAILURE_PACKAGE   },
    { 0,  "selftest",                 FAILURE_PACKAGE   },
    { 0,  "after the restart",        FAILURE_PACKAGE   },

    { 0,  "no space",                 FAILURE_DEVICE    },
    { 0,  "disk full",                FAILURE_DEVICE    },
    { 0,  "not enough memory",        FAILURE_DEVICE    },
    { 0,  "out of memory",            FAILURE_DEVICE    },
    { 0,  "read-only file system",    FAILURE_DEVICE    },
    { 0,  "input/output error",       FAILURE_DEVICE    },
    { 0,  "bad block",                FAILURE_DEVICE    },

    { 0,  "proxy",                    FAILURE_SITE      },
    { 0,  "resolve",                  FAILURE_SITE      },
    { 0,  "certificate",              FAILURE_SITE      },
    { 0,  "no route to host",         FAILURE_SITE      },
    { 0,  "network is unreachable",   FAILURE_SITE      },
    { 0,  "connection refused",       FAILURE_SITE      },

    { 0,  "timeout",                  FAILURE_TRANSIENT },
    { 0,  "timed out",                FAILURE_TRANSIENT },
    { 0,  "cut off",                  FAILURE_TRANSIENT },
    { 0,  "connection reset",         FAILURE_TRANSIENT },
    { 0,  "transfer closed",          FAILURE_TRANSIENT },
    { 0,  "partial file",             FAILURE_TRANSIENT },
    { 0,  "temporar",                 FAILURE_TRANSIENT },
    { 0,  "try again",                FAILURE_TRANSIENT },
    { 0,  "busy",                     FAILURE_TRANSIENT },
    { 0,  "power",                    FAILURE_TRANSIENT },
    { 0,  "interrupted",              FAILURE_TRANSIENT },
};
static const struct {
    int64_t first_min, factor; /* 0: not by itself */
} pauses[FAILURE_CLASS__MAX] = {
    [FAILURE_TRANSIENT] = { 5,  3 },
    [FAILURE_SITE]      = { 30, 2 },
};
/* clang-format on */

enum failure_class failure_of(int64_t code, const char *error)
{
    for (size_t i = 0; i < COUNT(rows); i++)
        if ((rows[i].code == 0 || rows[i].code == code) &&
            (!*rows[i].words || strcasestr(error, rows[i].words)))
            return rows[i].is;
    return FAILURE_PACKAGE;
}

/* Over what is left of this night, and before the next begins. */
#define NIGHT_PAUSE_MS (8 * 3600 * 1000LL)

int64_t failure_pause_ms(enum failure_class failure, int64_t tries, int64_t max_tries)
{
    int64_t pause = pauses[failure].first_min;

    if (!MUTANT_IS(5) && (tries >= max_tries || tries >= TRIES_MAX))
        return 0;
    for (int64_t i = 1; i < tries && pause < 8 * 60; i++)
        pause *= pauses[failure].factor;
    return pause * 60000;
}

int64_t failure_retry_ms(int64_t code, const char *error, int64_t tries, int64_t max_tries)
{
    if (code == REPORT_WAITING_IDLE)
        return tries < TRIES_MAX ? NIGHT_PAUSE_MS : 0;
    return failure_pause_ms(failure_of(code, error), tries, max_tries);
}
