/* Every door that changes something writes one audit record, in the same transaction: proven by calling each.
 * A door that writes none is on a short list that says why. A new door without either fails the last test
 * here. */
#include "base/text.h"
#include "store/audits.h"
#include "support/age.h"
#include "support/backup.h"
#include "support/ddi.h"
#include "support/enrol.h"
#include "support/restores.h"
#include "support/rollouts.h"

#define D "/{tenant}/controller/v1/{id}"
#define API "/api/v1"

/* clang-format off */
static const struct {
    const char *method, *path, *why;
} silent[] = {
    {"POST",   D "/deploymentBase/{action}/feedback", "the action keeps every word of its device"},
    {"POST",   D "/cancelAction/{action}/feedback",   "the action keeps every word of its device"},
    {"PUT",    D "/usage",                            "a device about its own days: the gate weighs them"},
    {"PUT",    D "/report",                           "a device about itself, kept with it as it was signed"},
    {"PUT",    D "/configData",                       "a device about itself: kept with it, decides nothing"},
    {"PUT",    D "/installedBase",                    "a device about itself: kept with it, decides nothing"},
    {"DELETE", D "/backups/{upload}",                 "the device's own, not yet accepted: nobody has seen it"},
    {"POST",   API "/session",                        "changes nothing that rests: a cookie is the token"},
    {"POST",   API "/rollouts/{rollout}/rehearse",    "changes nothing: a question whose answer takes seconds"},
    {"DELETE", API "/session",                        "changes nothing that rests"},
};
/* clang-format on */

#define DOORS_MAX 512
static bool is_proven[DOORS_MAX];

static void mark(const char *method, const char *path)
{
    for (size_t i = 0; routes[i].method; i++)
        if (text_equal(routes[i].method, method) && text_equal(routes[i].path, path)) {
            is_proven[i] = true;
            return;
        }
    fail_msg("there is no door %s %s", method, path);
}

static int64_t newest(struct support *s)
{
    struct audit *rows;
    struct err err;
    size_t count;

    if (!store_audit_list(s->store, s->arena, s->tenant_id, 0, 1, &rows, &count, &err))
        fail_msg("%s", err.text);
    return count ? rows[0].id : 0;
}

/* The records since then that are not of the service by itself: this one, or for a request that does several
 * things (tus: make, write, and what the last byte brings about) these, oldest first. */
static void prove(struct support *s, const char *method, const char *path, const char *what, int64_t before,
                  const struct answer *a)
{
    const char *seen = "";
    struct audit *rows;
    struct err err;
    size_t count;

    if (a->status < 200 || a->status > 299)
        fail_msg("%s %s: %d %s", method, path, a->status, a->text);
    if (!store_audit_list(s->store, s->arena, s->tenant_id, 0, 20, &rows, &count, &err))
        fail_msg("%s", err.text);
    for (size_t i = 0; i < count && rows[i].id > before; i++) {
        if (text_equal(rows[i].who, "service"))
            continue;
        assert_true(*rows[i].who && *rows[i].source && *rows[i].request_id);
        seen = arena_printf(s->arena, "%s%s%s", rows[i].what, *seen ? " " : "", seen);
    }
    if (!text_equal(seen, what))
        fail_msg("%s %s writes \"%s\", not \"%s\"", method, path, seen, what);
    mark(method, path);
}

/* The call is made between looking and looking again. */
#define PROVE(s, method, path, what, call)                                                                   \
    do {                                                                                                     \
        int64_t before_ = newest(s);                                                                         \
        last = (call);                                                                                       \
        prove(s, method, path, what, before_, &last);                                                        \
    } while (0)

#define ASK(role, method, target, body) ops_ask(ops, role, method, target, body)
#define AT(...) arena_printf(unit->arena, __VA_ARGS__)

UNIT(people_and_tenants)
{
    struct ops *ops = ops_world(unit->arena);
    struct support *s = &ops->s;
    struct answer last;

    PROVE(s, "PATCH", API "/tenant", "tenant.change",
          ASK("admin", "PATCH", API "/tenant", "{\"poll_sleep_s\":60}"));
    PROVE(s, "POST", API "/tenant/gateway-token", "tenant.gateway-token",
          ASK("admin", "POST", API "/tenant/gateway-token", "{}"));
    PROVE(s, "POST", API "/operators", "operator.make",
          ASK("admin", "POST", API "/operators", "{\"name\":\"zoe\",\"role\":\"viewer\"}"));
    PROVE(s, "DELETE", API "/operators/{name}", "operator.revoke",
          ASK("admin", "DELETE", API "/operators/zoe", NULL));
    PROVE(s, "PUT", API "/sites/{site}", "site.put",
          ASK("technician", "PUT", API "/sites/lyon", "{\"zone\":\"Europe/Paris\"}"));
}

UNIT(families_and_releases)
{
    struct ops *ops = ops_world(unit->arena);
    const struct key_public *stranger = key_public(ops->engineers[3]);
    struct ops_package package = {.version = "1.0", .counter = 1};
    struct support *s = &ops->s;
    struct answer last;
    int64_t id;

    PROVE(s, "POST", API "/families", "family.make",
          ASK("admin", "POST", API "/families", "{\"name\":\"c400\",\"threshold\":1,\"models\":[\"X\"]}"));
    PROVE(s, "POST", API "/families/{family}/keys", "family.key-add",
          ASK("admin", "POST", API "/families/aurora/keys",
              AT("{\"name\":\"eva\",\"public\":\"%s\"}", text_hex(unit->arena, stranger->bytes, 32))));
    PROVE(s, "DELETE", API "/families/{family}/keys/{keyid}", "family.key-revoke",
          ASK("admin", "DELETE", AT(API "/families/aurora/keys/%s", stranger->id), NULL));
    const char *upload = ops_upload(ops, ops_package(ops, &package));
    PROVE(s, "POST", API "/releases", "release.make",
          ASK("engineer", "POST", API "/releases", AT("{\"upload\":\"%s\"}", upload)));
    id = support_int(&last, "id");
    PROVE(s, "POST", API "/releases/{release}/signatures", "release.sign", ops_sign(ops, id, 0));
    ops_sign(ops, id, 1);
    PROVE(s, "POST", API "/releases/{release}/publish", "release.publish", ops_publish(ops, id));
    PROVE(s, "POST", API "/releases/{release}/withdraw", "release.withdraw",
          ASK("engineer", "POST", AT(API "/releases/%d/withdraw", (int)id), "{}"));
}

static const char *root_signature(struct ops *ops, int no)
{
    struct answer bytes = ops_ask(ops, "viewer", "GET", API "/trust/root/to-sign", NULL);
    char sig[KEY_SIG_HEX_CHARS + 1];

    key_sign(ops->roots[no], span_make(bytes.text, bytes.size), sig);
    return arena_printf(ops->s.arena, "{\"keyid\":\"%s\",\"sig\":\"%s\"}", key_public(ops->roots[no])->id, sig);
}

UNIT(trust)
{
    struct ops *ops = ops_world(unit->arena);
    struct support *s = &ops->s;
    struct answer last;

    PROVE(s, "PUT", API "/trust/{role}", "trust.stage", ASK("admin", "PUT", API "/trust/root", "{}"));
    PROVE(s, "DELETE", API "/trust/{role}", "trust.drop", ASK("admin", "DELETE", API "/trust/root", NULL));
    assert_int_equal(ASK("admin", "PUT", API "/trust/root", "{}").status, 200);
    PROVE(s, "POST", API "/trust/{role}/signatures", "trust.sign",
          ASK("engineer", "POST", API "/trust/root/signatures", root_signature(ops, 0)));
    assert_int_equal(ASK("engineer", "POST", API "/trust/root/signatures", root_signature(ops, 1)).status, 200);
    PROVE(s, "POST", API "/trust/publish", "trust.publish", ASK("admin", "POST", API "/trust/publish", "{}"));
}

static struct answer tus(struct ops *ops, const char *method, const char *target, const char *more,
                         const char *bytes)
{
    const char *headers =
        arena_printf(ops->s.arena, "Authorization: Bearer token-engineer\nTus-Resumable: 1.0.0\n%s", more);

    return support_ask_bytes(&ops->s, method, target, headers, span_of(bytes));
}

UNIT(uploads)
{
    struct ops *ops = ops_world(unit->arena);
    struct support *s = &ops->s;
    struct answer last;

    PROVE(s, "POST", API "/uploads", "upload.make", tus(ops, "POST", API "/uploads", "Upload-Length: 5", ""));
    const char *path = AT(API "/uploads/%s", strrchr(support_header(&last, "Location"), '/') + 1);
    PROVE(s, "PATCH", API "/uploads/{upload}", "upload.write",
          tus(ops, "PATCH", path,
              "Upload-Offset: 0\nContent-Length: 3\nContent-Type: application/offset+octet-stream", "abc"));
    PROVE(s, "DELETE", API "/uploads/{upload}", "upload.drop", tus(ops, "DELETE", path, "", ""));
}

static void approval_on(struct tenant *tenant)
{
    tenant->approval_on = true;
}

UNIT(devices)
{
    struct ops *ops = ops_world(unit->arena);
    struct support *s = &ops->s;
    struct answer last;

    support_tenant(s, approval_on);
    PROVE(s, "POST", API "/claims", "claim.make", ASK("technician", "POST", API "/claims", "{\"count\":1}"));
    const char *code = arena_dup(unit->arena, support_text(&last, "claims.0.code"));
    PROVE(s, "POST", D "/enrol", "device.enrol",
          enrol_as(s, "mfp-0", code, ",\"family\":\"aurora\",\"model\":\"A\""));
    PROVE(s, "POST", API "/devices/{device}/approve", "device.approve",
          ASK("technician", "POST", API "/devices/mfp-0/approve", "{}"));
    PROVE(s, "POST", API "/devices", "device.make",
          ASK("technician", "POST", API "/devices", "{\"id\":\"mfp-1\",\"serial\":\"S-1\"}"));
    PROVE(s, "PATCH", API "/devices/{device}", "device.change",
          ASK("technician", "PATCH", API "/devices/mfp-1", "{\"tags\":[\"lab\"]}"));
    PROVE(s, "POST", API "/devices/{device}/token", "device.token",
          ASK("technician", "POST", API "/devices/mfp-1/token", "{}"));
    PROVE(s, "POST", API "/devices/{device}/attributes", "device.ask",
          ASK("technician", "POST", API "/devices/mfp-1/attributes", "{}"));
    assert_int_equal(
        ASK("technician", "POST", API "/devices", "{\"id\":\"mfp-1b\",\"serial\":\"S-1\"}").status, 201);
    PROVE(s, "POST", API "/devices/{device}/join", "device.join",
          ASK("technician", "POST", API "/devices/mfp-1b/join",
              "{\"former\":\"mfp-1\",\"work_order\":\"WO-1\"}"));
    PROVE(s, "POST", API "/devices/{device}/retire", "device.retire",
          ASK("technician", "POST", API "/devices/mfp-1b/retire", "{}"));
}

static const char *rollout_door(struct ops *ops, int64_t id, const char *verb)
{
    return arena_printf(ops->s.arena, API "/rollouts/%d/%s", (int)id, verb);
}

/* One whose first stage is passed, and whose next waits for a yes. */
static int64_t approved(struct ops *ops, int64_t release)
{
    int64_t id;

    support_device(&ops->s, "early", QUIRK_NONE);
    id = rollouts_started(ops, release,
                          ",\"weight\":900,\"selection\":{\"devices\":[\"early\"]},"
                          "\"stages\":[{\"kind\":\"count\",\"value\":1}],\"terms\":{\"approved\":true}");
    ddi_say(&ops->s, "early", rollouts_offer(ops, "early", "deploymentBase"), "closed", "success", NULL);
    return id;
}

UNIT(rollouts_actions_and_holds)
{
    struct ops *ops = ops_world(unit->arena);
    struct support *s = &ops->s;
    int64_t before = ddi_release(s, "1.0"), release = ddi_release(s, "2.0"), id, early, action;
    struct answer last;

    assert_true(before < release);
    rollouts_devices(ops, "mfp", 2, NULL);
    PROVE(s, "POST", API "/rollouts", "rollout.make", rollouts_make(ops, release, ""));
    id = support_int(&last, "id");
    PROVE(s, "POST", API "/rollouts/{rollout}/start", "rollout.start", rollouts_do(ops, id, "start"));
    action = rollouts_offer(ops, "mfp-0", "deploymentBase");
    ddi_say(s, "mfp-0", action, "closed", "failure", NULL);
    PROVE(s, "POST", API "/rollouts/{rollout}/retry", "rollout.retry",
          ASK("engineer", "POST", rollout_door(ops, id, "retry"), "{}"));
    action = rollouts_offer(ops, "mfp-1", "deploymentBase");
    ddi_say(s, "mfp-1", action, "closed", "success", NULL);
    PROVE(s, "POST", API "/rollouts/{rollout}/pause", "rollout.pause", rollouts_do(ops, id, "pause"));
    PROVE(s, "POST", API "/rollouts/{rollout}/resume", "rollout.resume", rollouts_do(ops, id, "resume"));
    early = approved(ops, release);
    PROVE(s, "POST", API "/rollouts/{rollout}/urgent", "rollout.urgent",
          ASK("engineer", "POST", rollout_door(ops, early, "urgent"), "{\"reason\":\"it cannot wait\"}"));
    PROVE(s, "POST", API "/rollouts/{rollout}/advance", "rollout.advance",
          rollouts_do(ops, early, "advance"));
    PROVE(s, "POST", API "/rollouts/{rollout}/abort", "rollout.abort", rollouts_do(ops, id, "abort"));
    PROVE(s, "POST", API "/rollouts/{rollout}/back", "rollout.back", rollouts_do(ops, id, "back"));
    support_device(s, "single", QUIRK_NONE);
    PROVE(s, "POST", API "/devices/{device}/actions", "action.assign",
          ASK("engineer", "POST", API "/devices/single/actions", AT("{\"release\":%d}", (int)release)));
    PROVE(s, "POST", API "/actions/{action}/cancel", "action.cancel",
          ASK("engineer", "POST", AT(API "/actions/%d/cancel", (int)support_int(&last, "id")), "{}"));
    PROVE(s, "POST", API "/holds", "hold.make",
          ASK("technician", "POST", API "/holds",
              AT("{\"scope\":\"device\",\"object\":\"single\",\"reason\":\"x\",\"until\":\"%s\"}",
                 text_time(unit->arena, s->now_ms + 3600000))));
    PROVE(s, "DELETE", API "/holds/{hold}", "hold.lift",
          ASK("technician", "DELETE", AT(API "/holds/%d", (int)support_int(&last, "id")), NULL));
}

UNIT(calendars_and_blackouts)
{
    struct ops *ops = ops_world(unit->arena);
    struct support *s = &ops->s;
    struct answer last;

    PROVE(s, "PUT", API "/calendars/{calendar}", "calendar.put", ops_calendar(ops, "fair", OPS_CALENDAR));
    PROVE(s, "DELETE", API "/calendars/{calendar}", "calendar.drop",
          ASK("technician", "DELETE", API "/calendars/fair", NULL));
    PROVE(s, "PUT", API "/blackouts", "blackout.put",
          ASK("technician", "PUT", API "/blackouts", OPS_BLACKOUT));
    PROVE(s, "DELETE", API "/blackouts/{blackout}", "blackout.drop",
          ASK("technician", "DELETE", AT(API "/blackouts/%d", (int)support_int(&last, "id")), NULL));
}

static void confirmation_on(struct tenant *tenant)
{
    tenant->confirmation_on = true;
}

UNIT(a_device_s_yes_and_no)
{
    struct ops *ops = ops_world(unit->arena);
    struct support *s = &ops->s;
    struct answer last;

    support_tenant(s, confirmation_on);
    support_device(s, "mfp-1", QUIRK_NONE);
    int64_t action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    const char *door = AT("/confirmationBase/%d/feedback", (int)action);
    PROVE(s, "POST", D "/confirmationBase/{action}/feedback", "action.deny",
          ddi_ask(s, "POST", "mfp-1", door, "{\"confirmation\":\"denied\"}"));
    PROVE(s, "POST", D "/confirmationBase/{action}/feedback", "action.confirm",
          ddi_ask(s, "POST", "mfp-1", door, "{\"confirmation\":\"confirmed\"}"));
    PROVE(s, "POST", D "/confirmationBase/activateAutoConfirm", "device.auto-confirm",
          ddi_ask(s, "POST", "mfp-1", "/confirmationBase/activateAutoConfirm", NULL));
    PROVE(s, "POST", D "/confirmationBase/deactivateAutoConfirm", "device.ask-again",
          ddi_ask(s, "POST", "mfp-1", "/confirmationBase/deactivateAutoConfirm", NULL));
}

/* ---- backups and restores ----------------------------------------------------------------------------- */

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

static const char *why_silent(const struct route *route)
{
    for (size_t i = 0; i < COUNT(silent); i++)
        if (text_equal(route->method, silent[i].method) && text_equal(route->path, silent[i].path))
            return silent[i].why;
    return NULL;
}

/* The last test: it looks at what those before it have called. */
UNIT(no_door_that_changes_something_is_left)
{
    int left = 0;

    for (size_t i = 0; routes[i].method; i++) {
        const struct route *route = &routes[i];
        bool is_reading = text_equal(route->method, "GET") || text_equal(route->method, "HEAD") ||
                          text_equal(route->method, "OPTIONS");

        assert_true(i < DOORS_MAX);
        if (is_reading || (is_proven[i] != (why_silent(route) != NULL)))
            continue;
        print_error("%s %s: %s\n", route->method, route->path,
                    is_proven[i] ? "is on the list of the silent, and speaks" : "no audit record was seen");
        left++;
    }
    assert_int_equal(left, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(people_and_tenants),
        UNIT_TEST(families_and_releases),
        UNIT_TEST(trust),
        UNIT_TEST(uploads),
        UNIT_TEST(devices),
        UNIT_TEST(rollouts_actions_and_holds),
        UNIT_TEST(calendars_and_blackouts),
        UNIT_TEST(a_device_s_yes_and_no),
        UNIT_TEST(backups),
        UNIT_TEST(a_header_for_the_next_key),
        UNIT_TEST(restores),
        UNIT_TEST(where_the_customer_has_the_key),
        UNIT_TEST(no_door_that_changes_something_is_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
