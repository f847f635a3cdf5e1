#include "support/mfp_parts.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

const char *const mfp_components[MFP_PARTS] = {"system", "engine"};

/* ---- the power --------------------------------------------------------------------- */

bool mfp_tick(struct mfp *mfp, struct err *err)
{
    if (!mfp->is_dark && mfp->ticks_left >= 0 && mfp->ticks_left-- == 0)
        mfp->is_dark = true;
    return !mfp->is_dark || FAIL(err, ERR_IO, "dark");
}

bool mfp_has_line(const struct mfp *mfp)
{
    bool is_cut_off = mfp->has_no_line_with_bad && text_equal(mfp->settings[mfp_kind("network")], "bad");

    return !mfp->is_down && (!is_cut_off || (mfp->keeps_connection && mfp->is_connected));
}

/* ---- memory -------------------------------------------------------------------------- */

struct span mfp_file_get(const struct mfp *mfp, const char *name)
{
    for (size_t i = 0; i < mfp->file_count; i++)
        if (text_equal(mfp->files[i].name, name))
            return mfp->files[i].bytes;
    return (struct span){NULL, 0};
}

static bool mfp_load(void *ctx, struct arena *arena, const char *name, struct span *out, struct err *err)
{
    struct span bytes = mfp_file_get(ctx, name);

    if (!bytes.at)
        return FAIL(err, ERR_NOT_FOUND, "no %s", name);
    *out = (struct span){arena_text(arena, bytes), bytes.size};
    return true;
}

static void file_put(struct mfp *mfp, const char *name, struct span bytes)
{
    size_t i = 0;

    while (i < mfp->file_count && !text_equal(mfp->files[i].name, name))
        i++;
    if (i == COUNT(mfp->files))
        abort();
    if (i == mfp->file_count)
        mfp->files[mfp->file_count++].name = arena_dup(mfp->arena, name);
    mfp->files[i].bytes = (struct span){arena_text(mfp->arena, bytes), bytes.size};
}

static bool mfp_keep(void *ctx, const char *name, struct span bytes, struct err *err)
{
    if (!mfp_tick(ctx, err))
        return false;
    file_put(ctx, name, bytes);
    return mfp_tick(ctx, err);
}

/* ---- the machine ------------------------------------------------------------------------ */

static bool machine_busy(void *ctx, int64_t now_ms, char *reason, size_t room)
{
    (void)now_ms;
    snprintf(reason, room, "FAX_RECEIVING");
    return ((struct mfp *)ctx)->is_busy;
}

static void machine_notice(void *ctx, const char *text)
{
    buf_printf(&((struct mfp *)ctx)->log, "PANEL %s\n", text ? text : "-");
}

static bool machine_install(void *ctx, const struct agent_part *part, int64_t now_ms, int64_t *again_ms,
                            struct err *err)
{
    struct mfp *mfp = ctx;
    size_t i = mfp_index(part);

    if (!mfp_tick(mfp, err))
        return false;
    if (mfp->fails_install)
        return FAIL(err, ERR_IO, "checksum of the board");
    if (!mfp->install_end_ms)
        mfp->install_end_ms = now_ms + mfp->install_ms;
    if (now_ms < mfp->install_end_ms) {
        *again_ms = mfp->install_end_ms - now_ms;
        return true;
    }
    mfp->install_end_ms = 0;
    mfp->flashed[i]++;
    if (!mfp->keeps_old_version)
        mfp->versions[i] = arena_dup(mfp->arena, part->version);
    return mfp_tick(mfp, err);
}

static bool machine_reboot(void *ctx, int64_t now_ms, int64_t *again_ms, struct err *err)
{
    struct mfp *mfp = ctx;

    (void)now_ms;
    *again_ms = 1000;
    mfp->wants_restart = true;
    return mfp_tick(mfp, err);
}

static bool machine_self_test(void *ctx, int64_t now_ms, int64_t *again_ms, struct err *err)
{
    struct mfp *mfp = ctx;

    (void)now_ms;
    (void)again_ms;
    return !mfp->fails_self_test || FAIL(err, ERR_IO, "engine does not answer");
}

static const char *machine_boot(void *ctx)
{
    return ((struct mfp *)ctx)->boot;
}

static const char *machine_version(void *ctx, struct arena *arena, const char *component)
{
    struct mfp *mfp = ctx;

    (void)arena;
    for (size_t i = 0; i < MFP_PARTS; i++)
        if (text_equal(mfp_components[i], component))
            return mfp->versions[i];
    return NULL;
}

static const char *machine_usage(void *ctx, struct arena *arena)
{
    (void)arena;
    return ((struct mfp *)ctx)->usage;
}

static void machine_attributes(void *ctx, void (*tell)(void *to, const char *name, const char *value),
                               void *to)
{
    struct mfp *mfp = ctx;

    tell(to, "component.system", mfp->versions[0]);
    tell(to, "component.engine", mfp->versions[1]);
}

/* ---- requests ------------------------------------------------------------------------- */

/* Time passes as it does on the wire: what is kept open without news takes all of its wait. */
static bool kept_open(struct mfp *mfp, const char *const *headers, struct answer *out, struct err *err)
{
    static const char *const applied[] = {"Preference-Applied: wait=1", "Date: Mon, 01 Jan 2001 00:00:00 GMT",
                                          NULL};
    long wait_s = 0;

    for (; *headers; headers++)
        if (sscanf(*headers, "Prefer: wait=%ld", &wait_s) == 1)
            buf_printf(&mfp->log, "WAIT %ld\n", wait_s);
    if (wait_s && mfp->keeps_open_s && wait_s > mfp->keeps_open_s)
        return FAIL(err, ERR_IO, "cut on the way");
    if (wait_s && mfp->keeps_open_s)
        out->headers = applied;
    if (out->headers && mfp->offer == MFP_NOTHING)
        mfp->now_ms += wait_s * 1000;
    return true;
}

static bool wire_ask(void *ctx, struct arena *arena, const char *method, const char *where,
                     const char *const *headers, struct span body, struct answer *out, struct err *err)
{
    struct mfp *mfp = ctx;
    const char *text = arena_text(arena, body);

    if (!mfp_tick(mfp, err))
        return false;
    buf_printf(&mfp->log, "%s %s %s\n", method, where, text);
    if (!mfp_has_line(mfp))
        return FAIL(err, ERR_IO, "no network");
    mfp->is_connected = true;
    *out = (struct answer){.status = mfp->status};
    if (!kept_open(mfp, headers, out, err))
        return false;
    if (mfp->status || mfp_metadata(mfp, where, out))
        return true;
    if (mfp_backups(mfp, method, where, headers, text, out))
        return mfp_tick(mfp, err);
    out->body = mfp_answer(mfp, method, where, text);
    out->status = 200;
    if (mfp->loses_closed && strstr(text, "\"closed\"")) {
        mfp->loses_closed = false;
        return FAIL(err, ERR_IO, "cut before the answer");
    }
    return mfp_tick(mfp, err);
}

static void wire_authorize(void *ctx, const char *authorization)
{
    buf_printf(&((struct mfp *)ctx)->log, "AUTH %s\n", authorization);
}

static void wire_reconnect(void *ctx)
{
    struct mfp *mfp = ctx;

    mfp->is_connected = false;
    mfp->reconnects++;
}

static bool resolve(void *ctx, struct agent *agent, struct arena *arena, int64_t now_ms, struct err *err)
{
    struct mfp *mfp = ctx;

    (void)agent;
    (void)arena;
    (void)now_ms;
    return !mfp->refuses_trust || FAIL(err, ERR_FORBIDDEN, "signed by nobody we know");
}

/* ---- running ----------------------------------------------------------------------------------- */

void mfp_restart(struct mfp *mfp)
{
    struct agent_setup setup = {
        .tenant = "T",
        .id = "mfp-1",
        .claim = "CODE",
        .family = "F",
        .model = "M",
        .memory = {mfp, mfp_load, mfp_keep},
        .wire = {mfp, wire_ask, mfp_download, mfp_upload, wire_authorize, wire_reconnect},
        .cache = mfp_cache(mfp),
        .machine = {mfp, machine_busy, machine_install, machine_reboot, machine_self_test, machine_boot,
                    machine_version, machine_attributes, machine_usage, machine_notice},
        .ctx = mfp,
        .long_poll_s = mfp->long_poll_s,
        .sends_reports = mfp->sends_reports,
        .look_s = mfp->look_s,
        .resolve = mfp->repo ? NULL : resolve};
    struct err err;

    if (mfp->has_settings)
        setup.settings = mfp_settings(mfp);

    agent_freep(&mfp->agent);
    mfp->is_dark = mfp->wants_restart = mfp->is_connected = false;
    mfp->ticks_left = -1;
    mfp->install_end_ms = 0;
    snprintf(mfp->boot, sizeof(mfp->boot), "boot-%d", ++mfp->boots);
    mfp->agent = agent_new(&setup);
    if (!agent_start(mfp->agent, &err)) {
        fprintf(stderr, "%s\n", err.text);
        abort();
    }
}

struct mfp *mfp_new(struct arena *arena)
{
    struct mfp *mfp = ARENA_NEW(arena, struct mfp);

    *mfp = (struct mfp){.arena = arena,
                        .now_ms = MFP_NOW_MS,
                        .versions = {"1.0", "1.0"},
                        .ticks_left = -1,
                        .offer = MFP_DEPLOYMENT,
                        .id = "7",
                        .download = "forced",
                        .update = "forced",
                        .minutes = "10",
                        .release = "2.0",
                        .wants_attributes = true,
                        .log = {.arena = arena}};
    mfp_restart(mfp);
    return mfp;
}

void mfp_trusts(struct mfp *mfp, struct repo *repo)
{
    mfp->repo = repo;
    file_put(mfp, "tuf/root.json", repo_get(repo, "1.root.json"));
    mfp->now_ms = REPO_NOW_MS;
    mfp_restart(mfp);
}

struct repo *mfp_directs(struct mfp *mfp, struct repo *repo)
{
    struct repo *director = repo_new(mfp->arena);

    director->device = "mfp-1";
    director->nodes[0].path_count = 0;
    for (size_t i = 0; i < MFP_PARTS; i++) {
        struct tuf_target image =
            mfp_target(mfp, i, arena_printf(mfp->arena, "{" MFP_CUSTOM "}", mfp_components[i]));
        struct tuf_target directed = mfp_target(
            mfp, i, arena_printf(mfp->arena, "{\"action\":\"7\"," MFP_CUSTOM "}", mfp_components[i]));

        repo_target_as(repo, "targets", &image);
        repo_target_as(director, "targets", &directed);
    }
    repo_publish(repo);
    repo_publish(director);
    mfp->director = director;
    return director;
}

void mfp_end(struct mfp *mfp)
{
    agent_freep(&mfp->agent);
}

bool mfp_step(struct mfp *mfp)
{
    int64_t sleep_ms = -1;
    struct err err;
    bool is_well = agent_step(mfp->agent, mfp->now_ms, &sleep_ms, &err);

    if (sleep_ms < 0 || sleep_ms > 24 * 3600 * 1000LL)
        abort();
    if (!is_well && !err.text[0])
        abort();
    mfp->now_ms += sleep_ms;
    if (mfp->is_dark || mfp->wants_restart)
        mfp_restart(mfp);
    return is_well;
}

void mfp_run(struct mfp *mfp, int steps)
{
    int quiet_polls = mfp->polls + 2;

    for (int i = 0; i < steps && mfp->polls < quiet_polls; i++) {
        (void)mfp_step(mfp);
        if (agent_phase(mfp->agent) != AGENT_IDLE || mfp->offer != MFP_NOTHING)
            quiet_polls = mfp->polls + 2;
    }
}

bool mfp_run_to(struct mfp *mfp, enum agent_phase phase, int steps)
{
    for (int i = 0; i < steps && agent_phase(mfp->agent) != phase; i++)
        (void)mfp_step(mfp);
    return agent_phase(mfp->agent) == phase;
}

int mfp_count(const struct mfp *mfp, const char *words)
{
    const char *at = buf_cstr(&mfp->log);
    int count = 0;

    while ((at = strstr(at, words))) {
        at += strlen(words);
        count++;
    }
    return count;
}

bool mfp_said(const struct mfp *mfp, const char *words)
{
    return mfp_count(mfp, words) > 0;
}
