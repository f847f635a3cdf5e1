#include "support/ddi.h"

#include <inttypes.h>

#include "base/text.h"
#include "store/actions.h"
#include "store/devices.h"
#include "support/unit.h"

struct answer ddi_ask(struct support *s, const char *method, const char *id, const char *tail,
                      const char *body)
{
    return support_ask(s, method, arena_printf(s->arena, DDI_PATH "%s%s", id, tail),
                       arena_printf(s->arena, "Authorization: TargetToken token-%s", id), body);
}

struct answer ddi_poll(struct support *s, const char *id)
{
    return ddi_ask(s, "GET", id, "", NULL);
}

static struct answer say(struct support *s, const char *id, const char *door, int64_t action,
                         const char *execution, const char *finished, const char *more)
{
    return ddi_ask(s, "POST", id, arena_printf(s->arena, "/%s/%" PRId64 "/feedback", door, action),
                   arena_printf(s->arena,
                                "{\"id\":\"%" PRId64 "\",\"status\":{\"execution\":\"%s\",\"result\":{"
                                "\"finished\":\"%s\"}%s%s}}",
                                action, execution, finished, more ? "," : "", more ? more : ""));
}

struct answer ddi_say(struct support *s, const char *id, int64_t action, const char *execution,
                      const char *finished, const char *more)
{
    return say(s, id, "deploymentBase", action, execution, finished, more);
}

struct answer ddi_say_cancel(struct support *s, const char *id, int64_t action, const char *execution,
                             const char *finished)
{
    return say(s, id, "cancelAction", action, execution, finished, NULL);
}

struct answer ddi_get(struct support *s, const char *id, const char *door, int64_t action)
{
    return ddi_ask(s, "GET", id, arena_printf(s->arena, "/%s/%" PRId64, door, action), NULL);
}

enum action_state ddi_state(struct support *s, int64_t action)
{
    return support_action(s, action).state;
}

const char *ddi_href(const struct answer *poll, const char *rel)
{
    static const char base[] = "https://fw.example:8443" DDI_PATH;
    char path[64] = "_links.";
    const char *href;

    strncat(path, rel, 32);
    strncat(path, ".href", 8);
    href = support_text(poll, path);
    return href && text_starts(href, base) ? strchr(href + strlen(base), '/') + 1 : href;
}

int64_t ddi_release(struct support *s, const char *version)
{
    const struct support_part parts[] = {
        {"system", version, "c450.swu", arena_printf(s->arena, "the system of %s", version)}};

    return support_release(s, "c450", version, parts, COUNT(parts));
}

int64_t ddi_release_two(struct support *s, const char *version)
{
    const struct support_part parts[] = {
        {"system", version, "system.img", arena_printf(s->arena, "the system of %s", version)},
        {"scanner", version, "scanner.img", arena_printf(s->arena, "the scanner of %s", version)}};

    return support_release(s, "c450", version, parts, COUNT(parts));
}

const char *ddi_components(struct support *s, const char *id)
{
    struct buf b = {.arena = s->arena};
    struct device_component *components;
    struct err err = {0};
    size_t count;

    if (!store_component_list(s->store, s->arena, support_device_get(s, id).id, &components, &count, &err))
        fail_msg("%s", err.text);
    for (size_t i = 0; i < count; i++)
        buf_printf(&b, "%s=%s ", components[i].component, components[i].version);
    return buf_cstr(&b);
}
