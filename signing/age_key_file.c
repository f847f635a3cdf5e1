#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "signing/age_armor.h"
#include "signing/age_parts.h"
#include "signing/age_stream.h"
#include "signing/key_parts.h"

#define FILE_BYTES_MAX (16 * 1024)
#define OPEN_LABEL "# public key: "
#define TEXT_CHARS (sizeof(OPEN_LABEL) + AGE_RECIPIENT_CHARS + AGE_IDENTITY_CHARS + 2)

/* A key file in locked memory. */
struct page {
    size_t size;
    char text[FILE_BYTES_MAX + 1];
};

static void page_freep(struct page **page)
{
    sodium_free(*page);
    *page = NULL;
}

static bool page_add(void *to, struct span bytes, struct err *err)
{
    struct page *page = to;

    if (bytes.size > FILE_BYTES_MAX - page->size)
        return FAIL(err, ERR_TOO_LARGE, "age key: a key file has at most %d bytes", FILE_BYTES_MAX);
    memcpy(page->text + page->size, bytes.at, bytes.size);
    page->size += bytes.size;
    return true;
}

/* ---- saving -------------------------------------------------------------------- */

static bool buf_sink(void *to, struct span bytes, struct err *err)
{
    (void)err;
    buf_add(to, bytes);
    return true;
}

static bool armor_sink(void *to, struct span bytes, struct err *err)
{
    return age_armor_writer_push(to, bytes, err);
}

static bool seal(struct span text, const struct age_identity *passphrase, struct buf *out, struct err *err)
{
    AUTO(age_armor_writer_freep) struct age_armor_writer *armor = NULL;
    AUTO(age_seal_freep) struct age_seal *sealing = NULL;
    const struct age_to to = {.passphrase = passphrase};

    age_armor_writer_begin(&(struct age_sink){buf_sink, out}, &armor);
    return age_seal_begin(&to, &(struct age_sink){armor_sink, armor}, &sealing, err) &&
           age_seal_push(sealing, text, err) && age_seal_end(sealing, err) &&
           age_armor_writer_end(armor, err);
}

static struct span print(const struct age_identity *identity, char *text)
{
    char open[AGE_RECIPIENT_CHARS + 1];
    size_t size;

    age_recipient_text(&identity->open, open);
    size = (size_t)snprintf(text, TEXT_CHARS, OPEN_LABEL "%s\n", open);
    age_identity_text(identity, text + size);
    text[size + AGE_IDENTITY_CHARS] = '\n';
    return span_make(text, size + AGE_IDENTITY_CHARS + 1);
}

bool age_key_file_save(const struct age_identity *identity, const char *path,
                       const struct age_identity *passphrase, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    AUTO(age_locked_freep) uint8_t *text = age_locked_new(TEXT_CHARS);
    struct buf sealed = {.arena = arena};

    if (age_identity_is_passphrase(identity))
        return FAIL(err, ERR_INVALID, "age key: a passphrase has no key file");
    struct span plain = print(identity, (char *)text);
    if (!passphrase)
        return key_file_save_new(path, plain, 0600, err);
    return seal(plain, passphrase, &sealed, err) && key_file_save_new(path, buf_span(&sealed), 0600, err);
}

/* ---- loading ------------------------------------------------------------------- */

static bool read_whole(int fd, const char *path, struct page *page, struct err *err)
{
    for (;;) {
        ssize_t got = read(fd, page->text + page->size, sizeof(page->text) - page->size);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return FAIL_ERRNO(err, path);
        if (got == 0)
            return true;
        page->size += (size_t)got;
        if (page->size > FILE_BYTES_MAX)
            return FAIL(err, ERR_TOO_LARGE, "age key: a key file has at most %d bytes", FILE_BYTES_MAX);
    }
}

static bool page_load(const char *path, struct page *page, struct err *err)
{
    AUTO(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat info;

    if (fd < 0 || fstat(fd, &info) != 0)
        return FAIL_ERRNO(err, path);
    if (!S_ISREG(info.st_mode))
        return FAIL(err, ERR_INVALID, "age key: that is not a file");
    if (info.st_mode & 077)
        return FAIL(err, ERR_FORBIDDEN,
                    "age key: others may read this key; run chmod 600 on it, and replace it if they did");
    return read_whole(fd, path, page, err);
}

static bool open_sink(void *to, struct span bytes, struct err *err)
{
    return age_open_push(to, bytes, err);
}

static bool unseal(const struct page *page, const struct age_identity *passphrase, struct page *out,
                   struct err *err)
{
    AUTO(age_armor_reader_freep) struct age_armor_reader *armor = NULL;
    AUTO(age_open_freep) struct age_open *opening = NULL;
    struct span bytes = span_make(page->text, page->size);

    if (!passphrase)
        return FAIL(err, ERR_FORBIDDEN, "age key: the file is sealed; give its passphrase");
    age_open_begin(&(struct age_by){&passphrase, 1}, &(struct age_sink){page_add, out}, &opening);
    if (!age_is_armor(bytes))
        return age_open_push(opening, bytes, err) && age_open_end(opening, err);
    age_armor_reader_begin(&(struct age_sink){open_sink, opening}, &armor);
    return age_armor_reader_push(armor, bytes, err) && age_armor_reader_end(armor, err) &&
           age_open_end(opening, err);
}

static bool parse(const struct page *page, struct age_identity **out, struct err *err)
{
    AUTO(age_identity_freep) struct age_identity *identity = NULL;
    struct span rest = span_make(page->text, page->size), line;

    while (text_split(&rest, '\n', &line)) {
        line.size -= line.size > 0 && line.at[line.size - 1] == '\r';
        if (line.size == 0 || line.at[0] == '#')
            continue;
        if (identity)
            return FAIL(err, ERR_INVALID, "age key: more than one identity in the file");
        if (!age_identity_parse(line, &identity, err))
            return false;
    }
    if (!identity)
        return FAIL(err, ERR_INVALID, "age key: no identity in the file");
    *out = identity;
    identity = NULL;
    return true;
}

static bool is_sealed(const struct page *page)
{
    static const char begins[] = "age-encryption.org/";

    return age_is_armor(span_make(page->text, page->size)) ||
           (page->size >= sizeof(begins) - 1 && memcmp(page->text, begins, sizeof(begins) - 1) == 0);
}

static bool load(const char *path, const struct age_identity *passphrase, struct age_identity **out,
                 struct err *err)
{
    AUTO(page_freep) struct page *page = age_locked_new(sizeof(*page));
    AUTO(page_freep) struct page *open = age_locked_new(sizeof(*open));

    if (!page_load(path, page, err))
        return false;
    if (!is_sealed(page))
        return parse(page, out, err);
    return unseal(page, passphrase, open, err) && parse(open, out, err);
}

bool age_key_file_load(const char *path, const struct age_identity *passphrase, struct age_identity **out,
                       struct err *err)
{
    return load(path, passphrase, out, err) || err_within(err, "%s", path);
}
