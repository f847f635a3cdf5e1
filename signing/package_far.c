#include "signing/package_far.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "signing/parser_frame.h"
#include "signing/parser_parts.h"

#define WAIT_MS 30000 /* at a time, for a parser that may be one of many */
#define NAME_MAX_BYTES 256

struct package_far {
    const struct parser *parser; /* NULL: nobody to blame but the archive */
    int fd;
    struct parser_patience patience;
    int64_t patience_ms; /* as it was at first */
    int64_t file_size, bytes_max, entries_max;
    int64_t entries, left, total; /* left: of the entry, as it declared */
    bool is_over;                 /* nothing follows: the archive ended, or was refused */
    bool is_broken;
    bool is_inside; /* an entry's last frame has not come */
    char name[NAME_MAX_BYTES];
    char piece[PARSER_BYTES_MAX];
};

struct package_far *package_far_hear(int answer, int64_t file_size, const struct package_limits *limits,
                                     int64_t patience_ms)
{
    struct package_far *far = calloc(1, sizeof(*far));

    if (!far)
        abort();
    far->fd = answer;
    far->patience = (struct parser_patience){WAIT_MS, patience_ms};
    far->patience_ms = patience_ms;
    far->file_size = file_size;
    far->bytes_max = limits->bytes_max;
    far->entries_max = limits->entries_max;
    return far;
}

bool package_far_open(struct parser *parser, int fd, const struct package_limits *limits,
                      struct package_far **out, struct err *err)
{
    struct stat info;
    int answer;

    if (fstat(fd, &info) != 0)
        return FAIL_ERRNO(err, "reading the package");
    if (!parser_ask(parser, fd, limits, &answer, err))
        return false;
    *out = package_far_hear(answer, info.st_size, limits, parser_patience_ms(info.st_size, limits));
    (*out)->parser = parser;
    return true;
}

void package_far_closep(struct package_far **far)
{
    if (!*far)
        return;
    fd_closep(&(*far)->fd);
    explicit_bzero(*far, sizeof(**far));
    free(*far);
    *far = NULL;
}

/* ---- its word is a stranger's ---------------------------------------------------------------------------------- */

static enum package_step odd(struct package_far *far, struct err *err)
{
    far->is_over = far->is_broken = true;
    (void)FAIL(err, ERR_INVALID,
               "the archive made the process that takes it apart say what it must not; it is refused");
    return STEP_FAILED;
}

/* It broke, or used up its time or its memory: this archive's doing, as far as anybody can know, unless the keeper is
 * gone as well. */
static enum package_step broken(struct package_far *far, struct err *err)
{
    struct err how = *err;

    far->is_over = far->is_broken = true;
    if (far->parser && !parser_is_there(far->parser, err))
        return STEP_FAILED;
    if (far->patience.left_ms == 0)
        (void)FAIL(err, ERR_INVALID,
                   "the process that takes the archive apart kept the service waiting for %lld s in all; it "
                   "is refused",
                   (long long)(far->patience_ms / 1000));
    else
        (void)FAIL(err, ERR_INVALID, "the archive broke the process that takes it apart (%s); it is refused",
                   how.text);
    return STEP_FAILED;
}

static enum package_step refused(struct package_far *far, const struct parser_frame *frame, struct err *err)
{
    far->is_over = true;
    if (frame->number <= ERR_NONE || frame->number >= ERR__MAX || frame->size == 0)
        return odd(far, err);
    for (uint32_t i = 0; i < frame->size; i++)
        if ((unsigned char)far->piece[i] < 0x20)
            return odd(far, err);
    (void)FAIL(err, (enum err_code)frame->number, "%.*s", (int)frame->size, far->piece);
    return STEP_FAILED;
}

static bool get(struct package_far *far, struct parser_frame *out, struct err *err)
{
    return parser_frame_get(far->fd, &far->patience, out, far->piece, err);
}

static bool entry_fits(struct package_far *far, const struct parser_frame *frame)
{
    struct err ignored;

    if (frame->size == 0 || frame->size >= NAME_MAX_BYTES || ++far->entries > far->entries_max ||
        frame->number > far->bytes_max - far->total)
        return false;
    memcpy(far->name, far->piece, frame->size);
    far->name[frame->size] = '\0';
    return strlen(far->name) == frame->size && manifest_file_check(far->name, &ignored);
}

enum package_step package_far_entry(struct package_far *far, struct package_entry *out, struct err *err)
{
    struct parser_frame frame;
    enum package_step step = STEP_MORE;
    struct span skipped;

    if (far->is_over)
        return odd(far, err);
    while (far->is_inside && step == STEP_MORE)
        step = package_far_bytes(far, &skipped, err);
    if (step == STEP_FAILED)
        return step;
    if (!get(far, &frame, err))
        return broken(far, err);
    if (frame.kind == PARSER_FAILED)
        return refused(far, &frame, err);
    if (frame.kind == PARSER_END) {
        far->is_over = true;
        return STEP_END;
    }
    if (frame.kind != PARSER_ENTRY || !entry_fits(far, &frame))
        return odd(far, err);
    far->left = frame.number;
    far->total += frame.number;
    far->is_inside = true;
    *out = (struct package_entry){far->name, frame.number};
    return STEP_MORE;
}

enum package_step package_far_bytes(struct package_far *far, struct span *out, struct err *err)
{
    struct parser_frame frame;

    if (far->is_over || !far->is_inside)
        return odd(far, err);
    if (!get(far, &frame, err))
        return broken(far, err);
    if (frame.kind == PARSER_FAILED)
        return refused(far, &frame, err);
    if (frame.kind == PARSER_LAST && far->left == 0) {
        far->is_inside = false;
        return STEP_END;
    }
    if (frame.kind != PARSER_BYTES || frame.size == 0 || (int64_t)frame.size > far->left)
        return odd(far, err);
    far->left -= frame.size;
    *out = span_make(far->piece, frame.size);
    return STEP_MORE;
}

bool package_far_is_broken(const struct package_far *far)
{
    return far->is_broken;
}

int64_t package_far_size(const struct package_far *far)
{
    return far->file_size;
}
