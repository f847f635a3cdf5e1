#include "tools/agent/wire.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"

struct wire {
    struct client *client;
    const char *log;
};

/* ---- the log ----------------------------------------------------------------------------- */

/* As the service sees it: without host and query. */
static const char *path_of(struct arena *arena, const char *where)
{
    const char *host = strstr(where, "://"), *path = host ? strchr(host + 3, '/') : where;

    return path ? arena_text(arena, span_make(path, strcspn(path, "?"))) : "/";
}

static void make_room(struct arena *arena, const char *log)
{
    struct stat now;

    if (stat(log, &now) == 0 && now.st_size >= WIRE_LOG_BYTES_MAX)
        (void)rename(log, arena_printf(arena, "%s.1", log));
}

static void note(const struct wire *wire, const char *method, const char *where, int status,
                 const char *request)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct buf line = {.arena = arena};
    struct json_out j = {.buf = &line};
    struct err err;

    if (!wire->log)
        return;
    json_open(&j, NULL);
    json_text(&j, "at", text_time(arena, clock_now_ms()));
    json_text(&j, "method", method);
    json_text(&j, "path", path_of(arena, where));
    json_int(&j, "status", status);
    json_text(&j, "request", request ? request : "");
    json_close(&j);
    buf_char(&line, '\n');
    make_room(arena, wire->log);
    AUTO(fd_closep) int fd = open(wire->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 || !file_write_all(fd, buf_span(&line), &err))
        log_say(LOG_WARN, "agent.connection-log", "file", wire->log, NULL);
}

static void note_answer(const struct wire *wire, const char *method, const char *where, bool is_answered,
                        const struct answer *answer)
{
    note(wire, method, where, is_answered ? answer->status : 0,
         is_answered ? answer_header(answer, "Nightshift-Request") : NULL);
}

/* ---- the wire ------------------------------------------------------------------------------ */

static bool wire_ask(void *ctx, struct arena *arena, const char *method, const char *where,
                     const char *const *headers, struct span body, struct answer *out, struct err *err)
{
    const struct wire *wire = ctx;
    bool is_answered = client_ask(wire->client, arena, method, where, headers, body, out, err);

    note_answer(wire, method, where, is_answered, out);
    return is_answered;
}

static bool wire_download(void *ctx, const char *where, struct download *download,
                          struct download_result *out, struct err *err)
{
    const struct wire *wire = ctx;
    bool is_answered = client_download(wire->client, where, NULL, download, out, err);

    note(wire, "GET", where, is_answered ? out->status : 0, NULL);
    return is_answered;
}

static bool wire_upload(void *ctx, struct arena *arena, const char *where, const struct upload_part *part,
                        struct answer *out, struct err *err)
{
    const struct wire *wire = ctx;
    bool is_answered = client_upload(wire->client, arena, where, NULL, part, out, err);

    note_answer(wire, "PATCH", where, is_answered, out);
    return is_answered;
}

static void wire_authorize(void *ctx, const char *authorization)
{
    client_authorize(((struct wire *)ctx)->client, authorization);
}

static void wire_reconnect(void *ctx)
{
    client_reconnect(((struct wire *)ctx)->client);
}

struct agent_wire wire_of(struct arena *arena, struct client *client, const char *log)
{
    struct wire *wire = ARENA_NEW(arena, struct wire);

    *wire = (struct wire){client, log};
    return (struct agent_wire){.ctx = wire,
                               .ask = wire_ask,
                               .download = wire_download,
                               .upload = wire_upload,
                               .authorize = wire_authorize,
                               .reconnect = wire_reconnect};
}
