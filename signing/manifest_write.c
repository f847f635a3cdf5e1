#include "signing/manifest.h"

#include "base/text.h"
#include "signing/canonical.h"

static void write_texts(struct json_out *j, const char *name, const char *const *texts, size_t count)
{
    json_open_list(j, name);
    for (size_t i = 0; i < count; i++)
        json_text(j, NULL, texts[i]);
    json_close(j);
}

static void write_notes(struct json_out *j, const char *notes)
{
    struct span rest = span_of(text_blank(notes) ? NULL : notes), line;

    json_open_list(j, "notes");
    while (rest.at && text_split(&rest, '\n', &line))
        json_span(j, NULL, line);
    json_close(j);
}

static void write_component(struct json_out *j, const struct manifest_component *component)
{
    json_open(j, NULL);
    json_text(j, "name", component->name);
    json_text(j, "version", component->version);
    json_text(j, "file", component->file);
    json_int(j, "size", component->size);
    json_text(j, "sha256", component->sha256);
    json_close(j);
}

static void write_effects(struct json_out *j, const struct manifest *manifest)
{
    json_open(j, "effects");
    json_int(j, "minutes", manifest->minutes);
    json_int(j, "reboots", manifest->reboots);
    json_bool(j, "reversible", manifest->is_reversible);
    json_close(j);
}

static void write_sbom(struct json_out *j, const struct manifest *manifest)
{
    if (!manifest->sbom_file)
        return;
    json_open(j, "sbom");
    json_text(j, "file", manifest->sbom_file);
    json_int(j, "size", manifest->sbom_size);
    json_text(j, "sha256", manifest->sbom_sha256);
    json_close(j);
}

static void write_document(struct json_out *j, const struct manifest *manifest)
{
    json_open(j, NULL);
    json_text(j, "format", MANIFEST_FORMAT);
    json_text(j, "family", manifest->family);
    json_text(j, "version", manifest->version);
    json_text(j, "min_version", manifest->min_version ? manifest->min_version : "");
    json_int(j, "counter", manifest->counter);
    json_text(j, "kind", manifest->is_security ? "security" : "feature");
    write_texts(j, "models", manifest->models, manifest->model_count);
    write_texts(j, "cves", manifest->cves, manifest->cve_count);
    write_effects(j, manifest);
    write_notes(j, manifest->notes);
    json_open_list(j, "components");
    for (size_t i = 0; i < manifest->component_count; i++)
        write_component(j, &manifest->components[i]);
    json_close(j);
    write_sbom(j, manifest);
    json_close(j);
}

bool manifest_write(struct arena *arena, const struct manifest *manifest, struct span *out, struct err *err)
{
    AUTO(arena_freep) struct arena *scratch = arena_new();
    struct buf text = {.arena = scratch};
    struct json_out j = {.buf = &text};
    struct manifest again;
    struct span bytes;

    write_document(&j, manifest);
    if (!manifest_read(scratch, buf_span(&text), &again, err))
        return false;
    if (!canonical_text(arena, buf_span(&text), &bytes, err))
        return false;
    *out = bytes;
    return true;
}
