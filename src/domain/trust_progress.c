/* After a key was dropped: how many devices refuse it by now. */
#include "base/text.h"
#include "domain/trust_parts.h"
#include "store/device_reports.h"

static const struct {
    enum trust_paper paper;
    enum tuf_role role;
    int view;
} rows[] = {
    {TRUST_ROOT, TUF_ROOT, TUF_ROOT},
    {TRUST_ROOT, TUF_TIMESTAMP, TUF_TIMESTAMP},
    {TRUST_ROOT, TUF_SNAPSHOT, TUF_SNAPSHOT},
    {TRUST_ROOT, TUF_TARGETS, TUF_TARGETS},
    {TRUST_DIRECTOR_ROOT, TUF_ROOT, TRUST_ROLE_DIRECTOR_ROOT},
    {TRUST_DIRECTOR_ROOT, TUF_TIMESTAMP, TRUST_ROLE_DIRECTOR_ONLINE},
};

static bool has_key(const struct tuf_keys *keys, const char *id)
{
    for (size_t i = 0; i < keys->count; i++)
        if (text_equal(keys->keys[i].id, id))
            return true;
    return false;
}

static bool drops_one(const struct tuf_keys *before, const struct tuf_keys *after)
{
    for (size_t i = 0; i < before->count; i++)
        if (!has_key(after, before->keys[i].id))
            return true;
    return false;
}

/* The newest counts: who has confirmed that one has confirmed those before. */
static bool find_dropped(struct ceremony *c, enum trust_paper paper, struct err *err)
{
    struct tuf_root after = ceremony_chain(c, paper)->now, before;

    for (int64_t version = after.version; version > 1; version--) {
        if (!trust_root_at(c, paper, version - 1, &before, err))
            return false;
        for (size_t i = 0; i < COUNT(rows); i++) {
            struct trust_role *role = &c->view.roles[rows[i].view];

            if (rows[i].paper == paper && !role->dropped_version &&
                drops_one(&before.roles[rows[i].role], &after.roles[rows[i].role]))
                role->dropped_version = version;
        }
        after = before;
    }
    return true;
}

bool trust_progress(struct ceremony *c, struct err *err)
{
    if (!find_dropped(c, TRUST_ROOT, err) ||
        (c->director.is_there && !find_dropped(c, TRUST_DIRECTOR_ROOT, err)))
        return false;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct trust_role *role = &c->view.roles[rows[i].view];
        bool is_image = rows[i].paper == TRUST_ROOT;

        if (role->dropped_version &&
            !store_device_report_roots(
                c->stage.of.world->store, c->stage.of.tenant_id, is_image ? role->dropped_version : 0,
                is_image ? 0 : role->dropped_version, &role->refused, &role->reporting, err))
            return false;
    }
    return true;
}
