#include "signing/age_stream.h"

#include <sodium.h>
#include <sys/resource.h>

#include "signing/age_stream_parts.h"
#include "support/age.h"
#include "support/unit.h"

#define FULL AGE_CHUNK_BYTES
#define SEALED (AGE_CHUNK_BYTES + AGE_TAG_BYTES)

static const size_t sizes[] = {
    0,           1,        2,         15,           16,       17,           FULL - 16, FULL - 1,
    FULL,        FULL + 1, FULL + 16, 2 * FULL - 1, 2 * FULL, 2 * FULL + 1, 3 * FULL,  3 * FULL + 17,
    4 * FULL - 1};

/* A sealed file and who opens it. */
struct sealed {
    struct age_identity *identity;
    struct span plain, bytes;
    size_t payload_at; /* behind the nonce: the first chunk */
};

static struct sealed seal(struct unit *unit, size_t size)
{
    struct sealed sealed = {.identity = age_test_identity(unit->arena),
                            .plain = age_test_plain(unit->arena, size)};
    struct age_to to = {.recipients = age_identity_recipient(sealed.identity), .count = 1};
    struct buf out = {.arena = unit->arena};

    MUST(age_test_seal(&to, sealed.plain, 10007, &out, &unit->err));
    sealed.bytes = buf_span(&out);
    assert_int_equal(age_header_size(sealed.bytes, &sealed.payload_at, &unit->err), AGE_FOUND);
    sealed.payload_at += AGE_NONCE_BYTES;
    return sealed;
}

static bool opens(struct unit *unit, const struct sealed *sealed, struct span bytes, struct buf *out)
{
    out->size = 0;
    return age_test_open(sealed->identity, bytes, 30011, out, &unit->err);
}

/* What came out before the refusal is the beginning of what went in. */
static void is_beginning(const struct buf *out, struct span plain, size_t size)
{
    assert_int_equal(out->size, size);
    assert_true(size <= plain.size);
    if (size > 0)
        assert_memory_equal(out->at, plain.at, size);
}

UNIT(every_size_comes_back_in_pieces_of_any_size)
{
    static const size_t pieces[] = {1, 4099, FULL, SEALED, 1 << 20};

    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct sealed sealed = seal(unit, sizes[i]);

        assert_int_equal(sealed.bytes.size - sealed.payload_at + AGE_NONCE_BYTES,
                         age_payload_size((int64_t)sizes[i]));
        for (size_t n = 0; n < COUNT(pieces); n++) {
            struct buf out = {.arena = unit->arena};

            MUST(age_test_open(sealed.identity, sealed.bytes, pieces[n], &out, &unit->err));
            is_beginning(&out, sealed.plain, sizes[i]);
        }
        arena_reset(unit->arena);
    }
}

UNIT(however_it_is_pushed_the_chunks_are_full)
{
    static const size_t pieces[] = {1, 3, FULL - 1, FULL, FULL + 1};
    struct sealed sealed = seal(unit, 2 * FULL + 5);
    struct age_to to = {.recipients = age_identity_recipient(sealed.identity), .count = 1};

    for (size_t i = 0; i < COUNT(pieces); i++) {
        struct buf again = {.arena = unit->arena}, out = {.arena = unit->arena};

        MUST(age_test_seal(&to, sealed.plain, pieces[i], &again, &unit->err));
        assert_int_equal(again.size, sealed.bytes.size);
        MUST(opens(unit, &sealed, buf_span(&again), &out));
        is_beginning(&out, sealed.plain, 2 * FULL + 5);
    }
}

UNIT(a_chunks_nonce_is_its_number_in_eleven_bytes_and_whether_it_is_the_last)
{
    static const uint8_t expected[2][12] = {{0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0},
                                            {0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 9, 1}};
    AUTO(age_locked_freep) uint8_t *file_key = age_locked_new(AGE_FILE_KEY_BYTES);
    struct age_chunks chunks = {0};
    uint8_t nonce[AGE_NONCE_BYTES] = {0}, sealed[4 + AGE_TAG_BYTES], plain[4];

    age_chunks_start(&chunks, file_key, nonce);
    chunks.counter = UINT64_C(0x0102030405060708);
    for (int last = 0; last < 2; last++) {
        assert_int_equal(age_chunk_seal(&chunks, (const uint8_t *)"abcd", 4, last, sealed), sizeof(sealed));
        assert_int_equal(crypto_aead_chacha20poly1305_ietf_decrypt(plain, NULL, NULL, sealed, sizeof(sealed),
                                                                   NULL, 0, expected[last], chunks.key),
                         0);
        assert_memory_equal(plain, "abcd", 4);
    }
    age_locked_freep(&chunks.key);
}

UNIT(a_file_cut_anywhere_is_refused_and_gives_only_whole_chunks)
{
    struct sealed sealed = seal(unit, 2 * FULL + 100);
    struct buf out = {.arena = unit->arena};
    size_t cuts = 0;

    for (size_t size = 0; size < sealed.bytes.size;) {
        REFUSES(ERR_INVALID, opens(unit, &sealed, span_make(sealed.bytes.at, size), &out));
        size_t chunks = size < sealed.payload_at ? 0 : (size - sealed.payload_at) / SEALED;
        is_beginning(&out, sealed.plain, chunks * FULL);
        cuts++;
        size_t in_chunk = size < sealed.payload_at ? 0 : (size - sealed.payload_at) % SEALED;
        size += in_chunk > 20 && in_chunk < SEALED - 3001 ? 3001 : 1;
    }
    assert_true(cuts > 300);
}

UNIT(each_cut_names_its_rule)
{
    struct sealed sealed = seal(unit, 2 * FULL);
    struct buf out = {.arena = unit->arena};
    const struct {
        size_t size;
        const char *says;
    } cuts[] = {
        {0, "age header: the file is cut within it"},
        {sealed.payload_at - AGE_NONCE_BYTES - 1, "age header: the file is cut within it"},
        {sealed.payload_at - AGE_NONCE_BYTES, "age header: the file is cut within the nonce"},
        {sealed.payload_at - 1, "age header: the file is cut within the nonce"},
        {sealed.payload_at, "age payload: the file is cut before the first chunk"},
        {sealed.payload_at + 15, "age payload: the file is cut within the tag of chunk 1"},
        {sealed.payload_at + 16, "age payload: chunk 1 is not authentic"},
        {sealed.payload_at + SEALED, "age payload: the file is cut behind a chunk that is not the last"},
        {sealed.payload_at + SEALED + 15, "age payload: the file is cut within the tag of chunk 2"},
        {sealed.payload_at + SEALED + 16, "age payload: the last chunk is empty"},
        {sealed.payload_at + 2 * SEALED - 1, "age payload: chunk 2 is not authentic"},
    };

    for (size_t i = 0; i < COUNT(cuts); i++) {
        REFUSES(ERR_INVALID, opens(unit, &sealed, span_make(sealed.bytes.at, cuts[i].size), &out));
        SAYS(cuts[i].says);
    }
}

UNIT(one_bit_changed_anywhere_is_refused)
{
    struct sealed sealed = seal(unit, FULL + 500);
    struct buf out = {.arena = unit->arena};
    char *bytes = arena_text(unit->arena, sealed.bytes);
    size_t second = sealed.payload_at + SEALED;

    for (size_t i = 0; i<sealed.bytes.size; i += i> sealed.payload_at + 40 && i < second - 4099 ? 4093 : 1) {
        bytes[i] ^= (char)(1 << i % 8);
        assert_false(opens(unit, &sealed, span_make(bytes, sealed.bytes.size), &out));
        bytes[i] ^= (char)(1 << i % 8);
        is_beginning(&out, sealed.plain, i < second ? 0 : FULL);
    }
    MUST(opens(unit, &sealed, span_make(bytes, sealed.bytes.size), &out));
}

UNIT(chunks_in_another_order_twice_or_left_out_are_refused)
{
    static const char *const orders[] = {"1023", "0213", "0012", "0123 3", "01223",
                                         "023",  "13",   "3",    "012",    "0132"};
    struct sealed sealed = seal(unit, 4 * FULL);
    struct buf out = {.arena = unit->arena};

    for (size_t i = 0; i < COUNT(orders); i++) {
        struct buf moved = {.arena = unit->arena};

        buf_add(&moved, span_make(sealed.bytes.at, sealed.payload_at));
        for (const char *c = orders[i]; *c; c++)
            if (*c != ' ')
                buf_add(&moved,
                        span_make(sealed.bytes.at + sealed.payload_at + (size_t)(*c - '0') * SEALED, SEALED));
        REFUSES(ERR_INVALID, opens(unit, &sealed, buf_span(&moved), &out));
        SAYS("age payload:");
        is_beginning(&out, sealed.plain, out.size);
        assert_int_equal(out.size % FULL, 0);
    }
}

UNIT(a_payload_under_another_header_is_refused)
{
    struct sealed one = seal(unit, 1000), two = seal(unit, 1000);
    struct buf mixed = {.arena = unit->arena}, out = {.arena = unit->arena};

    buf_add(&mixed, span_make(one.bytes.at, one.payload_at - AGE_NONCE_BYTES));
    buf_add(&mixed, span_make(two.bytes.at + two.payload_at - AGE_NONCE_BYTES,
                              two.bytes.size - two.payload_at + AGE_NONCE_BYTES));
    REFUSES(ERR_INVALID, opens(unit, &one, buf_span(&mixed), &out));
    SAYS("chunk 1 is not authentic");
    assert_int_equal(out.size, 0);
}

UNIT(bytes_behind_the_end_are_refused)
{
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct sealed sealed = seal(unit, sizes[i]);
        struct buf longer = {.arena = unit->arena}, out = {.arena = unit->arena};

        buf_add(&longer, sealed.bytes);
        buf_char(&longer, 'x');
        REFUSES(ERR_INVALID, opens(unit, &sealed, buf_span(&longer), &out));
        SAYS("age payload:");
        /* A full last chunk is authentic by itself; a short one is read together with what is behind it. */
        is_beginning(&out, sealed.plain, sizes[i] / FULL * FULL);
        arena_reset(unit->arena);
    }
}

/* Chunks as only a wrong writer would make them: all before the last that is named are not the last. */
static struct span forge(struct unit *unit, struct sealed *sealed, const size_t *chunk_sizes, size_t count)
{
    AUTO(age_locked_freep) uint8_t *file_key = age_locked_new(AGE_FILE_KEY_BYTES);
    uint8_t nonce[AGE_NONCE_BYTES] = {7}, *chunk = arena_take(unit->arena, SEALED);
    struct age_to to = {.recipients = age_identity_recipient(sealed->identity), .count = 1};
    struct buf out = {.arena = unit->arena};
    struct age_chunks chunks = {0};
    struct span header;

    MUST(age_header_write(unit->arena, file_key, &to, &header, &unit->err));
    buf_add(&out, header);
    buf_add(&out, span_make(nonce, sizeof(nonce)));
    age_chunks_start(&chunks, file_key, nonce);
    for (size_t i = 0; i < count; i++) {
        size_t size =
            age_chunk_seal(&chunks, (const uint8_t *)sealed->plain.at, chunk_sizes[i], i + 1 == count, chunk);
        buf_add(&out, span_make(chunk, size));
    }
    age_locked_freep(&chunks.key);
    return buf_span(&out);
}

UNIT(an_empty_last_chunk_is_for_an_empty_file_only)
{
    struct sealed sealed = seal(unit, FULL);
    struct buf out = {.arena = unit->arena};

    MUST(opens(unit, &sealed, forge(unit, &sealed, (const size_t[]){0}, 1), &out));
    assert_int_equal(out.size, 0);
    REFUSES(ERR_INVALID, opens(unit, &sealed, forge(unit, &sealed, (const size_t[]){FULL, 0}, 2), &out));
    SAYS("the last chunk is empty");
    REFUSES(ERR_INVALID, opens(unit, &sealed, forge(unit, &sealed, (const size_t[]){100, 100}, 2), &out));
    SAYS("chunk 1 is not authentic");
    assert_int_equal(out.size, 0);
}

UNIT(a_machine_that_has_refused_or_ended_refuses)
{
    AUTO(age_open_freep) struct age_open *open = NULL;
    AUTO(age_seal_freep) struct age_seal *sealing = NULL;
    struct sealed sealed = seal(unit, 10);
    struct buf out = {.arena = unit->arena};
    const struct age_sink sink = age_test_sink(&out);
    const struct age_identity *identity = sealed.identity;
    struct age_to to = {.recipients = age_identity_recipient(identity), .count = 1};

    age_open_begin(&(struct age_by){&identity, 1}, &sink, &open);
    REFUSES(ERR_INVALID, age_open_push(open, span_of("%PDF"), &unit->err));
    SAYS("does not begin with age-encryption.org/v1");
    REFUSES(ERR_CONFLICT, age_open_push(open, sealed.bytes, &unit->err));
    REFUSES(ERR_CONFLICT, age_open_end(open, &unit->err));
    MUST(age_seal_begin(&to, &sink, &sealing, &unit->err));
    MUST(age_seal_end(sealing, &unit->err));
    REFUSES(ERR_CONFLICT, age_seal_push(sealing, span_of("x"), &unit->err));
    REFUSES(ERR_CONFLICT, age_seal_end(sealing, &unit->err));
}

static bool full_disk(void *to, struct span bytes, struct err *err)
{
    size_t *room = to;

    if (bytes.size > *room)
        return FAIL(err, ERR_NO_SPACE, "the disk is full");
    *room -= bytes.size;
    return true;
}

UNIT(a_sink_that_refuses_ends_the_work_with_its_words)
{
    struct sealed sealed = seal(unit, 2 * FULL);
    struct age_to to = {.recipients = age_identity_recipient(sealed.identity), .count = 1};
    const struct age_identity *identity = sealed.identity;

    for (size_t room = 0; room < 2 * FULL; room += FULL / 3) {
        AUTO(age_open_freep) struct age_open *open = NULL;
        AUTO(age_seal_freep) struct age_seal *sealing = NULL;
        size_t left = room, right = room;

        age_open_begin(&(struct age_by){&identity, 1}, &(struct age_sink){full_disk, &left}, &open);
        REFUSES(ERR_NO_SPACE, age_open_push(open, sealed.bytes, &unit->err));
        REFUSES(ERR_CONFLICT, age_open_end(open, &unit->err));
        REFUSES(ERR_NO_SPACE,
                age_seal_begin(&to, &(struct age_sink){full_disk, &right}, &sealing, &unit->err) &&
                    age_seal_push(sealing, sealed.plain, &unit->err) && age_seal_end(sealing, &unit->err));
    }
}

UNIT(the_same_plaintext_is_never_sealed_alike)
{
    struct sealed sealed = seal(unit, 100);
    struct age_to to = {.recipients = age_identity_recipient(sealed.identity), .count = 1};
    struct buf again = {.arena = unit->arena};

    MUST(age_test_seal(&to, sealed.plain, 100, &again, &unit->err));
    assert_int_equal(again.size, sealed.bytes.size);
    assert_memory_not_equal(again.at + sealed.payload_at, sealed.bytes.at + sealed.payload_at, 100);
    assert_memory_not_equal(again.at + sealed.payload_at - AGE_NONCE_BYTES,
                            sealed.bytes.at + sealed.payload_at - AGE_NONCE_BYTES, AGE_NONCE_BYTES);
}

static bool open_on(void *to, struct span bytes, struct err *err)
{
    return age_open_push(to, bytes, err);
}

static bool count_on(void *to, struct span bytes, struct err *err)
{
    (void)err;
    *(size_t *)to += bytes.size;
    return true;
}

static long peak_kib(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

UNIT(a_large_file_takes_no_more_memory_than_a_small_one)
{
    AUTO(age_open_freep) struct age_open *open = NULL;
    AUTO(age_seal_freep) struct age_seal *sealing = NULL;
    const struct age_identity *identity = age_test_identity(unit->arena);
    struct age_to to = {.recipients = age_identity_recipient(identity), .count = 1};
    struct span megabyte = age_test_plain(unit->arena, 1 << 20);
    size_t got = 0;

    age_open_begin(&(struct age_by){&identity, 1}, &(struct age_sink){count_on, &got}, &open);
    MUST(age_seal_begin(&to, &(struct age_sink){open_on, open}, &sealing, &unit->err));
    MUST(age_seal_push(sealing, megabyte, &unit->err));
    long before = peak_kib();
    for (int i = 1; i < 64; i++)
        MUST(age_seal_push(sealing, megabyte, &unit->err));
    MUST(age_seal_end(sealing, &unit->err));
    MUST(age_open_end(open, &unit->err));
    assert_int_equal(got, (size_t)64 << 20);
    assert_true(peak_kib() - before < 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(every_size_comes_back_in_pieces_of_any_size),
        UNIT_TEST(however_it_is_pushed_the_chunks_are_full),
        UNIT_TEST(a_chunks_nonce_is_its_number_in_eleven_bytes_and_whether_it_is_the_last),
        UNIT_TEST(a_file_cut_anywhere_is_refused_and_gives_only_whole_chunks),
        UNIT_TEST(each_cut_names_its_rule),
        UNIT_TEST(one_bit_changed_anywhere_is_refused),
        UNIT_TEST(chunks_in_another_order_twice_or_left_out_are_refused),
        UNIT_TEST(a_payload_under_another_header_is_refused),
        UNIT_TEST(bytes_behind_the_end_are_refused),
        UNIT_TEST(an_empty_last_chunk_is_for_an_empty_file_only),
        UNIT_TEST(a_machine_that_has_refused_or_ended_refuses),
        UNIT_TEST(a_sink_that_refuses_ends_the_work_with_its_words),
        UNIT_TEST(a_large_file_takes_no_more_memory_than_a_small_one),
        UNIT_TEST(the_same_plaintext_is_never_sealed_alike),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
