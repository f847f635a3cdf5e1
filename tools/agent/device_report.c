#include "tools/agent/parts.h"

#include <stdio.h>

#include "base/hash.h"
#include "base/ident.h"
#include "base/text.h"

/* What it says of itself, signed. A report is kept before it is sent, and the same bytes are sent until they
 * are answered: whatever is cut off, no counter is used for two reports (domain/device_report.h judges by it).
 */

/* ---- what it says ------------------------------------------------------------------------ */

struct collecting {
    struct arena *arena;
    const struct report_memory *memory;
    struct reported_part *parts;
    size_t count;
};

/* Its digest is known where it was installed by us and still runs. */
static void collect(void *to, const char *name, const char *value)
{
    static const char prefix[] = "component.";
    struct collecting *c = to;
    struct reported_part *part = &c->parts[c->count];

    if (strncmp(name, prefix, sizeof(prefix) - 1) != 0 || c->count == DEVICE_REPORT_PARTS_MAX)
        return;
    *part = (struct reported_part){arena_dup(c->arena, name + sizeof(prefix) - 1), arena_dup(c->arena, value),
                                   "", ""};
    for (size_t i = 0; i < c->memory->installed_count; i++) {
        const struct reported_part *own = &c->memory->installed[i];

        if (text_equal(own->component, part->component) && text_equal(own->version, part->version))
            *part = *own;
    }
    c->count++;
}

static bool file_load(struct agent *agent, struct arena *arena, const char *name, enum tuf_role role,
                      struct tuf_file *out)
{
    struct agent_memory *memory = &agent->setup.memory;
    struct span bytes;
    struct err ignored;

    return memory->load(memory->ctx, arena, name, &bytes, &ignored) &&
           tuf_file_read(arena, bytes, tuf_role_name[role], out, &ignored);
}

static struct reported_versions versions_of(struct agent *agent, struct arena *arena, const char *shelf)
{
    struct reported_versions versions = {0, 0};
    struct tuf_file file;

    if (file_load(agent, arena, arena_printf(arena, "%sroot.json", shelf), TUF_ROOT, &file))
        versions.root = file.version;
    if (file_load(agent, arena, arena_printf(arena, "%stimestamp.json", shelf), TUF_TIMESTAMP, &file))
        versions.timestamp = file.version;
    return versions;
}

static void keys_of(struct arena *arena, const struct tuf_keys *keys, enum reported_role role,
                    struct device_report *out)
{
    const char **ids = ARENA_MANY(arena, const char *, keys->count + 1);

    for (size_t i = 0; i < keys->count; i++)
        ids[i] = keys->keys[i].id;
    out->keys[role] = ids;
    out->key_count[role] = keys->count;
}

static void trusts_of(struct agent *agent, struct arena *arena, struct device_report *out)
{
    struct tuf_root *root = ARENA_NEW(arena, struct tuf_root);
    struct tuf_file file;
    struct err ignored;

    if (!file_load(agent, arena, "tuf/root.json", TUF_ROOT, &file) ||
        !tuf_root_read(arena, &file, root, &ignored))
        return;
    keys_of(arena, &root->roles[TUF_ROOT], REPORTED_ROOT, out);
    keys_of(arena, &root->roles[TUF_TARGETS], REPORTED_TARGETS, out);
    keys_of(arena, &root->roles[TUF_TIMESTAMP], REPORTED_ONLINE, out);
}

static struct device_report report_of(struct agent *agent, struct arena *arena,
                                      const struct report_memory *memory)
{
    const struct agent_machine *machine = &agent->setup.machine;
    struct collecting c = {.arena = arena,
                           .memory = memory,
                           .parts = ARENA_MANY(arena, struct reported_part, DEVICE_REPORT_PARTS_MAX + 1)};
    struct device_report report = {.tenant = agent->setup.tenant,
                                   .device = agent->setup.id,
                                   .attack = agent->standing_attack,
                                   .image = versions_of(agent, arena, "tuf/"),
                                   .director = versions_of(agent, arena, "tuf/director/")};

    if (machine->attributes)
        machine->attributes(machine->ctx, collect, &c);
    report.parts = c.parts;
    report.part_count = c.count;
    trusts_of(agent, arena, &report);
    return report;
}

/* ---- making one and sending it ----------------------------------------------------------------- */

/* The same facts under another counter are no news. */
static bool digest_of(struct arena *arena, const struct device_report *report, char out[HASH_HEX_MAX],
                      struct err *err)
{
    struct device_report plain = *report;
    struct span bytes;

    plain.counter = 1;
    plain.nonce = "00000000000000000000000000000000";
    plain.key = "0000000000000000000000000000000000000000000000000000000000000000";
    if (!device_report_write(arena, &plain, &bytes, err))
        return false;
    hash_hex_of(HASH_SHA256, bytes, out);
    return true;
}

static bool make(struct agent *agent, struct arena *arena, struct device_report *report, const char *facts,
                 struct report_memory *memory, struct err *err)
{
    AUTO(key_freep) struct key *key = NULL;
    struct span envelope;

    report->counter = memory->counter + 1;
    report->nonce = ident_new(arena, DEVICE_REPORT_NONCE_CHARS / 2);
    if (!key_from_seed("report", memory->seed, &key, err) ||
        !device_report_sign(arena, report, key, &envelope, err))
        return false;
    memory->counter = report->counter;
    memory->facts = facts;
    memory->envelope = arena_text(arena, envelope);
    memory->is_told = false;
    return report_memory_keep(agent, memory, err);
}

/* A refusal for good is told as well: the same bytes would be refused again. */
static bool send(struct agent *agent, struct arena *arena, struct report_memory *memory, struct err *err)
{
    struct err ignored;
    struct answer answer;

    if (memory->is_told)
        return true;
    bool is_taken = agent_ask(agent, arena, "PUT", agent_path(agent, arena, "/report"),
                              span_of(memory->envelope), &answer, err);

    if (!is_taken && agent_is_passing(err))
        return false;
    memory->is_told = true;
    return report_memory_keep(agent, memory, is_taken ? err : &ignored) && is_taken;
}

static bool tell(struct agent *agent, struct arena *arena, struct err *err)
{
    struct report_memory memory;
    struct device_report report;
    char facts[HASH_HEX_MAX];

    if (!report_memory_load(agent, arena, &memory, err) || !send(agent, arena, &memory, err))
        return false;
    report = report_of(agent, arena, &memory);
    if (!digest_of(arena, &report, facts, err))
        return false;
    if (text_equal(facts, memory.facts))
        return true;
    return make(agent, arena, &report, facts, &memory, err) && send(agent, arena, &memory, err);
}

bool agent_tell_report(struct agent *agent, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new_secret();

    if (!agent->setup.sends_reports || !agent->is_report_due)
        return true;
    if (tell(agent, arena, err)) {
        agent->is_report_due = false;
        return true;
    }
    if (agent_is_passing(err))
        return true; /* with the next poll */
    agent->is_report_due = false;
    return err_within(err, "its signed report");
}

/* ---- what it is about ----------------------------------------------------------------------------- */

void agent_note_attack(struct agent *agent, enum attack attack)
{
    agent->is_report_due |= attack != agent->standing_attack;
    agent->standing_attack = attack;
}

static bool refresh_both(struct agent *agent, struct arena *arena, int64_t now_ms, struct err *err)
{
    struct tuf_targets directed;
    struct tuf_client *client;

    agent->attack = ATTACK_NONE;
    return agent_images(agent, arena, now_ms, &client, err) &&
           agent_directed(agent, arena, now_ms, &directed, err);
}

/* Also after the clock was set back. */
static bool is_due(const struct agent *agent, int64_t at_ms, int64_t now_ms)
{
    return at_ms <= now_ms || at_ms - now_ms > agent->setup.look_s * 1000;
}

void agent_look(struct agent *agent, int64_t now_ms)
{
    AUTO(arena_freep) struct arena *arena = arena_new_secret();
    struct report_memory memory;
    struct err err;

    if (!agent->setup.look_s || !is_due(agent, agent->look_next_ms, now_ms) ||
        !report_memory_load(agent, arena, &memory, &err))
        return;
    agent->look_next_ms = memory.looked_ms + agent->setup.look_s * 1000;
    if (!is_due(agent, agent->look_next_ms, now_ms))
        return;
    if (!refresh_both(agent, arena, now_ms, &err) && !agent->attack)
        return; /* with the next poll */
    agent_note_attack(agent, agent->attack);
    agent->is_report_due = true;
    memory.looked_ms = now_ms;
    if (report_memory_keep(agent, &memory, &err))
        agent->look_next_ms = now_ms + agent->setup.look_s * 1000;
}

bool agent_note_installed(struct agent *agent, const struct agent_plan *plan, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new_secret();
    struct report_memory memory, next;

    if (!agent->setup.sends_reports || plan->restore)
        return true;
    if (!report_memory_load(agent, arena, &memory, err))
        return false;
    next = memory;
    next.installed = ARENA_MANY(arena, struct reported_part, memory.installed_count + plan->part_count + 1);
    next.installed_count = 0;
    for (size_t i = 0; i < plan->part_count; i++) {
        const struct agent_part *part = &plan->parts[i];

        next.installed[next.installed_count++] = (struct reported_part){
            part->component, part->version, part->target ? part->target : "", part->sha256};
    }
    for (size_t i = 0; i < memory.installed_count; i++) {
        bool is_new = false;

        for (size_t k = 0; k < plan->part_count; k++)
            is_new |= text_equal(plan->parts[k].component, memory.installed[i].component);
        if (!is_new && next.installed_count < DEVICE_REPORT_PARTS_MAX)
            next.installed[next.installed_count++] = memory.installed[i];
    }
    agent->is_report_due = true;
    return report_memory_keep(agent, &next, err);
}

bool agent_report_key(struct agent *agent, struct arena *arena, const char **out, struct err *err)
{
    AUTO(arena_freep) struct arena *scratch = arena_new_secret();
    AUTO(key_freep) struct key *key = NULL;
    struct report_memory memory;

    *out = NULL;
    if (!agent->setup.sends_reports)
        return true;
    if (!report_memory_load(agent, scratch, &memory, err))
        return false;
    report_memory_renew(&memory);
    if (!report_memory_keep(agent, &memory, err) || !key_from_seed("report", memory.seed, &key, err))
        return false;
    agent->is_report_due = true;
    *out = text_hex(arena, key_public(key)->bytes, 32);
    return true;
}
