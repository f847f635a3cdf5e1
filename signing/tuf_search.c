#include "signing/tuf_client.h"

#include <stdio.h>

#include "base/hash.h"
#include "base/text.h"
#include "signing/tuf_client_parts.h"

#define VISITS_MAX 32
#define DELEGATED_BYTES_MAX 5000000

/* A delegation still to be followed: who delegated decides whose signature counts, so the keys travel with
 * it. */
struct todo {
    struct todo *next;
    const char *name;
    const struct tuf_keys *keys;
};

struct search {
    struct tuf_client *client;
    const char *path;
    char path_hash[HASH_HEX_MAX];
    struct todo *todo;
    const char *visited[VISITS_MAX];
    size_t visited_count;
};

static bool is_visited(const struct search *search, const char *name)
{
    for (size_t i = 0; i < search->visited_count; i++)
        if (text_equal(search->visited[i], name))
            return true;
    return false;
}

static const struct tuf_known_role *known_find(const struct tuf_client *client, const struct todo *todo)
{
    for (const struct tuf_known_role *known = client->known; known; known = known->next)
        if (known->keys == todo->keys && text_equal(known->name, todo->name))
            return known;
    return NULL;
}

static void known_add(struct tuf_client *client, const struct todo *todo, const struct tuf_targets *targets)
{
    struct tuf_known_role *known = ARENA_NEW(client->arena, struct tuf_known_role);

    *known = (struct tuf_known_role){client->known, todo->name, todo->keys, *targets};
    client->known = known;
}

/* The top-level role was read by the refresh; any other is verified once for each delegator that leads to it.
 */
static bool role_get(struct search *search, const struct todo *todo, struct tuf_targets *out, struct err *err)
{
    struct tuf_client *client = search->client;
    const struct tuf_known_role *known = known_find(client, todo);
    struct tuf_file file;

    if (!todo->keys || known) {
        *out = known ? known->targets : client->targets;
        return true;
    }
    const char *entry_name = arena_printf(client->arena, "%s.json", todo->name);
    const struct tuf_meta *entry = tuf_entry_find(client->entries, client->entry_count, entry_name);
    if (!entry)
        return TUF_ATTACK(client, ATTACK_UNKNOWN_TARGET, err, ERR_NOT_FOUND,
                          "%s: the snapshot does not name the role %s", search->path, todo->name);
    struct tuf_pin pin = {.stem = text_escape(client->arena, todo->name),
                          .type = "targets",
                          .keys = todo->keys,
                          .meta = *entry,
                          .bytes_max = DELEGATED_BYTES_MAX,
                          .accept = tuf_accept_targets,
                          .out = out};
    if (!tuf_pinned_get(client, &pin, &file, err))
        return false;
    known_add(client, todo, out);
    return true;
}

static const struct tuf_target *target_in(const struct tuf_targets *role, const char *path)
{
    for (size_t i = 0; i < role->target_count; i++)
        if (text_equal(role->targets[i].path, path))
            return &role->targets[i];
    return NULL;
}

/* ---- which delegations lead on ---------------------------------------------------- */

static bool is_for(const struct tuf_delegation *delegation, const struct search *search)
{
    for (size_t i = 0; i < delegation->path_count; i++)
        if (tuf_path_matches(delegation->paths[i], search->path))
            return true;
    for (size_t i = 0; i < delegation->hash_prefix_count; i++)
        if (text_starts(search->path_hash, delegation->hash_prefixes[i]))
            return true;
    return false;
}

static struct todo *todo_new(struct search *search, const char *name, const struct tuf_keys *keys,
                             struct todo *next)
{
    struct todo *todo = ARENA_NEW(search->client->arena, struct todo);

    *todo = (struct todo){.next = next, .name = name, .keys = keys};
    return todo;
}

/* The first bits of the path's hash are the number of its bin; the name pads it to the width of the last one.
 */
static void follow_bin(struct search *search, const struct tuf_bins *bins)
{
    unsigned long long head = 0;
    int width = (int)((bins->bits + 3) / 4);

    for (int i = 0; i < 8; i++) {
        char c = search->path_hash[i];
        head = head << 4 | (unsigned long long)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    const char *name =
        arena_printf(search->client->arena, "%s-%0*llx", bins->prefix, width, head >> (32 - bins->bits));
    search->todo = todo_new(search, name, &bins->keys, NULL);
}

/* Puts the matching delegations before what was waiting, in their order. A terminating one is the last:
 * nothing after it and nothing that was waiting is asked any more. */
static void follow(struct search *search, const struct tuf_targets *role)
{
    struct todo *waiting = search->todo, *first = NULL, **end = &first;

    if (role->bins) {
        follow_bin(search, role->bins);
        return;
    }
    for (size_t i = 0; i < role->delegation_count; i++) {
        const struct tuf_delegation *delegation = &role->delegations[i];

        if (!is_for(delegation, search))
            continue;
        *end = todo_new(search, delegation->name, &delegation->keys, NULL);
        end = &(*end)->next;
        if (!delegation->is_passing) {
            waiting = NULL;
            break;
        }
    }
    *end = waiting;
    search->todo = first;
}

static bool visit(struct search *search, const struct todo *todo, const struct tuf_target **found,
                  struct err *err)
{
    struct tuf_targets *role = ARENA_NEW(search->client->arena, struct tuf_targets);

    if (!role_get(search, todo, role, err))
        return false;
    search->visited[search->visited_count++] = todo->name;
    *found = target_in(role, search->path);
    if (!*found)
        follow(search, role);
    return true;
}

bool tuf_client_target(struct tuf_client *client, const char *path, struct tuf_target *out, struct err *err)
{
    struct search search = {.client = client, .path = path};
    const struct tuf_target *found = NULL;

    if (!client->is_fresh && !tuf_client_refresh(client, err))
        return false;
    hash_hex_of(HASH_SHA256, span_of(path), search.path_hash);
    search.todo = todo_new(&search, tuf_role_name[TUF_TARGETS], NULL, NULL);
    while (!found && search.todo && search.visited_count < VISITS_MAX) {
        const struct todo *todo = search.todo;

        search.todo = todo->next;
        if (!is_visited(&search, todo->name) && !visit(&search, todo, &found, err))
            return false;
    }
    if (!found)
        return TUF_ATTACK(client, ATTACK_UNKNOWN_TARGET, err, ERR_NOT_FOUND,
                          "no role of the repository names %s", path);
    *out = *found;
    return true;
}
