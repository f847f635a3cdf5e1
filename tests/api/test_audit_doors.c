/* The doors of people, packages, trust, devices and rollouts: each that changes something writes its audit
 * record. A new door without one fails the last test here. Backups: test_audit_backups.c */
#include "base/file.h"
#include "base/text.h"
#include "domain/setback.h"
#include "support/audit_doors.h"
#include "support/ddi.h"
#include "support/enrol.h"
#include "support/rollouts.h"

#define D AUDIT_DOORS_D
#define API AUDIT_DOORS_API
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
    return arena_printf(ops->s.arena, "{\"keyid\":\"%s\",\"sig\":\"%s\"}", key_public(ops->roots[no])->id,
                        sig);
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
    assert_int_equal(ASK("engineer", "POST", API "/trust/root/signatures", root_signature(ops, 1)).status,
                     200);
    MUST(file_write_whole(AT("%s/" SETBACK_MARK, s->dir), span_of("2026-09-02T10:15:00Z"), 0644, &unit->err));
    setback_look(&s->world, s->now_ms);
    PROVE(s, "POST", API "/trust/accept", "trust.accept",
          ASK("admin", "POST", API "/trust/accept", "{\"reason\":\"the disk died\"}"));
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

/* The last test: it looks at what those before it have called. */
UNIT(no_door_that_changes_something_is_left)
{
    audit_doors_none_left(false);
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
        UNIT_TEST(no_door_that_changes_something_is_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
