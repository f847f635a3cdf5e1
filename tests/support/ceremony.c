#include "support/ceremony.h"

#include "base/text.h"
#include "support/unit.h"

struct answer ceremony_stage(struct ops *ops, const char *role, const char *body)
{
    return ops_ask(ops, "admin", "PUT", arena_printf(ops->s.arena, TRUST "/%s", role), body);
}

struct answer ceremony_hand_in(struct ops *ops, const char *role, const struct key *key, struct span bytes)
{
    char sig[KEY_SIG_HEX_CHARS + 1];

    key_sign(key, bytes, sig);
    return ops_ask(ops, "engineer", "POST", arena_printf(ops->s.arena, TRUST "/%s/signatures", role),
                   arena_printf(ops->s.arena, "{\"keyid\":\"%s\",\"sig\":\"%s\"}", key_public(key)->id, sig));
}

struct answer ceremony_sign(struct ops *ops, const char *role, const struct key *key)
{
    struct answer to_sign =
        ops_ask(ops, "viewer", "GET", arena_printf(ops->s.arena, TRUST "/%s/to-sign", role), NULL);

    assert_int_equal(to_sign.status, 200);
    return ceremony_hand_in(ops, role, key, span_make(to_sign.text, to_sign.size));
}

struct answer ceremony_publish(struct ops *ops)
{
    return ops_ask(ops, "admin", "POST", TRUST "/publish", NULL);
}

void ceremony_refused(const struct answer *a, int status, const char *words)
{
    const char *detail = support_text(a, "detail");

    if (a->status != status || !detail || !strstr(detail, words))
        fail_msg("%d %s instead of %d and \"%s\"", a->status, a->text, status, words);
}

const char *ceremony_hex(struct ops *ops, const struct key *key)
{
    return text_hex(ops->s.arena, key_public(key)->bytes, sizeof(key_public(key)->bytes));
}
