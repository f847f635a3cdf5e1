/* The doors of backups and restores: each that changes something writes its audit record. A new one without
 * fails the last test here. */
#include "base/text.h"
#include "support/age.h"
#include "support/audit_doors.h"
#include "support/backup.h"
#include "support/ddi.h"
#include "support/restores.h"

#define D AUDIT_DOORS_D
#define API AUDIT_DOORS_API
#define ASK(role, method, target, body) ops_ask(ops, role, method, target, body)
#define AT(...) arena_printf(unit->arena, __VA_ARGS__)

static struct answer backup_begin(struct backer *b, size_t size, const char *metadata)
{
    return backer_ask(b, "POST", "/backups",
                      arena_printf(b->s->arena,
                                   "Tus-Resumable: 1.0.0\nUpload-Length: %zu\nUpload-Metadata: %s", size,
                                   metadata),
                      NULL);
}

static struct answer backup_send_all(struct backer *b, const char *path, struct span bytes)
{
    return support_ask_bytes(
        b->s, "PATCH", path,
        backer_headers(b, arena_printf(b->s->arena,
                                       "Tus-Resumable: 1.0.0\nUpload-Offset: 0\nContent-Length: %zu\n"
                                       "Content-Type: application/offset+octet-stream",
                                       bytes.size)),
        bytes);
}

UNIT(backups)
{
    struct ops *ops = ops_world(unit->arena);
    struct support *s = &ops->s;
    struct answer last;

    PROVE(s, "POST", API "/backup-custody", "backup.custody",
          ASK("admin", "POST", API "/backup-custody", "{\"custody\":\"service\"}"));
    PROVE(s, "PUT", API "/backup-rules", "backup.rule",
          ASK("admin", "PUT", API "/backup-rules", "{\"customer\":\"\",\"keep_last\":1}"));
    struct backer *b = backer_make(s, "mfp-1");
    const char *other = backer_make(s, "mfp-2")->recipient;
    PROVE(s, "PUT", D "/recipient", "device.recipient",
          ddi_ask(s, "PUT", "mfp-1", "/recipient", AT("{\"recipient\":\"%s\"}", other)));
    b = backer_make(s, "mfp-3");
    PROVE(s, "POST", API "/devices/{device}/backups", "backup.ask",
          ASK("technician", "POST", API "/devices/mfp-3/backups", "{}"));
    const char *recipients = backer_recipients(b);
    struct span file = backer_sealed(b, recipients);
    PROVE(s, "POST", D "/backups", "upload.make upload.write backup.accept",
          backer_send(b, file, backer_said(b, recipients)));
    int64_t id = atoll(support_header(&last, "Nightshift-Backup"));
    file = backer_sealed(b, recipients);
    last = backup_begin(b, file.size, backer_said(b, recipients));
    const char *path = strstr(support_header(&last, "Location"), "/DEFAULT");
    PROVE(s, "PATCH", D "/backups/{upload}", "upload.write backup.accept", backup_send_all(b, path, file));
    int64_t second = atoll(support_header(&last, "Nightshift-Backup"));
    PROVE(s, "POST", API "/backups/{backup}/hold", "backup.hold",
          ASK("admin", "POST", AT(API "/backups/%d/hold", (int)id), "{\"reason\":\"court\"}"));
    PROVE(s, "POST", API "/backups/{backup}/release", "backup.release",
          ASK("admin", "POST", AT(API "/backups/%d/release", (int)id), "{}"));
    PROVE(s, "POST", API "/backups/prune", "backup.prune", /* one each; keep_last is 1 of 2 */
          ASK("admin", "POST", API "/backups/prune", "{\"dry_run\":false}"));
    PROVE(s, "DELETE", API "/backups/{backup}", "backup.drop",
          ASK("admin", "DELETE", AT(API "/backups/%d", (int)second), NULL));
}

/* Of one's own key to the service's next one, by who has the old one. */
static const char *header_for(struct unit *unit, struct ops *ops, int64_t id, const struct age_identity *by,
                              const char *const names[2])
{
    struct answer old = ASK("admin", "GET", AT(API "/backups/%d/header", (int)id), NULL);
    struct age_recipient to[2];
    struct span header;
    size_t at;

    for (int i = 0; i < 2; i++)
        MUST(age_recipient_parse(span_of(names[i]), &to[i], &unit->err));
    MUST(age_rewrap(unit->arena, span_make(old.text, old.size), &(struct age_by){&by, 1},
                    &(struct age_to){to, 2, NULL}, &header, &at, &unit->err));
    return AT("{\"header\":\"%s\",\"recipients\":[\"%s\",\"%s\"]}", text_base64(unit->arena, header),
              names[0], names[1]);
}

UNIT(a_header_for_the_next_key)
{
    struct ops *ops = ops_world(unit->arena);
    struct age_identity *theirs = age_test_identity(unit->arena);
    struct support *s = &ops->s;
    char name[AGE_RECIPIENT_CHARS + 1];
    struct answer last;

    age_recipient_text(age_identity_recipient(theirs), name);
    struct backer *b = backer_make(s, "mfp-1");
    last = ASK("admin", "POST", API "/backup-custody",
               AT("{\"custody\":\"customer\",\"recipient\":\"%s\"}", name));
    assert_int_equal(last.status, 200);
    int64_t id = backer_backup(b);
    backer_backup(b); /* the move is not over with the first */
    last = ASK("admin", "POST", API "/backup-custody", "{\"custody\":\"service\"}");
    const char *body = header_for(unit, ops, id, theirs,
                                  (const char *[]){support_text(&last, "next.recipient"), b->recipient});
    PROVE(s, "PUT", API "/backups/{backup}/header", "backup.rewrap",
          ASK("admin", "PUT", AT(API "/backups/%d/header", (int)id), body));
}

static const struct restores_word fine[] = {{"addressbook", "applied"}, {"network", "applied"}, {NULL, NULL}};

UNIT(restores)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    struct support *s = r->s;
    struct answer last;

    restores_rule(r, true, true);
    int64_t backup = restores_small(r), id;
    PROVE(s, "POST", API "/restores", "restore.plan", restores_plan(r, backup, "mfp-2", ""));
    id = support_int(&last, "id");
    PROVE(s, "POST", API "/restores/{restore}/approve", "restore.approve",
          restores_ask(r, "admin", id, "/approve", "{}"));
    PROVE(s, "POST", API "/restores/{restore}/consent", "restore.consent",
          restores_ask(r, "technician", id, "/consent", "{\"by\":\"Ms Roux\",\"text\":\"by telephone\"}"));
    PROVE(s, "POST", API "/restores/{restore}/start", "restore.start", restores_start(r, id));
    PROVE(s, "POST", D "/restores/{restore}/redeem", "restore.redeem",
          restores_redeem(r, "mfp-2", id, RESTORES_NONCE));
    PROVE(s, "PUT", D "/restores/{restore}/result", "restore.result", restores_tell(r, "mfp-2", id, fine));
    restores_rule(r, false, false);
    last = restores_plan(r, backup, "mfp-1", "");
    PROVE(s, "POST", API "/restores/{restore}/cancel", "restore.cancel",
          restores_ask(r, "technician", support_int(&last, "id"), "/cancel", "{\"reason\":\"x\"}"));
}

UNIT(where_the_customer_has_the_key)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_CUSTOMER);
    struct support *s = r->s;
    int64_t backup = restores_small(r);
    struct answer last = restores_plan(r, backup, "mfp-2", "");

    PROVE(s, "PUT", API "/restores/{restore}/plan", "restore.planned",
          restores_ask(r, "technician", support_int(&last, "id"), "/plan",
                       AT("{\"digest\":\"%064d\",\"is_whole\":true,\"categories\":\"addressbook,network\","
                          "\"counts\":{\"exact\":3}}",
                          0)));
}

/* The last test: it looks at what those before it have called. */
UNIT(no_door_of_backups_is_left)
{
    audit_doors_none_left(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(backups),
        UNIT_TEST(a_header_for_the_next_key),
        UNIT_TEST(restores),
        UNIT_TEST(where_the_customer_has_the_key),
        UNIT_TEST(no_door_of_backups_is_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
