#include "api/show_release.h"

#include "base/text.h"

static void show_components(struct json_out *j, const struct release_view *view)
{
    json_open_list(j, "components");
    for (size_t i = 0; i < view->module_count; i++) {
        const struct module *module = &view->modules[i];

        json_open(j, NULL);
        json_int(j, "id", module->id);
        json_text(j, "name", module->component);
        json_text(j, "version", module->version);
        json_text(j, "file", module->filename);
        json_int(j, "size", module->size);
        json_text(j, "sha256", module->sha256);
        json_close(j);
    }
    json_close(j);
}

static void show_signatures(struct json_out *j, const struct release_view *view)
{
    json_int(j, "threshold", view->threshold);
    json_open_list(j, "signatures");
    for (size_t i = 0; i < view->signature_count; i++) {
        const struct release_signature *signature = &view->signatures[i];

        json_open(j, NULL);
        json_text(j, "keyid", signature->keyid);
        json_text(j, "name", view->signers[i]);
        json_text(j, "by", signature->signed_by);
        json_time_if(j, "at", signature->created_ms);
        json_close(j);
    }
    json_close(j);
}

/* The manifest keeps notes as a list of lines. */
static void show_notes(struct json_out *j, struct arena *arena, const struct json *notes)
{
    struct buf text = {.arena = arena};

    if (json_kind(notes) == JSON_STRING)
        buf_text(&text, json_string(notes));
    for (size_t i = 0; json_kind(notes) == JSON_LIST && i < json_count(notes); i++) {
        const char *line = json_string(json_item(notes, i));

        buf_text(&text, i ? "\n" : "");
        buf_text(&text, line ? line : "");
    }
    json_text(j, "notes", buf_cstr(&text));
}

static void show_words(struct json_out *j, struct arena *arena, const struct release *release)
{
    const struct json *manifest, *notes, *cves;
    struct err err;

    if (text_blank(release->manifest) || !json_parse(arena, span_of(release->manifest), &manifest, &err))
        return;
    notes = json_member(manifest, "notes");
    cves = json_member(manifest, "cves");
    if (notes)
        show_notes(j, arena, notes);
    if (cves)
        json_copy(j, "cves", cves);
}

static void show_effects(struct json_out *j, const struct release *release)
{
    json_open(j, "effects");
    json_int(j, "minutes", release->minutes);
    json_int(j, "reboots", release->reboots);
    json_bool(j, "reversible", release->is_reversible);
    json_close(j);
}

void show_release(struct json_out *j, struct arena *arena, const struct release_view *view)
{
    const struct release *release = &view->release;

    json_open(j, NULL);
    json_int(j, "id", release->id);
    json_text(j, "family", release->family);
    json_text(j, "version", release->version);
    json_int(j, "counter", release->counter);
    json_text(j, "state", release_state_name[release->state]);
    json_bool(j, "foreign", release->is_foreign);
    json_text(j, "kind", release->is_security ? "security" : "feature");
    json_raw(j, "models", span_of(release->models));
    json_text(j, "min_version", release->min_version);
    show_effects(j, release);
    show_components(j, view);
    json_open(j, "package");
    json_text(j, "sha256", release->package_sha256);
    json_int(j, "size", release->package_size);
    json_close(j);
    json_text_if(j, "sbom", release->sbom_sha256);
    show_words(j, arena, release);
    show_signatures(j, view);
    json_time_if(j, "created", release->created_ms);
    json_text(j, "created_by", release->created_by);
    json_time_if(j, "published", release->published_ms);
    json_time_if(j, "withdrawn", release->withdrawn_ms);
    json_close(j);
}
