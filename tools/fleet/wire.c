#include <stdlib.h>

#include "base/text.h"
#include "tools/fleet/fleet.h"

/* Which machine speaks changes with every request; the connection stays. */
static struct client *client_of(struct machine *machine, bool is_slow)
{
    struct client *client = is_slow ? machine->worker->slow_client : machine->worker->client;

    client_authorize(client, machine->authorization);
    return client;
}

/* ---- transfers --------------------------------------------------------------------- */

/* Some threads are kept free of transfers, or a fleet that downloads would not answer its polls in time. */
static int64_t slots(const struct fleet *fleet, bool is_slow)
{
    int64_t threads = (int64_t)fleet->options->threads;

    if (threads < 4)
        return 1;
    return is_slow ? threads / 4 : threads - threads / 4;
}

static bool slot_take(_Atomic int64_t *used, int64_t max)
{
    if (atomic_fetch_add(used, 1) < max)
        return true;
    atomic_fetch_sub(used, 1);
    return false;
}

static bool asks_to_wait(const char *const *headers)
{
    for (; headers && *headers; headers++)
        if (text_starts(*headers, "Prefer: wait="))
            return true;
    return false;
}

/* A poll that is kept open holds its thread: beyond half of them, polls do not say that they could wait. */
static bool wire_ask(void *ctx, struct arena *arena, const char *method, const char *where,
                     const char *const *headers, struct span body, struct answer *out, struct err *err)
{
    static const char *const plain[] = {"Accept: application/json", NULL};
    struct machine *machine = ctx;
    struct fleet *fleet = machine->fleet;
    bool is_waiting = asks_to_wait(headers), may_wait, is_answered;

    may_wait = is_waiting && slot_take(&fleet->waits, (int64_t)fleet->options->threads / 2);
    is_answered = client_ask(client_of(machine, false), arena, method, where,
                             is_waiting && !may_wait ? plain : headers, body, out, err);
    if (may_wait)
        atomic_fetch_sub(&fleet->waits, 1);
    return is_answered;
}

static bool wire_download(void *ctx, const char *where, struct download *download,
                          struct download_result *out, struct err *err)
{
    struct machine *machine = ctx;
    struct fleet *fleet = machine->fleet;
    bool is_slow = machine->facts.is_slow;
    _Atomic int64_t *used = is_slow ? &fleet->slow_transfers : &fleet->transfers;
    bool is_answered;

    if (!slot_take(used, slots(fleet, is_slow))) {
        machine->wants_slot = true;
        return FAIL(err, ERR_LOCKED, "too many at once");
    }
    is_answered = client_download(client_of(machine, is_slow), where, NULL, download, out, err);
    atomic_fetch_sub(used, 1);
    return is_answered;
}

static bool wire_upload(void *ctx, struct arena *arena, const char *where, const struct upload_part *part,
                        struct answer *out, struct err *err)
{
    struct machine *machine = ctx;

    return client_upload(client_of(machine, machine->facts.is_slow), arena, where, NULL, part, out, err);
}

static void wire_authorize(void *ctx, const char *authorization)
{
    struct machine *machine = ctx;

    free(machine->authorization);
    machine->authorization = strdup(authorization);
    if (!machine->authorization)
        abort();
}

/* The connection is the worker's: its other machines pay with a handshake. */
static void wire_reconnect(void *ctx)
{
    struct machine *machine = ctx;

    client_reconnect(client_of(machine, false));
    client_reconnect(client_of(machine, true));
}

struct agent_wire machine_wire(struct machine *machine)
{
    return (struct agent_wire){.ctx = machine,
                               .ask = wire_ask,
                               .download = wire_download,
                               .upload = wire_upload,
                               .authorize = wire_authorize,
                               .reconnect = wire_reconnect};
}
