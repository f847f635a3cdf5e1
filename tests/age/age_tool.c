/* Our age room as a program, so that scripts can hold it against other people's tools. stdin to stdout.
 *
 *   age_tool keygen FILE                   writes a key file, prints its recipient
 *   age_tool seal    RECIPIENT...          -a: as armor
 *   age_tool open                          -a: it is armor
 *   age_tool rewrap  RECIPIENT...          the payload's bytes as they are
 *   age_tool armor | dearmor | stanzas
 *
 * Options before or behind: -i KEY_FILE (many), -p PASSPHRASE_FILE (many; keygen and seal use the first), -w
 * WORK of scrypt, -n BYTES pushed at once, -a. Exit 1 after a line that begins with what refused, 2 when
 * misused. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"
#include "signing/age_armor.h"
#include "signing/age_header.h"
#include "signing/age_stream.h"

#define MANY 64
#define PIECE_MAX (1 << 20)

struct job {
    struct arena *arena;
    bool armored;
    int work;
    size_t piece, key_count, phrase_count, word_count;
    const char *keys[MANY], *phrases[MANY], *words[MANY];
    struct age_identity *identities[2 * MANY];
    size_t identity_count;
    struct age_recipient recipients[MANY];
};

typedef bool (*push_fn)(void *to, struct span bytes, struct err *err);

static bool to_stdout(void *to, struct span bytes, struct err *err)
{
    (void)to;
    return file_write_all(STDOUT_FILENO, bytes, err);
}

static const struct age_sink out = {to_stdout, NULL};

static bool seal_push(void *to, struct span bytes, struct err *err)
{
    return age_seal_push(to, bytes, err);
}

static bool open_push(void *to, struct span bytes, struct err *err)
{
    return age_open_push(to, bytes, err);
}

static bool reader_push(void *to, struct span bytes, struct err *err)
{
    return age_armor_reader_push(to, bytes, err);
}

static bool writer_push(void *to, struct span bytes, struct err *err)
{
    return age_armor_writer_push(to, bytes, err);
}

/* Everything on stdin, in pieces; 0 bytes is the end. */
static bool pump(const struct job *job, push_fn push, void *to, struct err *err)
{
    static char piece[PIECE_MAX];
    ssize_t got;

    while ((got = read(STDIN_FILENO, piece, job->piece)) > 0)
        if (!push(to, span_make(piece, (size_t)got), err))
            return false;
    return got == 0 || FAIL_ERRNO(err, "stdin");
}

/* ---- who ------------------------------------------------------------------------ */

static bool load_phrases(struct job *job, struct err *err)
{
    for (size_t i = 0; i < job->phrase_count; i++) {
        struct span text;

        if (!file_read(job->arena, job->phrases[i], AGE_PASSPHRASE_MAX, &text, err) ||
            !age_identity_passphrase(text, job->work, &job->identities[job->identity_count], err))
            return false;
        job->identity_count++;
    }
    return true;
}

static bool load_keys(struct job *job, struct err *err)
{
    const struct age_identity *phrase = job->phrase_count ? job->identities[0] : NULL;

    for (size_t i = 0; i < job->key_count; i++) {
        if (!age_key_file_load(job->keys[i], phrase, &job->identities[job->identity_count], err))
            return false;
        job->identity_count++;
    }
    return true;
}

static struct age_by by(const struct job *job)
{
    return (struct age_by){(const struct age_identity *const *)job->identities, job->identity_count};
}

static bool to(struct job *job, struct age_to *who, struct err *err)
{
    for (size_t i = 0; i < job->word_count; i++)
        if (!age_recipient_parse(span_of(job->words[i]), &job->recipients[i], err))
            return false;
    *who = (struct age_to){.recipients = job->recipients, .count = job->word_count};
    if (job->word_count == 0 && job->phrase_count > 0)
        who->passphrase = job->identities[0];
    return true;
}

/* ---- verbs ----------------------------------------------------------------------- */

static bool keygen(struct job *job, struct err *err)
{
    AUTO(age_identity_freep) struct age_identity *identity = NULL;
    char text[AGE_RECIPIENT_CHARS + 1];

    age_identity_make(&identity);
    if (job->word_count != 1)
        return FAIL(err, ERR_INVALID, "keygen takes one file");
    if (!age_key_file_save(identity, job->words[0], job->phrase_count ? job->identities[0] : NULL, err))
        return false;
    age_recipient_text(age_identity_recipient(identity), text);
    return printf("%s\n", text) > 0;
}

static bool seal(struct job *job, struct err *err)
{
    AUTO(age_armor_writer_freep) struct age_armor_writer *armor = NULL;
    AUTO(age_seal_freep) struct age_seal *sealing = NULL;
    struct age_to who;

    age_armor_writer_begin(&out, &armor);
    const struct age_sink sink = job->armored ? (struct age_sink){writer_push, armor} : out;
    return to(job, &who, err) && age_seal_begin(&who, &sink, &sealing, err) &&
           pump(job, seal_push, sealing, err) && age_seal_end(sealing, err) &&
           (!job->armored || age_armor_writer_end(armor, err));
}

static bool open_it(struct job *job, struct err *err)
{
    AUTO(age_armor_reader_freep) struct age_armor_reader *armor = NULL;
    AUTO(age_open_freep) struct age_open *opening = NULL;
    struct age_by who = by(job);

    age_open_begin(&who, &out, &opening);
    age_armor_reader_begin(&(struct age_sink){open_push, opening}, &armor);
    if (!job->armored)
        return pump(job, open_push, opening, err) && age_open_end(opening, err);
    return pump(job, reader_push, armor, err) && age_armor_reader_end(armor, err) &&
           age_open_end(opening, err);
}

/* The header of what is on stdin; the payload stays there. */
static bool read_header(struct buf *start, struct err *err)
{
    size_t size;
    char byte;

    for (;;) {
        ssize_t got = read(STDIN_FILENO, &byte, 1);

        if (got < 0)
            return FAIL_ERRNO(err, "stdin");
        if (got == 0)
            return true;
        buf_char(start, byte);
        if (byte == '\n' || start->size >= AGE_HEADER_MAX)
            switch (age_header_size(buf_span(start), &size, err)) {
            case AGE_FOUND:
                return true;
            case AGE_REFUSED:
                return false;
            case AGE_CUT:
                break;
            }
    }
}

static bool rewrap(struct job *job, struct err *err)
{
    struct buf start = {.arena = job->arena};
    struct age_by who = by(job);
    struct age_to whom;
    struct span header;
    size_t payload_at;

    if (!to(job, &whom, err) || !read_header(&start, err) ||
        !age_rewrap(job->arena, buf_span(&start), &who, &whom, &header, &payload_at, err))
        return false;
    return file_write_all(STDOUT_FILENO, header, err) && pump(job, to_stdout, NULL, err);
}

static bool stanzas(struct job *job, struct err *err)
{
    struct buf start = {.arena = job->arena};
    struct age_stanzas count;

    if (!read_header(&start, err) || !age_header_stanzas(buf_span(&start), &count, err))
        return false;
    return printf("X25519 %zu scrypt %zu other %zu\n", count.x25519, count.scrypt, count.other) > 0;
}

static bool armor(struct job *job, struct err *err)
{
    AUTO(age_armor_writer_freep) struct age_armor_writer *writer = NULL;

    age_armor_writer_begin(&out, &writer);
    return pump(job, writer_push, writer, err) && age_armor_writer_end(writer, err);
}

static bool dearmor(struct job *job, struct err *err)
{
    AUTO(age_armor_reader_freep) struct age_armor_reader *reader = NULL;

    age_armor_reader_begin(&out, &reader);
    return pump(job, reader_push, reader, err) && age_armor_reader_end(reader, err);
}

static const struct {
    const char *verb;
    bool (*run)(struct job *job, struct err *err);
} verbs[] = {
    {"keygen", keygen},   {"seal", seal},   {"open", open_it},    {"rewrap", rewrap},
    {"stanzas", stanzas}, {"armor", armor}, {"dearmor", dearmor},
};

static bool add(const char **list, size_t *count)
{
    if (*count == MANY)
        return false;
    list[(*count)++] = optarg;
    return true;
}

static bool take_option(struct job *job, int option)
{
    int64_t number;
    struct err err;

    switch (option) {
    case 'a':
        return job->armored = true;
    case 'i':
        return add(job->keys, &job->key_count);
    case 'p':
        return add(job->phrases, &job->phrase_count);
    case 'w':
        if (!text_int(optarg, "-w", 1, AGE_WORK_MAX, &number, &err))
            return false;
        job->work = (int)number;
        return true;
    case 'n':
        if (!text_int(optarg, "-n", 1, PIECE_MAX, &number, &err))
            return false;
        job->piece = (size_t)number;
        return true;
    default:
        return false;
    }
}

static bool parse(struct job *job, int argc, char **argv)
{
    for (int option; (option = getopt(argc, argv, "ai:p:w:n:")) != -1;)
        if (!take_option(job, option))
            return false;
    for (; optind < argc && job->word_count < MANY; optind++)
        job->words[job->word_count++] = argv[optind];
    return optind == argc;
}

int main(int argc, char **argv)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct job job = {.arena = arena, .work = 10, .piece = 65536};
    struct err err = {0};
    bool is_done = false;

    if (argc < 2 || !parse(&job, argc - 1, argv + 1))
        return 2;
    if (load_phrases(&job, &err) && load_keys(&job, &err))
        for (size_t i = 0; i < COUNT(verbs); i++)
            if (text_equal(verbs[i].verb, argv[1]))
                is_done = verbs[i].run(&job, &err);
    for (size_t i = 0; i < job.identity_count; i++)
        age_identity_freep(&job.identities[i]);
    if (is_done)
        return 0;
    fprintf(stderr, "%s\n", err.code ? err.text : "no such verb");
    return err.code ? 1 : 2;
}
