#include "tools/common/reconcile.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/text.h"

struct entry {
    const char *method, *path, *request, *peer;
    int64_t status, line;
    bool is_claimed; /* of the service's: the device has it, too */
};

struct entries {
    struct arena *arena;
    struct entry *at;
    size_t count, room;
};

static bool add(struct entries *entries, const struct entry *entry, struct err *err)
{
    if (entries->count == RECONCILE_LINES_MAX)
        return FAIL(err, ERR_TOO_LARGE, "more than %d lines", RECONCILE_LINES_MAX);
    if (entries->count == entries->room) {
        size_t room = entries->room ? entries->room * 2 : 64;
        struct entry *more = ARENA_MANY(entries->arena, struct entry, room);

        if (entries->count)
            memcpy(more, entries->at, entries->count * sizeof(*more));
        entries->at = more;
        entries->room = room;
    }
    entries->at[entries->count++] = *entry;
    return true;
}

/* ---- the device's lines --------------------------------------------------------------------- */

static bool device_line(struct arena *arena, struct span text, struct entry *out, struct err *err)
{
    const char *at = NULL;
    const struct json *line;
    const struct json_field fields[] = {
        JSON_TEXT("at", at, 0, 64),
        JSON_TEXT("method", out->method, 1, 16),
        JSON_TEXT("path", out->path, 1, 4096),
        JSON_INT("status", out->status, 0, 999),
        JSON_TEXT("request", out->request, 0, 64),
    };

    return json_parse(arena, text, &line, err) && json_read(line, fields, COUNT(fields), err);
}

static bool device_read(struct entries *entries, struct span log, struct err *err)
{
    struct span text;

    for (int64_t number = 1; text_split(&log, '\n', &text); number++) {
        struct entry entry = {.line = number};

        if (text.size && (!device_line(entries->arena, text, &entry, err) || !add(entries, &entry, err)))
            return err_within(err, "line %lld of the device's log", (long long)number);
    }
    return true;
}

/* ---- the service's lines ---------------------------------------------------------------------- */

/* name=value, where a value with blanks stands in quotes. False at the end. */
static bool word_next(struct span *rest, struct span *word)
{
    size_t size = 0;
    bool is_quoted = false;

    while (rest->size && *rest->at == ' ')
        *rest = span_make(rest->at + 1, rest->size - 1);
    for (; size < rest->size && (is_quoted || rest->at[size] != ' '); size++) {
        if (rest->at[size] == '\\' && is_quoted && size + 1 < rest->size)
            size++;
        else if (rest->at[size] == '"')
            is_quoted = !is_quoted;
    }
    *word = span_make(rest->at, size);
    *rest = span_make(rest->at + size, rest->size - size);
    return size > 0;
}

static const char *value_of(struct arena *arena, struct span word)
{
    struct span value = word, name;

    (void)text_split(&value, '=', &name);
    if (value.size >= 2 && value.at[0] == '"' && value.at[value.size - 1] == '"')
        value = span_make(value.at + 1, value.size - 2);
    return value.at ? arena_text(arena, value) : "";
}

static bool is_named(struct span word, const char *name)
{
    size_t size = strlen(name);

    return word.size > size && memcmp(word.at, name, size) == 0 && word.at[size] == '=';
}

/* "TIME level request ...": false for any other line. */
static bool service_line(struct arena *arena, struct span text, struct entry *out, const char **who)
{
    struct span word, event = {0};
    struct err ignored;

    for (int i = 0; i < 3; i++)
        if (!word_next(&text, &event))
            return false;
    if (event.size != strlen("request") || memcmp(event.at, "request", event.size) != 0)
        return false;
    while (word_next(&text, &word)) {
        if (is_named(word, "method"))
            out->method = value_of(arena, word);
        else if (is_named(word, "path"))
            out->path = value_of(arena, word);
        else if (is_named(word, "who"))
            *who = value_of(arena, word);
        else if (is_named(word, "peer"))
            out->peer = value_of(arena, word);
        else if (is_named(word, "req"))
            out->request = value_of(arena, word);
        else if (is_named(word, "status") &&
                 !text_int(value_of(arena, word), "status", 0, 999, &out->status, &ignored))
            return false;
    }
    return out->method && out->path && out->request;
}

static bool service_read(struct entries *entries, const char *device, struct span log, struct err *err)
{
    struct span text;

    for (int64_t number = 1; text_split(&log, '\n', &text); number++) {
        struct entry entry = {.line = number, .peer = ""};
        const char *who = NULL;

        if (service_line(entries->arena, text, &entry, &who) && text_equal(who, device) &&
            !add(entries, &entry, err))
            return err_within(err, "line %lld of the service's log", (long long)number);
    }
    return true;
}

/* ---- holding them against each other -------------------------------------------------------------- */

static int by_request(const void *a, const void *b)
{
    return strcmp((*(struct entry *const *)a)->request, (*(struct entry *const *)b)->request);
}

static int by_path(const void *a, const void *b)
{
    const struct entry *left = *(struct entry *const *)a, *right = *(struct entry *const *)b;
    int order = strcmp(left->path, right->path);

    return order ? order : strcmp(left->method, right->method);
}

static struct entry **sorted(struct arena *arena, const struct entries *entries,
                             int (*order)(const void *a, const void *b))
{
    struct entry **list = ARENA_MANY(arena, struct entry *, entries->count + 1);

    for (size_t i = 0; i < entries->count; i++)
        list[i] = &entries->at[i];
    if (entries->count)
        qsort(list, entries->count, sizeof(struct entry *), order);
    return list;
}

static void find(struct reconciled *out, int64_t *counter, const struct entry *entry, const char *whose,
                 const char *what)
{
    ++*counter;
    if (out->unheard + out->unsaid + out->different <= RECONCILE_FINDINGS_MAX)
        buf_printf(&out->findings, "%s line %lld: %s %s %lld%s%s: %s\n", whose, (long long)entry->line,
                   entry->method, entry->path, (long long)entry->status, entry->peer ? " from " : "",
                   entry->peer ? entry->peer : "", what);
}

static bool is_alike(const struct entry *a, const struct entry *b)
{
    return text_equal(a->method, b->method) && text_equal(a->path, b->path) && a->status == b->status;
}

/* Lines with a request id: the service has the same, or never heard it. */
static void match_named(const struct entries *device, struct entry **service, size_t count,
                        struct reconciled *out)
{
    for (size_t i = 0; i < device->count; i++) {
        struct entry *said = &device->at[i], **heard;

        if (!*said->request)
            continue;
        heard = count ? bsearch(&said, service, count, sizeof(struct entry *), by_request) : NULL;
        if (!heard)
            find(out, &out->unheard, said, "device", "the service never heard it");
        else if ((*heard)->is_claimed || !is_alike(said, *heard))
            find(out, &out->different, said, "device", "the service heard something else by that number");
        else
            out->agreed++;
        if (heard)
            (*heard)->is_claimed = true;
    }
}

/* Lines without: each stands for one line of the service with that method and path, if there is one. */
static void match_unnamed(const struct entries *device, struct entry **service, size_t count,
                          struct reconciled *out)
{
    for (size_t i = 0; i < device->count; i++) {
        struct entry *said = &device->at[i], **heard;

        if (*said->request)
            continue;
        heard = count ? bsearch(&said, service, count, sizeof(struct entry *), by_path) : NULL;
        while (heard && heard > service && by_path(heard - 1, &said) == 0)
            heard--;
        while (heard && heard < service + count && by_path(heard, &said) == 0 && (*heard)->is_claimed)
            heard++;
        if (!heard || heard == service + count || by_path(heard, &said) != 0)
            continue; /* it may not have got there: the device says no more than that it tried */
        (*heard)->is_claimed = true;
        out->agreed++;
    }
}

static void look_for_unsaid(const struct entries *service, struct reconciled *out)
{
    size_t first = 0, last = service->count;

    while (first < service->count && !service->at[first].is_claimed)
        first++;
    while (last > first && !service->at[last - 1].is_claimed)
        last--;
    for (size_t i = first; i < last; i++)
        if (!service->at[i].is_claimed)
            find(out, &out->unsaid, &service->at[i], "service", "the device never said it");
}

bool reconcile(struct arena *arena, const char *device, struct span device_log, struct span service_log,
               struct reconciled *out, struct err *err)
{
    struct entries said = {.arena = arena}, heard = {.arena = arena};

    if (!device_read(&said, device_log, err) || !service_read(&heard, device, service_log, err))
        return false;
    *out = (struct reconciled){.findings = {.arena = arena}};
    match_named(&said, sorted(arena, &heard, by_request), heard.count, out);
    match_unnamed(&said, sorted(arena, &heard, by_path), heard.count, out);
    look_for_unsaid(&heard, out);
    return true;
}
