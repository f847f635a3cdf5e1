#include "tools/common/audit_walk.h"

#include <stdlib.h>

#include "base/text.h"

#define FIELD_MAX AUDIT_LINE_MAX
#define MARKS_MAX 1000000

struct raw {
    uint8_t bytes[32];
};

struct mark { /* what somebody remembers of a record */
    int64_t no;
    struct raw digest;
    int64_t at_ms; /* of a checkpoint; 0: an anchor */
};

struct audit_walk {
    struct arena *arena;
    const struct tuf_keys *roles;
    size_t role_count;
    const char *tenant;
    int64_t tenant_id;
    int64_t line;
    struct raw *digests; /* of record i + 1 */
    size_t count, room;
    struct mark *marks;
    size_t mark_count, mark_room;
    int64_t checkpoints;
    char head[HASH_HEX_MAX];
};

struct audit_walk *audit_walk_new(struct arena *arena, const struct tuf_keys *roles, size_t role_count)
{
    struct audit_walk *walk = ARENA_NEW(arena, struct audit_walk);

    *walk = (struct audit_walk){.arena = arena, .roles = roles, .role_count = role_count, .tenant = ""};
    memcpy(walk->head, AUDIT_NO_DIGEST, sizeof(walk->head));
    return walk;
}

/* Room for one more; the old place stays behind in the arena, which doubles at most. */
static void *grown(struct arena *arena, void *at, size_t size, size_t count, size_t *room)
{
    if (count < *room)
        return at;
    size_t more = *room ? *room * 2 : 64;
    char *place = arena_take(arena, more * size);

    if (count)
        memcpy(place, at, count * size);
    *room = more;
    return place;
}

static bool mark_add(struct audit_walk *walk, int64_t no, const char *digest, int64_t at_ms, struct err *err)
{
    struct mark mark = {.no = no, .at_ms = at_ms};

    if (walk->mark_count == MARKS_MAX)
        return FAIL(err, ERR_TOO_LARGE, "more than %d checkpoints", MARKS_MAX);
    if (!text_unhex(digest, mark.digest.bytes, sizeof(mark.digest.bytes)))
        return FAIL(err, ERR_INVALID, "a digest is 64 hex digits");
    walk->marks = grown(walk->arena, walk->marks, sizeof(mark), walk->mark_count, &walk->mark_room);
    walk->marks[walk->mark_count++] = mark;
    return true;
}

bool audit_walk_anchor(struct audit_walk *walk, const char *anchor, struct err *err)
{
    const char *colon = strchr(anchor, ':');
    int64_t no;

    if (!colon)
        return FAIL(err, ERR_INVALID, "an anchor is NUMBER:DIGEST");
    const char *number = arena_text(walk->arena, span_make(anchor, (size_t)(colon - anchor)));
    return text_int(number, "the number of an anchor", 1, AUDIT_RECORDS_MAX, &no, err) &&
           mark_add(walk, no, colon + 1, 0, err);
}

/* ---- lines -------------------------------------------------------------------------------- */

static bool head_read(struct audit_walk *walk, const struct json *line, struct err *err)
{
    const char *type = NULL, *tenant = NULL;
    const struct json_field fields[] = {
        JSON_TEXT("_type", type, 1, 64),
        JSON_TEXT("tenant", tenant, 1, 64),
        JSON_INT("tenant_id", walk->tenant_id, 1, INT64_MAX),
    };

    if (!json_read(line, fields, COUNT(fields), err))
        return false;
    if (!text_equal(type, AUDIT_FORM))
        return FAIL(err, ERR_INVALID, "the _type is not " AUDIT_FORM);
    walk->tenant = arena_dup(walk->arena, tenant);
    return true;
}

static bool record_read(const struct json *line, struct audit *out, struct err *err)
{
    const char *digest = NULL;
    /* clang-format off */
    const struct json_field fields[] = {
        JSON_INT ("no",      out->no,         1, INT64_MAX),
        JSON_INT ("at_ms",   out->at_ms,      INT64_MIN, INT64_MAX),
        JSON_TEXT("who",     out->who,        0, FIELD_MAX),
        JSON_TEXT("role",    out->role,       0, FIELD_MAX),
        JSON_TEXT("what",    out->what,       0, FIELD_MAX),
        JSON_TEXT("object",  out->object,     0, FIELD_MAX),
        JSON_TEXT("detail",  out->detail,     0, FIELD_MAX),
        JSON_TEXT("source",  out->source,     0, FIELD_MAX),
        JSON_TEXT("request", out->request_id, 0, FIELD_MAX),
        JSON_TEXT("digest",  digest,          0, FIELD_MAX),
    };
    /* clang-format on */
    if (!json_read(line, fields, COUNT(fields), err))
        return false;
    if (!text_is_hex(digest, 64))
        return FAIL(err, ERR_CONFLICT, "record %lld: its digest is not 64 digits of 0-9 a-f",
                    (long long)out->no);
    memcpy(out->digest, digest, sizeof(out->digest));
    return true;
}

static bool record_check(const struct audit_walk *walk, const struct audit *record, struct err *err)
{
    int64_t next = (int64_t)walk->count + 1;
    char digest[HASH_HEX_MAX];

    if (record->no > next)
        return FAIL(err, ERR_CONFLICT, "record %lld is missing: record %lld stands in its place",
                    (long long)next, (long long)record->no);
    if (record->no < next)
        return FAIL(err, ERR_CONFLICT, "record %lld comes again where record %lld should be",
                    (long long)record->no, (long long)next);
    audit_digest(record, walk->head, digest);
    if (!text_equal(digest, record->digest))
        return FAIL(err, ERR_CONFLICT,
                    "record %lld was changed: its digest is not that of its fields after record %lld",
                    (long long)next, (long long)next - 1);
    return true;
}

static bool record_take(struct audit_walk *walk, const struct json *line, struct err *err)
{
    struct audit record = {.tenant_id = walk->tenant_id};
    struct raw raw;

    if (!record_read(line, &record, err) || !record_check(walk, &record, err))
        return false;
    if (walk->count == AUDIT_RECORDS_MAX)
        return FAIL(err, ERR_TOO_LARGE, "more than %d records", AUDIT_RECORDS_MAX);
    if (!text_unhex(record.digest, raw.bytes, sizeof(raw.bytes)))
        return FAIL(err, ERR_INVALID, "a digest is 64 hex digits");
    walk->digests = grown(walk->arena, walk->digests, sizeof(raw), walk->count, &walk->room);
    walk->digests[walk->count++] = raw;
    memcpy(walk->head, record.digest, sizeof(walk->head));
    return true;
}

static bool checkpoint_take(struct audit_walk *walk, struct arena *arena, const struct json *line,
                            struct err *err)
{
    struct checkpoint checkpoint;

    if (!checkpoint_read(arena, line, walk->roles, walk->role_count, &checkpoint, err))
        return false;
    if (!text_equal(checkpoint.tenant, walk->tenant))
        return FAIL(err, ERR_CONFLICT, "the checkpoint over record %lld is another tenant's",
                    (long long)checkpoint.no);
    walk->checkpoints++;
    return mark_add(walk, checkpoint.no, checkpoint.digest, checkpoint.at_ms, err);
}

static bool line_take(struct audit_walk *walk, struct span line, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    const struct json *json;
    bool is_first = text_blank(walk->tenant);

    if (line.size > AUDIT_LINE_MAX)
        return FAIL(err, ERR_TOO_LARGE, "longer than %d bytes", AUDIT_LINE_MAX);
    if (!json_parse(arena, line, &json, err))
        return false;
    if (is_first)
        return head_read(walk, json, err);
    return json_member(json, "signed") ? checkpoint_take(walk, arena, json, err)
                                       : record_take(walk, json, err);
}

bool audit_walk_line(struct audit_walk *walk, struct span line, struct err *err)
{
    walk->line++;
    return line_take(walk, line, err) ||
           err_within(err, "line %lld, after record %zu", (long long)walk->line, walk->count);
}

/* ---- what others remember ------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
    int64_t left = ((const struct mark *)a)->no, right = ((const struct mark *)b)->no;

    return (left > right) - (left < right);
}

static const char *name_of(struct arena *arena, const struct mark *mark)
{
    return mark->at_ms ? arena_printf(arena, "the checkpoint of %s", text_time(arena, mark->at_ms))
                       : "an anchor";
}

/* `sound`: the last record that an earlier mark has vouched for. */
static bool mark_check(const struct audit_walk *walk, const struct mark *mark, int64_t sound, struct err *err)
{
    if (mark->no > (int64_t)walk->count)
        return FAIL(err, ERR_CONFLICT, "record %zu is missing, and what follows: %s knows %lld records",
                    walk->count + 1, name_of(walk->arena, mark), (long long)mark->no);
    if (memcmp(walk->digests[mark->no - 1].bytes, mark->digest.bytes, sizeof(mark->digest.bytes)) != 0)
        return FAIL(err, ERR_CONFLICT,
                    "a record from %lld to %lld was written anew: %s has another digest of it",
                    (long long)sound + 1, (long long)mark->no, name_of(walk->arena, mark));
    return true;
}

bool audit_walk_end(struct audit_walk *walk, struct audit_walk_end *out, struct err *err)
{
    struct audit_walk_end end = {
        .tenant = walk->tenant, .count = (int64_t)walk->count, .checkpoints = walk->checkpoints};

    if (text_blank(walk->tenant))
        return FAIL(err, ERR_INVALID, "this is no export of an audit log: it has no first line");
    if (walk->mark_count)
        qsort(walk->marks, walk->mark_count, sizeof(*walk->marks), by_number);
    for (size_t i = 0; i < walk->mark_count; i++) {
        if (!mark_check(walk, &walk->marks[i], end.covered, err))
            return false;
        end.covered = walk->marks[i].no;
    }
    memcpy(end.digest, walk->head, sizeof(end.digest));
    *out = end;
    return true;
}
