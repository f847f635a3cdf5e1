#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "tools/fleet/fleet.h"

#define SLOW_BYTES_S (512 * 1024)
#define LOOK_MS 50
#define SAY_MS 1000
#define SPREAD_MS 2 /* between two machines that are switched on */
#define STACK_BYTES (512 * 1024)

/* ---- opening ----------------------------------------------------------------------- */

bool fleet_client(const struct fleet *fleet, int64_t speed_max, struct client **out, struct err *err)
{
    const struct fleet_options *options = fleet->options;
    struct client_options wishes = {.base_url = options->url,
                                    .ca_file = options->ca,
                                    .agent = "nightshift-agent/" NIGHTSHIFT_VERSION " (fleet)",
                                    .speed_max_bytes_s = speed_max,
                                    .stop = fleet->stop};

    return client_open(&wishes, out, err);
}

/* What a factory would have put into every machine; with claims the enrolment brings it. */
static bool anchor_get(struct fleet *fleet, struct span *out, struct err *err)
{
    const char *where = arena_printf(fleet->arena, "/%s/tuf/image/metadata/1.root.json",
                                     text_escape(fleet->arena, fleet->options->tenant));
    AUTO(client_closep) struct client *client = NULL;
    struct answer answer;

    if (!fleet_client(fleet, 0, &client, err) ||
        !client_ask(client, fleet->arena, "GET", where, NULL, (struct span){NULL, 0}, &answer, err))
        return false;
    if (answer.status != 200)
        return FAIL(err, ERR_NOT_FOUND, "GET %s: %d", where, answer.status);
    *out = answer.body;
    return true;
}

static bool machines_open(struct fleet *fleet, struct err *err)
{
    bool uses_claims = fleet->options->uses_claims;
    struct span anchor = {NULL, 0};

    if (uses_claims ? !fleet_claims(fleet, err) : !anchor_get(fleet, &anchor, err))
        return false;
    for (size_t i = 0; i < fleet->options->devices; i++) {
        struct machine *machine = &fleet->machines[i];

        machine_start(machine, fleet, i);
        if (!uses_claims && !disk_keep(&machine->disk, "tuf/root.json", anchor, err))
            return false;
    }
    return true;
}

bool fleet_open(struct fleet *fleet, const struct fleet_options *options, struct arena *arena,
                struct err *err)
{
    fleet->options = options;
    fleet->arena = arena;
    fleet->library = library_new();
    fleet->share = share_new();
    fleet->queue = queue_new(options->devices);
    fleet->machines = calloc(options->devices, sizeof(*fleet->machines));
    if (!fleet->machines)
        abort();
    if (options->gateway_token)
        fleet->authorization = arena_printf(arena, "GatewayToken %s", options->gateway_token);
    fleet->began_ms = clock_monotonic_ms();
    fleet->began_wall_ms = clock_now_ms();
    return (!options->takes_backups || settings_open(fleet, err)) && machines_open(fleet, err);
}

void fleet_close(struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->options->devices; i++)
        machine_end(&fleet->machines[i]);
    free(fleet->machines);
    queue_freep(&fleet->queue);
    share_freep(&fleet->share);
    library_freep(&fleet->library);
}

/* ---- working ---------------------------------------------------------------------------- */

static void *work(void *ctx)
{
    struct worker *worker = ctx;
    struct fleet *fleet = worker->fleet;
    size_t number;

    while (queue_take(fleet->queue, &number)) {
        int64_t sleep_ms = machine_step(&fleet->machines[number], worker);

        queue_put(fleet->queue, number, clock_monotonic_ms() + sleep_ms);
    }
    return NULL;
}

static bool thread_start(pthread_t *thread, struct worker *worker, struct err *err)
{
    pthread_attr_t wishes;
    int failed;

    pthread_attr_init(&wishes);
    pthread_attr_setstacksize(&wishes, STACK_BYTES);
    failed = pthread_create(thread, &wishes, work, worker);
    pthread_attr_destroy(&wishes);
    return !failed || FAIL(err, ERR_BUSY, "no thread");
}

static bool workers_start(struct fleet *fleet, struct worker *workers, pthread_t *threads, size_t *started,
                          struct err *err)
{
    for (*started = 0; *started < fleet->options->threads; (*started)++) {
        struct worker *worker = &workers[*started];

        worker->fleet = fleet;
        if (!fleet_client(fleet, 0, &worker->client, err) ||
            !fleet_client(fleet, SLOW_BYTES_S, &worker->slow_client, err) ||
            !thread_start(&threads[*started], worker, err))
            return false;
    }
    return true;
}

/* What fails with one bad release takes the next one. */
static bool may_fail(const struct fleet *fleet, const struct machine *machine)
{
    const struct fleet_options *options = fleet->options;

    return machine->facts.fails &&
           (!options->bad_version || text_equal(options->bad_version, options->until_version));
}

bool fleet_is_done(const struct fleet *fleet)
{
    if (!fleet->options->until_version)
        return false;
    for (size_t i = 0; i < fleet->options->devices; i++) {
        const struct machine *machine = &fleet->machines[i];

        if (!machine->is_updated && !may_fail(fleet, machine))
            return false;
    }
    return true;
}

static bool is_over_at(const struct fleet *fleet, int64_t now_ms)
{
    const struct fleet_options *options = fleet->options;
    int64_t seconds = (now_ms - fleet->began_ms) / 1000;

    return (options->timeout_s && seconds >= options->timeout_s) ||
           (options->duration_s && seconds >= options->duration_s);
}

/* True when what was asked for came to be; without an aim that is just the end. */
static bool watch(struct fleet *fleet)
{
    int64_t said_ms = 0;
    bool is_done = false;

    while (!is_done && !*fleet->stop) {
        int64_t now_ms = clock_monotonic_ms();

        if (now_ms - said_ms >= SAY_MS) {
            fleet_say(fleet, false);
            said_ms = now_ms;
        }
        if (is_over_at(fleet, now_ms))
            return fleet->options->until_version == NULL;
        usleep(LOOK_MS * 1000);
        is_done = fleet_is_done(fleet);
    }
    return is_done || !fleet->options->until_version;
}

bool fleet_run(struct fleet *fleet, bool *is_done, struct err *err)
{
    size_t threads = fleet->options->threads, started = 0;
    struct worker *workers = ARENA_MANY(fleet->arena, struct worker, threads);
    pthread_t *ids = ARENA_MANY(fleet->arena, pthread_t, threads);
    bool is_well;

    for (size_t i = 0; i < fleet->options->devices; i++)
        queue_put(fleet->queue, i, clock_monotonic_ms() + (int64_t)i * SPREAD_MS);
    is_well = workers_start(fleet, workers, ids, &started, err);
    if (is_well)
        *is_done = watch(fleet);
    queue_close(fleet->queue);
    for (size_t i = 0; i < started; i++)
        pthread_join(ids[i], NULL);
    for (size_t i = 0; i < threads; i++) {
        client_closep(&workers[i].client);
        client_closep(&workers[i].slow_client);
    }
    if (is_well)
        fleet_say(fleet, true);
    return is_well;
}
