#include "sandbox.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"

#define PATHS_MAX 16
#define PORTS 2

struct opened {
    struct arena *arena;
    const struct settings *settings;
    struct confine_path paths[PATHS_MAX];
    size_t count;
};

static void add(struct opened *opened, const char *path, bool may_write)
{
    if (opened->count < PATHS_MAX)
        opened->paths[opened->count++] = (struct confine_path){path, may_write};
}

static const char *folder_of(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == path ? "/" : arena_text(arena, span_make(path, (size_t)(slash - path)));
}

/* A file outside of the data that a setting names. It is read again when somebody has put a new one in its place, by
 * rename or by turning a link (certbot): so the folder, and the folder the link leads to. */
static void add_file(struct opened *opened, const char *path)
{
    char *real;

    if (*path != '/')
        return;
    add(opened, folder_of(opened->arena, path), false);
    real = realpath(path, NULL);
    if (real)
        add(opened, folder_of(opened->arena, real), false);
    free(real);
}

/* The service makes the seal once, when it is not there. */
static void add_seal(struct opened *opened)
{
    const char *path = opened->settings->seal_file;

    if (*path == '/')
        add(opened, file_exists(path) ? path : folder_of(opened->arena, path), !file_exists(path));
}

static void add_all(struct opened *opened)
{
    add(opened, opened->settings->data_dir, true);
    add_file(opened, opened->settings->tls_cert);
    add_file(opened, opened->settings->tls_key);
    add_file(opened, opened->settings->tls_client_ca);
    add_seal(opened);
    add(opened, "/usr/share/zoneinfo", false);
    add(opened, "/etc/localtime", false);
    add(opened, "/dev/urandom", false);
    add(opened, "/dev/null", true);
}

static bool confine_of(const struct settings *settings, struct confine *out, struct err *err)
{
    *out = (struct confine){.profile = CONFINE_SERVICE};
    return confine_wish_read(settings->sandbox, &out->wish, err);
}

/* On a dev server that is no news. */
static bool stay_root(const struct settings *settings, const int64_t ports[PORTS], struct err *err)
{
    struct confine confine;

    if (!confine_of(settings, &confine, err))
        return false;
    if (confine.wish == CONFINE_OFF)
        return true;
    if (!settings->dev)
        log_say(LOG_WARN, "user.root", "why", "it runs as root, though without most of its rights", "next",
                "set user = NAME, to whom data_dir belongs, or start it by its systemd unit", NULL);
    return confine_root(ports, PORTS, err);
}

bool sandbox_user(const struct settings *settings, struct err *err)
{
    const int64_t ports[PORTS] = {settings->port, settings->http_port};

    if (text_blank(settings->user) && geteuid() == 0)
        return stay_root(settings, ports, err);
    return confine_user(settings->user, ports, PORTS, err);
}

bool sandbox_parser(const struct settings *settings, struct parser **out, struct err *err)
{
    struct confine confine;

    return confine_of(settings, &confine, err) && parser_start(confine.wish, out, err);
}

bool sandbox_begin(struct arena *arena, const struct settings *settings, struct err *err)
{
    struct opened opened = {.arena = arena, .settings = settings};
    const int64_t ports[PORTS] = {settings->port, settings->http_port};
    struct confine confine;

    if (!confine_of(settings, &confine, err))
        return false;
    add_all(&opened);
    confine.paths = opened.paths;
    confine.path_count = opened.count;
    confine.ports = ports;
    confine.port_count = PORTS;
    return confine_begin(&confine, err);
}

bool sandbox_close(const struct settings *settings, struct err *err)
{
    struct confine confine;

    return confine_of(settings, &confine, err) && confine_calls(&confine, err);
}

bool sandbox_tool(const char *const *folders, size_t count, const char *sandbox, struct err *err)
{
    struct confine_path paths[SANDBOX_FOLDERS_MAX + 2] = {{"/", false}, {"/dev/null", true}};
    struct confine confine = {.profile = CONFINE_SERVICE, .is_often = true, .paths = paths, .path_count = 2};

    assert(count <= SANDBOX_FOLDERS_MAX);
    for (size_t i = 0; i < count; i++)
        if (folders[i])
            paths[confine.path_count++] = (struct confine_path){folders[i], true};
    if (!confine_wish_read(sandbox ? sandbox : "on", &confine.wish, err))
        return false;
    if (confine.wish == CONFINE_OFF)
        return true;
    return confine_root(NULL, 0, err) && confine_begin(&confine, err) && confine_calls(&confine, err);
}
