#include "domain/bootstrap.h"

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/backup_parts.h"
#include "domain/director.h"
#include "domain/family.h"
#include "domain/repository.h"
#include "domain/zone.h"
#include "store/operators.h"
#include "store/tenants.h"

#define FILE_NAME "bootstrap.json"
#define FILE_BYTES_MAX (1024 * 1024)
#define NAME_CHARS 64
#define OPERATORS_MAX 1000
#define SITES_MAX 10000

struct bootstrap {
    const char *tenant, *gateway_token_hash;
    const struct json *operators, *families, *sites;
    bool gateway_on, approval_on;
};

static bool file_parse(struct arena *arena, const char *path, struct bootstrap *out, struct err *err)
{
    struct bootstrap read = {.gateway_token_hash = ""};
    const struct json_field fields[] = {
        JSON_TEXT("tenant", read.tenant, 1, NAME_CHARS),
        JSON_LIST_OF("operators", read.operators, OPERATORS_MAX),
        JSON_OPT_TEXT("gateway_token_hash", read.gateway_token_hash, 0, 64),
        JSON_OPT_BOOL("gateway_on", read.gateway_on),
        JSON_OPT_BOOL("approval_on", read.approval_on),
        JSON_OPT_LIST_OF("families", read.families, FAMILIES_OF_TENANT),
        JSON_OPT_LIST_OF("sites", read.sites, SITES_MAX),
    };
    const struct json *object;
    struct span text;

    if (!file_read(arena, path, FILE_BYTES_MAX, &text, err) || !json_parse(arena, text, &object, err) ||
        !json_read(object, fields, COUNT(fields), err) || !text_name(read.tenant, "tenant", NAME_CHARS, err))
        return false;
    if (!text_blank(read.gateway_token_hash) && !text_is_hex(read.gateway_token_hash, 64))
        return FAIL(err, ERR_INVALID, "gateway_token_hash is 64 lower-case hex digits");
    if (read.gateway_on && text_blank(read.gateway_token_hash))
        return FAIL(err, ERR_INVALID, "gateway_on needs a gateway_token_hash");
    *out = read;
    return true;
}

static bool tenant_put(const struct bootstrap *file, struct repository *repository, struct err *err)
{
    struct tenant tenant = {.name = file->tenant,
                            .gateway_hash = file->gateway_token_hash,
                            .gateway_on = file->gateway_on,
                            .target_token_on = true,
                            .certificate_issuer = "",
                            .approval_on = file->approval_on,
                            .created_ms = repository->now_ms};

    return store_tenant_put(repository->world->store, &tenant, &repository->tenant_id, err);
}

static bool operator_put(const struct repository *repository, const struct json *item, struct err *err)
{
    const char *role, *hash;
    struct operator operator= {.tenant_id = repository->tenant_id, .created_ms = repository->now_ms};
    const struct json_field fields[] = {
        JSON_TEXT("name", operator.name, 1, NAME_CHARS),
        JSON_TEXT("role", role, 1, NAME_CHARS),
        JSON_TEXT("token_hash", hash, 64, 64),
    };

    if (!json_read(item, fields, COUNT(fields), err) ||
        !text_name(operator.name, "operator", NAME_CHARS, err))
        return false;
    if (!role_parse(role, &operator.role))
        return FAIL(err, ERR_INVALID, "operator %s: no role is called %s", operator.name, role);
    if (!text_is_hex(hash, 64))
        return FAIL(err, ERR_INVALID, "operator %s: token_hash is 64 lower-case hex digits", operator.name);
    return store_operator_put(repository->world->store, &operator, hash, &operator.id, err);
}

static bool key_put(const struct repository *repository, const struct family *family, const struct json *item,
                    struct err *err)
{
    const char *name, *public_hex, *keyid;
    const struct json_field fields[] = {
        JSON_TEXT("name", name, 1, NAME_CHARS),
        JSON_TEXT("public", public_hex, 64, 64),
    };

    return json_read(item, fields, COUNT(fields), err) &&
           family_key_put(repository, family, name, public_hex, &keyid, err);
}

static bool family_item(const struct repository *repository, const struct json *item, struct err *err)
{
    const struct json *models = NULL, *keys = NULL;
    const char *name;
    int64_t threshold;
    const struct json_field fields[] = {
        JSON_TEXT("name", name, 1, FAMILY_NAME_CHARS),
        JSON_INT("threshold", threshold, 1, TUF_KEYS_MAX),
        JSON_OPT_LIST_OF("models", models, FAMILY_MODELS_MAX),
        JSON_OPT_LIST_OF("keys", keys, TUF_KEYS_MAX),
    };
    struct family family;

    if (!json_read(item, fields, COUNT(fields), err) ||
        !family_put(repository, name, threshold, models, &family, err))
        return false;
    for (size_t i = 0; keys && i < json_count(keys); i++)
        if (!key_put(repository, &family, json_item(keys, i), err))
            return err_within(err, "family %s, key %zu", name, i + 1);
    return true;
}

static bool site_item(const struct repository *repository, const struct json *item, struct err *err)
{
    struct site site = {.tenant_id = repository->tenant_id,
                        .customer = "",
                        .window = {.start_min = -1, .end_min = -1, .days = 127, .zone = "UTC"}};
    const struct json_field fields[] = {
        JSON_TEXT("name", site.name, 1, NAME_CHARS),
        JSON_OPT_TEXT("customer", site.customer, 0, 200),
        JSON_OPT_TEXT("zone", site.window.zone, 1, 64),
    };

    if (!json_read(item, fields, COUNT(fields), err) || !text_name(site.name, "site", NAME_CHARS, err))
        return false;
    if (!zone_exists(site.window.zone))
        return FAIL(err, ERR_INVALID, "site %s: no zone is called %s", site.name, site.window.zone);
    return store_site_put(repository->world->store, &site, err);
}

static bool each(const struct repository *repository, const char *what, const struct json *list,
                 bool (*fn)(const struct repository *, const struct json *, struct err *), struct err *err)
{
    for (size_t i = 0; list && i < json_count(list); i++)
        if (!fn(repository, json_item(list, i), err))
            return err_within(err, "%s %zu", what, i + 1);
    return true;
}

static bool apply(struct repository *repository, const struct bootstrap *file, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};

    repository->tenant = file->tenant;
    return tx_begin(&tx, repository->world->store, err) && tenant_put(file, repository, err) &&
           each(repository, "operator", file->operators, operator_put, err) &&
           each(repository, "family", file->families, family_item, err) &&
           each(repository, "site", file->sites, site_item, err) && repository_start(repository, err) &&
           director_found(repository, err) &&
           backup_custody_found(repository->world, repository->tenant_id, file->tenant, repository->now_ms,
                                err) &&
           audit_service(repository->world, repository->tenant_id, "tenant.bootstrap", file->tenant, NULL,
                         repository->now_ms, err) &&
           tx_commit(&tx, err);
}

bool bootstrap_apply(struct world *world, int64_t now_ms, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    const char *path = arena_printf(arena, "%s/" FILE_NAME, store_dir(world->store));
    struct repository repository = {.world = world, .arena = arena, .now_ms = now_ms};
    struct tenant *tenants;
    struct bootstrap file = {0};
    size_t count;

    if (!store_tenant_list(world->store, arena, 0, 1, &tenants, &count, err))
        return false;
    if (count > 0 || !file_exists(path))
        return true;
    return (file_parse(arena, path, &file, err) && apply(&repository, &file, err)) ||
           err_within(err, "%s", FILE_NAME);
}
