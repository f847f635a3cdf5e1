#include "signing/device_report.h"

#include "base/hash.h"
#include "base/text.h"
#include "signing/canonical.h"
#include "signing/tuf_parts.h"

#define TENANT_MAX 64
#define DEVICE_MAX 256
#define COMPONENT_MAX 128
#define VERSION_MAX 256
#define TARGET_MAX 400

static const char *const role_name[REPORTED_ROLE__MAX] = {"root", "targets", "online"};

/* ---- what both ends hold to ---------------------------------------------------------------------- */

/* Canonical JSON leaves control characters raw, and then the file is no JSON. */
static bool check_text(const char *text, const char *what, size_t least, size_t most, struct err *err)
{
    if (!text || strlen(text) < least || strlen(text) > most || !text_is_utf8(span_of(text)))
        return FAIL(err, ERR_INVALID, "member \"%s\" is %zu to %zu bytes of text", what, least, most);
    for (const char *c = text; *c; c++)
        if ((uint8_t)*c < 0x20 || *c == 0x7F)
            return FAIL(err, ERR_INVALID, "member \"%s\" must not hold control characters", what);
    return true;
}

static bool check_hex(const char *text, const char *what, size_t chars, struct err *err)
{
    return (text && text_is_hex(text, chars)) ||
           FAIL(err, ERR_INVALID, "member \"%s\" must be %zu digits of 0-9 a-f", what, chars);
}

static bool check_number(int64_t value, const char *what, int64_t least, struct err *err)
{
    return (value >= least && value <= DEVICE_REPORT_NUMBER_MAX) ||
           FAIL(err, ERR_INVALID, "member \"%s\" is out of bounds", what);
}

static bool check_part(const struct device_report *report, size_t i, struct err *err)
{
    const struct reported_part *part = &report->parts[i];

    if (!check_text(part->component, "component", 1, COMPONENT_MAX, err) ||
        !check_text(part->version, "version", 0, VERSION_MAX, err) ||
        !check_text(part->target, "target", 0, TARGET_MAX, err) ||
        (!text_blank(part->sha256) && !check_hex(part->sha256, "sha256", 64, err)))
        return false;
    for (size_t k = 0; k < i; k++)
        if (text_equal(report->parts[k].component, part->component))
            return FAIL(err, ERR_INVALID, "component \"%s\" comes twice", part->component);
    return true;
}

static bool check_lists(const struct device_report *report, struct err *err)
{
    if (report->part_count > DEVICE_REPORT_PARTS_MAX)
        return FAIL(err, ERR_INVALID, "more than %d components", DEVICE_REPORT_PARTS_MAX);
    for (size_t i = 0; i < report->part_count; i++)
        if (!check_part(report, i, err))
            return false;
    for (int role = 0; role < REPORTED_ROLE__MAX; role++) {
        if (report->key_count[role] > TUF_KEYS_MAX)
            return FAIL(err, ERR_INVALID, "more than %d keys", TUF_KEYS_MAX);
        for (size_t i = 0; i < report->key_count[role]; i++)
            if (!check_hex(report->keys[role][i], role_name[role], KEY_ID_CHARS, err))
                return false;
    }
    return true;
}

static bool check_report(const struct device_report *report, struct err *err)
{
    if (!text_name(report->tenant, "member \"tenant\"", TENANT_MAX, err) ||
        !check_text(report->device, "device", 1, DEVICE_MAX, err) ||
        !check_hex(report->key, "key", 64, err) ||
        !check_hex(report->nonce, "nonce", DEVICE_REPORT_NONCE_CHARS, err) ||
        !check_number(report->counter, "counter", 1, err) ||
        !check_number(report->image.root, "root", 0, err) ||
        !check_number(report->image.timestamp, "timestamp", 0, err) ||
        !check_number(report->director.root, "root", 0, err) ||
        !check_number(report->director.timestamp, "timestamp", 0, err))
        return false;
    return check_lists(report, err);
}

/* ---- writing ------------------------------------------------------------------------------------- */

static void write_versions(struct json_out *j, const char *name, const struct reported_versions *versions)
{
    json_open(j, name);
    json_int(j, "root", versions->root);
    json_int(j, "timestamp", versions->timestamp);
    json_close(j);
}

static void write_parts(struct json_out *j, const struct device_report *report)
{
    json_open_list(j, "installed");
    for (size_t i = 0; i < report->part_count; i++) {
        const struct reported_part *part = &report->parts[i];

        json_open(j, NULL);
        json_text(j, "component", part->component);
        json_text(j, "version", part->version);
        json_text_if(j, "target", part->target);
        json_text_if(j, "sha256", part->sha256);
        json_close(j);
    }
    json_close(j);
}

static void write_keys(struct json_out *j, const struct device_report *report)
{
    json_open(j, "trusts");
    for (int role = 0; role < REPORTED_ROLE__MAX; role++) {
        json_open_list(j, role_name[role]);
        for (size_t i = 0; i < report->key_count[role]; i++)
            json_text(j, NULL, report->keys[role][i]);
        json_close(j);
    }
    json_close(j);
}

bool device_report_write(struct arena *arena, const struct device_report *report, struct span *signed_bytes,
                         struct err *err)
{
    struct buf buf = {.arena = arena};
    struct json_out j = {.buf = &buf};

    if (!check_report(report, err))
        return err_within(err, "device report");
    json_open(&j, NULL);
    json_text(&j, "_type", DEVICE_REPORT_TYPE);
    json_text(&j, "attack", attack_name[report->attack]);
    json_int(&j, "counter", report->counter);
    json_text(&j, "device", report->device);
    write_versions(&j, "director", &report->director);
    write_versions(&j, "image", &report->image);
    write_parts(&j, report);
    json_text(&j, "key", report->key);
    json_text(&j, "nonce", report->nonce);
    json_text(&j, "tenant", report->tenant);
    write_keys(&j, report);
    json_close(&j);
    return canonical_text(arena, buf_span(&buf), signed_bytes, err);
}

bool device_report_sign(struct arena *arena, struct device_report *report, const struct key *key,
                        struct span *envelope, struct err *err)
{
    const struct key_public *public = key_public(key);
    struct tuf_signature signature = {.keyid = ""};
    struct span body;

    report->key = text_hex(arena, public->bytes, sizeof(public->bytes));
    if (!device_report_write(arena, report, &body, err))
        return false;
    memcpy(signature.keyid, public->id, sizeof(signature.keyid));
    key_sign(key, body, signature.sig);
    return tuf_envelope_write(arena, body, &signature, 1, envelope, err);
}

/* ---- reading ------------------------------------------------------------------------------------- */

static bool read_versions(const struct json *object, struct reported_versions *out, struct err *err)
{
    const struct json_field fields[] = {
        JSON_INT("root", out->root, 0, DEVICE_REPORT_NUMBER_MAX),
        JSON_INT("timestamp", out->timestamp, 0, DEVICE_REPORT_NUMBER_MAX),
    };

    return json_read(object, fields, COUNT(fields), err);
}

static bool read_parts(struct arena *arena, const struct json *list, struct device_report *out,
                       struct err *err)
{
    size_t count = json_count(list);
    struct reported_part *parts = ARENA_MANY(arena, struct reported_part, count + 1);

    for (size_t i = 0; i < count; i++) {
        struct reported_part *part = &parts[i];
        const struct json_field fields[] = {
            JSON_TEXT("component", part->component, 1, COMPONENT_MAX),
            JSON_TEXT("version", part->version, 0, VERSION_MAX),
            JSON_OPT_TEXT("target", part->target, 1, TARGET_MAX),
            JSON_OPT_TEXT("sha256", part->sha256, 64, 64),
        };

        part->target = part->sha256 = "";
        if (!json_read(json_item(list, i), fields, COUNT(fields), err))
            return false;
    }
    out->parts = parts;
    out->part_count = count;
    return true;
}

static bool read_keys(struct arena *arena, const struct json *object, struct device_report *out,
                      struct err *err)
{
    const struct json *lists[REPORTED_ROLE__MAX] = {NULL};
    const struct json_field fields[] = {
        JSON_LIST_OF(role_name[REPORTED_ROOT], lists[REPORTED_ROOT], TUF_KEYS_MAX),
        JSON_LIST_OF(role_name[REPORTED_TARGETS], lists[REPORTED_TARGETS], TUF_KEYS_MAX),
        JSON_LIST_OF(role_name[REPORTED_ONLINE], lists[REPORTED_ONLINE], TUF_KEYS_MAX),
    };

    if (!json_read(object, fields, COUNT(fields), err))
        return false;
    for (int role = 0; role < REPORTED_ROLE__MAX; role++) {
        size_t count = json_count(lists[role]);
        const char **ids = ARENA_MANY(arena, const char *, count + 1);

        for (size_t i = 0; i < count; i++)
            ids[i] = json_string(json_item(lists[role], i));
        out->keys[role] = ids;
        out->key_count[role] = count;
    }
    return true;
}

static bool read_words(const char *type, const char *attack, struct device_report *out, struct err *err)
{
    if (!text_equal(type, DEVICE_REPORT_TYPE))
        return FAIL(err, ERR_INVALID, "the _type is not " DEVICE_REPORT_TYPE);
    out->attack = ATTACK_NONE;
    return text_equal(attack, attack_name[ATTACK_NONE]) || attack_parse(attack, &out->attack) ||
           FAIL(err, ERR_INVALID, "member \"attack\" is no attack that has a name");
}

static bool read_members(struct arena *arena, const struct json *body, struct device_report *out,
                         struct err *err)
{
    const struct json *director = NULL, *image = NULL, *installed = NULL, *trusts = NULL;
    const char *type = NULL, *attack = NULL;
    /* clang-format off */
    const struct json_field fields[] = {
        JSON_TEXT("_type",    type,         1, 32),
        JSON_TEXT("attack",   attack,       1, 32),
        JSON_INT ("counter",  out->counter, 1, DEVICE_REPORT_NUMBER_MAX),
        JSON_TEXT("device",   out->device,  1, DEVICE_MAX),
        JSON_OBJECT_OF("director", director),
        JSON_OBJECT_OF("image", image),
        JSON_LIST_OF("installed", installed, DEVICE_REPORT_PARTS_MAX),
        JSON_TEXT("key",      out->key,     64, 64),
        JSON_TEXT("nonce",    out->nonce,   DEVICE_REPORT_NONCE_CHARS, DEVICE_REPORT_NONCE_CHARS),
        JSON_TEXT("tenant",   out->tenant,  1, TENANT_MAX),
        JSON_OBJECT_OF("trusts", trusts),
    };
    /* clang-format on */
    return json_read(body, fields, COUNT(fields), err) && read_words(type, attack, out, err) &&
           read_versions(director, &out->director, err) && read_versions(image, &out->image, err) &&
           read_parts(arena, installed, out, err) && read_keys(arena, trusts, out, err) &&
           check_report(out, err);
}

static bool read_envelope(struct arena *arena, struct span envelope, const struct json **body,
                          struct tuf_file *file, struct err *err)
{
    const struct json *root, *signatures = NULL;
    const struct json_field fields[] = {
        JSON_LIST_OF("signatures", signatures, 1),
        JSON_OBJECT_OF("signed", *body),
    };

    if (envelope.size > DEVICE_REPORT_BYTES_MAX)
        return FAIL(err, ERR_TOO_LARGE, "larger than %d bytes", DEVICE_REPORT_BYTES_MAX);
    if (!json_parse(arena, envelope, &root, err) || !json_read(root, fields, COUNT(fields), err))
        return false;
    if (json_count(signatures) != 1 || json_count(json_item(signatures, 0)) != 2)
        return FAIL(err, ERR_INVALID, "it has one signature, of a keyid and a sig");
    return tuf_signatures_read(arena, signatures, file, err);
}

/* One spelling for each report: what is signed is what device_report_write() makes of it. */
static bool check_spelling(struct arena *arena, const struct json *body, const struct device_report *report,
                           struct span *signed_bytes, struct err *err)
{
    struct span ours;

    if (!canonical_write(arena, body, signed_bytes, err) || !device_report_write(arena, report, &ours, err))
        return false;
    return (ours.size == signed_bytes->size && memcmp(ours.at, signed_bytes->at, ours.size) == 0) ||
           FAIL(err, ERR_INVALID, "its members are spelled in another way than ours");
}

static bool check_signature(const struct device_report *report, const struct tuf_file *file, struct err *err)
{
    struct key_public public;
    struct tuf_keys keys = {.keys = &public, .count = 1, .threshold = 1};

    if (!key_public_parse(report->key, &public, err))
        return false;
    return tuf_count_valid(file->signed_bytes, file->signatures, file->signature_count, &keys) == 1 ||
           FAIL(err, ERR_FORBIDDEN, "it is not signed by the key that it names");
}

bool device_report_read(struct arena *arena, struct span envelope, struct device_report *out, char digest[65],
                        struct err *err)
{
    struct device_report report = {.counter = 0};
    const struct json *body = NULL;
    struct tuf_file file = {0};

    if (!read_envelope(arena, envelope, &body, &file, err) || !read_members(arena, body, &report, err) ||
        !check_spelling(arena, body, &report, &file.signed_bytes, err) ||
        !check_signature(&report, &file, err))
        return err_within(err, "device report");
    hash_hex_of(HASH_SHA256, file.signed_bytes, digest);
    *out = report;
    return true;
}
