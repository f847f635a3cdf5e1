#include "api/handlers.h"

#include "base/hash.h"
#include "base/text.h"
#include "domain/setback.h"
#include "domain/trust.h"

#define DAYS_USUAL 365
#define DAYS_MAX 3650

/* ---- shown ------------------------------------------------------------------------ */

static void show_keys(struct json_out *j, struct arena *arena, const struct tuf_keys *keys)
{
    json_open_list(j, "keys");
    for (size_t i = 0; i < keys->count; i++) {
        json_open(j, NULL);
        json_text(j, "keyid", keys->keys[i].id);
        json_text(j, "public", text_hex(arena, keys->keys[i].bytes, sizeof(keys->keys[i].bytes)));
        json_close(j);
    }
    json_close(j);
}

static void show_dropped(struct json_out *j, const struct trust_role *role)
{
    if (!role->dropped_version)
        return;
    json_open(j, "old_key");
    json_int(j, "dropped_by_root", role->dropped_version);
    json_int(j, "refused_by", role->refused);
    json_int(j, "of", role->reporting);
    json_close(j);
}

static void show_roles(struct json_out *j, struct arena *arena, const struct trust_view *v)
{
    json_open_list(j, "roles");
    for (size_t role = 0; role < v->role_count; role++) {
        json_open(j, NULL);
        json_text(j, "role", v->roles[role].name);
        json_int(j, "version", v->roles[role].version);
        json_time_if(j, "expires", v->roles[role].expires_ms);
        json_text(j, "custody", v->roles[role].is_held ? "service" : "offline");
        json_int(j, "threshold", v->roles[role].keys.threshold);
        show_keys(j, arena, &v->roles[role].keys);
        show_dropped(j, &v->roles[role]);
        json_close(j);
    }
    json_close(j);
}

static void show_signatures(struct json_out *j, const struct trust_waiting *w)
{
    json_open_list(j, "signatures");
    for (size_t i = 0; i < w->signature_count; i++) {
        json_open(j, NULL);
        json_text(j, "keyid", w->signatures[i].keyid);
        json_text(j, "handed_in_by", w->signatures[i].handed_by);
        json_time_if(j, "at", w->signatures[i].created_ms);
        json_close(j);
    }
    json_close(j);
    json_open_list(j, "needs");
    for (size_t i = 0; i < w->need_count; i++) {
        json_open(j, NULL);
        json_text(j, "by", w->needs[i].by);
        json_int(j, "have", w->needs[i].have);
        json_int(j, "threshold", w->needs[i].threshold);
        json_close(j);
    }
    json_close(j);
}

static void show_waiting(struct json_out *j, const struct trust_waiting *w)
{
    char sha256[HASH_HEX_MAX];

    hash_hex_of(HASH_SHA256, span_of(w->row.to_sign), sha256);
    json_open(j, NULL);
    json_text(j, "role", w->row.role);
    json_int(j, "version", w->row.version);
    json_time_if(j, "expires", w->row.expires_ms);
    json_text(j, "digest", sha256);
    json_text(j, "created_by", w->row.created_by);
    json_time_if(j, "created", w->row.created_ms);
    show_signatures(j, w);
    json_bool(j, "ready", w->is_ready);
    json_close(j);
}

static void show_setback(struct json_out *j, struct arena *arena, const struct setback *setback)
{
    if (setback->kind == SETBACK_NONE)
        return;
    json_open(j, "store");
    json_text(j, "state", setback_kind_name[setback->kind]);
    json_time_if(j, "noticed", setback->noticed_ms);
    json_int(j, "last_record", setback->had_no);
    json_int(j, "seen_record", setback->seen_no);
    json_time_if(j, "backup", setback->backup_ms);
    json_text(j, "why", setback_words(arena, setback));
    json_text(j, "next", setback_next(setback));
    json_close(j);
}

static bool answer(struct call *call, const struct trust_view *v)
{
    struct json_out j = api_answer(call);

    json_open(&j, NULL);
    show_roles(&j, call->arena, v);
    json_open_list(&j, "waiting");
    for (size_t i = 0; i < v->waiting_count; i++)
        show_waiting(&j, &v->waiting[i]);
    json_close(&j);
    show_setback(&j, call->arena, &v->setback);
    json_close(&j);
    api_done(call, &j, 200);
    return true;
}

/* ---- read -------------------------------------------------------------------------- */

static bool read_texts(const struct json *list, const char **out, size_t *count, const char *what,
                       struct err *err)
{
    *count = list ? json_count(list) : 0;
    for (size_t i = 0; i < *count; i++) {
        out[i] = json_string(json_item(list, i));
        if (!text_is_hex(out[i] ? out[i] : "", 64))
            return FAIL(err, ERR_INVALID, "%s: each is 64 lower-case hex digits", what);
    }
    return true;
}

static bool read_change(const struct json *object, struct trust_change *out, struct err *err)
{
    const struct json *add = NULL, *remove = NULL;
    const struct json_field fields[] = {JSON_OPT_INT("threshold", out->threshold, 1, TUF_KEYS_MAX),
                                        JSON_OPT_LIST_OF("add", add, TRUST_KEYS_AT_ONCE),
                                        JSON_OPT_LIST_OF("remove", remove, TRUST_KEYS_AT_ONCE)};

    if (!object)
        return true;
    return json_read(object, fields, COUNT(fields), err) &&
           read_texts(add, out->add, &out->add_count, "add", err) &&
           read_texts(remove, out->remove, &out->remove_count, "remove", err);
}

static bool read_wish(struct call *call, enum trust_paper paper, struct trust_wish *out, struct err *err)
{
    struct trust_wish wish = {.life_days = DAYS_USUAL};
    const struct json *body, *root = NULL, *targets = NULL;
    const struct json_field fields[] = {
        JSON_OPT_INT("days", wish.life_days, 1, DAYS_MAX), JSON_OPT_BOOL("new_online", wish.turns_online),
        JSON_OPT_BOOL("new_targets", wish.turns_targets), JSON_OPT_OBJECT_OF("root", root),
        JSON_OPT_OBJECT_OF("targets", targets)};

    if (!api_body(call, &body, err) || !json_read(body, fields, COUNT(fields), err) ||
        !read_change(root, &wish.root, err) || !read_change(targets, &wish.targets, err))
        return false;
    if (paper == TRUST_TARGETS && (root || targets || wish.turns_online || wish.turns_targets))
        return FAIL(err, ERR_INVALID, "keys are changed by a new root, not by a new targets");
    if (paper == TRUST_DIRECTOR_ROOT && (targets || wish.turns_targets))
        return FAIL(err, ERR_INVALID, "the director's online key signs its targets; new_online renews it");
    *out = wish;
    return true;
}

static bool paper_arg(const struct call *call, enum trust_paper *out, struct err *err)
{
    for (int paper = 0; paper < TRUST_PAPER__MAX; paper++)
        if (text_equal(call->arg[0], trust_paper_name[paper])) {
            *out = (enum trust_paper)paper;
            return true;
        }
    return FAIL(err, ERR_NOT_FOUND, "people sign root and targets and director-root, not %s", call->arg[0]);
}

/* ---- doors --------------------------------------------------------------------------- */

/* GET /api/v1/trust */
bool op_trust_get(struct call *call, struct err *err)
{
    struct trust_view view;

    return trust_get(call->app->world, &call->who, call->arena, call->now_ms, &view, err) &&
           answer(call, &view);
}

/* PUT /api/v1/trust/{role} */
bool op_trust_stage(struct call *call, struct err *err)
{
    struct trust_view view;
    struct trust_wish wish;
    enum trust_paper paper;

    return paper_arg(call, &paper, err) && read_wish(call, paper, &wish, err) &&
           trust_stage(call->app->world, &call->who, call->arena, paper, &wish, call->now_ms, &view, err) &&
           answer(call, &view);
}

/* DELETE /api/v1/trust/{role} */
bool op_trust_drop(struct call *call, struct err *err)
{
    enum trust_paper paper;

    if (!paper_arg(call, &paper, err) ||
        !trust_drop(call->app->world, &call->who, call->arena, paper, call->now_ms, err))
        return false;
    call->reply->status = 204;
    return true;
}

static void show_bytes(struct call *call, struct span bytes)
{
    call->reply->body = bytes;
    call->reply->content_type = "application/octet-stream";
    reply_header(call->reply, "Cache-Control", "no-store");
}

/* GET /api/v1/trust/{role}/to-sign */
bool op_trust_to_sign(struct call *call, struct err *err)
{
    char *sha256 = arena_take(call->arena, HASH_HEX_MAX);
    enum trust_paper paper;
    struct span bytes;

    if (!paper_arg(call, &paper, err) ||
        !trust_to_sign(call->app->world, &call->who, call->arena, paper, &bytes, err))
        return false;
    hash_hex_of(HASH_SHA256, bytes, sha256);
    show_bytes(call, bytes);
    reply_header(call->reply, "X-Trust-Digest", sha256);
    return true;
}

/* GET /api/v1/trust/{role}/in-force */
bool op_trust_in_force(struct call *call, struct err *err)
{
    enum trust_paper paper;
    struct span bytes;

    if (!paper_arg(call, &paper, err) ||
        !trust_in_force(call->app->world, &call->who, call->arena, paper, &bytes, err))
        return false;
    show_bytes(call, bytes);
    return true;
}

/* POST /api/v1/trust/{role}/signatures */
bool op_trust_sign(struct call *call, struct err *err)
{
    const char *keyid, *sig;
    const struct json *body;
    struct trust_view view;
    enum trust_paper paper;
    const struct json_field fields[] = {
        JSON_TEXT("keyid", keyid, 64, 64),
        JSON_TEXT("sig", sig, 128, 128),
    };

    if (!paper_arg(call, &paper, err) || !api_body(call, &body, err) ||
        !json_read(body, fields, COUNT(fields), err))
        return false;
    if (!text_is_hex(keyid, 64) || !text_is_hex(sig, 128))
        return FAIL(err, ERR_INVALID, "keyid and sig are lower-case hex digits");
    return trust_sign(call->app->world, &call->who, call->arena, paper, keyid, sig, call->now_ms, &view,
                      err) &&
           answer(call, &view);
}

/* POST /api/v1/trust/publish */
bool op_trust_publish(struct call *call, struct err *err)
{
    struct trust_view view;

    return trust_publish(call->app->world, &call->who, call->arena, call->now_ms, &view, err) &&
           answer(call, &view);
}

/* POST /api/v1/trust/accept */
bool op_trust_accept(struct call *call, struct err *err)
{
    const char *reason;
    const struct json *body;
    struct trust_view view;
    const struct json_field fields[] = {JSON_TEXT("reason", reason, 1, 400)};

    return api_body(call, &body, err) && json_read(body, fields, COUNT(fields), err) &&
           setback_accept(call->app->world, &call->who, reason, call->now_ms, err) &&
           trust_get(call->app->world, &call->who, call->arena, call->now_ms, &view, err) &&
           answer(call, &view);
}
