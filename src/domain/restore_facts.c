#include "domain/restore_facts.h"

#include "base/json.h"
#include "base/text.h"
#include "domain/join.h"
#include "signing/canonical.h"
#include "store/backup_keys.h"
#include "store/backups.h"
#include "store/devices.h"

/* ---- one table: written, read and compared -------------------------------------------------- */

enum fact_type { FACT_TEXT, FACT_FLAG, FACT_NUMBER };
#define AT(member) offsetof(struct restore_facts, member)

/* clang-format off */
static const struct fact {
    const char *name;
    enum fact_type type;
    size_t at;
    const char *words; /* "... changed since the plan" */
} facts_table[] = {
    { "backup",            FACT_NUMBER, AT(backup),            "the backup" },
    { "backup_sha256",     FACT_TEXT,   AT(backup_sha256),     "the backup's bytes" },
    { "is_gone",           FACT_FLAG,   AT(is_gone),           "the backup was dropped: its key" },
    { "custody",           FACT_TEXT,   AT(custody),           "the custody of backups" },
    { "source_device",     FACT_TEXT,   AT(source_device),     "the device the backup is of" },
    { "source_model",      FACT_TEXT,   AT(source_model),      "the model the backup is of" },
    { "source_customer",   FACT_TEXT,   AT(source_customer),   "the customer the backup is of" },
    { "source_descriptor", FACT_TEXT,   AT(source_descriptor), "the descriptor of the source's model" },
    { "target_descriptor", FACT_TEXT,   AT(target_descriptor), "the descriptor of the target's model" },
    { "target_id",         FACT_TEXT,   AT(target_id),         "the target" },
    { "target_model",      FACT_TEXT,   AT(target_model),      "the target's model" },
    { "target_serial",     FACT_TEXT,   AT(target_serial),     "the target's serial" },
    { "target_customer",   FACT_TEXT,   AT(target_customer),   "the target's customer" },
    { "recipient",         FACT_TEXT,   AT(recipient),         "the target's recipient" },
    { "is_same_chassis",   FACT_FLAG,   AT(is_same_chassis),   "whether both are one chassis" },
    { "needs_approval",    FACT_FLAG,   AT(needs_approval),    "the rule on approval" },
    { "needs_consent",     FACT_FLAG,   AT(needs_consent),     "the rule on consent" },
    { "wish",              FACT_TEXT,   AT(wish),              "the categories asked for" },
    { "move_adjustments",  FACT_FLAG,   AT(move_adjustments),  "whether adjustment values move" },
};
/* clang-format on */

static const void *place(const struct restore_facts *facts, const struct fact *fact)
{
    return (const char *)facts + fact->at;
}

static void write_fact(struct json_out *j, const struct restore_facts *facts, const struct fact *fact)
{
    switch (fact->type) {
    case FACT_TEXT:
        json_text(j, fact->name, *(const char *const *)place(facts, fact));
        break;
    case FACT_FLAG:
        json_bool(j, fact->name, *(const bool *)place(facts, fact));
        break;
    case FACT_NUMBER:
        json_int(j, fact->name, *(const int64_t *)place(facts, fact));
        break;
    }
}

bool restore_facts_text(struct arena *arena, const struct restore_facts *facts, const char **out,
                        struct err *err)
{
    struct buf b = {.arena = arena};
    struct json_out j = {.buf = &b};
    struct span canonical;

    json_open(&j, NULL);
    for (size_t i = 0; i < COUNT(facts_table); i++)
        write_fact(&j, facts, &facts_table[i]);
    json_close(&j);
    if (!canonical_text(arena, buf_span(&b), &canonical, err))
        return false;
    *out = arena_text(arena, canonical);
    return true;
}

bool restore_facts_parse(struct arena *arena, const char *text, struct restore_facts *out, struct err *err)
{
    const struct json *object;
    struct restore_facts facts = {0};

    if (!json_parse(arena, span_of(text), &object, err))
        return false;
    for (size_t i = 0; i < COUNT(facts_table); i++) {
        const struct fact *fact = &facts_table[i];
        const struct json *value = json_member(object, fact->name);
        void *to = (char *)&facts + fact->at;
        const char *words = json_string(value);

        if (fact->type == FACT_TEXT)
            *(const char **)to = words ? words : "";
        else if (fact->type == FACT_FLAG)
            *(bool *)to = json_is_true(value);
        else if (!json_integer(value, (int64_t *)to))
            return FAIL(err, ERR_CORRUPT, "a restore's facts rest without %s", fact->name);
    }
    *out = facts;
    return true;
}

static bool is_same(const struct restore_facts *a, const struct restore_facts *b, const struct fact *fact)
{
    const void *x = place(a, fact), *y = place(b, fact);

    switch (fact->type) {
    case FACT_TEXT:
        return text_equal(*(const char *const *)x, *(const char *const *)y);
    case FACT_FLAG:
        return *(const bool *)x == *(const bool *)y;
    case FACT_NUMBER:
        return *(const int64_t *)x == *(const int64_t *)y;
    }
    return false;
}

bool restore_facts_hold(struct arena *arena, const struct restore_facts *then,
                        const struct restore_facts *now, struct err *err)
{
    struct buf what = {.arena = arena};

    for (size_t i = 0; i < COUNT(facts_table); i++)
        if (!is_same(then, now, &facts_table[i]))
            buf_printf(&what, "%s%s", what.size ? ", " : "", facts_table[i].words);
    return what.size == 0 || FAIL(err, ERR_CONFLICT, "%s changed since the plan; plan anew", buf_cstr(&what));
}

/* ---- gathering -------------------------------------------------------------------------------- */

/* A model that nobody described is no trouble yet. */
static bool describe(struct world *world, struct arena *arena, const char *model, struct capability *out,
                     bool *found, struct err *err)
{
    const char *dir = arena_printf(arena, "%s/models", store_dir(world->store));

    *found = !text_blank(model) && capability_find(arena, dir, model, out, err);
    return *found || text_blank(model) || err->code == ERR_NOT_FOUND;
}

/* Both customers are asked, the stricter word counts. */
static bool rules_read(struct world *world, struct arena *arena, const struct restore_scene *scene,
                       struct restore_facts *facts, struct err *err)
{
    struct backup_rule of_source, of_target;
    int64_t tenant_id = scene->backup.tenant_id;

    if (!store_backup_rule_get(world->store, arena, tenant_id, scene->backup.customer, &of_source, err) ||
        !store_backup_rule_get(world->store, arena, tenant_id, scene->target.customer, &of_target, err))
        return false;
    facts->needs_approval = of_source.needs_approval || of_target.needs_approval;
    facts->needs_consent = of_source.needs_consent || of_target.needs_consent;
    return true;
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static void facts_fill(const struct restore *restore, const struct restore_scene *scene,
                       struct restore_facts *facts)
{
    facts->backup = scene->backup.id;
    facts->backup_sha256 = or_empty(scene->backup.sha256);
    facts->is_gone = scene->backup.gone_ms != 0;
    facts->source_device = or_empty(scene->source.controller_id);
    facts->source_model = or_empty(scene->backup.model);
    facts->source_customer = or_empty(scene->backup.customer);
    facts->source_descriptor = scene->has_source_model ? scene->source_model.digest : "";
    facts->target_descriptor = scene->has_target_model ? scene->target_model.digest : "";
    facts->target_id = or_empty(scene->target.controller_id);
    facts->target_model = or_empty(scene->target.model);
    facts->target_serial = or_empty(scene->target.serial);
    facts->target_customer = or_empty(scene->target.customer);
    facts->recipient = or_empty(scene->target.recipient);
    facts->wish = or_empty(restore->wish);
    facts->move_adjustments = restore->moves_adjustments;
}

bool restore_scene_load(struct world *world, struct arena *arena, const struct restore *restore,
                        struct restore_scene *out, struct err *err)
{
    struct store *store = world->store;
    struct backup_key key;

    *out = (struct restore_scene){.facts = {0}};
    if (!store_backup_get(store, arena, restore->tenant_id, restore->backup_id, &out->backup, err) ||
        !store_device_by_id(store, arena, out->backup.device_id, &out->source, err) ||
        !store_device_by_id(store, arena, restore->device_id, &out->target, err) ||
        !store_backup_key_get(store, arena, restore->tenant_id, &key, err) ||
        !describe(world, arena, out->backup.model, &out->source_model, &out->has_source_model, err) ||
        !describe(world, arena, out->target.model, &out->target_model, &out->has_target_model, err) ||
        !join_is_same_chassis(world, arena, &out->target, out->source.id, &out->facts.is_same_chassis, err) ||
        !rules_read(world, arena, out, &out->facts, err))
        return false;
    out->facts.custody = backup_custody_name[key.custody];
    facts_fill(restore, out, &out->facts);
    return true;
}
