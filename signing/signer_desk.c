#include "signing/signer_desk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/text.h"
#include "signing/signer_floors.h"
#include "signing/signer_image.h"
#include "signing/signer_law.h"

#define PLACES_MAX 128 /* of 64 tenants: an image repository and a director each */
#define TENANT_CHARS 64

const char *const signer_file[SIGNER_KEY__MAX] = {
    [SIGNER_TARGETS] = "targets.key",
    [SIGNER_ONLINE] = "online.key", /* without it the service could not say what is current */
    [SIGNER_TARGETS_NEXT] = "targets-next.key",
    [SIGNER_ONLINE_NEXT] = "online-next.key",
    [SIGNER_ROOT] = "root.key",
};
const char *const signer_verb_name[SIGNER_VERB__MAX] = {
    [SIGNER_SAY_PUBLIC] = "public", [SIGNER_SIGN] = "sign",       [SIGNER_FLOOR] = "floor",
    [SIGNER_MAKE] = "make",         [SIGNER_PROMOTE] = "promote", [SIGNER_DROP] = "drop",
    [SIGNER_FORGET] = "forget",     [SIGNER_WITNESS] = "witness",
};

struct place {
    char name[SIGNER_PLACE_MAX + 1];
    struct key *keys[SIGNER_KEY__MAX];
    bool is_read, is_director;
    char tenant[TENANT_CHARS + 1];
    struct signer_floors *floors;
    struct signer_image *image; /* of a director: what it directs to */
};

struct signer_desk {
    char *dir;
    int64_t (*clock_ms)(void);
    struct place places[PLACES_MAX];
    size_t place_count;
};

bool signer_desk_open(struct signer_desk **out, const char *dir, int64_t (*clock_ms)(void), struct err *err)
{
    struct signer_desk *desk = calloc(1, sizeof(*desk));

    if (!desk || !(desk->dir = strdup(dir))) {
        free(desk);
        return FAIL(err, ERR_BUSY, "no memory for the keys");
    }
    desk->clock_ms = clock_ms;
    *out = desk;
    return true;
}

static void place_forget(struct place *place)
{
    for (size_t i = 0; i < SIGNER_KEY__MAX; i++)
        if (place->keys[i])
            key_freep(&place->keys[i]);
    place->is_read = false;
}

static void place_close(struct place *place)
{
    place_forget(place);
    signer_floors_closep(&place->floors);
    signer_image_closep(&place->image);
}

void signer_desk_closep(struct signer_desk **desk)
{
    if (!*desk)
        return;
    for (size_t i = 0; i < (*desk)->place_count; i++)
        place_close(&(*desk)->places[i]);
    free((*desk)->dir);
    free(*desk);
    *desk = NULL;
}

/* ---- where the keys are -------------------------------------------------------------- */

static bool place_check(struct arena *arena, const char *place, struct err *err)
{
    const char *slash = strchr(place, '/');
    size_t size = slash ? (size_t)(slash - place) : strlen(place);

    if (slash && !text_equal(slash, "/director"))
        return FAIL(err, ERR_INVALID, "keys lie at TENANT or TENANT/director");
    return text_name(arena_text(arena, span_make(place, size)), "tenant", TENANT_CHARS, err);
}

static char *path_of(const struct signer_desk *desk, struct arena *arena, const char *place, const char *file)
{
    return arena_printf(arena, "%s/trust/%s/%s", desk->dir, place, file);
}

/* Each that is there: a role without a file is signed offline. */
static bool place_read(const struct signer_desk *desk, struct arena *arena, struct place *place,
                       struct err *err)
{
    for (enum signer_key which = 0; which < SIGNER_KEY__MAX; which++) {
        const char *path = path_of(desk, arena, place->name, signer_file[which]);

        if (place->keys[which] || !file_exists(path))
            continue;
        if (!key_load(path, NULL, &place->keys[which], err))
            return err_within(err, "the online keys of %s", place->name);
    }
    place->is_read = place->keys[SIGNER_ONLINE] != NULL; /* else it is not founded yet: look again */
    return true;
}

static struct place *place_known(struct signer_desk *desk, const char *name)
{
    for (size_t i = 0; i < desk->place_count; i++)
        if (text_equal(desk->places[i].name, name))
            return &desk->places[i];
    return NULL;
}

static bool place_new(struct signer_desk *desk, struct arena *arena, const char *name, struct place **out,
                      struct err *err)
{
    struct place *place = &desk->places[desk->place_count];
    const char *own = arena_printf(arena, "%s/signer/%s", desk->dir, name);
    const char *slash = strchr(name, '/');

    if (desk->place_count == PLACES_MAX)
        return FAIL(err, ERR_TOO_MANY, "keys of %d repositories are held already", PLACES_MAX);
    if (!signer_floors_open(&place->floors, own, slash != NULL, err))
        return false;
    snprintf(place->name, sizeof(place->name), "%s", name);
    snprintf(place->tenant, sizeof(place->tenant), "%.*s",
             (int)(slash ? slash - name : (ptrdiff_t)strlen(name)), name);
    place->is_director = slash != NULL;
    if (slash)
        signer_image_open(&place->image, arena_printf(arena, "%s/signer/%s/image", desk->dir, place->tenant),
                          path_of(desk, arena, place->tenant, "1.root.json"));
    desk->place_count++;
    *out = place;
    return true;
}

static bool place_of(struct signer_desk *desk, struct arena *arena, const char *name, struct place **out,
                     struct err *err)
{
    if (!place_check(arena, name, err))
        return false;
    *out = place_known(desk, name);
    return (*out || place_new(desk, arena, name, out, err)) &&
           ((*out)->is_read || place_read(desk, arena, *out, err));
}

/* A root key is taken away by taking its file away: nobody need tell. */
static bool held(const struct signer_desk *desk, struct arena *arena, struct place *place,
                 enum signer_key which, const struct key **out, struct err *err)
{
    if (which == SIGNER_ROOT && place->keys[which] &&
        !file_exists(path_of(desk, arena, place->name, signer_file[which])))
        key_freep(&place->keys[which]);
    if (!place->keys[which])
        return FAIL(err, ERR_NOT_FOUND, "%s of %s is not held by the service: this role is signed offline",
                    signer_file[which], place->name);
    *out = place->keys[which];
    return true;
}

/* ---- what is asked --------------------------------------------------------------------- */

static bool say_public(const struct signer_desk *desk, struct arena *arena, struct place *place,
                       const struct signer_ask *ask, struct signer_answer *out, struct err *err)
{
    const struct key *key = NULL;

    if (!held(desk, arena, place, ask->key, &key, err))
        return false;
    out->key = *key_public(key);
    return true;
}

static const struct key_public *own_key(const struct place *place, enum signer_key which)
{
    return place->keys[which] ? key_public(place->keys[which]) : NULL;
}

static bool targets_pass(struct place *place, const struct tuf_targets *targets,
                         const struct signer_source *images, struct err *err)
{
    for (size_t i = 0; i < targets->target_count; i++) {
        const struct tuf_target *told = &targets->targets[i];
        struct tuf_target found = {.path = NULL};
        bool is_there = false;

        if (!signer_image_find(place->image, images, told->path, &found, &is_there, err) ||
            !signer_refuse(signer_law_target(told, is_there ? &found : NULL), told->path, err))
            return false;
    }
    return true;
}

static bool passes(const struct signer_desk *desk, struct place *place, const struct signer_ask *ask,
                   const struct signer_facts *facts, const struct signer_source *images, struct err *err)
{
    const struct signer_own own = {.tenant = place->tenant,
                                   .is_director = place->is_director,
                                   .online = own_key(place, SIGNER_ONLINE),
                                   .next = own_key(place, SIGNER_ONLINE_NEXT),
                                   .clock_s = desk->clock_ms ? desk->clock_ms() / 1000 : 0};
    struct signer_floor floor = {.version = 0};

    if (facts->version)
        signer_floors_get(place->floors, facts->role, facts->device ? facts->device : "", &floor);
    return signer_refuse(signer_law(facts, ask->key, &own, &floor), signer_file[ask->key], err) &&
           (!place->is_director || facts->kind != SIGNER_KIND_TARGETS ||
            targets_pass(place, &facts->targets, images, err));
}

/* A timestamp makes all else visible that was signed for the image repository. */
static void tell_director(struct signer_desk *desk, struct arena *arena, const struct place *place)
{
    struct place *director = place_known(desk, arena_printf(arena, "%s/director", place->tenant));

    if (director)
        signer_image_stale(director->image);
}

/* What was signed is on disk before the signature leaves. */
static bool sign(struct signer_desk *desk, struct arena *arena, struct place *place,
                 const struct signer_ask *ask, const struct signer_source *images, struct signer_answer *out,
                 struct err *err)
{
    struct signer_facts facts = {.version = 0};
    const struct key *key = NULL;

    if (!held(desk, arena, place, ask->key, &key, err) ||
        !signer_facts_read(arena, ask->bytes, &facts, err) ||
        !passes(desk, place, ask, &facts, images, err) ||
        (facts.version && !signer_floors_raise(place->floors, facts.role, facts.device ? facts.device : "",
                                               facts.version, facts.digest, err)))
        return false;
    if (!place->is_director && facts.kind == SIGNER_KIND_TIMESTAMP)
        tell_director(desk, arena, place);
    out->key = *key_public(key);
    key_sign(key, ask->bytes, out->sig);
    return true;
}

/* One number for all files of a device: whoever is above it is above each. */
static bool say_floor(const struct place *place, const struct signer_ask *ask, struct signer_answer *out)
{
    for (enum tuf_role role = TUF_TIMESTAMP; role < TUF_ROLE__MAX; role++) {
        struct signer_floor floor;

        if (!place->is_director && role != ask->role)
            continue;
        signer_floors_get(place->floors, role, ask->name, &floor);
        if (floor.version > out->version)
            out->version = floor.version;
    }
    return true;
}

static bool witness_tell(struct arena *arena, struct place *place, struct span bytes, struct err *err)
{
    struct signer_facts facts = {.version = 0};

    if (!signer_facts_read(arena, bytes, &facts, err))
        return false;
    if (facts.kind != SIGNER_KIND_CHECKPOINT || place->is_director)
        return signer_refuse(SIGNER_UNKNOWN_FORM, "what an audit log has come to", err);
    if (!text_equal(facts.tenant, place->tenant))
        return signer_refuse(SIGNER_WRONG_TENANT, "what an audit log has come to", err);
    return signer_floors_tell(place->floors, facts.head.no, facts.head.digest, err);
}

static bool witness(struct arena *arena, struct place *place, const struct signer_ask *ask,
                    struct signer_answer *out, struct err *err)
{
    struct signer_floor floor;

    if (ask->bytes.size && !witness_tell(arena, place, ask->bytes, err))
        return false;
    signer_floors_witness(place->floors, &floor);
    out->version = floor.version;
    memcpy(out->digest, floor.digest, sizeof(out->digest));
    return true;
}

static bool make(struct signer_desk *desk, struct arena *arena, struct place *place,
                 const struct signer_ask *ask, struct signer_answer *out, struct err *err)
{
    AUTO(key_freep) struct key *key = NULL;
    const char *path = path_of(desk, arena, place->name, signer_file[ask->key]);

    if (!place->keys[ask->key] && !file_exists(path) &&
        (!file_make_dirs(path_of(desk, arena, place->name, ""), 0700, err) ||
         !key_make(ask->name, &key, err) || !key_save(key, path, NULL, err)))
        return err_within(err, "making %s of %s", signer_file[ask->key], place->name);
    return place_read(desk, arena, place, err) && say_public(desk, arena, place, ask, out, err);
}

static bool promote(struct signer_desk *desk, struct arena *arena, struct place *place,
                    const struct signer_ask *ask, struct err *err)
{
    const char *from, *to;

    if (ask->key != SIGNER_TARGETS && ask->key != SIGNER_ONLINE)
        return FAIL(err, ERR_INVALID, "%s has no next key", signer_file[ask->key]);
    from = path_of(desk, arena, place->name, signer_file[SIGNER_NEXT_OF(ask->key)]);
    to = path_of(desk, arena, place->name, signer_file[ask->key]);
    if (!file_exists(from))
        return true;
    if (rename(from, to) != 0)
        return FAIL(err, ERR_IO, "%s: %s", to, strerror(errno));
    place_forget(place);
    return file_sync_dir(path_of(desk, arena, place->name, ""), err);
}

/* Under another name first: a file that is half overwritten must not be taken for a damaged key. */
static bool drop(struct signer_desk *desk, struct arena *arena, struct place *place,
                 const struct signer_ask *ask, struct err *err)
{
    const char *path = path_of(desk, arena, place->name, signer_file[ask->key]);
    const char *gone = path_of(desk, arena, place->name, "given-up");

    if (ask->key != SIGNER_ROOT)
        return FAIL(err, ERR_INVALID, "%s is given up by a rotation only", signer_file[ask->key]);
    place_forget(place);
    if (!file_exists(path))
        return true;
    if (rename(path, gone) != 0)
        return FAIL_ERRNO(err, path);
    return file_wipe(gone, err) && file_sync_dir(path_of(desk, arena, place->name, ""), err);
}

bool signer_desk_serve(struct signer_desk *desk, struct arena *arena, const struct signer_ask *ask,
                       const struct signer_source *images, struct signer_answer *out, struct err *err)
{
    struct place *place = NULL;

    *out = (struct signer_answer){.sig = ""};
    if (!place_of(desk, arena, ask->place, &place, err))
        return false;
    switch (ask->verb) {
    case SIGNER_SAY_PUBLIC:
        return say_public(desk, arena, place, ask, out, err);
    case SIGNER_SIGN:
        return sign(desk, arena, place, ask, images, out, err);
    case SIGNER_FLOOR:
        return say_floor(place, ask, out);
    case SIGNER_MAKE:
        return make(desk, arena, place, ask, out, err);
    case SIGNER_PROMOTE:
        return promote(desk, arena, place, ask, err);
    case SIGNER_DROP:
        return drop(desk, arena, place, ask, err);
    case SIGNER_FORGET:
        place_forget(place);
        return true;
    case SIGNER_WITNESS:
        return witness(arena, place, ask, out, err);
    case SIGNER_VERB__MAX:
        break;
    }
    return FAIL(err, ERR_INVALID, "the signer knows no such verb");
}
