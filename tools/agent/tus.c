#include "tools/agent/parts.h"

#include "base/file.h"
#include "base/text.h"

#define PIECE_BYTES (4 * 1024 * 1024) /* of one step: a poll gets in between */
#define STUMBLES_MAX 5
#define WHERE_MAX 4096
#define RESUMABLE "Tus-Resumable: 1.0.0"

/* The upload's first request. A cut before the answer leaves an upload behind that the service forgets. */
static bool create(struct agent *agent, struct arena *arena, const char **text, struct err *err)
{
    const struct agent_backup *backup = agent->state.backup;
    const char *headers[] = {RESUMABLE, arena_printf(arena, "Upload-Length: %lld", (long long)backup->size),
                             arena_printf(arena, "Upload-Metadata: %s", backup->about), NULL};
    struct answer answer;
    const char *where;

    if (!agent_ask_with(agent, arena, "POST", agent_path(agent, arena, "/backups"), headers,
                        (struct span){"", 0}, &answer, err))
        return false;
    where = answer_header(&answer, "Location");
    if (text_blank(where) || strlen(where) > WHERE_MAX)
        return FAIL(err, ERR_INVALID, "the upload has no place");
    agent->sent = 0;
    *text = where;
    return true;
}

/* Neither forwards nor an end: not for ever. */
static bool stumble(struct agent *agent, enum tus_news *news, enum tus_news to, struct err *err)
{
    *news = to;
    return ++agent->backup_stumbles < STUMBLES_MAX ||
           FAIL(err, ERR_INVALID, "the upload does not come to an end");
}

/* What an answer about the upload says: how far it is, or that it is a backup now. When everything is there
 * and it is none, the service was cut off before it could look: an empty piece asks it to. */
static bool look(struct agent *agent, const struct answer *answer, enum tus_news *news, const char **text,
                 struct err *err)
{
    const struct agent_backup *backup = agent->state.backup;
    const char *id = answer_header(answer, "Nightshift-Backup");
    const char *offset = answer_header(answer, "Upload-Offset");
    int64_t sent = id && !offset ? backup->size : -1, number;

    if (id && !text_int(id, "Nightshift-Backup", 1, INT64_MAX, &number, err))
        return false;
    if (offset && !text_int(offset, "Upload-Offset", 0, backup->size, &sent, err))
        return false;
    agent->sent = sent;
    *text = id;
    if (sent == backup->size && id) {
        *news = TUS_DONE;
        return true;
    }
    *news = TUS_GOES_ON;
    return (sent >= 0 && sent < backup->size) || stumble(agent, news, TUS_GOES_ON, err);
}

static bool ask_how_far(struct agent *agent, struct arena *arena, struct answer *out, struct err *err)
{
    static const char *const headers[] = {RESUMABLE, NULL};

    return agent_ask_with(agent, arena, "HEAD", agent->state.backup->where, headers, (struct span){NULL, 0},
                          out, err);
}

static bool send(struct agent *agent, struct arena *arena, struct answer *out, struct err *err)
{
    const struct agent_settings *settings = &agent->setup.settings;
    const struct agent_backup *backup = agent->state.backup;
    int64_t left = backup->size - agent->sent;
    AUTO(fd_closep) int fd = -1;
    struct upload_part part = {
        .offset = agent->sent, .length = left < PIECE_BYTES ? left : PIECE_BYTES, .total = backup->size};

    if (!settings->outgoing(settings->ctx, false, &fd, err)) {
        err->code = err->code == ERR_NOT_FOUND ? ERR_CORRUPT : err->code;
        return false;
    }
    part.fd = fd;
    agent->sent = -1; /* after a refusal only the service knows */
    return agent_upload(agent, arena, backup->where, &part, out, err);
}

/* Another offset than we thought, or an upload that the service has forgotten. */
static bool refused(struct agent *agent, enum tus_news *news, struct err *err)
{
    switch (err->code) {
    case ERR_CONFLICT:
        return stumble(agent, news, TUS_GOES_ON, err);
    case ERR_NOT_FOUND:
    case ERR_GONE:
        return stumble(agent, news, TUS_GONE, err);
    default:
        return false;
    }
}

bool agent_tus(struct agent *agent, struct arena *arena, enum tus_news *news, const char **text,
               struct err *err)
{
    struct answer answer;

    if (!agent->state.backup->where) {
        *news = TUS_CREATED;
        return create(agent, arena, text, err);
    }
    if (agent->sent < 0 ? !ask_how_far(agent, arena, &answer, err) : !send(agent, arena, &answer, err))
        return refused(agent, news, err);
    return look(agent, &answer, news, text, err);
}
