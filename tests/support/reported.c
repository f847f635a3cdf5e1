#include "support/reported.h"

#include "support/unit.h"

struct key *reported_key(int n)
{
    struct key *key = NULL;
    uint8_t seed[32];
    struct err err;

    memset(seed, n, sizeof(seed));
    if (!key_from_seed("report", seed, &key, &err))
        fail_msg("%s", err.text);
    return key;
}

struct device_report reported_of(const char *device, int64_t counter, char nonce)
{
    static const struct reported_part parts[] = {
        {"system", "2.0", "aurora/2.0/system.bin",
         "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"scanner", "1.7", "", ""},
    };
    static const char *const ids[] = {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                                      "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"};
    static char nonces[256][DEVICE_REPORT_NONCE_CHARS + 1];
    char *own = nonces[(uint8_t)nonce];

    memset(own, nonce, DEVICE_REPORT_NONCE_CHARS);
    return (struct device_report){.tenant = "DEFAULT",
                                  .device = device,
                                  .nonce = own,
                                  .counter = counter,
                                  .image = {.root = 2, .timestamp = 9},
                                  .director = {.root = 1, .timestamp = 4},
                                  .parts = parts,
                                  .part_count = COUNT(parts),
                                  .keys = {ids, ids, ids},
                                  .key_count = {2, 1, 1}};
}

const char *reported_text(struct arena *arena, struct device_report report, int n)
{
    AUTO(key_freep) struct key *key = reported_key(n);
    struct span envelope;
    struct err err;

    if (!device_report_sign(arena, &report, key, &envelope, &err))
        fail_msg("%s", err.text);
    return arena_text(arena, envelope);
}

struct answer reported_put(struct support *s, const char *device, const char *text)
{
    return ddi_ask(s, "PUT", device, "/report", text);
}
