/* What a drill found, signed: canonical JSON in the envelope of TUF metadata, so that any verifier of ours
 * reads it. Counts what was not opened as loudly as what was. */
#include "drill_parts.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "domain/custody.h"
#include "signing/canonical.h"
#include "signing/tuf.h"
#include "store/tenants.h"

static const char *const verdict_word[DRILL_VERDICT__MAX] = {"verified", "unopened", "wrong"};

bool drill_is_well(const struct drill *drill)
{
    return drill->chosen > 0 && drill->counts[DRILL_VERIFIED] == (int64_t)drill->chosen;
}

static void write_counts(struct json_out *j, const struct drill *drill)
{
    json_open(j, "backups");
    json_int(j, "there", (int64_t)drill->there);
    json_int(j, "gone", (int64_t)drill->gone);
    json_int(j, "chosen", (int64_t)drill->chosen);
    json_int(j, "not_chosen", (int64_t)(drill->there - drill->chosen));
    for (int i = 0; i < DRILL_VERDICT__MAX; i++)
        json_int(j, verdict_word[i], drill->counts[i]);
    json_close(j);
}

static void write_row(struct json_out *j, const struct drill_row *row)
{
    json_open(j, NULL);
    json_int(j, "backup", row->backup->id);
    json_text(j, "device", row->device);
    json_text(j, "payload", row->backup->payload);
    json_text_if(j, "tar_sha256", row->tar_sha256);
    json_text(j, "verdict", verdict_word[row->verdict]);
    json_text_if(j, "why", row->why);
    json_close(j);
}

/* What is signed. */
static bool body_write(struct drill *drill, struct span *out, struct err *err)
{
    struct buf text = {.arena = drill->arena};
    struct json_out j = {.buf = &text};

    json_open(&j, NULL);
    json_text(&j, "_type", "drill-report");
    json_text(&j, "began", text_time(drill->arena, drill->began_ms));
    json_int(&j, "bytes", drill->bytes);
    json_int(&j, "seed", drill->wish.seed);
    json_int(&j, "took_ms", drill->took_ms);
    /* "all" says that nothing was left out, and only then; a sample is never a word about the rest. */
    json_text(&j, "ok", !drill_is_well(drill) ? "no" : drill->chosen == drill->there ? "all" : "sample");
    write_counts(&j, drill);
    json_open_list(&j, "rows");
    for (size_t i = 0; i < drill->chosen; i++)
        write_row(&j, &drill->rows[i]);
    json_close(&j);
    json_close(&j);
    return canonical_text(drill->arena, buf_span(&text), out, err);
}

/* --sign KEY, else the online key of the copy's first tenant. */
static bool sign(struct drill *drill, struct span body, struct tuf_signature *out, struct err *err)
{
    AUTO(key_freep) struct key *key = NULL;
    struct tenant *tenants;
    struct signer *signer;
    size_t count;

    if (drill->wish.sign) {
        if (!key_load(drill->wish.sign, NULL, &key, err))
            return false;
        memcpy(out->keyid, key_public(key)->id, sizeof(out->keyid));
        key_sign(key, body, out->sig);
        return true;
    }
    if (!store_tenant_list(drill->world.store, drill->arena, 0, 1, &tenants, &count, err))
        return false;
    if (count == 0)
        return FAIL(err, ERR_NOT_FOUND, "the copy has no tenant; say --sign KEY");
    return custody_signer(drill->world.custody, tenants[0].name, &signer, err) &&
           signer_sign(signer, SIGNER_ONLINE, body, out, err);
}

static void say(const struct drill *drill)
{
    printf("%zu backups there, %zu chosen (seed %" PRId64 "), %.1f MB opened in %.2f s\n", drill->there,
           drill->chosen, drill->wish.seed, (double)drill->bytes / 1e6, (double)drill->took_ms / 1e3);
    printf("verified %" PRId64 ", wrong %" PRId64 ", not opened %" PRId64 ", not chosen %zu\n",
           drill->counts[DRILL_VERIFIED], drill->counts[DRILL_WRONG], drill->counts[DRILL_UNOPENED],
           drill->there - drill->chosen);
    for (size_t i = 0; i < drill->chosen; i++)
        if (drill->rows[i].verdict != DRILL_VERIFIED)
            printf("  backup %" PRId64 " of %s: %s: %s\n", drill->rows[i].backup->id, drill->rows[i].device,
                   verdict_word[drill->rows[i].verdict], drill->rows[i].why);
    if (!drill_is_well(drill))
        puts(drill->chosen ? "not ok" : "nothing was opened, so nothing is said to be ok");
    else if (drill->chosen == drill->there)
        puts("ok: every backup that is there was opened and is whole");
    else
        puts("ok for those chosen; nothing is said about the others");
}

bool drill_report(struct drill *drill, struct err *err)
{
    struct tuf_signature signature = {0};
    struct span body, envelope;

    if (!body_write(drill, &body, err) || !sign(drill, body, &signature, err) ||
        !tuf_envelope_write(drill->arena, body, &signature, 1, &envelope, err))
        return err_within(err, "the report");
    if (drill->wish.report && !file_write_whole(drill->wish.report, envelope, 0644, err))
        return false;
    if (drill->wish.is_json)
        printf("%.*s\n", (int)envelope.size, envelope.at);
    else
        say(drill);
    return true;
}
