#include "tools/common/verify.h"

#include <gnutls/abstract.h>

#include "base/buf.h"
#include "base/text.h"
#include "support/unit.h"

#define WHAT "the bytes that are signed"

/* A key pair of the TLS library's making, and what it signs. */
struct maker {
    gnutls_privkey_t key;
    struct tuf_other_key public;
};

static void closep(struct maker *maker)
{
    gnutls_privkey_deinit(maker->key);
}

static struct maker made(struct unit *unit, gnutls_pk_algorithm_t kind, unsigned bits, const char *type,
                         const char *scheme)
{
    struct maker maker = {.public = {.type = type, .scheme = scheme}};
    gnutls_pubkey_t opened;
    gnutls_datum_t pem;

    assert_int_equal(gnutls_privkey_init(&maker.key), 0);
    assert_int_equal(gnutls_privkey_generate(maker.key, kind, bits, 0), 0);
    assert_int_equal(gnutls_pubkey_init(&opened), 0);
    assert_int_equal(gnutls_pubkey_import_privkey(opened, maker.key, 0, 0), 0);
    assert_int_equal(gnutls_pubkey_export2(opened, GNUTLS_X509_FMT_PEM, &pem), 0);
    maker.public.text = arena_text(unit->arena, span_make(pem.data, pem.size));
    gnutls_free(pem.data);
    gnutls_pubkey_deinit(opened);
    return maker;
}

static char *signed_by(struct unit *unit, const struct maker *maker, gnutls_sign_algorithm_t algorithm)
{
    gnutls_datum_t data = {(void *)(uintptr_t)WHAT, strlen(WHAT)}, sig;

    assert_int_equal(gnutls_privkey_sign_data2(maker->key, algorithm, 0, &data, &sig), 0);
    char *hex = text_hex(unit->arena, sig.data, sig.size);
    gnutls_free(sig.data);
    return hex;
}

static bool holds(const struct tuf_other_key *key, const char *what, const char *sig)
{
    return verify_other_keys.verify(verify_other_keys.ctx, key, span_of(what), sig);
}

/* What is true of either kind, for a signature that is good. */
static void assert_holds_for_this_only(struct unit *unit, const struct maker *maker,
                                       const struct maker *stranger, const char *sig)
{
    char *flipped = arena_dup(unit->arena, sig), *upper = arena_dup(unit->arena, sig);
    size_t last = strlen(sig) - 1;

    for (char *c = upper; *c; c++)
        *c = (char)(*c >= 'a' ? *c - 'a' + 'A' : *c);
    flipped[last] = sig[last] == '0' ? '1' : '0';
    assert_true(holds(&maker->public, WHAT, sig));
    assert_true(holds(&maker->public, WHAT, upper));
    assert_false(holds(&maker->public, WHAT, flipped));
    assert_false(holds(&maker->public, WHAT, ""));
    assert_false(holds(&maker->public, WHAT, "0"));
    assert_false(holds(&maker->public, WHAT, "zz"));
    assert_false(holds(&maker->public, WHAT, arena_printf(unit->arena, "%s00", sig)));
    assert_false(holds(&maker->public, WHAT ".", sig));
    assert_false(holds(&maker->public, "", sig));
    assert_false(holds(&stranger->public, WHAT, sig));
}

UNIT(ecdsa_p256_signatures_hold_for_their_key_and_bytes_only)
{
    unsigned p256 = GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1);
    AUTO(closep) struct maker maker = made(unit, GNUTLS_PK_ECDSA, p256, "ecdsa", "ecdsa-sha2-nistp256");
    AUTO(closep) struct maker other = made(unit, GNUTLS_PK_ECDSA, p256, "ecdsa", "ecdsa-sha2-nistp256");
    char *sig = signed_by(unit, &maker, GNUTLS_SIGN_ECDSA_SHA256);

    assert_holds_for_this_only(unit, &maker, &other, sig);
    maker.public.type = "ecdsa-sha2-nistp256"; /* as the oldest roots in the field call it */
    assert_true(holds(&maker.public, WHAT, sig));
}

UNIT(rsa_pss_signatures_hold_for_their_key_and_bytes_only)
{
    AUTO(closep) struct maker maker = made(unit, GNUTLS_PK_RSA, 2048, "rsa", "rsassa-pss-sha256");
    AUTO(closep) struct maker other = made(unit, GNUTLS_PK_RSA, 2048, "rsa", "rsassa-pss-sha256");

    assert_holds_for_this_only(unit, &maker, &other,
                               signed_by(unit, &maker, GNUTLS_SIGN_RSA_PSS_RSAE_SHA256));
    /* The same key with the older padding. */
    assert_false(holds(&maker.public, WHAT, signed_by(unit, &maker, GNUTLS_SIGN_RSA_SHA256)));
}

UNIT(a_key_is_what_it_says_it_is)
{
    unsigned p256 = GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1);
    unsigned p384 = GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1);
    AUTO(closep) struct maker curve = made(unit, GNUTLS_PK_ECDSA, p384, "ecdsa", "ecdsa-sha2-nistp256");
    AUTO(closep) struct maker wrong = made(unit, GNUTLS_PK_ECDSA, p256, "rsa", "rsassa-pss-sha256");
    AUTO(closep) struct maker scheme = made(unit, GNUTLS_PK_ECDSA, p256, "ecdsa", "ecdsa-sha2-nistp384");
    AUTO(closep) struct maker mixed = made(unit, GNUTLS_PK_ECDSA, p256, "rsa", "ecdsa-sha2-nistp256");
    AUTO(closep) struct maker weak = made(unit, GNUTLS_PK_RSA, 1024, "rsa", "rsassa-pss-sha256");

    assert_false(holds(&curve.public, WHAT, signed_by(unit, &curve, GNUTLS_SIGN_ECDSA_SHA256)));
    assert_false(holds(&wrong.public, WHAT, signed_by(unit, &wrong, GNUTLS_SIGN_ECDSA_SHA256)));
    assert_false(holds(&scheme.public, WHAT, signed_by(unit, &scheme, GNUTLS_SIGN_ECDSA_SHA256)));
    assert_false(holds(&mixed.public, WHAT, signed_by(unit, &mixed, GNUTLS_SIGN_ECDSA_SHA256)));
    assert_false(holds(&weak.public, WHAT, signed_by(unit, &weak, GNUTLS_SIGN_RSA_PSS_RSAE_SHA256)));
}

UNIT(what_is_no_key_has_signed_nothing)
{
    static const char *const texts[] = {"", "-----BEGIN PUBLIC KEY-----\n", "04ab",
                                        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"};

    for (size_t i = 0; i < COUNT(texts); i++) {
        struct tuf_other_key key = {.type = "ecdsa", .scheme = "ecdsa-sha2-nistp256", .text = texts[i]};

        assert_false(holds(&key, WHAT, "3006020101020101"));
    }
}

UNIT(our_own_kind_of_key_is_not_its_business)
{
    struct tuf_other_key key = {.type = "ed25519", .scheme = "ed25519", .text = "00"};

    assert_false(holds(&key, WHAT, "00"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(ecdsa_p256_signatures_hold_for_their_key_and_bytes_only),
        UNIT_TEST(rsa_pss_signatures_hold_for_their_key_and_bytes_only),
        UNIT_TEST(a_key_is_what_it_says_it_is),
        UNIT_TEST(what_is_no_key_has_signed_nothing),
        UNIT_TEST(our_own_kind_of_key_is_not_its_business),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
