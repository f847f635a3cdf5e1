#include "signing/signer_law.h"

#include "base/hash.h"
#include "base/text.h"
#include "signing/ticket.h"

const char *const signer_refusal_name[SIGNER_REFUSAL__MAX] = {
    [SIGNER_FINE] = "fine",
    [SIGNER_UNKNOWN_FORM] = "unknown-form",
    [SIGNER_WRONG_KEY] = "wrong-key",
    [SIGNER_WRONG_DEVICE] = "wrong-device",
    [SIGNER_WRONG_TENANT] = "wrong-tenant",
    [SIGNER_LOWER_VERSION] = "lower-version",
    [SIGNER_OTHER_BYTES] = "other-bytes",
    [SIGNER_TOO_FAR] = "too-far",
    [SIGNER_DELEGATES] = "delegates",
    [SIGNER_OTHER_ONLINE] = "other-online",
    [SIGNER_UNKNOWN_TARGET] = "unknown-target",
    [SIGNER_MISMATCH_LENGTH] = "mismatch-length",
    [SIGNER_MISMATCH_HASH] = "mismatch-hash",
};
static const char *const because[SIGNER_REFUSAL__MAX] = {
    [SIGNER_UNKNOWN_FORM] = "nothing of this form is signed",
    [SIGNER_WRONG_KEY] = "this key does not speak for that",
    [SIGNER_WRONG_DEVICE] = "what a director says is for one device, and nothing else is",
    [SIGNER_WRONG_TENANT] = "it speaks of another tenant",
    [SIGNER_LOWER_VERSION] = "the signer has signed a higher version",
    [SIGNER_OTHER_BYTES] = "the signer has signed this version, and it said something else",
    [SIGNER_TOO_FAR] =
        "it skips more versions than a service ever does; if DIR/signer was put back and is older than "
        "the database, signing/README.md says what to do",
    [SIGNER_DELEGATES] = "what a device is told delegates to nobody",
    [SIGNER_OTHER_ONLINE] = "it gives the online roles to a key that the signer does not hold",
    [SIGNER_UNKNOWN_TARGET] = "the image repository has no such target",
    [SIGNER_MISMATCH_LENGTH] = "the image repository has it with another length",
    [SIGNER_MISMATCH_HASH] = "the image repository has it with another hash",
};

bool signer_refuse(enum signer_refusal refusal, const char *what, struct err *err)
{
    bool is_stale = refusal == SIGNER_LOWER_VERSION || refusal == SIGNER_OTHER_BYTES;

    if (refusal == SIGNER_FINE)
        return true;
    return FAIL(err, is_stale ? ERR_CONFLICT : ERR_FORBIDDEN, "%s: %s: %s", signer_refusal_name[refusal],
                what, because[refusal]);
}

/* ---- what it is, from its bytes ---------------------------------------------------------- */

static bool read_ticket(struct arena *arena, struct span bytes, struct span envelope,
                        struct signer_facts *out, struct err *err)
{
    struct restore_ticket ticket;

    (void)envelope;
    if (!ticket_signed_read(arena, bytes, &ticket, err))
        return false;
    out->tenant = ticket.tenant;
    return true;
}

static bool read_checkpoint(struct arena *arena, struct span bytes, struct span envelope,
                            struct signer_facts *out, struct err *err)
{
    const struct json *json;

    (void)bytes;
    if (!json_parse(arena, envelope, &json, err) || !checkpoint_read(arena, json, NULL, 0, &out->head, err))
        return false;
    out->tenant = out->head.tenant;
    return true;
}

static bool read_drill(struct arena *arena, struct span bytes, struct span envelope, struct signer_facts *out,
                       struct err *err)
{
    (void)arena;
    (void)bytes;
    (void)envelope;
    (void)out;
    (void)err;
    return true;
}

static bool read_tuf(struct arena *arena, struct span bytes, struct span envelope, struct signer_facts *out,
                     struct err *err)
{
    struct tuf_meta *entries;
    struct tuf_file file;
    size_t count;

    (void)bytes;
    out->role = (enum tuf_role)out->kind; /* the first four, in the same order */
    if (!tuf_file_read(arena, envelope, tuf_role_name[out->role], &file, err))
        return false;
    out->version = file.version;
    out->device = file.device;
    switch (out->role) {
    case TUF_ROOT:
        return tuf_root_read(arena, &file, &out->root, err);
    case TUF_TARGETS:
        return tuf_targets_read(arena, &file, &out->targets, err);
    default:
        return tuf_meta_read(arena, &file, &entries, &count, err);
    }
}

static const struct {
    const char *type; /* of its _type */
    bool (*read)(struct arena *arena, struct span bytes, struct span envelope, struct signer_facts *out,
                 struct err *err);
} kinds[SIGNER_KIND__MAX] = {
    [SIGNER_KIND_ROOT] = {"root", read_tuf},
    [SIGNER_KIND_TIMESTAMP] = {"timestamp", read_tuf},
    [SIGNER_KIND_SNAPSHOT] = {"snapshot", read_tuf},
    [SIGNER_KIND_TARGETS] = {"targets", read_tuf},
    [SIGNER_KIND_CHECKPOINT] = {CHECKPOINT_TYPE, read_checkpoint},
    [SIGNER_KIND_TICKET] = {TICKET_TYPE, read_ticket},
    [SIGNER_KIND_DRILL] = {"drill-report", read_drill},
};

static bool kind_of(struct arena *arena, struct span bytes, enum signer_kind *out, struct err *err)
{
    const struct json *body;
    const char *type;

    if (!json_parse(arena, bytes, &body, err))
        return false;
    type = json_string(json_member(body, "_type"));
    for (*out = 0; *out < SIGNER_KIND__MAX; (*out)++)
        if (text_equal(kinds[*out].type, type))
            return true;
    return FAIL(err, ERR_INVALID, "its _type is none that is signed here");
}

bool signer_facts_read(struct arena *arena, struct span bytes, struct signer_facts *out, struct err *err)
{
    struct signer_facts facts = {.digest = ""};
    struct span envelope;

    /* The readers take envelopes only; it also looks whether the bytes are canonical. */
    if (!tuf_envelope_write(arena, bytes, NULL, 0, &envelope, err) ||
        !kind_of(arena, bytes, &facts.kind, err) ||
        !kinds[facts.kind].read(arena, bytes, envelope, &facts, err)) {
        err->code = ERR_INVALID;
        return err_within(err, "%s", signer_refusal_name[SIGNER_UNKNOWN_FORM]);
    }
    hash_hex_of(HASH_SHA256, bytes, facts.digest);
    *out = facts;
    return true;
}

/* ---- may it be? ---------------------------------------------------------------------------- */

/* clang-format off */
/* Which key speaks for what; the next key of a role for what the one before does. */
static const bool speaks[2][SIGNER_KEY__MAX][SIGNER_KIND__MAX] = {
    /* the image repository     root   timestamp snapshot targets checkpoint ticket drill */
    { [SIGNER_TARGETS]      = { false, false,    false,   true,   false,     false, false },
      [SIGNER_TARGETS_NEXT] = { false, false,    false,   true,   false,     false, false },
      [SIGNER_ONLINE]       = { false, true,     true,    false,  true,      true,  true  },
      [SIGNER_ONLINE_NEXT]  = { false, true,     true,    false,  true,      true,  true  } },
    /* a director */
    { [SIGNER_ROOT]         = { true,  false,    false,   false,  false,     false, false },
      [SIGNER_ONLINE]       = { false, true,     true,    true,   false,     false, false },
      [SIGNER_ONLINE_NEXT]  = { false, true,     true,    true,   false,     false, false } },
};
/* clang-format on */

static bool is_own(const struct tuf_keys *keys, const struct signer_own *own)
{
    return keys->threshold == 1 && keys->count == 1 && keys->other_count == 0 &&
           ((own->online && text_equal(keys->keys[0].id, own->online->id)) ||
            (own->next && text_equal(keys->keys[0].id, own->next->id)));
}

/* Who holds the root next is for people to say. While this key speaks for it alone, no other online key comes in. */
static enum signer_refusal law_of_root(const struct tuf_root *root, const struct signer_own *own)
{
    for (enum tuf_role role = 0; role < TUF_ROLE__MAX; role++)
        if (role != TUF_ROOT && !is_own(&root->roles[role], own))
            return SIGNER_OTHER_ONLINE;
    return SIGNER_FINE;
}

/* clang-format off */
/* How many versions may be skipped, and the highest that may be the first one known here: a signer that is older than the
 * database, or new beside an old one. */
static const struct { int64_t step, first; } skips[TUF_ROLE__MAX] = {
    [TUF_ROOT]      = { 100,   1000    }, /* devices walk through each */
    [TUF_TIMESTAMP] = { 10000, 1 << 24 }, /* half a year at the shortest of lives, an hour */
    [TUF_SNAPSHOT]  = { 10000, 1 << 24 },
    [TUF_TARGETS]   = { 10000, 1 << 24 },
};
/* clang-format on */
#define DIRECTOR_SKIP 3600 /* beyond the second of the day, or what was signed if that is more */
#define DIRECTOR_SKIP_CLOCKLESS                                                                              \
    (1LL << 33) /* seconds until the year 2242: only against the end of all numbers */

int64_t signer_law_most(const struct signer_own *own, enum tuf_role role, int64_t floor)
{
    if (!own->is_director || role == TUF_ROOT)
        return floor ? floor + skips[role].step : skips[role].first;
    if (!own->clock_s)
        return floor + DIRECTOR_SKIP_CLOCKLESS;
    return (floor > own->clock_s ? floor : own->clock_s) + DIRECTOR_SKIP;
}

/* A root that was staged may be staged anew: only one of them comes into force. */
static enum signer_refusal law_of_version(const struct signer_facts *facts, const struct signer_own *own,
                                          const struct signer_floor *floor)
{
    if (facts->version > signer_law_most(own, facts->role, floor->version))
        return SIGNER_TOO_FAR;
    if (facts->version == 0 || facts->version > floor->version)
        return SIGNER_FINE;
    if (facts->version < floor->version)
        return SIGNER_LOWER_VERSION;
    return facts->kind == SIGNER_KIND_ROOT || text_equal(facts->digest, floor->digest) ? SIGNER_FINE
                                                                                       : SIGNER_OTHER_BYTES;
}

enum signer_refusal signer_law(const struct signer_facts *facts, enum signer_key key,
                               const struct signer_own *own, const struct signer_floor *floor)
{
    bool is_for_one = own->is_director && facts->kind != SIGNER_KIND_ROOT;
    bool has_delegates = facts->targets.delegation_count > 0 || facts->targets.bins;

    if (!speaks[own->is_director][key][facts->kind])
        return SIGNER_WRONG_KEY;
    if (is_for_one != !text_blank(facts->device))
        return SIGNER_WRONG_DEVICE;
    if (facts->tenant && !text_equal(facts->tenant, own->tenant))
        return SIGNER_WRONG_TENANT;
    if (own->is_director && has_delegates)
        return SIGNER_DELEGATES;
    if (facts->kind == SIGNER_KIND_ROOT && law_of_root(&facts->root, own) != SIGNER_FINE)
        return law_of_root(&facts->root, own);
    return law_of_version(facts, own, floor);
}

enum signer_refusal signer_law_target(const struct tuf_target *told, const struct tuf_target *found)
{
    if (!found)
        return SIGNER_UNKNOWN_TARGET;
    if (told->length != found->length)
        return SIGNER_MISMATCH_LENGTH;
    if (text_blank(told->sha256) || !text_equal(told->sha256, found->sha256))
        return SIGNER_MISMATCH_HASH;
    return SIGNER_FINE;
}
