#include <pthread.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/text.h"
#include "signing/tuf.h"
#include "tools/agent/parts.h"
#include "tools/fleet/fleet.h"

/* Two machines that trust the same root and are served the same timestamp come to the same targets: what one
 * has verified, the others take. What depends on the machine is looked at on each. */

#define BOARDS_MAX 64 /* timestamps remembered; then it begins anew */
#define TARGETS_MAX 256

struct board { /* what follows from one root and one timestamp */
    char key[HASH_HEX_MAX];
    struct tuf_target targets[TARGETS_MAX];
    size_t count;
};

struct share {
    pthread_mutex_t lock;
    struct arena *arena;
    struct board *boards[BOARDS_MAX];
    size_t count;
};

struct share *share_new(void)
{
    struct share *share = calloc(1, sizeof(*share));

    if (!share)
        abort();
    pthread_mutex_init(&share->lock, NULL);
    share->arena = arena_new();
    return share;
}

void share_freep(struct share **share)
{
    if (!*share)
        return;
    arena_freep(&(*share)->arena);
    pthread_mutex_destroy(&(*share)->lock);
    free(*share);
    *share = NULL;
}

/* ---- boards ---------------------------------------------------------------------- */

static void board_key(struct span root, struct span timestamp, char out[HASH_HEX_MAX])
{
    AUTO(hash_freep) struct hash *hash = hash_new(HASH_SHA256);

    hash_add(hash, root);
    hash_add(hash, span_of("\n"));
    hash_add(hash, timestamp);
    hash_hex(hash, out);
}

static struct board *board_find(struct share *share, const char *key)
{
    for (size_t i = 0; i < share->count; i++)
        if (text_equal(share->boards[i]->key, key))
            return share->boards[i];
    return NULL;
}

static struct board *board_make(struct share *share, const char *key)
{
    struct board *board = ARENA_NEW(share->arena, struct board);

    if (share->count == BOARDS_MAX)
        share->count = 0;
    memcpy(board->key, key, HASH_HEX_MAX);
    share->boards[share->count++] = board;
    return board;
}

static const struct tuf_target *target_find(const struct board *board, const char *path)
{
    for (size_t i = 0; board && i < board->count; i++)
        if (text_equal(board->targets[i].path, path))
            return &board->targets[i];
    return NULL;
}

/* Called for each target that the whole workflow has led to; what it was led by is on the machine's disk. */
void share_resolved(void *ctx, const struct tuf_target *target)
{
    struct machine *machine = ctx;
    struct share *share = machine->fleet->share;
    struct board *board;
    char key[HASH_HEX_MAX];

    board_key(disk_look(&machine->disk, "tuf/root.json"), disk_look(&machine->disk, "tuf/timestamp.json"),
              key);
    pthread_mutex_lock(&share->lock);
    board = board_find(share, key);
    if (!board)
        board = board_make(share, key);
    if (board->count < TARGETS_MAX && !target_find(board, target->path))
        board->targets[board->count++] =
            (struct tuf_target){.path = arena_dup(share->arena, target->path),
                                .length = target->length,
                                .sha256 = arena_dup(share->arena, target->sha256),
                                .custom = {arena_text(share->arena, target->custom), target->custom.size}};
    pthread_mutex_unlock(&share->lock);
}

/* ---- asking -------------------------------------------------------------------------- */

static bool timestamp_get(struct machine *machine, struct arena *arena, struct span *out, struct err *err)
{
    const char *where = arena_printf(arena, "/%s/tuf/image/metadata/timestamp.json",
                                     text_escape(arena, machine->fleet->options->tenant));
    struct answer answer;

    if (!client_ask(machine->worker->client, arena, "GET", where, NULL, (struct span){NULL, 0}, &answer,
                    err)) {
        err->code = ERR_IO;
        return false;
    }
    if (answer.status != 200)
        return FAIL(err, ERR_BUSY, "GET %s: %d", where, answer.status);
    *out = answer.body;
    return true;
}

static struct board *board_of(struct machine *machine, struct span timestamp)
{
    struct share *share = machine->fleet->share;
    struct board *board;
    char key[HASH_HEX_MAX];

    board_key(disk_look(&machine->disk, "tuf/root.json"), timestamp, key);
    pthread_mutex_lock(&share->lock);
    board = board_find(share, key);
    pthread_mutex_unlock(&share->lock);
    return board;
}

static bool is_expired(struct arena *arena, struct span timestamp, int64_t now_ms)
{
    const struct json *object;
    struct err ignored;
    const char *expires;
    int64_t expires_ms;

    if (!json_parse(arena, timestamp, &object, &ignored))
        return true;
    expires = json_string(json_member(json_member(object, "signed"), "expires"));
    return !expires || !text_time_parse(expires, &expires_ms) || expires_ms <= now_ms;
}

/* ERR_NOT_FOUND: not everything it names has been verified by somebody. */
static bool plan_check(struct agent *agent, struct arena *arena, struct share *share,
                       const struct board *board, const struct tuf_targets *directed, struct err *err)
{
    struct agent_plan *plan = agent->state.plan;
    int64_t highest = 0;

    if (!agent_bundle_check(agent, arena, directed, err))
        return false;
    for (size_t i = 0; i < plan->part_count; i++) {
        const struct tuf_target *target = NULL, *assigned = NULL;
        int64_t counter = 0;

        if (!agent_part_name(agent, arena, directed, &plan->parts[i], &assigned, err))
            return false;
        pthread_mutex_lock(&share->lock);
        target = target_find(board, plan->parts[i].target);
        pthread_mutex_unlock(&share->lock);
        if (!target)
            return FAIL(err, ERR_NOT_FOUND, "nobody looked at it yet");
        if (!agent_trust_part(agent, arena, &plan->parts[i], assigned, target, &counter, err))
            return false;
        highest = counter > highest ? counter : highest;
    }
    plan->counter = highest;
    return true;
}

bool share_resolve(void *ctx, struct agent *agent, struct arena *arena, int64_t now_ms, struct err *err)
{
    struct machine *machine = ctx;
    struct board *board = NULL;
    struct tuf_targets directed;
    struct span timestamp;

    if (!agent_directed(agent, arena, now_ms, &directed, err))
        return false;
    if (disk_look(&machine->disk, "tuf/root.json").at) {
        if (!timestamp_get(machine, arena, &timestamp, err))
            return false;
        board = is_expired(arena, timestamp, now_ms) ? NULL : board_of(machine, timestamp);
    }
    if (board && plan_check(agent, arena, machine->fleet->share, board, &directed, err))
        return true;
    if (board && err->code != ERR_NOT_FOUND)
        return false;
    return agent_trust_images(agent, arena, &directed, now_ms, err);
}
