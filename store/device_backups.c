/* What a device has to do with backups: whom it is sealed to, and whether one is asked for. */
#include "store/backups.h"

#include "store/query.h"

bool store_device_recipient_put(struct store *store, int64_t device_id, const char *recipient,
                                struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_device_recipient_put);

    query_int(&q, device_id);
    query_text(&q, recipient);
    return query_run(&q, NULL, err);
}

bool store_device_backup_ask(struct store *store, int64_t device_id, enum backup_trigger why, int64_t now_ms,
                             struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_device_backup_ask);

    query_int(&q, device_id);
    query_int(&q, now_ms);
    query_text(&q, backup_trigger_name[why]);
    return query_run(&q, NULL, err);
}

bool store_device_backup_came(struct store *store, int64_t device_id, int64_t now_ms, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_device_backup_came);

    query_int(&q, device_id);
    query_int(&q, now_ms);
    return query_run(&q, NULL, err);
}

bool store_device_backup_due(struct store *store, int64_t tenant_id, const char *site, int64_t older_than_ms,
                             int64_t now_ms, int64_t *asked, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_device_backup_due);

    query_int(&q, tenant_id);
    query_text(&q, site);
    query_int(&q, older_than_ms);
    query_int(&q, now_ms);
    return query_run(&q, asked, err);
}
