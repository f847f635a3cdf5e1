#include "tools/agent/parts.h"

#include "base/text.h"

/* Deployment, director, image repository and machine must agree on a component. The rules are a table: the
 * first that is broken names the attack. */

struct custom { /* what is absent does not restrict */
    const char *module, *version, *min_from, *family, *action;
    const struct json *hardware_ids;
    int64_t counter;
};
struct facts {
    struct arena *arena;
    const struct agreement *of;
    struct custom directed, image;
};

static bool custom_read(struct arena *arena, struct span text, struct custom *out, struct err *err)
{
    const struct json *object;
    const struct json_field fields[] = {
        JSON_OPT_TEXT("module", out->module, 0, 128),
        JSON_OPT_TEXT("version", out->version, 0, 256),
        JSON_OPT_TEXT("min_from", out->min_from, 0, 256),
        JSON_OPT_TEXT("family", out->family, 0, 128),
        JSON_OPT_TEXT("action", out->action, 0, 32),
        JSON_OPT_LIST_OF("hardware_ids", out->hardware_ids, 1000),
        JSON_OPT_INT("release_counter", out->counter, 0, INT64_MAX),
    };

    if (!text.size)
        return true;
    return json_parse(arena, text, &object, err) && json_read_lenient(object, fields, COUNT(fields), err);
}

/* ---- the rules ------------------------------------------------------------------------ */

static bool same_length(const struct facts *f, struct err *err)
{
    const struct agreement *of = f->of;

    if (of->directed->length != of->image->length)
        return FAIL(err, ERR_FORBIDDEN, "the director says %lld bytes, the signed metadata %lld",
                    (long long)of->directed->length, (long long)of->image->length);
    return of->part->size == of->image->length ||
           FAIL(err, ERR_FORBIDDEN, "the deployment says %lld bytes, the signed metadata %lld",
                (long long)of->part->size, (long long)of->image->length);
}

static bool same_hash(const struct facts *f, struct err *err)
{
    const struct agreement *of = f->of;

    if (!text_equal(of->directed->sha256, of->image->sha256))
        return FAIL(err, ERR_FORBIDDEN, "the director's SHA-256 is not the one that was signed");
    return text_equal(of->part->sha256, of->image->sha256) ||
           FAIL(err, ERR_FORBIDDEN, "the deployment's SHA-256 is not the one that was signed");
}

static const char *list_text(const struct facts *f, const struct json *list)
{
    struct buf text = {.arena = f->arena};
    struct json_out j = {.buf = &text};

    if (list)
        json_copy(&j, NULL, list);
    return buf_cstr(&text);
}

static bool same_hardware(const struct facts *f, struct err *err)
{
    return text_equal(list_text(f, f->directed.hardware_ids), list_text(f, f->image.hardware_ids)) ||
           FAIL(err, ERR_FORBIDDEN, "director and image repository name other models");
}

static bool same_text(const char *what, const char *directed, const char *image, struct err *err)
{
    return text_equal(directed ? directed : "", image ? image : "") ||
           FAIL(err, ERR_FORBIDDEN, "the director says %s %s, the image repository %s", what,
                directed ? directed : "none", image ? image : "none");
}

static bool same_module(const struct facts *f, struct err *err)
{
    return same_text("component", f->directed.module, f->image.module, err) &&
           (text_blank(f->image.module) || text_equal(f->image.module, f->of->part->component) ||
            FAIL(err, ERR_FORBIDDEN, "it was signed as component %s", f->image.module));
}

static bool same_version(const struct facts *f, struct err *err)
{
    return same_text("version", f->directed.version, f->image.version, err) &&
           same_text("the oldest release before it", f->directed.min_from, f->image.min_from, err) &&
           (text_blank(f->image.version) || text_equal(f->image.version, f->of->part->version) ||
            FAIL(err, ERR_FORBIDDEN, "it was signed as version %s", f->image.version));
}

static bool same_counter(const struct facts *f, struct err *err)
{
    return f->directed.counter == f->image.counter ||
           FAIL(err, ERR_FORBIDDEN, "the director says release counter %lld, the image repository %lld",
                (long long)f->directed.counter, (long long)f->image.counter);
}

static bool own_family(const struct facts *f, struct err *err)
{
    const char *family = f->of->family, *target = f->of->part->target;
    size_t size = text_blank(family) ? 0 : strlen(family);

    if (!size)
        return true;
    if (strncmp(target, family, size) != 0 || target[size] != '/' ||
        (!text_blank(f->image.family) && !text_equal(f->image.family, family)))
        return FAIL(err, ERR_FORBIDDEN, "%s is not of family %s", target, family);
    return true;
}

static bool own_model(const struct facts *f, struct err *err)
{
    size_t count = json_count(f->image.hardware_ids);

    for (size_t i = 0; i < count; i++)
        if (text_equal(json_string(json_item(f->image.hardware_ids, i)), f->of->model))
            return true;
    return count == 0 || FAIL(err, ERR_FORBIDDEN, "not made for model %s", f->of->model);
}

static bool no_step_back(const struct facts *f, struct err *err)
{
    return f->image.counter >= f->of->counter ||
           FAIL(err, ERR_CONFLICT, "a step back: release counter %lld, installed is %lld",
                (long long)f->image.counter, (long long)f->of->counter);
}

static const struct {
    enum attack attack;
    bool (*holds)(const struct facts *f, struct err *err);
} rules[] = {
    {ATTACK_MISMATCH_LENGTH, same_length},     {ATTACK_MISMATCH_HASH, same_hash},
    {ATTACK_MISMATCH_HARDWARE, same_hardware}, {ATTACK_MISMATCH_MODULE, same_module},
    {ATTACK_MISMATCH_VERSION, same_version},   {ATTACK_MISMATCH_COUNTER, same_counter},
    {ATTACK_WRONG_HARDWARE, own_family},       {ATTACK_WRONG_HARDWARE, own_model},
    {ATTACK_OLD_RELEASE, no_step_back},
};

bool agent_agree(struct arena *arena, const struct agreement *of, struct agreed *out, enum attack *attack,
                 struct err *err)
{
    struct facts facts = {.arena = arena, .of = of};

    *attack = ATTACK_MALFORMED;
    if (!custom_read(arena, of->directed->custom, &facts.directed, err) ||
        !custom_read(arena, of->image->custom, &facts.image, err))
        return false;
    for (size_t i = 0; i < COUNT(rules); i++) {
        *attack = rules[i].attack;
        if (!rules[i].holds(&facts, err))
            return false;
    }
    *attack = ATTACK_NONE;
    *out = (struct agreed){.counter = facts.image.counter, .min_from = facts.image.min_from};
    return true;
}

/* ---- what the director names ------------------------------------------------------------- */

static bool is_of_action(struct arena *arena, const struct tuf_target *target, const char *action)
{
    struct custom custom = {.counter = 0};
    struct err ignored;

    return custom_read(arena, target->custom, &custom, &ignored) && text_equal(custom.action, action);
}

const struct tuf_target *agent_assigned(struct arena *arena, const struct tuf_targets *directed,
                                        const char *action, const char *path)
{
    for (size_t i = 0; i < directed->target_count; i++)
        if (text_equal(directed->targets[i].path, path) && is_of_action(arena, &directed->targets[i], action))
            return &directed->targets[i];
    return NULL;
}

size_t agent_assigned_count(struct arena *arena, const struct tuf_targets *directed, const char *action)
{
    size_t count = 0;

    for (size_t i = 0; i < directed->target_count; i++)
        count += is_of_action(arena, &directed->targets[i], action);
    return count;
}
