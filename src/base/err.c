#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

/* clang-format off */
static const struct {
    const char *word;
    int status;
} codes[ERR__MAX] = {
    [ERR_NONE]           = {"none",           200},
    [ERR_INVALID]        = {"invalid",        400},
    [ERR_UNKNOWN_WHO]    = {"unknown_who",    401},
    [ERR_FORBIDDEN]      = {"forbidden",      403},
    [ERR_NOT_FOUND]      = {"not_found",      404},
    [ERR_NOT_ALLOWED]    = {"not_allowed",    405},
    [ERR_NOT_ACCEPTABLE] = {"not_acceptable", 406},
    [ERR_CONFLICT]       = {"conflict",       409},
    [ERR_GONE]           = {"gone",           410},
    [ERR_PRECONDITION]   = {"precondition",   412},
    [ERR_TOO_LARGE]      = {"too_large",      413},
    [ERR_MEDIA_TYPE]     = {"media_type",     415},
    [ERR_RANGE]          = {"range",          416},
    [ERR_LOCKED]         = {"locked",         423},
    [ERR_TOO_MANY]       = {"too_many",       429},
    [ERR_CHECKSUM]       = {"checksum",       460},
    [ERR_CORRUPT]        = {"corrupt",        500},
    [ERR_IO]             = {"io",             500},
    [ERR_BUSY]           = {"busy",           503},
    [ERR_NO_SPACE]       = {"no_space",       507},
};
/* clang-format on */

const char *err_word(enum err_code code)
{
    return (unsigned)code < ERR__MAX ? codes[code].word : "unknown";
}

int err_status(enum err_code code)
{
    return (unsigned)code < ERR__MAX ? codes[code].status : 500;
}

bool err_raise(struct err *err, enum err_code code, const char *file, int line, const char *format, ...)
{
    char text[sizeof(err->text)]; /* the arguments may point into err->text */
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    memcpy(err->text, text, sizeof(text));
    err->code = code;
    err->file = file;
    err->line = line;
    return false;
}

/* Appends what fits; the rest is cut. */
static size_t append(char *out, size_t room, size_t size, const char *text)
{
    size_t more = strlen(text);

    if (more > room - 1 - size)
        more = room - 1 - size;
    memcpy(out + size, text, more);
    out[size + more] = '\0';
    return size + more;
}

bool err_within(struct err *err, const char *format, ...)
{
    char joined[sizeof(err->text)];
    va_list args;

    va_start(args, format);
    vsnprintf(joined, sizeof(joined), format, args);
    va_end(args);
    size_t size = append(joined, sizeof(joined), strlen(joined), ": ");
    append(joined, sizeof(joined), size, err->text);
    memcpy(err->text, joined, sizeof(joined));
    return false;
}

bool err_errno(struct err *err, const char *file, int line, const char *what)
{
    int number = errno;
    enum err_code code = ERR_IO;

    if (number == ENOSPC || number == EDQUOT)
        code = ERR_NO_SPACE;
    else if (number == ENOENT)
        code = ERR_NOT_FOUND;
    else if (number == EMFILE || number == ENFILE)
        code = ERR_BUSY; /* others will close theirs */
    return err_raise(err, code, file, line, "%s: %s", what, strerror(number));
}
