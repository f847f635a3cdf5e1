#include "api/ddi_show.h"

#include <inttypes.h>

#include "base/text.h"

const char *ddi_link(struct call *call)
{
    return arena_printf(call->arena, "%s/%s/controller/v1/%s", api_base_url(call),
                        text_escape(call->arena, call->who.tenant), text_escape(call->arena, call->who.name));
}

void ddi_show_href(struct json_out *j, const char *rel, const char *href)
{
    json_open(j, rel);
    json_text(j, "href", href);
    json_close(j);
}

/* ---- check-in ------------------------------------------------------------------------- */

/* By hand, for printf() would cost as much as the rest of the answer. Less than a day. */
static const char *sleep_text(struct arena *arena, int64_t sleep_s)
{
    const int64_t parts[] = {sleep_s / 3600, sleep_s / 60 % 60, sleep_s % 60};
    char *text = arena_dup(arena, "00:00:00");

    for (size_t i = 0; i < COUNT(parts); i++) {
        text[3 * i] = (char)('0' + parts[i] / 10);
        text[3 * i + 1] = (char)('0' + parts[i] % 10);
    }
    return text;
}

static void show_sleep(struct json_out *j, struct arena *arena, int64_t sleep_s)
{
    json_open(j, "config");
    json_open(j, "polling");
    json_text(j, "sleep", sleep_text(arena, sleep_s));
    json_close(j);
    json_close(j);
}

/* A cancel link has no query: SWUpdate appends "/feedback" to it. */
static const char *action_href(struct call *call, const struct checkin *checkin)
{
    static const char *const door[] = {[CHECKIN_CONFIRM] = "confirmationBase",
                                       [CHECKIN_CANCEL] = "cancelAction",
                                       [CHECKIN_DEPLOY] = "deploymentBase"};
    const char *href =
        arena_printf(call->arena, "%s/%s/%" PRId64, ddi_link(call), door[checkin->kind], checkin->action->id);

    return checkin->kind == CHECKIN_CANCEL ? href
                                           : arena_printf(call->arena, "%s?c=%" PRId32, href, checkin->c);
}

/* Order matters to old Zephyr clients: what to do first, installedBase last (and not at all for them). */
void ddi_show_checkin(struct call *call, struct json_out *j, const struct checkin *checkin)
{
    static const char *const rel[] = {[CHECKIN_CONFIRM] = "confirmationBase",
                                      [CHECKIN_CANCEL] = "cancelAction",
                                      [CHECKIN_DEPLOY] = "deploymentBase"};
    bool has_installed = checkin->installed_action && checkin->device->quirk != QUIRK_ZEPHYR;
    bool has_links = checkin->kind != CHECKIN_NOTHING || checkin->wants_attributes || checkin->wants_backup ||
                     has_installed;

    json_open(j, NULL);
    show_sleep(j, call->arena, checkin->sleep_s);
    if (has_links)
        json_open(j, "_links");
    if (checkin->kind != CHECKIN_NOTHING)
        ddi_show_href(j, rel[checkin->kind], action_href(call, checkin));
    if (checkin->wants_attributes)
        ddi_show_href(j, "configData", arena_printf(call->arena, "%s/configData", ddi_link(call)));
    if (checkin->wants_backup)
        ddi_show_href(j, "backups", arena_printf(call->arena, "%s/backups", ddi_link(call)));
    if (has_installed)
        ddi_show_href(j, "installedBase",
                      arena_printf(call->arena, "%s/installedBase/%" PRId64, ddi_link(call),
                                   checkin->installed_action));
    if (has_links)
        json_close(j);
    json_close(j);
}

/* ---- artifacts ------------------------------------------------------------------------- */

static const char *module_href(struct call *call, const struct module *module)
{
    return arena_printf(call->arena, "%s/softwaremodules/%" PRId64 "/artifacts/%s", ddi_link(call),
                        module->id, text_escape(call->arena, module->filename));
}

/* Our agent is sent to the TUF target itself: one file, one URL, one cache entry. */
static const char *download_href(struct call *call, const struct device *device,
                                 const struct release *release, const struct module *module)
{
    struct arena *arena = call->arena;

    if (device->quirk != QUIRK_NONE || !release->published_ms)
        return module_href(call, module);
    return arena_printf(arena, "%s/%s/tuf/image/targets/%s/%s/%s.%s", api_base_url(call),
                        text_escape(arena, call->who.tenant), text_escape(arena, release->family),
                        text_escape(arena, release->version), module->sha256,
                        text_escape(arena, module->filename));
}

static void show_links(struct call *call, struct json_out *j, const struct device *device,
                       const struct release *release, const struct module *module)
{
    const char *href = download_href(call, device, release, module);
    const char *md5 = arena_printf(call->arena, "%s.MD5SUM", module_href(call, module));
    bool is_tls = text_starts(api_base_url(call), "https:");

    json_open(j, "_links");
    if (is_tls && device->quirk != QUIRK_ZEPHYR)
        ddi_show_href(j, "download", href);
    ddi_show_href(j, "download-http", href);
    if (is_tls && device->quirk != QUIRK_ZEPHYR)
        ddi_show_href(j, "md5sum", md5);
    if (device->quirk != QUIRK_ZEPHYR)
        ddi_show_href(j, "md5sum-http", md5);
    json_close(j);
}

void ddi_show_artifact(struct call *call, struct json_out *j, const struct device *device,
                       const struct release *release, const struct module *module)
{
    json_open(j, NULL);
    json_text(j, "filename", module->filename);
    json_open(j, "hashes");
    json_text(j, "sha1", module->sha1);
    json_text(j, "md5", module->md5);
    json_text(j, "sha256", module->sha256);
    json_close(j);
    json_int(j, "size", module->size);
    show_links(call, j, device, release, module);
    json_close(j);
}

/* ---- deployments -------------------------------------------------------------------------- */

static void show_pair(struct json_out *j, const char *key, const char *value)
{
    json_open(j, NULL);
    json_text(j, "key", key);
    json_text(j, "value", value);
    json_close(j);
}

static const char *director_href(struct call *call)
{
    return arena_printf(call->arena, "%s/%s/tuf/director/%s/metadata/", api_base_url(call),
                        text_escape(call->arena, call->who.tenant), text_escape(call->arena, call->who.name));
}

/* Between which instants it may begin; it ends in time then. */
static void show_begin(struct arena *arena, struct json_out *j, const struct schedule *schedule)
{
    int64_t until_ms = schedule_begin_until_ms(schedule);

    if (!schedule->has_window || schedule->is_short)
        return;
    if (schedule->opens_ms)
        show_pair(j, "nightshift.not_before", text_time(arena, schedule->opens_ms));
    if (until_ms)
        show_pair(j, "nightshift.not_after", text_time(arena, until_ms));
}

/* What only our agent reads. Left out, never null, for everybody else. */
static void show_metadata(struct call *call, struct json_out *j, const struct deployment *d,
                          const struct module *module)
{
    const struct schedule *schedule = &d->orders.schedule;

    json_open_list(j, "metadata");
    show_pair(j, "tuf.target",
              arena_printf(call->arena, "%s/%s/%s", d->release.family, d->release.version, module->filename));
    show_pair(j, "nightshift.minutes", arena_printf(call->arena, "%" PRId64, schedule->needs_min));
    show_begin(call->arena, j, schedule);
    if (module == d->modules && d->notice)
        show_pair(j, "nightshift.notice", d->notice);
    if (module == d->modules && d->notice_now)
        show_pair(j, "nightshift.notice_now", d->notice_now);
    show_pair(j, "tuf.director", director_href(call));
    json_close(j);
}

static void show_chunk(struct call *call, struct json_out *j, const struct device *device,
                       const struct deployment *d, const struct module *module)
{
    json_open(j, NULL);
    json_text(j, "part", device->quirk == QUIRK_ZEPHYR ? "bApp" : module->component);
    json_text(j, "name", d->release.family);
    json_text(j, "version", module->version);
    if (device->quirk == QUIRK_NONE)
        show_metadata(call, j, d, module);
    json_open_list(j, "artifacts");
    ddi_show_artifact(call, j, device, &d->release, module);
    json_close(j);
    json_close(j);
}

/* A restore: one file that only this device can open, fetched once it was redeemed. */
static void show_settings(struct call *call, struct json_out *j, const struct restore *restore)
{
    struct arena *arena = call->arena;
    const char *href =
        arena_printf(arena, "%s/restores/%" PRId64 "/" RESTORE_FILE, ddi_link(call), restore->id);
    const char *id = arena_printf(arena, "%" PRId64, restore->id);

    json_open(j, NULL);
    json_text(j, "part", "settings");
    json_text(j, "name", "restore");
    json_text(j, "version", id);
    json_open_list(j, "metadata");
    show_pair(j, "nightshift.restore", id);
    show_pair(j, "nightshift.digest", restore->sha256);
    show_pair(j, "nightshift.minutes", "5");
    json_close(j);
    json_open_list(j, "artifacts");
    json_open(j, NULL);
    json_text(j, "filename", RESTORE_FILE);
    json_open(j, "hashes");
    json_text(j, "sha256", restore->sha256); /* of header and payload, as age_digest() says */
    json_close(j);
    json_int(j, "size", restore->size);
    json_open(j, "_links");
    if (text_starts(api_base_url(call), "https:"))
        ddi_show_href(j, "download", href);
    ddi_show_href(j, "download-http", href);
    json_close(j);
    json_close(j);
    json_close(j);
    json_close(j);
}

/* The messages of one entry keep their order; what the service itself said is not told back. */
static int64_t show_entry(struct arena *arena, struct json_out *j, const struct action_status *entry,
                          int64_t max)
{
    const struct json *messages = NULL;
    struct err err;
    int64_t shown = 0;

    if (!json_parse(arena, span_of(entry->messages), &messages, &err))
        return 0;
    for (size_t i = 0; i < json_count(messages) && shown < max; i++) {
        struct span message = json_string_span(json_item(messages, i));

        if (message.size >= strlen(SERVICE_SAYS) &&
            memcmp(message.at, SERVICE_SAYS, strlen(SERVICE_SAYS)) == 0)
            continue;
        json_span(j, NULL, message);
        shown++;
    }
    return shown;
}

/* Newest first. */
static void show_messages(struct arena *arena, struct json_out *j, const struct deployment *d, int64_t max)
{
    int64_t left = max;

    json_open_list(j, "messages");
    for (size_t i = 0; i < d->entry_count && left > 0; i++)
        left -= show_entry(arena, j, &d->entries[i], left);
    json_close(j);
}

static bool has_messages(const struct deployment *d)
{
    for (size_t i = 0; i < d->entry_count; i++)
        if (!text_equal(d->entries[i].messages, "[]") &&
            !text_starts(d->entries[i].messages, "[\"" SERVICE_SAYS))
            return true;
    return false;
}

void ddi_show_deployment(struct call *call, struct json_out *j, const struct device *device,
                         const struct deployment *d, const char *what, int64_t history)
{
    json_open(j, NULL);
    json_text(j, "id", arena_printf(call->arena, "%" PRId64, d->action.id));
    json_open(j, what);
    json_text(j, "download", handling_name[d->orders.download]);
    json_text(j, "update", handling_name[d->orders.update]);
    if (d->orders.schedule.has_window)
        json_text(j, "maintenanceWindow", d->orders.schedule.is_open ? "available" : "unavailable");
    json_open_list(j, "chunks");
    for (size_t i = 0; i < d->module_count; i++)
        show_chunk(call, j, device, d, &d->modules[i]);
    if (d->action.restore_id)
        show_settings(call, j, &d->restore);
    json_close(j);
    json_close(j);
    if (history > 0 && device->quirk != QUIRK_ZEPHYR && has_messages(d)) {
        json_open(j, "actionHistory");
        json_text(j, "status", action_status_text(&d->action));
        show_messages(call->arena, j, d, history);
        json_close(j);
    }
    json_close(j);
}
