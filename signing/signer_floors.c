#include "signing/signer_floors.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"

#define FILE_NAME "versions"
#define FILE_BYTES_MAX 4096
#define SLOTS 32768                    /* a power of two above SIGNER_FLOOR_DEVICES */
#define VERSION_MAX (INT64_C(1) << 54) /* no metadata has one beyond 2^53 */
#define BOUND "bound"
#define WITNESS "audit"

struct slot {
    uint64_t device; /* 0: free. Two devices of one hash share their floor, which only skips versions. */
    int64_t versions[TUF_ROLE__MAX];
};

struct signer_floors {
    char *dir;
    bool is_director;
    struct signer_floor exact[TUF_ROLE__MAX]; /* an image repository's; of a director only the root's */
    struct signer_floor witness;              /* of the audit log */
    struct slot *slots;                       /* of a director */
    size_t slot_count;
    int64_t base;    /* all devices are at least there */
    int64_t highest; /* that was signed for any */
    int64_t bound;   /* on disk: nothing above it was signed */
    struct {         /* the last, which may be asked for again under another key */
        uint64_t device;
        enum tuf_role role;
        struct signer_floor floor;
    } last;
};

/* ---- the file -------------------------------------------------------------------------- */

static void floor_set(struct signer_floor *floor, int64_t version, struct span digest)
{
    floor->version = version;
    memcpy(floor->digest, digest.at, KEY_ID_CHARS);
}

static bool line_read(struct signer_floors *floors, struct arena *arena, struct span line, struct err *err)
{
    struct span word[3] = {{NULL, 0}, {NULL, 0}, {NULL, 0}};
    const char *name;
    int64_t version;

    for (size_t i = 0; i < COUNT(word); i++)
        if (!text_split(&line, ' ', &word[i]))
            return FAIL(err, ERR_CORRUPT, "a line has three words");
    name = arena_text(arena, word[0]);
    if (!text_int(arena_text(arena, word[1]), "version", 0, VERSION_MAX, &version, err))
        return false;
    if (text_equal(name, BOUND)) {
        floors->base = floors->bound = floors->highest = version;
        return true;
    }
    for (enum tuf_role role = 0; role < TUF_ROLE__MAX; role++)
        if (text_equal(name, tuf_role_name[role]) && word[2].size == KEY_ID_CHARS) {
            floor_set(&floors->exact[role], version, word[2]);
            return true;
        }
    if (text_equal(name, WITNESS) && word[2].size == KEY_ID_CHARS) {
        floor_set(&floors->witness, version, word[2]);
        return true;
    }
    return FAIL(err, ERR_CORRUPT, "no role of that name");
}

static bool file_load(struct signer_floors *floors, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    const char *path = arena_printf(arena, "%s/" FILE_NAME, floors->dir);
    struct span rest, line;

    if (!file_exists(path))
        return true;
    if (!file_read(arena, path, FILE_BYTES_MAX, &rest, err))
        return false;
    while (text_split(&rest, '\n', &line))
        if (line.size && !line_read(floors, arena, line, err)) {
            err->code = ERR_CORRUPT;
            return err_within(err, "%s", path);
        }
    return true;
}

static bool file_keep(const struct signer_floors *floors, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct buf text = {.arena = arena};

    for (enum tuf_role role = 0; role < TUF_ROLE__MAX; role++)
        if (floors->exact[role].version)
            buf_printf(&text, "%s %lld %s\n", tuf_role_name[role], (long long)floors->exact[role].version,
                       floors->exact[role].digest);
    if (floors->witness.version)
        buf_printf(&text, WITNESS " %lld %s\n", (long long)floors->witness.version, floors->witness.digest);
    if (floors->bound)
        buf_printf(&text, BOUND " %lld all\n", (long long)floors->bound);
    return file_make_dirs(floors->dir, 0700, err) &&
           file_write_whole(arena_printf(arena, "%s/" FILE_NAME, floors->dir), buf_span(&text), 0600, err);
}

bool signer_floors_open(struct signer_floors **out, const char *dir, bool is_director, struct err *err)
{
    AUTO(signer_floors_closep) struct signer_floors *floors = calloc(1, sizeof(*floors));

    if (!floors || !(floors->dir = strdup(dir)))
        abort();
    floors->is_director = is_director;
    if (is_director && !(floors->slots = calloc(SLOTS, sizeof(*floors->slots))))
        abort();
    if (!file_load(floors, err))
        return err_within(err, "what the signer has signed");
    *out = floors;
    floors = NULL;
    return true;
}

void signer_floors_closep(struct signer_floors **floors)
{
    struct signer_floors *f = *floors;
    struct err ignored; /* the bound before holds as well */

    if (!f)
        return;
    if (f->bound > f->highest) {
        f->bound = f->highest;
        if (!file_keep(f, &ignored))
            f->bound = 0;
    }
    free(f->slots);
    free(f->dir);
    free(f);
    *floors = NULL;
}

/* ---- the audit log ---------------------------------------------------------------------- */

void signer_floors_witness(const struct signer_floors *floors, struct signer_floor *out)
{
    *out = floors->witness;
}

bool signer_floors_tell(struct signer_floors *floors, int64_t no, const char *digest, struct err *err)
{
    struct signer_floor before = floors->witness;

    if (no <= before.version)
        return true;
    floor_set(&floors->witness, no, span_make(digest, KEY_ID_CHARS));
    if (file_keep(floors, err))
        return true;
    floors->witness = before;
    return false;
}

/* ---- a director's devices --------------------------------------------------------------- */

static uint64_t device_of(const char *device)
{
    uint64_t hash = hash_rank(span_of("floor"), span_of(device));

    return hash ? hash : 1;
}

/* Its own, or the free one where it would be. */
static struct slot *slot_of(const struct signer_floors *floors, uint64_t device)
{
    size_t at = (size_t)device & (SLOTS - 1);

    while (floors->slots[at].device && floors->slots[at].device != device)
        at = (at + 1) & (SLOTS - 1);
    return &floors->slots[at];
}

static void device_raise(struct signer_floors *floors, enum tuf_role role, uint64_t device, int64_t version)
{
    struct slot *slot = slot_of(floors, device);

    if (!slot->device) {
        if (floors->slot_count == SIGNER_FLOOR_DEVICES) { /* all go on above the highest of all */
            memset(floors->slots, 0, SLOTS * sizeof(*floors->slots));
            floors->slot_count = 0;
            floors->base = floors->highest;
            slot = slot_of(floors, device);
        }
        floors->slot_count++;
        slot->device = device;
    }
    slot->versions[role] = version;
    if (version > floors->highest)
        floors->highest = version;
}

static bool is_exact(const struct signer_floors *floors, enum tuf_role role)
{
    return !floors->is_director || role == TUF_ROOT;
}

void signer_floors_get(const struct signer_floors *floors, enum tuf_role role, const char *device,
                       struct signer_floor *out)
{
    uint64_t id = device_of(device);

    if (is_exact(floors, role)) {
        *out = floors->exact[role];
        return;
    }
    if (floors->last.device == id && floors->last.role == role) {
        *out = floors->last.floor;
        return;
    }
    *out = (struct signer_floor){.version = floors->base};
    if (slot_of(floors, id)->versions[role] > out->version)
        out->version = slot_of(floors, id)->versions[role];
}

static bool bound_raise(struct signer_floors *floors, int64_t version, struct err *err)
{
    int64_t before = floors->bound;

    if (version <= before)
        return true;
    floors->bound = version + SIGNER_FLOOR_AHEAD;
    if (file_keep(floors, err))
        return true;
    floors->bound = before;
    return false;
}

bool signer_floors_raise(struct signer_floors *floors, enum tuf_role role, const char *device,
                         int64_t version, const char *digest, struct err *err)
{
    struct signer_floor floor = {.version = version}, before = floors->exact[role];

    snprintf(floor.digest, sizeof(floor.digest), "%s", digest);
    if (is_exact(floors, role)) {
        if (before.version == version && text_equal(before.digest, digest))
            return true;
        floors->exact[role] = floor;
        if (file_keep(floors, err))
            return true;
        floors->exact[role] = before;
        return false;
    }
    if (!bound_raise(floors, version, err))
        return false;
    device_raise(floors, role, device_of(device), version);
    floors->last.device = device_of(device);
    floors->last.role = role;
    floors->last.floor = floor;
    return true;
}
