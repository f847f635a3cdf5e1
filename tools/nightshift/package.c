#include "tools/nightshift/package_files.h"

#include "base/file.h"
#include "base/text.h"

/* Said in the --help of package build; a cautious guess for a whole machine. */
#define MINUTES_USUAL 30
#define REBOOTS_USUAL 2

/* clang-format off */
const struct option_row package_build_options[] = {
    { "family",            "F",      "the product line", true, false },
    { "version",           "V",      "of the package, and of every component not named otherwise", true, false },
    { "out",               "FILE",   "where the package goes, whole or not at all (also -o FILE)", true, false },
    { "counter",           "N",      "release counter: raise it when going back would be unsafe [1]", false, false },
    { "model",             "M",      "only for this model [all of the family]", false, true },
    { "min-version",       "V",      "lowest version to come from [any]", false, false },
    { "minutes",           "N",      "how long an install takes [30]", false, false },
    { "reboots",           "N",      "how often it restarts the machine [2]", false, false },
    { "irreversible",      NULL,     "there is no way back from it", false, false },
    { "security",          NULL,     "a security update, not a feature update", false, false },
    { "cve",               "ID",     "closes CVE-YYYY-NNNN", false, true },
    { "notes",             "FILE",   "release notes, plain text", false, false },
    { "sbom",              "FILE",   "CycloneDX JSON, to go with it", false, false },
    { "component-version", "NAME=V", "of one component", false, true },
    { "zstd",              NULL,     "compress it", false, false },
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

/* ---- from words to a plan -------------------------------------------------------------------------- */

static bool read_numbers(struct cli *cli, struct manifest *out, struct err *err)
{
    const struct options *options = &cli->options;

    out->counter = 1;
    out->minutes = MINUTES_USUAL;
    out->reboots = REBOOTS_USUAL;
    if (options_int(options, "counter", 1, (int64_t)1 << 53, &out->counter, err) &&
        options_int(options, "minutes", 0, 1440, &out->minutes, err) &&
        options_int(options, "reboots", 0, 20, &out->reboots, err))
        return true;
    cli->is_misused = true;
    return false;
}

static const char *const *all_of(struct cli *cli, const char *option, size_t *count)
{
    size_t size = options_count(&cli->options, option);
    const char **texts = ARENA_MANY(cli->arena, const char *, size + 1);

    for (size_t i = 0; i < size; i++)
        texts[i] = options_nth(&cli->options, option, i);
    *count = size;
    return texts;
}

/* A manifest's texts hold no control characters but the line ends. */
static bool read_notes(struct cli *cli, const char **out, struct err *err)
{
    const char *path = options_text(&cli->options, "notes");
    struct buf notes = {.arena = cli->arena};
    struct span text;

    if (!path)
        return true;
    if (!file_read(cli->arena, path, MANIFEST_NOTES_MAX, &text, err))
        return false;
    if (!text_is_utf8(text) || memchr(text.at, '\0', text.size))
        return FAIL(err, ERR_INVALID, "%s is no UTF-8 text; release notes are plain text", path);
    text = text_trim(text);
    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] == '\t')
            buf_text(&notes, "    ");
        else if (text.at[i] != '\r')
            buf_char(&notes, text.at[i]);
    }
    *out = buf_cstr(&notes);
    return true;
}

static struct manifest_component *component_named(struct manifest_component *components, size_t count,
                                                  struct span name)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(components[i].name) == name.size && memcmp(components[i].name, name.at, name.size) == 0)
            return &components[i];
    return NULL;
}

static bool set_versions(struct cli *cli, const char *dir, struct manifest_component *components,
                         size_t count, struct err *err)
{
    for (size_t i = 0; i < options_count(&cli->options, "component-version"); i++) {
        const char *given = options_nth(&cli->options, "component-version", i);
        struct span name = span_make(given, strcspn(given, "="));
        struct manifest_component *one = component_named(components, count, name);

        if (!given[name.size])
            return MISUSE(cli, err, "--component-version is written NAME=VERSION, not \"%s\"", given);
        if (!one)
            return FAIL(err, ERR_INVALID, "--component-version %s: %s holds no component \"%.*s\"", given,
                        dir, (int)name.size, name.at);
        if (one->version)
            return MISUSE(cli, err, "--component-version names \"%s\" twice", one->name);
        one->version = given + name.size + 1;
    }
    return true;
}

static bool find_components(struct cli *cli, struct package_plan *plan, struct err *err)
{
    const struct manifest_component *found;
    size_t count;

    if (!package_scan(cli->arena, plan->dir, plan->sbom_path, &found, &count, err))
        return false;
    struct manifest_component *components = ARENA_MANY(cli->arena, struct manifest_component, count);

    memcpy(components, found, sizeof(*found) * count);
    plan->manifest.components = components;
    plan->manifest.component_count = count;
    return set_versions(cli, plan->dir, components, count, err);
}

static bool read_plan(struct cli *cli, struct package_plan *plan, struct err *err)
{
    const struct options *options = &cli->options;
    struct manifest *manifest = &plan->manifest;

    plan->dir = options_word(options, 0);
    plan->out_path = options_text(options, "out");
    plan->sbom_path = options_text(options, "sbom");
    plan->is_compressed = options_has(options, "zstd");
    plan->stop = &cli_stop;
    manifest->family = options_text(options, "family");
    manifest->version = options_text(options, "version");
    manifest->min_version = options_text(options, "min-version");
    manifest->is_reversible = !options_has(options, "irreversible");
    manifest->is_security = options_has(options, "security");
    manifest->models = all_of(cli, "model", &manifest->model_count);
    manifest->cves = all_of(cli, "cve", &manifest->cve_count);
    return read_numbers(cli, manifest, err) && read_notes(cli, &manifest->notes, err) &&
           find_components(cli, plan, err);
}

/* ---- the command ----------------------------------------------------------------------------------- */

/* What is allowed and often an oversight. */
static void warn(const struct manifest *manifest)
{
    if (!manifest->sbom_file)
        cli_say("warning: no --sbom: nobody can ask later what is inside");
    if (manifest->cve_count > 0 && !manifest->is_security)
        cli_say("warning: --cve without --security: it will be offered as a feature update");
    if (!manifest->is_reversible)
        cli_say("warning: --irreversible: a rollout of this cannot be taken back");
}

bool package_build_command(struct cli *cli, struct err *err)
{
    struct package_plan plan = {0};
    struct manifest manifest;
    const char *sha256;
    struct slow slow;
    int64_t size;

    if (!read_plan(cli, &plan, err))
        return false;
    slow_begin(&slow, "building");
    plan.ctx = &slow;
    plan.progress = slow_tell;
    bool is_built = package_build(cli->arena, &plan, &manifest, err);

    slow_end(&slow);
    if (!is_built || !package_digest(cli, plan.out_path, &size, &sha256, err) ||
        !package_print(cli, plan.out_path, size, sha256, &manifest, err))
        return false;
    warn(&manifest);
    cli_next("nightshift release add %s", plan.out_path);
    return true;
}
