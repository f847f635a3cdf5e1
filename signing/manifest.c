#include "signing/manifest.h"

#include "base/text.h"

#define VERSION_CHARS_MAX 64
#define FILE_CHARS_MAX 128
#define COMPONENT_CHARS_MAX 32
#define WORD_CHARS_MAX 64 /* a family, a model */
#define COUNTER_MAX ((int64_t)1 << 53)
#define NOTES_LINES_MAX 1000

/* ---- what one text may be ------------------------------------------------------------------------ */

static bool is_only(const char *text, size_t max, const char *marks, bool may_shout)
{
    size_t size = strlen(text);

    for (size_t i = 0; i < size; i++) {
        char c = text[i];

        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (may_shout && c >= 'A' && c <= 'Z'))
            continue;
        if (!strchr(marks, c))
            return false;
    }
    return size >= 1 && size <= max;
}

static bool check_word(const char *text, const char *what, size_t max, struct err *err)
{
    if (!is_only(text, max, "._+-", true) || text[0] == '.')
        return FAIL(err, ERR_INVALID,
                    "%s: 1 to %zu characters of A-Z a-z 0-9 . _ + -, not starting with a dot", what, max);
    return true;
}

bool manifest_file_check(const char *file, struct err *err)
{
    return check_word(file, "a file name is", FILE_CHARS_MAX, err);
}

bool manifest_component_check(const char *name, struct err *err)
{
    if (!is_only(name, COMPONENT_CHARS_MAX, "-", false))
        return FAIL(err, ERR_INVALID, "a component name is 1 to %d characters of a-z 0-9 -",
                    COMPONENT_CHARS_MAX);
    return true;
}

/* Canonical form writes control characters raw, which is no JSON any more: none may be in any text. */
static bool check_plain(const char *text, const char *what, struct err *err)
{
    for (const char *c = text; *c; c++)
        if ((uint8_t)*c < 0x20 || *c == 0x7F)
            return FAIL(err, ERR_INVALID, "%s must not hold control characters", what);
    return true;
}

static bool check_model(const char *text, struct err *err)
{
    size_t size = text ? strlen(text) : 0;

    if (size < 1 || size > WORD_CHARS_MAX || text[0] == ' ' || text[size - 1] == ' ')
        return FAIL(err, ERR_INVALID, "a model is a text of 1 to %d bytes without spaces around it",
                    WORD_CHARS_MAX);
    return check_plain(text, "a model", err);
}

static bool check_cve(const char *text, struct err *err)
{
    size_t digits = text && text_starts(text, "CVE-") && strlen(text) > 9 ? strlen(text) - 9 : 0;
    bool is_good = digits >= 4 && digits <= 10 && text[8] == '-';

    for (size_t i = 4; is_good && i < digits + 9; i++)
        is_good = i == 8 || (text[i] >= '0' && text[i] <= '9');
    if (!is_good)
        return FAIL(err, ERR_INVALID, "an item of \"cves\" is written CVE-YYYY-NNNN");
    return true;
}

/* ---- reading ------------------------------------------------------------------------------------- */

static bool is_listed(const char *const *list, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(list[i], text))
            return true;
    return false;
}

static bool read_texts(struct arena *arena, const struct json *list, const char *what,
                       bool (*check)(const char *text, struct err *err), const char *const **out,
                       size_t *count, struct err *err)
{
    size_t size = json_count(list);
    const char **texts = ARENA_MANY(arena, const char *, size + 1);

    for (size_t i = 0; i < size; i++) {
        const char *text = json_string(json_item(list, i));

        if (!check(text, err))
            return err_within(err, "member \"%s\"", what);
        if (is_listed(texts, i, text))
            return FAIL(err, ERR_INVALID, "member \"%s\" names \"%s\" twice", what, text);
        texts[i] = text;
    }
    *out = texts;
    *count = size;
    return true;
}

static bool read_notes(struct arena *arena, const struct json *lines, const char **out, struct err *err)
{
    struct buf notes = {.arena = arena};

    for (size_t i = 0; i < json_count(lines); i++) {
        const char *line = json_string(json_item(lines, i));

        if (!line)
            return FAIL(err, ERR_INVALID, "member \"notes\" is a list of texts, one for each line");
        if (!check_plain(line, "a line of \"notes\"", err))
            return false;
        if (i > 0)
            buf_char(&notes, '\n');
        buf_text(&notes, line);
        if (notes.size > MANIFEST_NOTES_MAX)
            return FAIL(err, ERR_TOO_LARGE, "member \"notes\" is longer than %d bytes", MANIFEST_NOTES_MAX);
    }
    *out = buf_cstr(&notes);
    return true;
}

static bool check_file_facts(const char *file, const char *sha256, struct err *err)
{
    if (!manifest_file_check(file, err))
        return false;
    if (text_equal(file, MANIFEST_NAME))
        return FAIL(err, ERR_INVALID, "the file name \"%s\" is taken by the manifest itself", file);
    if (!text_is_hex(sha256, 64))
        return FAIL(err, ERR_INVALID, "member \"sha256\" must be 64 digits of 0-9 a-f");
    return true;
}

static bool read_component(const struct json *value, struct manifest_component *out, struct err *err)
{
    /* clang-format off */
    const struct json_field fields[] = {
        JSON_TEXT("name",    out->name,    1, COMPONENT_CHARS_MAX),
        JSON_TEXT("version", out->version, 1, VERSION_CHARS_MAX),
        JSON_TEXT("file",    out->file,    1, FILE_CHARS_MAX),
        JSON_INT ("size",    out->size,    1, MANIFEST_SIZE_MAX),
        JSON_TEXT("sha256",  out->sha256,  64, 64),
    };
    /* clang-format on */
    if (!json_read(value, fields, COUNT(fields), err) || !manifest_component_check(out->name, err) ||
        !check_word(out->version, "a version is", VERSION_CHARS_MAX, err))
        return false;
    return check_file_facts(out->file, out->sha256, err);
}

static bool check_unique(const struct manifest *manifest, const struct manifest_component *one,
                         struct err *err)
{
    if (manifest_component(manifest, one->name))
        return FAIL(err, ERR_INVALID, "component \"%s\" is named twice", one->name);
    if (manifest_file(manifest, one->file))
        return FAIL(err, ERR_INVALID, "file \"%s\" belongs to two components", one->file);
    return true;
}

static bool read_components(struct arena *arena, const struct json *list, struct manifest *out,
                            struct err *err)
{
    size_t count = json_count(list);
    struct manifest_component *all = ARENA_MANY(arena, struct manifest_component, count);

    out->components = all;
    for (size_t i = 0; i < count; i++) {
        struct manifest_component one = {0};

        if (!read_component(json_item(list, i), &one, err) || !check_unique(out, &one, err))
            return err_within(err, "item %zu of \"components\"", i + 1);
        all[i] = one;
        out->component_count = i + 1;
    }
    return true;
}

static bool read_effects(const struct json *value, struct manifest *out, struct err *err)
{
    /* clang-format off */
    const struct json_field fields[] = {
        JSON_INT ("minutes",    out->minutes, 0, 1440),
        JSON_INT ("reboots",    out->reboots, 0, 20),
        JSON_BOOL("reversible", out->is_reversible),
    };
    /* clang-format on */
    if (!json_read(value, fields, COUNT(fields), err))
        return err_within(err, "member \"effects\"");
    return true;
}

static bool read_sbom(const struct json *value, struct manifest *out, struct err *err)
{
    /* clang-format off */
    const struct json_field fields[] = {
        JSON_TEXT("file",   out->sbom_file,   1, FILE_CHARS_MAX),
        JSON_INT ("size",   out->sbom_size,   1, MANIFEST_SIZE_MAX),
        JSON_TEXT("sha256", out->sbom_sha256, 64, 64),
    };
    /* clang-format on */
    if (!value)
        return true;
    if (!json_read(value, fields, COUNT(fields), err) ||
        !check_file_facts(out->sbom_file, out->sbom_sha256, err))
        return err_within(err, "member \"sbom\"");
    if (manifest_file(out, out->sbom_file))
        return FAIL(err, ERR_INVALID, "member \"sbom\": file \"%s\" belongs to a component", out->sbom_file);
    return true;
}

struct parts { /* of the document, before they are looked into */
    const char *format, *kind;
    const struct json *models, *cves, *effects, *notes, *components, *sbom;
};

static bool read_members(const struct json *root, struct manifest *out, struct parts *parts, struct err *err)
{
    /* clang-format off */
    const struct json_field fields[] = {
        JSON_TEXT         ("format",      parts->format,     1, 64),
        JSON_TEXT         ("family",      out->family,       1, WORD_CHARS_MAX),
        JSON_TEXT         ("version",     out->version,      1, VERSION_CHARS_MAX),
        JSON_OPT_TEXT     ("min_version", out->min_version,  0, VERSION_CHARS_MAX),
        JSON_INT          ("counter",     out->counter,      1, COUNTER_MAX),
        JSON_TEXT         ("kind",        parts->kind,       1, 16),
        JSON_OPT_LIST_OF  ("models",      parts->models,     MANIFEST_MODELS_MAX),
        JSON_OPT_LIST_OF  ("cves",        parts->cves,       MANIFEST_CVES_MAX),
        JSON_OBJECT_OF    ("effects",     parts->effects),
        JSON_OPT_LIST_OF  ("notes",       parts->notes,      NOTES_LINES_MAX),
        JSON_LIST_OF      ("components",  parts->components, MANIFEST_COMPONENTS_MAX),
        JSON_OPT_OBJECT_OF("sbom",        parts->sbom),
    };
    /* clang-format on */
    return json_read(root, fields, COUNT(fields), err);
}

static bool check_head(const struct manifest *manifest, const struct parts *parts, struct err *err)
{
    if (!text_equal(parts->format, MANIFEST_FORMAT))
        return FAIL(err, ERR_INVALID, "member \"format\" must be \"%s\"; this program reads no other",
                    MANIFEST_FORMAT);
    if (!text_equal(parts->kind, "security") && !text_equal(parts->kind, "feature"))
        return FAIL(err, ERR_INVALID, "member \"kind\" must be \"security\" or \"feature\"");
    if (json_count(parts->components) == 0)
        return FAIL(err, ERR_INVALID, "member \"components\" is empty: a package installs at least one");
    return text_name(manifest->family, "member \"family\"", WORD_CHARS_MAX, err) &&
           check_word(manifest->version, "member \"version\" is", VERSION_CHARS_MAX, err) &&
           (text_blank(manifest->min_version) ||
            check_word(manifest->min_version, "member \"min_version\" is", VERSION_CHARS_MAX, err));
}

static bool read_document(struct arena *arena, const struct json *root, struct manifest *out, struct err *err)
{
    struct parts parts = {0};

    if (!read_members(root, out, &parts, err) || !check_head(out, &parts, err))
        return false;
    out->is_security = text_equal(parts.kind, "security");
    return read_texts(arena, parts.models, "models", check_model, &out->models, &out->model_count, err) &&
           read_texts(arena, parts.cves, "cves", check_cve, &out->cves, &out->cve_count, err) &&
           read_effects(parts.effects, out, err) && read_notes(arena, parts.notes, &out->notes, err) &&
           read_components(arena, parts.components, out, err) && read_sbom(parts.sbom, out, err);
}

bool manifest_read(struct arena *arena, struct span bytes, struct manifest *out, struct err *err)
{
    struct manifest read = {.min_version = "", .notes = ""};
    const struct json *root;

    if (bytes.size > MANIFEST_BYTES_MAX)
        return FAIL(err, ERR_TOO_LARGE, "%s: larger than %d bytes", MANIFEST_NAME, MANIFEST_BYTES_MAX);
    if (!json_parse(arena, bytes, &root, err) || !read_document(arena, root, &read, err))
        return err_within(err, MANIFEST_NAME);
    *out = read;
    return true;
}

/* ---- finding ------------------------------------------------------------------------------------- */

const struct manifest_component *manifest_file(const struct manifest *manifest, const char *file)
{
    for (size_t i = 0; i < manifest->component_count; i++)
        if (text_equal(manifest->components[i].file, file))
            return &manifest->components[i];
    return NULL;
}

const struct manifest_component *manifest_component(const struct manifest *manifest, const char *name)
{
    for (size_t i = 0; i < manifest->component_count; i++)
        if (text_equal(manifest->components[i].name, name))
            return &manifest->components[i];
    return NULL;
}
