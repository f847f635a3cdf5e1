#include "support/unit.h"

#include <gnutls/x509.h>

#include "base/text.h"
#include "tools/common/cert.h"

#define NOW_MS 1767225600000 /* 2026-01-01 */
#define DAY_MS (24 * 3600 * 1000LL)

static gnutls_x509_crt_t opened(struct span pem)
{
    gnutls_datum_t datum = {(void *)(uintptr_t)pem.at, (unsigned)pem.size};
    gnutls_x509_crt_t cert;

    assert_int_equal(gnutls_x509_crt_init(&cert), 0);
    assert_int_equal(gnutls_x509_crt_import(cert, &datum, GNUTLS_X509_FMT_PEM), 0);
    return cert;
}

static void closep(gnutls_x509_crt_t *cert)
{
    gnutls_x509_crt_deinit(*cert);
}

/* 0 when `leaf` is good for `purpose` at that moment, under that CA. */
static unsigned trouble(gnutls_x509_crt_t ca, gnutls_x509_crt_t leaf, const char *purpose)
{
    gnutls_typed_vdata_st asked = {GNUTLS_DT_KEY_PURPOSE_OID, (void *)(uintptr_t)purpose, 0};
    gnutls_x509_trust_list_t trust;
    unsigned status = ~0u;

    assert_int_equal(gnutls_x509_trust_list_init(&trust, 0), 0);
    assert_int_equal(gnutls_x509_trust_list_add_cas(trust, &ca, 1, 0), 1);
    assert_int_equal(gnutls_x509_trust_list_verify_crt2(trust, &leaf, 1, &asked, 1,
                                                        GNUTLS_VERIFY_DISABLE_TIME_CHECKS, &status, NULL),
                     0);
    gnutls_x509_trust_list_deinit(trust, 0);
    return status;
}

UNIT(a_server_certificate_holds_for_all_its_names_and_no_other)
{
    static const char *const names[] = {"updates.example.com", "localhost", "127.0.0.1", "::1"};
    struct cert ca, server;

    MUST(cert_make_ca(unit->arena, "test CA", NOW_MS, CERT_DAYS_CA, &ca, &unit->err));
    MUST(cert_make_server(unit->arena, &ca, names, COUNT(names), NOW_MS, CERT_DAYS_SERVER, &server,
                          &unit->err));
    AUTO(closep) gnutls_x509_crt_t ca_cert = opened(ca.pem);
    AUTO(closep) gnutls_x509_crt_t cert = opened(server.pem);
    for (size_t i = 0; i < COUNT(names); i++)
        assert_int_not_equal(gnutls_x509_crt_check_hostname(cert, names[i]), 0);
    assert_int_equal(gnutls_x509_crt_check_hostname(cert, "example.com"), 0);
    assert_int_equal(gnutls_x509_crt_check_hostname(cert, "127.0.0.2"), 0);
    assert_int_equal(trouble(ca_cert, cert, GNUTLS_KP_TLS_WWW_SERVER), 0);
    assert_int_not_equal(trouble(ca_cert, cert, GNUTLS_KP_TLS_WWW_CLIENT), 0);
}

UNIT(a_client_certificate_is_for_clients_and_carries_the_device)
{
    char name[64];
    size_t size = sizeof(name);
    struct cert ca, client;

    MUST(cert_make_ca(unit->arena, "test CA", NOW_MS, CERT_DAYS_CA, &ca, &unit->err));
    MUST(cert_make_client(unit->arena, &ca, "mfp-0001", NOW_MS, 30, &client, &unit->err));
    AUTO(closep) gnutls_x509_crt_t ca_cert = opened(ca.pem);
    AUTO(closep) gnutls_x509_crt_t cert = opened(client.pem);
    assert_int_equal(trouble(ca_cert, cert, GNUTLS_KP_TLS_WWW_CLIENT), 0);
    assert_int_not_equal(trouble(ca_cert, cert, GNUTLS_KP_TLS_WWW_SERVER), 0);
    assert_int_equal(gnutls_x509_crt_get_dn_by_oid(cert, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name, &size), 0);
    assert_string_equal(name, "mfp-0001");
}

UNIT(another_ca_vouches_for_nothing_of_ours)
{
    struct cert ca, other, client;

    MUST(cert_make_ca(unit->arena, "test CA", NOW_MS, CERT_DAYS_CA, &ca, &unit->err));
    MUST(cert_make_ca(unit->arena, "test CA", NOW_MS, CERT_DAYS_CA, &other, &unit->err));
    MUST(cert_make_client(unit->arena, &ca, "mfp-0001", NOW_MS, 30, &client, &unit->err));
    AUTO(closep) gnutls_x509_crt_t other_cert = opened(other.pem);
    AUTO(closep) gnutls_x509_crt_t cert = opened(client.pem);
    assert_int_not_equal(trouble(other_cert, cert, GNUTLS_KP_TLS_WWW_CLIENT), 0);
}

UNIT(a_leaf_cannot_vouch_for_a_leaf)
{
    struct cert ca, client, grandchild;

    MUST(cert_make_ca(unit->arena, "test CA", NOW_MS, CERT_DAYS_CA, &ca, &unit->err));
    MUST(cert_make_client(unit->arena, &ca, "mfp-0001", NOW_MS, 30, &client, &unit->err));
    MUST(cert_make_client(unit->arena, &client, "mfp-0002", NOW_MS, 30, &grandchild, &unit->err));
    AUTO(closep) gnutls_x509_crt_t client_cert = opened(client.pem);
    AUTO(closep) gnutls_x509_crt_t cert = opened(grandchild.pem);
    assert_int_not_equal(trouble(client_cert, cert, GNUTLS_KP_TLS_WWW_CLIENT), 0);
}

UNIT(it_holds_from_an_hour_before_for_as_long_as_asked)
{
    struct cert ca;

    MUST(cert_make_ca(unit->arena, "test CA", NOW_MS, 10, &ca, &unit->err));
    AUTO(closep) gnutls_x509_crt_t cert = opened(ca.pem);
    assert_int_equal(gnutls_x509_crt_get_activation_time(cert), NOW_MS / 1000 - 3600);
    assert_int_equal(gnutls_x509_crt_get_expiration_time(cert), (NOW_MS + 10 * DAY_MS) / 1000);
    assert_int_equal(gnutls_x509_crt_get_ca_status(cert, NULL), 1);
}

UNIT(a_broken_ca_and_a_server_without_names_are_refused)
{
    static const char *const names[] = {"localhost"};
    struct cert ca = {span_of("no certificate"), span_of("no key")}, out;

    REFUSES(ERR_INVALID, cert_make_client(unit->arena, &ca, "x", NOW_MS, 1, &out, &unit->err));
    SAYS("reading the CA");
    REFUSES(ERR_INVALID, cert_make_server(unit->arena, &ca, names, 0, NOW_MS, 1, &out, &unit->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_server_certificate_holds_for_all_its_names_and_no_other),
        UNIT_TEST(a_client_certificate_is_for_clients_and_carries_the_device),
        UNIT_TEST(another_ca_vouches_for_nothing_of_ours),
        UNIT_TEST(a_leaf_cannot_vouch_for_a_leaf),
        UNIT_TEST(it_holds_from_an_hour_before_for_as_long_as_asked),
        UNIT_TEST(a_broken_ca_and_a_server_without_names_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
