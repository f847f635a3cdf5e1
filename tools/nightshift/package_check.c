#include "tools/nightshift/package_files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"

const struct option_row package_inspect_options[] = {{NULL, NULL, NULL, false, false}};

/* clang-format off */
const struct option_row package_verify_options[] = {
    { "dir",  "DIR",  "it has to hold exactly the component files of this folder", false, false },
    { "sbom", "FILE", "it has to hold this SBOM", false, false },
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

static bool open_package(const char *path, int *out, int64_t *size, struct err *err)
{
    AUTO(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat info;

    if (fd < 0 || fstat(fd, &info) != 0)
        return FAIL_ERRNO(err, path);
    if (!S_ISREG(info.st_mode))
        return FAIL(err, ERR_INVALID, "%s is no regular file; a package is one", path);
    *out = fd;
    *size = info.st_size;
    fd = -1;
    return true;
}

bool package_inspect_command(struct cli *cli, struct err *err)
{
    const char *path = options_word(&cli->options, 0);
    AUTO(fd_closep) int fd = -1;
    struct manifest manifest;
    int64_t size;

    if (!open_package(path, &fd, &size, err))
        return false;
    if (!package_peek(cli->arena, fd, &package_limits_default, &manifest, err))
        return err_within(err, "%s", path);
    if (!package_print(cli, path, size, NULL, &manifest, err))
        return false;
    cli_next("nightshift package verify %s (only the manifest was read)", path);
    return true;
}

/* ---- against a folder ---------------------------------------------------------------------------- */

static bool compare_file(struct cli *cli, const char *path, const char *file, int64_t size,
                         const char *sha256, struct err *err)
{
    const char *here;
    int64_t size_here;

    if (!package_digest(cli, path, &size_here, &here, err))
        return false;
    if (size == size_here && text_equal(sha256, here))
        return true;
    return FAIL(
        err, ERR_INVALID,
        "%s is not what the package holds as \"%s\": %lld bytes, SHA-256 %.16s..., against %lld bytes, "
        "%.16s...; was it built from this folder?",
        path, file, (long long)size_here, here, (long long)size, sha256);
}

static bool compare_sbom(struct cli *cli, const struct manifest *manifest, struct err *err)
{
    const char *path = options_text(&cli->options, "sbom");

    if (!path)
        return true;
    if (!manifest->sbom_file)
        return FAIL(err, ERR_INVALID, "the package holds no SBOM; build it again with --sbom %s", path);
    return compare_file(cli, path, manifest->sbom_file, manifest->sbom_size, manifest->sbom_sha256, err);
}

static bool compare_names(const struct manifest *manifest, const struct manifest_component *found,
                          size_t count, const char *dir, struct err *err)
{
    const struct manifest here = {.components = found, .component_count = count};

    for (size_t i = 0; i < count; i++)
        if (!manifest_file(manifest, found[i].file))
            return FAIL(err, ERR_INVALID, "%s/%s is not in the package; was it built from this folder?", dir,
                        found[i].file);
    for (size_t i = 0; i < manifest->component_count; i++)
        if (!manifest_file(&here, manifest->components[i].file))
            return FAIL(err, ERR_INVALID,
                        "\"%s\" is in the package and not in %s; was it built from this folder?",
                        manifest->components[i].file, dir);
    return true;
}

static bool compare_dir(struct cli *cli, const struct manifest *manifest, struct err *err)
{
    const char *dir = options_text(&cli->options, "dir");
    const struct manifest_component *found;
    size_t count;

    if (!dir)
        return true;
    if (!package_scan(cli->arena, dir, options_text(&cli->options, "sbom"), &found, &count, err) ||
        !compare_names(manifest, found, count, dir, err))
        return false;
    for (size_t i = 0; i < manifest->component_count; i++) {
        const struct manifest_component *one = &manifest->components[i];
        const char *path = arena_printf(cli->arena, "%s/%s", dir, one->file);

        if (!compare_file(cli, path, one->file, one->size, one->sha256, err))
            return false;
    }
    return true;
}

/* ---- the command --------------------------------------------------------------------------------- */

static bool may_go_on(void *ctx, struct span bytes, struct err *err)
{
    (void)ctx;
    (void)bytes;
    return !cli_stop || FAIL(err, ERR_GONE, "stopped");
}

static bool read_all(struct cli *cli, const char *path, int fd, struct manifest *out, struct err *err)
{
    struct slow slow;
    const struct package_events events = {.ctx = &slow, .bytes = may_go_on, .progress = slow_tell};

    slow_begin(&slow, "verifying");
    bool is_good = package_read(cli->arena, fd, &package_limits_default, &events, out, err);

    slow_end(&slow);
    return is_good || err_within(err, "%s", path);
}

bool package_verify_command(struct cli *cli, struct err *err)
{
    const char *path = options_word(&cli->options, 0), *sha256;
    AUTO(fd_closep) int fd = -1;
    struct manifest manifest;
    int64_t size;

    if (!open_package(path, &fd, &size, err) || !read_all(cli, path, fd, &manifest, err) ||
        !compare_dir(cli, &manifest, err) || !compare_sbom(cli, &manifest, err) ||
        !package_digest(cli, path, &size, &sha256, err) ||
        !package_print(cli, path, size, sha256, &manifest, err))
        return false;
    cli_say("every byte is what the manifest says%s",
            options_has(&cli->options, "dir") ? ", and what the folder holds" : "");
    cli_next("nightshift release add %s (who signed it is checked there)", path);
    return true;
}
