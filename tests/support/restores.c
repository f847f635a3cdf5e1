#include "support/restores.h"

#include <inttypes.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/ident.h"
#include "base/text.h"
#include "domain/backup_custody.h"
#include "store/backup_keys.h"
#include "store/backups.h"
#include "store/devices.h"
#include "support/age.h"
#include "support/ddi.h"
#include "support/must.h"

/* clang-format off */
const struct setting_row restores_plain[4] = {
    {"addressbook", "1",   "name",     "Ann Archer"},
    {"addressbook", "1",   "mail",     "ann@example.com"},
    {"addressbook", "2",   "name",     "Bob"},
    {"network",     "lan", "hostname", "print-7"},
};
/* clang-format on */

/* ---- the world ------------------------------------------------------------------------------------- */

struct known {
    struct known *next;
    const char *id;
    struct age_identity *identity;
};

struct whole_world {
    struct restores r;
    struct known *known;
};

struct age_identity *restores_identity(struct restores *r, const char *id)
{
    struct whole_world *w = (struct whole_world *)(void *)r;
    struct known *at = w->known;

    while (at && !text_equal(at->id, id))
        at = at->next;
    if (!at) {
        at = ARENA_NEW(r->unit->arena, struct known);
        *at = (struct known){w->known, arena_dup(r->unit->arena, id), age_test_identity(r->unit->arena)};
        w->known = at;
    }
    return at->identity;
}

static const char *recipient_text(struct restores *r, const struct age_identity *identity)
{
    char *text = arena_take(r->unit->arena, AGE_RECIPIENT_CHARS + 1);

    age_recipient_text(age_identity_recipient(identity), text);
    return text;
}

int64_t restores_device(struct restores *r, const char *id, const char *model, const char *serial)
{
    struct device device = {.tenant_id = r->s->tenant_id,
                            .controller_id = id,
                            .state = DEVICE_ACTIVE,
                            .family = "aurora",
                            .model = model,
                            .serial = serial,
                            .customer = "Roux",
                            .created_ms = r->s->now_ms,
                            .enrolled_ms = r->s->now_ms};
    char digest[65];
    struct tx tx;
    int64_t made = 0;

    ident_digest(arena_printf(r->unit->arena, "token-%s", id), digest);
    device.token_hash = digest;
    MUST_DO(tx_begin(&tx, r->s->store, &err));
    MUST_DO(store_device_put(r->s->store, &device, &made, &err));
    MUST_DO(store_device_recipient_put(r->s->store, made, recipient_text(r, restores_identity(r, id)), &err));
    MUST_DO(tx_commit(&tx, &err));
    return made;
}

void restores_rule(struct restores *r, bool needs_approval, bool needs_consent)
{
    const struct backup_rule rule = {.tenant_id = r->s->tenant_id,
                                     .customer = "Roux",
                                     .escrow = "",
                                     .needs_approval = needs_approval,
                                     .needs_consent = needs_consent};
    struct tx tx;

    MUST_DO(tx_begin(&tx, r->s->store, &err));
    MUST_DO(store_backup_rule_put(r->s->store, &rule, &err));
    MUST_DO(tx_commit(&tx, &err));
}

struct restores *restores_world(struct unit *unit, enum backup_custody custody)
{
    struct whole_world *w = ARENA_NEW(unit->arena, struct whole_world);
    struct restores *r = &w->r;
    struct who who = {.kind = WHO_IS_OPERATOR, .tenant = "DEFAULT", .name = "admin", .role = ROLE_ADMIN};
    struct backup_custody_view view;
    const char *recipient = "";

    r->unit = unit;
    r->ops = ops_world(unit->arena);
    r->s = &r->ops->s;
    who.tenant_id = r->s->tenant_id;
    if (custody == BACKUP_CUSTODY_CUSTOMER) {
        r->customer = age_test_identity(unit->arena);
        recipient = recipient_text(r, r->customer);
    }
    MUST_DO(
        backup_custody_move(&r->s->world, unit->arena, &who, custody, recipient, r->s->now_ms, &view, &err));
    restores_device(r, "mfp-1", "MFP-3145", "S-1");
    restores_device(r, "mfp-2", "MFP-3145", "S-2");
    return r;
}

/* ---- backups --------------------------------------------------------------------------------------- */

static struct span sealed(struct restores *r, const char *id, const char *tenant, struct span tar)
{
    struct age_recipient recipients[2];
    const struct age_to to = {.recipients = recipients, .count = 2};
    struct buf out = {.arena = r->unit->arena};

    MUST_DO(age_recipient_parse(span_of(tenant), &recipients[0], &err));
    recipients[1] = *age_identity_recipient(restores_identity(r, id));
    MUST_DO(age_test_seal(&to, tar, 65536, &out, &err));
    return buf_span(&out);
}

static int64_t put(struct restores *r, struct backup *backup, struct span file)
{
    struct span header = {file.at, 0};
    struct blob_hashes hashes;
    char sha256[65];
    int64_t id = 0;
    struct tx tx;
    struct err ignored;

    assert_int_equal(age_header_size(file, &header.size, &ignored), AGE_FOUND);
    hash_hex_of(HASH_SHA256, file, sha256);
    MUST_DO(blob_put(r->s->world.blobs, span_make(file.at + header.size, file.size - header.size), &hashes,
                     &err));
    backup->sha256 = sha256;
    backup->upload = sha256;
    backup->payload = hashes.sha256;
    backup->payload_size = hashes.size;
    backup->size = (int64_t)file.size;
    MUST_DO(tx_begin(&tx, r->s->store, &err));
    MUST_DO(store_backup_put(r->s->store, backup, header, &id, &err));
    MUST_DO(tx_commit(&tx, &err));
    return id;
}

static const char *categories_of(struct restores *r, const struct snapshot *snapshot)
{
    struct buf b = {.arena = r->unit->arena};
    struct json_out j = {.buf = &b};

    json_open(&j, NULL);
    for (size_t i = 0; i < snapshot->category_count; i++)
        json_int(&j, snapshot->categories[i].kind->name, (int64_t)snapshot->categories[i].item_count);
    json_close(&j);
    return buf_cstr(&b);
}

int64_t restores_backup(struct restores *r, const char *id, const char *model, const struct setting_row *rows,
                        size_t count, int64_t restore_id)
{
    struct snapshot snapshot = settings_snapshot(r->unit->arena, model, rows, count);
    struct device device = support_device_get(r->s, id);
    struct backup_custody_view view;

    MUST_DO(backup_custody_get(&r->s->world, r->unit->arena, r->s->tenant_id, &view, &err));
    struct backup backup = {.tenant_id = r->s->tenant_id,
                            .device_id = device.id,
                            .customer = device.customer,
                            .trigger = restore_id ? BACKUP_AFTER_RESTORE : BACKUP_SCHEDULE,
                            .model = model,
                            .serial = device.serial,
                            .firmware = "{}",
                            .categories = categories_of(r, &snapshot),
                            .restore_id = restore_id,
                            .recipients = view.key.recipient,
                            .wrapped_to = view.key.recipient,
                            .taken_ms = r->s->now_ms,
                            .received_ms = r->s->now_ms};

    return put(r, &backup, sealed(r, id, view.key.recipient, settings_bytes(r->unit, &snapshot)));
}

int64_t restores_small(struct restores *r)
{
    return restores_backup(r, "mfp-1", "MFP-3145", restores_plain, COUNT(restores_plain), 0);
}

/* ---- people ------------------------------------------------------------------------------------------ */

struct answer restores_plan(struct restores *r, int64_t backup, const char *device, const char *more)
{
    return ops_ask(
        r->ops, "technician", "POST", "/api/v1/restores",
        arena_printf(r->unit->arena, "{\"backup\":%" PRId64 ",\"device\":\"%s\"%s}", backup, device, more));
}

struct answer restores_ask(struct restores *r, const char *role, int64_t id, const char *verb,
                           const char *body)
{
    return ops_ask(r->ops, role, text_equal(verb, "/plan") ? "PUT" : "POST",
                   arena_printf(r->unit->arena, "/api/v1/restores/%" PRId64 "%s", id, verb), body);
}

struct answer restores_get(struct restores *r, int64_t id)
{
    return ops_ask(r->ops, "viewer", "GET", arena_printf(r->unit->arena, "/api/v1/restores/%" PRId64, id),
                   NULL);
}

const char *restores_state(struct restores *r, int64_t id)
{
    struct answer a = restores_get(r, id);

    return support_text(&a, "state");
}

const char *restores_reason(struct restores *r, int64_t id)
{
    struct answer a = restores_get(r, id);

    return support_text(&a, "reason");
}

struct answer restores_start(struct restores *r, int64_t id)
{
    struct answer a = restores_get(r, id);

    return restores_ask(r, "technician", id, "/start",
                        arena_printf(r->unit->arena, "{\"digest\":\"%s\"}", support_text(&a, "digest")));
}

int64_t restores_started(struct restores *r, int64_t backup, const char *device, const char *more)
{
    struct answer a = restores_plan(r, backup, device, more);
    int64_t id;

    if (a.status != 201)
        fail_msg("plan: %d %s", a.status, a.text);
    id = support_int(&a, "id");
    a = restores_start(r, id);
    if (a.status != 200)
        fail_msg("start: %d %s", a.status, a.text);
    return id;
}

int64_t restores_action(struct restores *r, int64_t id)
{
    struct answer a = restores_get(r, id);

    return support_int(&a, "action");
}

/* ---- the device's side ----------------------------------------------------------------------------------
 */

struct answer restores_redeem(struct restores *r, const char *device, int64_t id, const char *nonce)
{
    return ddi_ask(r->s, "POST", device, arena_printf(r->unit->arena, "/restores/%" PRId64 "/redeem", id),
                   arena_printf(r->unit->arena, "{\"nonce\":\"%s\"}", nonce));
}

struct answer restores_file(struct restores *r, const char *device, int64_t id, const char *nonce)
{
    return ddi_ask(r->s, "GET", device,
                   arena_printf(r->unit->arena, "/restores/%" PRId64 "/settings.age%s%s", id,
                                *nonce ? "?nonce=" : "", nonce),
                   NULL);
}

const struct restores_word restores_fine[3] = {
    {"addressbook", "applied"}, {"network", "skipped"}, {NULL, NULL}};

struct answer restores_tell(struct restores *r, const char *device, int64_t id,
                            const struct restores_word *words)
{
    struct buf b = {.arena = r->unit->arena};

    buf_text(&b, "{\"categories\":[");
    for (size_t i = 0; words[i].name; i++)
        buf_printf(&b, "%s{\"name\":\"%s\",\"result\":\"%s\",\"items\":1,\"text\":\"\"}", i ? "," : "",
                   words[i].name, words[i].result);
    buf_text(&b, "]}");
    return ddi_ask(r->s, "PUT", device, arena_printf(r->unit->arena, "/restores/%" PRId64 "/result", id),
                   buf_cstr(&b));
}

static bool open_file(struct restores *r, const char *device, const struct answer *file, struct buf *out)
{
    struct err err;

    return age_test_open(restores_identity(r, device), span_make(file->text, file->size), 4096, out, &err);
}

bool restores_opens(struct restores *r, const char *device, const struct answer *file)
{
    struct buf plain = {.arena = r->unit->arena};

    return open_file(r, device, file, &plain);
}

struct snapshot restores_opened(struct restores *r, const char *device, const struct answer *file)
{
    AUTO(fd_closep) int fd = memfd_create("opened", MFD_CLOEXEC);
    struct buf plain = {.arena = r->unit->arena};
    struct snapshot snapshot = {0};

    if (!open_file(r, device, file, &plain))
        fail_msg("%s cannot open its file", device);
    MUST_DO(file_write_all(fd, buf_span(&plain), &err));
    MUST_DO(snapshot_read(r->unit->arena, fd, &snapshot, &err));
    return snapshot;
}
