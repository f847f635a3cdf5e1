#include "tools/agent/simulate.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/hash.h"
#include "base/text.h"

struct maker {
    struct arena *arena;
    const struct capability *capability;
    const struct simulation *simulation;
    size_t counts[SNAPSHOT_KINDS]; /* how many items each category gets */
};

/* clang-format off */
static const struct { const char *category; int64_t items; } sizes[] = {
    { "departments",         24 }, { "roles",          5 }, { "users",         60 },
    { "quotas",              24 }, { "mailbox-config", 16 }, { "scan-destinations", 30 },
    { "templates",           40 }, { "panel-layout",  16 }, { "print-service",  6 },
    { "notifications",       10 }, { "directory",      1 }, { "fax",            1 },
    { "security-policy",     24 }, { "network",        1 }, { "wireless",       1 },
    { "certificates",         3 }, { "service-adjustments", 400 },
};
static const char *const first_names[] = { "Ada", "Bruno", "Chiara", "Dmitri", "Elif", "Farid", "Greta", "Hanna",
                                           "Igor", "Jana", "Kofi", "Lena", "Mario", "Nadia", "Olga", "Paolo" };
static const char *const last_names[] = { "Rossi", "Weber", "Novak", "Costa", "Ferrari", "Keller", "Bauer", "Moreau",
                                          "Silva", "Jansen", "Kowalski", "Lind", "Marino", "Olsen", "Popescu", "Vidal" };
static const char *const things[] = { "Accounts", "Archive", "Contracts", "Delivery", "Design", "Front desk", "Invoices",
                                      "Legal", "Lab", "Night shift", "Orders", "Payroll", "Purchasing", "Sales",
                                      "Service", "Workshop" };
/* clang-format on */

/* ---- choosing ------------------------------------------------------------------- */

static uint64_t choice(const struct maker *m, const char *category, size_t i, const char *word,
                       uint64_t below)
{
    char key[200];

    snprintf(key, sizeof(key), "%s %s %zu %s", m->capability->model, category, i, word);
    return hash_rank(span_make(&m->simulation->seed, sizeof(m->simulation->seed)), span_of(key)) % below;
}

static size_t items_of(const struct maker *m, const struct capability_category *category)
{
    int64_t wanted = 8, most = m->simulation->items_max;

    for (size_t i = 0; i < COUNT(sizes); i++)
        if (text_equal(sizes[i].category, category->kind->name))
            wanted = sizes[i].items;
    if (most && wanted > most)
        wanted = most;
    if (text_equal(category->kind->name, "addressbook"))
        wanted = m->simulation->addresses;
    return (size_t)(wanted < category->max ? wanted : category->max);
}

/* ---- one value -------------------------------------------------------------------- */

static bool has(const char *name, const char *word)
{
    return strstr(name, word) != NULL;
}

static const char *digits(const struct maker *m, const char *category, size_t i, const char *name,
                          int64_t max)
{
    uint64_t number = choice(m, category, i, name, 1000000);
    char *text = arena_printf(m->arena, "%06" PRIu64, number);

    if (max > 0 && max < 6)
        text[max] = '\0';
    return text;
}

static const char *person(const struct maker *m, const char *category, size_t i, const char *glue)
{
    return arena_printf(m->arena, "%s%s%s", first_names[choice(m, category, i, "first", COUNT(first_names))],
                        glue, last_names[choice(m, category, i, "last", COUNT(last_names))]);
}

static const char *blob(const struct maker *m, const char *category, size_t i, const char *name)
{
    struct buf out = {.arena = m->arena};

    for (size_t k = 0; k < 24; k++)
        buf_printf(&out, "%016" PRIx64, choice(m, category, i * 64 + k, name, UINT64_MAX));
    return buf_cstr(&out);
}

/* By what the field is called; everything else is a word with a number. */
static const char *text_made(const struct maker *m, const char *category, size_t i,
                             const struct capability_field *field)
{
    const char *name = field->common;
    bool is_person = text_equal(category, "addressbook") || text_equal(category, "users");

    if (has(name, "mail"))
        return arena_printf(m->arena, "%s%zu@example.com", person(m, category, i, "."), i);
    if (has(name, "name") && is_person)
        return arena_printf(m->arena, "%s %zu", person(m, category, i, " "), i);
    if (has(name, "host") || has(name, "dns") || has(name, "proxy"))
        return arena_printf(m->arena, "srv-%s.example.com", digits(m, category, i, name, 0));
    if (has(name, "address") || has(name, "gateway"))
        return arena_printf(m->arena, "192.0.2.%" PRIu64, 1 + choice(m, category, i, name, 253));
    if (has(name, "mask"))
        return "255.255.255.0";
    if (has(name, "path"))
        return arena_printf(m->arena, "/scans/%s", digits(m, category, i, name, 0));
    if (text_equal(category, "service-adjustments"))
        return blob(m, category, i, name);
    if (has(name, "fingerprint"))
        return arena_printf(m->arena, "%.47s", blob(m, category, i, name));
    if (has(name, "name") || has(name, "title") || has(name, "may"))
        return arena_printf(m->arena, "%s %zu", things[choice(m, category, i, name, COUNT(things))], i);
    return digits(m, category, i, name, field->max);
}

static const char *cut(const struct maker *m, const char *text, int64_t max)
{
    return max > 0 && (int64_t)strlen(text) > max ? arena_printf(m->arena, "%.*s", (int)max, text) : text;
}

/* A name that no two may share keeps its number when it is cut. */
static const char *unique(const struct maker *m, const char *text, size_t i, int64_t max)
{
    const char *number = arena_printf(m->arena, "%zu", i);

    if (max <= 0 || (int64_t)strlen(text) <= max)
        return text;
    return arena_printf(m->arena, "%.*s%s", (int)(max - (int64_t)strlen(number)), text, number);
}

/* One of twelve is a group of those before it. NULL: not a matter of that. */
static const char *group_made(const struct maker *m, const struct capability_category *category, size_t i,
                              const struct capability_field *field)
{
    bool is_group = i % 12 == 0;
    const char *own;

    if (!text_equal(category->kind->name, "addressbook"))
        return NULL;
    if (text_equal(field->common, "members"))
        return is_group ? arena_printf(m->arena, "%zu,%zu,%zu", i - 1, i - 2, i - 3) : "";
    if (!text_equal(field->common, "kind") || field->value_count == 0)
        return NULL;
    own = capability_value_own(field, is_group ? "group" : "entry");
    return own ? own : field->values[0].own;
}

static const char *value_made(const struct maker *m, const struct capability_category *category, size_t i,
                              const struct capability_field *field)
{
    const char *name = category->kind->name, *text = group_made(m, category, i, field);

    if (text)
        return text;
    if (field->value_count)
        return field->values[choice(m, name, i, field->name, field->value_count)].own;
    if (field->refers) {
        size_t count = m->counts[field->refers - snapshot_kinds];

        return count ? arena_printf(m->arena, "%" PRIu64, 1 + choice(m, name, i, field->name, count)) : "";
    }
    if (field->is_from_person)
        return ""; /* there is one, and it is not given out */
    text = text_made(m, name, i, field);
    return text_equal(category->unique, field->name) ? unique(m, text, i, field->max)
                                                     : cut(m, text, field->max);
}

/* ---- all of them ------------------------------------------------------------------- */

static void category_made(const struct maker *m, const struct capability_category *category,
                          struct snapshot_category *out)
{
    size_t count = m->counts[category->kind - snapshot_kinds];
    struct snapshot_item *items = ARENA_MANY(m->arena, struct snapshot_item, count + 1);

    for (size_t i = 0; i < count; i++) {
        struct snapshot_field *fields =
            ARENA_MANY(m->arena, struct snapshot_field, category->field_count + 1);

        for (size_t k = 0; k < category->field_count; k++)
            fields[k] = (struct snapshot_field){category->fields[k].name,
                                                value_made(m, category, i + 1, &category->fields[k])};
        items[i] =
            (struct snapshot_item){arena_printf(m->arena, "%zu", i + 1), fields, category->field_count};
    }
    *out = (struct snapshot_category){.kind = category->kind, .items = items, .item_count = count};
}

bool simulate_settings(struct arena *arena, const struct capability *capability,
                       const struct simulation *simulation, struct snapshot_category *out, size_t *count,
                       struct err *err)
{
    struct maker maker = {.arena = arena, .capability = capability, .simulation = simulation};

    for (size_t i = 0; i < capability->category_count; i++)
        maker.counts[capability->categories[i].kind - snapshot_kinds] =
            items_of(&maker, &capability->categories[i]);
    *count = 0;
    for (size_t i = 0; i < capability->category_count; i++) {
        category_made(&maker, &capability->categories[i], &out[*count]);
        if (!snapshot_items_settle(arena, &out[*count], err))
            return err_within(err, "%s", capability->categories[i].kind->name);
        ++*count;
    }
    return true;
}
