#include "signing/key.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "signing/key_parts.h"

#define KEY_MAGIC "nightshift-key-1"
#define PUB_MAGIC "nightshift-pub-1"
#define FILE_BYTES_MAX 2048

/* What a stolen and edited key file may ask of us. */
#define OPS_MAX 16
#define MEMORY_MAX (INT64_C(1) << 30)

#define BOX_BYTES (crypto_sign_SEEDBYTES + crypto_secretbox_MACBYTES)

/* A key file in memory: wiped when the scope ends. */
struct page {
    char text[FILE_BYTES_MAX + 1];
    size_t size;
    mode_t mode;
};

struct lines {
    char *magic, *name, *open, *secret, *limits, *sealed;
};

struct sealed {
    uint8_t salt[crypto_pwhash_SALTBYTES], nonce[crypto_secretbox_NONCEBYTES], box[BOX_BYTES];
    int64_t ops, memory;
};

static void page_wipep(struct page *page)
{
    sodium_memzero(page, sizeof(*page));
}

static bool page_load(const char *path, struct page *page, struct err *err)
{
    AUTO(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat info;

    if (fd < 0 || fstat(fd, &info) != 0)
        return FAIL_ERRNO(err, path);
    if (!S_ISREG(info.st_mode) || info.st_size > FILE_BYTES_MAX)
        return FAIL(err, ERR_INVALID, "%s is not a key file", path);
    ssize_t got = read(fd, page->text, FILE_BYTES_MAX);
    if (got < 0)
        return FAIL_ERRNO(err, path);
    page->size = (size_t)got;
    page->text[got] = '\0';
    if (strlen(page->text) != page->size)
        return FAIL(err, ERR_INVALID, "%s is not a key file", path);
    page->mode = info.st_mode;
    return true;
}

/* Cuts the page into its lines in place. A line that we do not know, or a second one of a kind, is refused.
 */
static bool page_split(struct page *page, struct lines *out)
{
    struct {
        const char *label;
        char **value;
    } known[] = {
        {"name: ", &out->name},     {"public: ", &out->open},   {"secret: ", &out->secret},
        {"limits: ", &out->limits}, {"sealed: ", &out->sealed},
    };
    char *rest = page->text, *line;

    out->magic = strsep(&rest, "\n");
    while (rest && *(line = strsep(&rest, "\n"))) {
        size_t i = 0;

        while (i < COUNT(known) && !text_starts(line, known[i].label))
            i++;
        if (i == COUNT(known) || *known[i].value)
            return false;
        *known[i].value = line + strlen(known[i].label);
    }
    return out->name && out->open && (!rest || !*rest);
}

/* ---- sealing --------------------------------------------------------------- */

static bool stretch(const struct sealed *sealed, const char *passphrase,
                    uint8_t out[crypto_secretbox_KEYBYTES], struct err *err)
{
    if (crypto_pwhash(out, crypto_secretbox_KEYBYTES, passphrase, strlen(passphrase), sealed->salt,
                      (unsigned long long)sealed->ops, (size_t)sealed->memory,
                      crypto_pwhash_ALG_ARGON2ID13) != 0)
        return FAIL(err, ERR_BUSY, "sealing a key takes %lld MiB of memory for a moment, which is not there",
                    (long long)(sealed->memory >> 20));
    return true;
}

static bool seal(const struct key *key, const char *passphrase, struct sealed *out, struct err *err)
{
    uint8_t stretched[crypto_secretbox_KEYBYTES];

    if (!*passphrase)
        return FAIL(err, ERR_INVALID,
                    "an empty passphrase seals nothing; give one, or none at all for a plain key");
    randombytes_buf(out->salt, sizeof(out->salt));
    randombytes_buf(out->nonce, sizeof(out->nonce));
    out->ops = crypto_pwhash_OPSLIMIT_MODERATE;
    out->memory = crypto_pwhash_MEMLIMIT_MODERATE;
    if (!stretch(out, passphrase, stretched, err))
        return false;
    crypto_secretbox_easy(out->box, key->secret, crypto_sign_SEEDBYTES, out->nonce, stretched);
    sodium_memzero(stretched, sizeof(stretched));
    return true;
}

static bool read_sealed(const struct lines *lines, struct sealed *out)
{
    char *rest = lines->limits, *ops = strsep(&rest, " ");
    char *box = lines->sealed, *salt = strsep(&box, " "), *nonce = strsep(&box, " ");
    struct err ignored;

    return text_int(ops, "limit", 1, OPS_MAX, &out->ops, &ignored) &&
           text_int(rest, "limit", 8192, MEMORY_MAX, &out->memory, &ignored) && nonce && box &&
           text_unhex(salt, out->salt, sizeof(out->salt)) &&
           text_unhex(nonce, out->nonce, sizeof(out->nonce)) && text_unhex(box, out->box, sizeof(out->box));
}

static bool unseal(const struct lines *lines, const char *path, const char *passphrase,
                   uint8_t seed[crypto_sign_SEEDBYTES], struct err *err)
{
    uint8_t stretched[crypto_secretbox_KEYBYTES];
    struct sealed sealed;

    if (!lines->limits || !read_sealed(lines, &sealed))
        return FAIL(err, ERR_CORRUPT, "%s: the sealed key is damaged; take it from its backup", path);
    if (!passphrase)
        return FAIL(err, ERR_FORBIDDEN, "%s is sealed; give its passphrase", path);
    if (!stretch(&sealed, passphrase, stretched, err))
        return err_within(err, "%s", path);
    bool is_open =
        crypto_secretbox_open_easy(seed, sealed.box, sizeof(sealed.box), sealed.nonce, stretched) == 0;
    sodium_memzero(stretched, sizeof(stretched));
    return is_open || FAIL(err, ERR_FORBIDDEN, "%s: that is not its passphrase; try again", path);
}

/* ---- files ----------------------------------------------------------------- */

static void print_secret(const struct key *key, const struct sealed *sealed, char *at, size_t room)
{
    char seed[crypto_sign_SEEDBYTES * 2 + 1], salt[sizeof(sealed->salt) * 2 + 1],
        nonce[sizeof(sealed->nonce) * 2 + 1], box[sizeof(sealed->box) * 2 + 1];

    if (!sealed) {
        sodium_bin2hex(seed, sizeof(seed), key->secret, crypto_sign_SEEDBYTES);
        snprintf(at, room, "secret: %s\n", seed);
        sodium_memzero(seed, sizeof(seed));
        return;
    }
    sodium_bin2hex(salt, sizeof(salt), sealed->salt, sizeof(sealed->salt));
    sodium_bin2hex(nonce, sizeof(nonce), sealed->nonce, sizeof(sealed->nonce));
    sodium_bin2hex(box, sizeof(box), sealed->box, sizeof(sealed->box));
    snprintf(at, room, "limits: %lld %lld\nsealed: %s %s %s\n", (long long)sealed->ops,
             (long long)sealed->memory, salt, nonce, box);
}

static void page_head(struct page *page, const char *magic, const char *name, const struct key_public *key)
{
    char hex[65];

    sodium_bin2hex(hex, sizeof(hex), key->bytes, sizeof(key->bytes));
    snprintf(page->text, sizeof(page->text), "%s\nname: %s\npublic: %s\n", magic, name, hex);
    page->size = strlen(page->text);
}

/* The link is what refuses to replace: it fails when the name is taken, whoever was faster. */
bool key_file_save_new(const char *path, struct span bytes, mode_t mode, struct err *err)
{
    char temp[PATH_MAX];

    if ((size_t)snprintf(temp, sizeof(temp), "%s.%08x.new", path, randombytes_random()) >= sizeof(temp))
        return FAIL(err, ERR_INVALID, "a path of %zu bytes is too long", strlen(path));
    if (!file_write_whole(temp, bytes, mode, err))
        return false;
    int failed = link(temp, path) == 0 ? 0 : errno;
    unlink(temp);
    if (failed == EEXIST)
        return FAIL(err, ERR_CONFLICT,
                    "%s exists; a key is never overwritten: move it away or choose another name", path);
    errno = failed;
    if (failed)
        return FAIL_ERRNO(err, path);
    char *slash = strrchr(temp, '/');
    if (slash)
        slash[slash == temp] = '\0';
    return file_sync_dir(slash ? temp : ".", err);
}

bool key_save(const struct key *key, const char *path, const char *passphrase, struct err *err)
{
    AUTO(page_wipep) struct page page = {.size = 0};
    struct sealed sealed;

    if (passphrase && !seal(key, passphrase, &sealed, err))
        return false;
    page_head(&page, KEY_MAGIC, key->name, &key->open);
    print_secret(key, passphrase ? &sealed : NULL, page.text + page.size, sizeof(page.text) - page.size);
    return key_file_save_new(path, span_of(page.text), 0600, err);
}

static bool read_seed(const struct lines *lines, const char *path, const char *passphrase,
                      uint8_t seed[crypto_sign_SEEDBYTES], struct err *err)
{
    if (lines->sealed)
        return unseal(lines, path, passphrase, seed, err);
    return text_unhex(lines->secret, seed, crypto_sign_SEEDBYTES) ||
           FAIL(err, ERR_CORRUPT, "%s: the secret is damaged; take it from its backup", path);
}

/* The key of the file, its secret checked against the public half beside it. */
static bool open_key(const struct lines *lines, const char *path, const char *passphrase,
                     uint8_t seed[crypto_sign_SEEDBYTES], struct key **out, struct err *err)
{
    AUTO(key_freep) struct key *key = NULL;
    struct key_public open;

    if (!read_seed(lines, path, passphrase, seed, err))
        return false;
    if (!key_from_seed(lines->name, seed, &key, err) || !key_public_parse(lines->open, &open, err))
        return err_within(err, "%s", path);
    if (memcmp(open.bytes, key->open.bytes, sizeof(open.bytes)) != 0)
        return FAIL(err, ERR_CORRUPT,
                    "%s: secret and public key do not belong together; take it from its backup", path);
    *out = key;
    key = NULL;
    return true;
}

bool key_load(const char *path, const char *passphrase, struct key **out, struct err *err)
{
    AUTO(page_wipep) struct page page = {.size = 0};
    struct lines lines = {0};
    uint8_t seed[crypto_sign_SEEDBYTES];

    if (!page_load(path, &page, err))
        return false;
    if (page.mode & 077)
        return FAIL(err, ERR_FORBIDDEN,
                    "%s: others may read this key; run chmod 600 on it, and replace it if they did", path);
    if (!page_split(&page, &lines) || !text_equal(lines.magic, KEY_MAGIC) || !lines.secret == !lines.sealed)
        return FAIL(err, ERR_INVALID, "%s is not a key file", path);
    bool is_open = open_key(&lines, path, passphrase, seed, out, err);
    sodium_memzero(seed, sizeof(seed));
    return is_open;
}

bool key_is_sealed(const char *path)
{
    AUTO(page_wipep) struct page page = {.size = 0};
    struct lines lines = {0};
    struct err ignored;

    return page_load(path, &page, &ignored) && page_split(&page, &lines) && lines.sealed;
}

bool key_public_load(const char *path, struct key_public *out, char name[KEY_NAME_CHARS + 1], struct err *err)
{
    AUTO(page_wipep) struct page page = {.size = 0};
    struct lines lines = {0};

    if (!page_load(path, &page, err))
        return false;
    if (!page_split(&page, &lines) ||
        (!text_equal(lines.magic, KEY_MAGIC) && !text_equal(lines.magic, PUB_MAGIC)))
        return FAIL(err, ERR_INVALID, "%s is neither a key file nor a public key file", path);
    if (!text_name(lines.name, "a key's name", KEY_NAME_CHARS, err) ||
        !key_public_parse(lines.open, out, err))
        return err_within(err, "%s", path);
    snprintf(name, KEY_NAME_CHARS + 1, "%s", lines.name);
    return true;
}

bool key_public_save(const struct key_public *key, const char *name, const char *path, struct err *err)
{
    struct page page = {.size = 0};

    if (!text_name(name, "a key's name", KEY_NAME_CHARS, err))
        return false;
    page_head(&page, PUB_MAGIC, name, key);
    return key_file_save_new(path, span_of(page.text), 0644, err);
}
