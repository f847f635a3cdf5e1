/* One policy: roles x doors x own and other tenant. tests/golden/doors.exp says who passes which door, for
 * every row of the route table; a door without its line, or that lets in somebody else, fails. What lies
 * behind a door is another tenant's business: each is tried with the objects of one tenant by the admin of
 * another. */
#include "api/gate.h"

#include "base/ident.h"
#include "base/text.h"
#include "store/audits.h"
#include "store/operators.h"
#include "store/tenants.h"
#include "support/golden.h"
#include "support/restores.h"
#include "support/rollouts.h"

static const char *const roles[ROLE__MAX] = {"viewer", "technician", "engineer", "admin"};

/* ---- the other tenant ------------------------------------------------------------------------- */

static int64_t other_make(struct unit *unit, struct ops *ops)
{
    char digest[65];
    struct tenant tenant = {.name = "OTHER",
                            .gateway_on = true,
                            .target_token_on = true,
                            .certificate_issuer = "",
                            .gateway_hash = digest};
    int64_t id, ignored;
    struct tx tx;

    ident_digest("other-gateway", digest);
    MUST(tx_begin(&tx, ops->s.store, &unit->err));
    MUST(store_tenant_put(ops->s.store, &tenant, &id, &unit->err));
    for (int i = 0; i < ROLE__MAX; i++) {
        struct operator who = {
            .tenant_id = id, .name = arena_printf(unit->arena, "other-%s", roles[i]), .role = i};

        ident_digest(arena_printf(unit->arena, "token-%s", who.name), digest);
        MUST(store_operator_put(ops->s.store, &who, digest, &ignored, &unit->err));
    }
    MUST(tx_commit(&tx, &unit->err));
    return id;
}

/* ---- who passes --------------------------------------------------------------------------------- */

/* clang-format off */
static const struct {
    const char *title, *credential;
} askers[] = {
    {"nobody",       NULL},
    {"device",       "TargetToken token-mfp-1"},
    {"neighbour",    "TargetToken token-mfp-2"}, /* another device of the tenant */
    {"gateway",      "GatewayToken gateway-1"},
    {"viewer",       "Bearer token-viewer"},
    {"technician",   "Bearer token-technician"},
    {"engineer",     "Bearer token-engineer"},
    {"admin",        "Bearer token-admin"},
    {"o-gateway",    "GatewayToken other-gateway"},
    {"o-viewer",     "Bearer token-other-viewer"},
    {"o-technician", "Bearer token-other-technician"},
    {"o-engineer",   "Bearer token-other-engineer"},
    {"o-admin",      "Bearer token-other-admin"},
};
/* clang-format on */

/* "yes" into the door's tenant, "own" into the asker's, else the refusal's status. */
static const char *asked(struct unit *unit, struct ops *ops, const struct route *route,
                         const char *credential)
{
    struct http_pair header = {"Authorization", credential};
    struct req req = {.arena = unit->arena,
                      .method = route->method,
                      .id = "0",
                      .peer = "192.0.2.7",
                      .path = route->path,
                      .headers = &header,
                      .header_count = credential != NULL,
                      .is_tls = true};
    struct reply reply = {0};
    struct call call = {.app = &ops->s.app,
                        .req = &req,
                        .reply = &reply,
                        .route = route,
                        .arena = unit->arena,
                        .arg = {"DEFAULT", "mfp-1"},
                        .now_ms = ops->s.now_ms};
    struct err err = {0};

    if (!gate_pass(&call, &err))
        return err.code == ERR_UNKNOWN_WHO ? "401" : err.code == ERR_FORBIDDEN ? "403" : err_word(err.code);
    return call.who.kind == WHO_NOBODY || call.who.tenant_id == ops->s.tenant_id ? "yes" : "own";
}

static void gateway_on(struct tenant *tenant)
{
    static char digest[65];

    ident_digest("gateway-1", digest);
    tenant->gateway_hash = digest;
    tenant->gateway_on = true;
}

UNIT(who_passes_which_door_is_written_down)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    struct buf text = {.arena = unit->arena};

    other_make(unit, r->ops);
    support_tenant(r->s, gateway_on);
    r->s->settings.failed_auth_per_min = 1000000;
    gate_closep(&r->s->app.gate);
    MUST(gate_open(&r->s->app.gate, &r->s->settings, &unit->err));
    buf_printf(&text, "%-7s %-72s", "method", "door");
    for (size_t i = 0; i < COUNT(askers); i++)
        buf_printf(&text, " %s", askers[i].title);
    buf_char(&text, '\n');
    for (const struct route *route = routes; route->method; route++) {
        buf_printf(&text, "%-7s %-72s", route->method, route->path);
        for (size_t i = 0; i < COUNT(askers); i++)
            buf_printf(&text, " %-*s", i + 1 < COUNT(askers) ? (int)strlen(askers[i].title) : 0,
                       asked(unit, r->ops, route, askers[i].credential));
        buf_char(&text, '\n');
    }
    golden_check(unit, "doors", buf_span(&text));
}

/* ---- what lies behind ------------------------------------------------------------------------------ */

#define OBJECTS_MAX 24
struct objects { /* of DEFAULT, one of each kind that a path names */
    const char *name, *value;
};

static const char *number(struct unit *unit, int64_t id)
{
    return arena_printf(unit->arena, "%lld", (long long)id);
}

static int64_t held(struct ops *ops)
{
    struct answer a =
        ops_ask(ops, "technician", "POST", "/api/v1/holds",
                arena_printf(ops->s.arena,
                             "{\"scope\":\"device\",\"object\":\"mfp-1\",\"reason\":\"x\",\"until\":\"%s\"}",
                             text_time(ops->s.arena, ops->s.now_ms + 3600000)));

    return support_int(&a, "id");
}

static int64_t blacked_out(struct ops *ops)
{
    struct answer a = ops_ask(ops, "technician", "PUT", "/api/v1/blackouts", OPS_BLACKOUT);

    return support_int(&a, "id");
}

static int64_t restoring(struct restores *r, int64_t backup)
{
    struct answer a = restores_plan(r, backup, "mfp-2", "");

    assert_int_equal(a.status, 201);
    return support_int(&a, "id");
}

static void objects_make(struct restores *r, struct objects out[OBJECTS_MAX])
{
    struct unit *unit = r->unit;
    int64_t release = ops_published(r->ops, "1.0", 1), backup = restores_small(r);
    struct answer rollout = rollouts_make(r->ops, release, "");
    size_t n = 0;

    assert_int_equal(rollout.status, 201);
    out[n++] = (struct objects){"release", number(unit, release)};
    out[n++] = (struct objects){"backup", number(unit, backup)};
    out[n++] = (struct objects){"other", number(unit, backup)};
    out[n++] = (struct objects){"rollout", number(unit, support_int(&rollout, "id"))};
    out[n++] = (struct objects){"restore", number(unit, restoring(r, backup))};
    out[n++] = (struct objects){"action", number(unit, support_assign(r->s, "mfp-1", release, NULL))};
    out[n++] = (struct objects){"hold", number(unit, held(r->ops))};
    out[n++] = (struct objects){"upload", ops_upload(r->ops, span_of("bytes"))};
    out[n++] = (struct objects){"device", "mfp-1"};
    out[n++] = (struct objects){"family", OPS_FAMILY};
    out[n++] = (struct objects){"keyid", key_public(r->ops->engineers[0])->id};
    out[n++] = (struct objects){"site", "munich"};
    out[n++] = (struct objects){"name", "viewer"};
    assert_int_equal(ops_calendar(r->ops, "fair", OPS_CALENDAR).status / 100, 2);
    out[n++] = (struct objects){"calendar", "fair"};
    out[n++] = (struct objects){"blackout", number(unit, blacked_out(r->ops))};
    assert_int_equal(ops_ask(r->ops, "admin", "PUT", "/api/v1/trust/root", "{}").status, 200);
    out[n++] = (struct objects){"role", "root"};
    out[n++] = (struct objects){NULL, NULL};
}

/* The pattern with the objects in it. A {name} that is not in the list fails: it is new, and needs an object.
 */
static const char *path_of(struct unit *unit, const struct objects *objects, const char *pattern)
{
    struct buf b = {.arena = unit->arena};

    for (const char *c = pattern; *c; c++) {
        const struct objects *o = objects;

        if (*c != '{') {
            buf_char(&b, *c);
            continue;
        }
        const char *name = arena_text(unit->arena, span_make(c + 1, (size_t)(strchr(c, '}') - c - 1)));
        while (o->name && !text_equal(o->name, name))
            o++;
        if (!o->name)
            fail_msg("%s: this test has no object for {%s}", pattern, name);
        buf_text(&b, o->value);
        c = strchr(c, '}');
    }
    return buf_cstr(&b);
}

static bool is_reading(const struct route *route)
{
    return text_equal(route->method, "GET") || text_equal(route->method, "HEAD");
}

/* Another tenant's admin, at a door that names an object of DEFAULT: 404, as if it were not there. Doors that
 * read a body first may refuse that (400, 415). A site is a name in one's own tenant: putting it makes one's
 * own. */
static void try_object(struct ops *ops, const struct route *route, const char *path)
{
    const char *headers = "Authorization: Bearer token-other-admin\nTus-Resumable: 1.0.0\nUpload-Offset: 0";
    bool may_have_own = text_equal(route->path, "/api/v1/sites/{site}") && text_equal(route->method, "PUT");
    bool has_body = !is_reading(route) && !text_equal(route->method, "DELETE");
    struct answer a = support_ask(&ops->s, route->method, path, headers, has_body ? "{}" : NULL);

    if (a.status != 404 && !(has_body && (a.status == 400 || a.status == 415)) && !may_have_own)
        fail_msg("%s %s: another tenant's admin gets %d %s", route->method, path, a.status, a.text);
}

/* The object is there for whose it is: or a 404 above would mean nothing. */
static void is_there(struct ops *ops, const struct route *route, const char *path)
{
    const char *headers = "Authorization: Bearer token-admin\nTus-Resumable: 1.0.0";
    struct answer a = support_ask(&ops->s, route->method, path, headers, NULL);

    if (a.status == 404 && !text_ends(path, "/sbom"))
        fail_msg("%s %s: %d %s", route->method, path, a.status, a.text);
}

/* Lists and figures show nothing of DEFAULT. */
static void try_list(struct ops *ops, const struct route *route)
{
    static const char *const marks[] = {"mfp-1", "mfp-2", OPS_FAMILY, "munich", "\"name\":\"viewer\"",
                                        "Roux"};
    struct answer a = ops_ask(ops, "other-admin", route->method, route->path, NULL);

    assert_true(a.status == 200 || a.status == 404);
    for (size_t i = 0; i < COUNT(marks); i++)
        if (!text_ends(route->path, "openapi.json") && strstr(a.text, marks[i]))
            fail_msg("%s shows \"%s\" to another tenant", route->path, marks[i]);
}

UNIT(behind_no_door_is_anything_of_another_tenant)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    struct audit_head before, after;
    struct objects objects[OBJECTS_MAX];

    objects_make(r, objects);
    other_make(unit, r->ops);
    MUST(store_audit_head(r->s->store, r->s->tenant_id, &before, &unit->err));
    for (const struct route *route = routes; route->method; route++) {
        if (!(route->who & WHO_ADMIN))
            continue;
        if (strchr(route->path, '{') && is_reading(route))
            is_there(r->ops, route, path_of(unit, objects, route->path));
        if (strchr(route->path, '{'))
            try_object(r->ops, route, path_of(unit, objects, route->path));
        else if (is_reading(route))
            try_list(r->ops, route);
    }
    MUST(store_audit_head(r->s->store, r->s->tenant_id, &after, &unit->err));
    assert_int_equal(before.no, after.no); /* nothing was done to DEFAULT */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(who_passes_which_door_is_written_down),
        UNIT_TEST(behind_no_door_is_anything_of_another_tenant),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
