/* Invented devices and their sealed settings in a folder, so that scripts can play a fleet without an agent.
 *
 *   backup_tool DIR COUNT TENANT_RECIPIENT [ESCROW_RECIPIENT...]      -c FILE: canaries, one a line
 *
 * Makes N.key (age identity), N.tar (the snapshot), N.age (sealed to tenant, device and escrow) and N.json
 * (what a device tells of it) for N from 0. Each canary is planted once, round and round over the devices. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/ident.h"
#include "base/json.h"
#include "base/text.h"
#include "signing/age_stream.h"
#include "signing/snapshot.h"

#define MODEL "MFP-3145"
#define FAMILY "mfp-3100"
#define TAKEN_MS INT64_C(1788344100000)
#define ENTRIES 24
#define CANARIES_MAX 1000
#define ESCROW_MAX 8

struct job {
    struct arena *arena;
    const char *dir;
    int64_t count;
    struct age_recipient to[2 + ESCROW_MAX]; /* tenant, device, escrow */
    size_t to_count;
    const char *canaries[CANARIES_MAX];
    size_t canary_count;
};

static bool to_fd(void *fd, struct span bytes, struct err *err)
{
    return file_write_all(*(int *)fd, bytes, err);
}

/* ---- settings ----------------------------------------------------------------------- */

/* The k-th free text of device n: a canary when there is one left for it. */
static const char *word(struct job *job, int64_t n, size_t k, const char *plain)
{
    size_t at = (size_t)n + k * (size_t)job->count;

    return at < job->canary_count ? job->canaries[at]
                                  : arena_printf(job->arena, "%s %lld-%zu", plain, (long long)n, k);
}

static struct snapshot_item item(struct arena *arena, const char *id, size_t count,
                                 const struct snapshot_field *fields)
{
    struct snapshot_field *own = ARENA_MANY(arena, struct snapshot_field, count);

    memcpy(own, fields, count * sizeof(*own));
    return (struct snapshot_item){.id = id, .fields = own, .field_count = count};
}

static struct snapshot_category addressbook(struct job *job, int64_t n)
{
    struct snapshot_item *items = ARENA_MANY(job->arena, struct snapshot_item, ENTRIES);

    for (size_t i = 0; i < ENTRIES; i++) {
        const struct snapshot_field fields[] = {{"name", word(job, n, i, "Person")},
                                                {"mail", arena_printf(job->arena, "p%zu@example.com", i)}};

        items[i] = item(job->arena, arena_printf(job->arena, "%zu", i + 1), COUNT(fields), fields);
    }
    return (struct snapshot_category){
        .kind = snapshot_kind_find("addressbook"), .items = items, .item_count = ENTRIES};
}

static struct snapshot_category single(struct job *job, const char *category, const char *id, size_t count,
                                       const struct snapshot_field *fields)
{
    struct snapshot_item *items = ARENA_NEW(job->arena, struct snapshot_item);

    *items = item(job->arena, id, count, fields);
    return (struct snapshot_category){.kind = snapshot_kind_find(category), .items = items, .item_count = 1};
}

static bool tar_write(struct job *job, int64_t n, struct snapshot *out, struct err *err)
{
    const struct snapshot_field network[] = {{"hostname", word(job, n, ENTRIES, "printer")},
                                             {"community", word(job, n, ENTRIES + 1, "community")}};
    const struct snapshot_field scan[] = {{"name", "Share"},
                                          {"protocol", "smb"},
                                          {"host", "files.example.com"},
                                          {"password", word(job, n, ENTRIES + 2, "password")}};
    struct snapshot_category *categories = ARENA_MANY(job->arena, struct snapshot_category, 3);
    const struct snapshot_component system = {"system", "4.2.0"};
    const char *path = arena_printf(job->arena, "%s/%lld.tar", job->dir, (long long)n);
    AUTO(fd_closep) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    categories[0] = addressbook(job, n);
    categories[1] = single(job, "scan-destinations", "s1", COUNT(scan), scan);
    categories[2] = single(job, "network", "lan", COUNT(network), network);
    const struct snapshot snapshot = {.model = MODEL,
                                      .family = FAMILY,
                                      .serial = arena_printf(job->arena, "SN-%lld", (long long)n),
                                      .controller_id = arena_printf(job->arena, "mfp-%lld", (long long)n),
                                      .time_ms = TAKEN_MS + n * 1000,
                                      .components = &system,
                                      .component_count = 1,
                                      .categories = categories,
                                      .category_count = 3};

    if (fd < 0)
        return FAIL_ERRNO(err, path);
    return snapshot_write(job->arena, &snapshot, fd, out, err);
}

/* ---- sealing ------------------------------------------------------------------------- */

static bool seal(struct job *job, int64_t n, struct err *err)
{
    const char *path = arena_printf(job->arena, "%s/%lld.age", job->dir, (long long)n);
    AUTO(fd_closep) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    AUTO(age_seal_freep) struct age_seal *sealing = NULL;
    const struct age_to to = {.recipients = job->to, .count = job->to_count};
    const struct age_sink sink = {to_fd, &fd};
    struct span tar;

    if (fd < 0)
        return FAIL_ERRNO(err, path);
    return file_read(job->arena, arena_printf(job->arena, "%s/%lld.tar", job->dir, (long long)n),
                     SNAPSHOT_BYTES_MAX, &tar, err) &&
           age_seal_begin(&to, &sink, &sealing, err) && age_seal_push(sealing, tar, err) &&
           age_seal_end(sealing, err);
}

static bool tell(struct job *job, int64_t n, const struct snapshot *snapshot, struct err *err)
{
    struct buf text = {.arena = job->arena}, categories = {.arena = job->arena}, to = {.arena = job->arena};
    struct json_out j = {.buf = &text};
    char recipient[AGE_RECIPIENT_CHARS + 1];

    for (size_t i = 0; i < snapshot->category_count; i++)
        buf_printf(&categories, "%s%s=%zu", i ? "," : "", snapshot->categories[i].kind->name,
                   snapshot->categories[i].item_count);
    for (size_t i = 0; i < job->to_count; i++) {
        age_recipient_text(&job->to[i], recipient);
        buf_printf(&to, "%s%s", i ? " " : "", recipient);
    }
    age_recipient_text(&job->to[1], recipient);
    json_open(&j, NULL);
    json_text(&j, "id", snapshot->controller_id);
    json_text(&j, "recipient", recipient);
    json_open(&j, "metadata");
    json_text(&j, "trigger", "panel");
    json_text(&j, "taken", text_time(job->arena, snapshot->time_ms));
    json_text(&j, "model", snapshot->model);
    json_text(&j, "serial", snapshot->serial);
    json_text(&j, "firmware", "system=4.2.0");
    json_text(&j, "categories", buf_cstr(&categories));
    json_text(&j, "recipients", buf_cstr(&to));
    json_close(&j);
    json_close(&j);
    return file_write_whole(arena_printf(job->arena, "%s/%lld.json", job->dir, (long long)n), buf_span(&text),
                            0600, err);
}

static bool make_one(struct job *job, int64_t n, struct err *err)
{
    AUTO(age_identity_freep) struct age_identity *identity = NULL;
    struct snapshot snapshot;

    age_identity_make(&identity);
    job->to[1] = *age_identity_recipient(identity);
    return age_key_file_save(identity, arena_printf(job->arena, "%s/%lld.key", job->dir, (long long)n), NULL,
                             err) &&
           tar_write(job, n, &snapshot, err) && seal(job, n, err) && tell(job, n, &snapshot, err);
}

/* ---- what is wished -------------------------------------------------------------------- */

static bool canaries_read(struct job *job, const char *path, struct err *err)
{
    struct span text, line;

    if (!file_read(job->arena, path, 1 << 20, &text, err))
        return false;
    while (text_split(&text, '\n', &line))
        if (line.size > 0 && job->canary_count < CANARIES_MAX)
            job->canaries[job->canary_count++] = arena_text(job->arena, line);
    return true;
}

static bool wish_read(struct job *job, int argc, char **argv, struct err *err)
{
    for (int option; (option = getopt(argc, argv, "c:")) != -1;)
        if (option != 'c' || !canaries_read(job, optarg, err))
            return false;
    if (argc - optind < 3 || argc - optind > 3 + ESCROW_MAX)
        return FAIL(err, ERR_INVALID, "DIR COUNT TENANT_RECIPIENT [ESCROW...]");
    job->dir = argv[optind];
    if (!text_int(argv[optind + 1], "COUNT", 1, 100000, &job->count, err))
        return false;
    for (int i = optind + 2; i < argc; i++) {
        size_t at = i == optind + 2 ? 0 : (size_t)(i - optind - 1);

        if (!age_recipient_parse(span_of(argv[i]), &job->to[at], err))
            return false;
    }
    job->to_count = (size_t)(argc - optind - 1);
    return true;
}

int main(int argc, char **argv)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct job job = {.arena = arena};
    struct err err = {0};

    ident_start();
    if (!wish_read(&job, argc, argv, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return 2;
    }
    for (int64_t n = 0; n < job.count; n++)
        if (!make_one(&job, n, &err)) {
            fprintf(stderr, "%s\n", err.text);
            return 1;
        }
    return 0;
}
