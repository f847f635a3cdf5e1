#include "support/mfp_parts.h"

#include <stdlib.h>

#include "base/text.h"

static const char *const digests[MFP_PARTS] = {
    "1111111111111111111111111111111111111111111111111111111111111111",
    "2222222222222222222222222222222222222222222222222222222222222222"};

#define BASE "https://service/T/controller/v1/mfp-1"

static const char *poll_answer(struct mfp *mfp)
{
    struct buf out = {.arena = mfp->arena};

    mfp->polls++;
    buf_text(&out,
             "{\"config\":{\"polling\":{\"sleep\":\"00:05:00\"}},\"_links\":{\"x\":{\"href\":\"" BASE "\"}");
    if (mfp->wants_attributes)
        buf_text(&out, ",\"configData\":{\"href\":\"" BASE "/configData\"}");
    if (mfp->wanted)
        buf_text(&out, ",\"backups\":{\"href\":\"" BASE "/backups\"}");
    if (mfp->offer == MFP_DEPLOYMENT || mfp->offer == MFP_RESTORE)
        buf_printf(&out, ",\"deploymentBase\":{\"href\":\"" BASE "/deploymentBase/%s?c=1\"}", mfp->id);
    if (mfp->offer == MFP_CANCEL)
        buf_printf(&out, ",\"cancelAction\":{\"href\":\"" BASE "/cancelAction/%s\"}", mfp->id);
    buf_text(&out, "}}");
    return buf_cstr(&out);
}

static void write_chunk(struct buf *out, const struct mfp *mfp, size_t i)
{
    buf_printf(out,
               "%s{\"part\":\"%s\",\"name\":\"n\",\"version\":\"2.0\",\"metadata\":["
               "{\"key\":\"tuf.target\",\"value\":\"F/%s/"
               "%s.bin\"},{\"key\":\"nightshift.minutes\",\"value\":\"%s\"}",
               i ? "," : "", mfp->has_double_part ? "system" : mfp_components[i], mfp->release,
               mfp_components[i], mfp->minutes);
    if (mfp->notice && i == 0)
        buf_printf(out,
                   ",{\"key\":\"nightshift.notice\",\"value\":\"%s\"},"
                   "{\"key\":\"nightshift.notice_now\",\"value\":\"now, %s minutes\"}",
                   mfp->notice, mfp->minutes);
    if (mfp->not_after)
        buf_printf(out, ",{\"key\":\"nightshift.not_after\",\"value\":\"%s\"}", mfp->not_after);
    buf_printf(out,
               "],\"artifacts\":[{\"filename\":\"%s.bin\",\"size\":%d,\"hashes\":{\"sha256\":\"%s\"},"
               "\"_links\":{\"download-http\":{\"href\":\"" BASE "/x/%s.bin\"}}}]}",
               mfp_components[i], FILE_SIZE, digests[i], mfp_components[i]);
}

static const char *deployment_answer(struct mfp *mfp)
{
    struct buf out = {.arena = mfp->arena};

    buf_printf(&out, "{\"id\":\"%s\",\"deployment\":{\"download\":\"%s\",\"update\":\"%s\",", mfp->id,
               mfp->download, mfp->update);
    if (mfp->window)
        buf_printf(&out, "\"maintenanceWindow\":\"%s\",", mfp->window);
    buf_text(&out, "\"chunks\":[");
    for (size_t i = 0; i < MFP_PARTS && mfp->offer != MFP_RESTORE; i++)
        write_chunk(&out, mfp, i);
    if (mfp->offer == MFP_RESTORE)
        mfp_write_settings(&out, mfp);
    buf_text(&out, "]}}");
    return buf_cstr(&out);
}

static bool has(const char *text, const char *words)
{
    return strstr(text, words) != NULL;
}

static void note_feedback(struct mfp *mfp, const char *where, const char *body)
{
    bool is_over = has(body, "\"closed\"") || (has(body, "\"downloaded\"") && has(body, "\"success\""));

    if (has(where, "/cancelAction/")) {
        mfp->offer = has(body, "\"rejected\"") ? MFP_DEPLOYMENT : MFP_NOTHING;
        return;
    }
    if (!is_over || mfp->loses_closed || !has(where, arena_printf(mfp->arena, "/%s/feedback", mfp->id)))
        return;
    mfp->successes += has(body, "\"success\"");
    mfp->failures += has(body, "\"failure\"");
    mfp->offer = MFP_NOTHING;
    mfp->wants_attributes = true;
}

bool mfp_metadata(const struct mfp *mfp, const char *where, struct answer *out)
{
    const char *image = strstr(where, "/tuf/image/metadata/");
    const char *directed = strstr(where, "/tuf/director/mfp-1/metadata/");
    struct repo *repo = image ? mfp->repo : directed ? mfp->director : NULL;
    struct repo_file *file;

    if (!repo && !directed)
        return false;
    file = repo ? repo_find(repo->remote, repo->remote_count, strrchr(where, '/') + 1) : NULL;
    *out = (struct answer){.status = file ? 200 : 404, .body = file ? file->bytes : span_of("")};
    return true;
}

struct tuf_target mfp_target(struct mfp *mfp, size_t part, const char *custom)
{
    return (struct tuf_target){
        .path = arena_printf(mfp->arena, "F/%s/%s.bin", mfp->release, mfp_components[part]),
        .length = FILE_SIZE,
        .sha256 = digests[part],
        .custom = span_of(custom)};
}

/* Judged as the service does. */
static void note_report(struct mfp *mfp, const char *body)
{
    struct sequel_facts facts = {.last = mfp->report.counter, .oldest = 1, .digest = ""};
    struct device_report report;
    enum sequel sequel;
    char digest[65];
    struct err err;

    if (!device_report_read(mfp->arena, span_of(arena_dup(mfp->arena, body)), &report, digest, &err) ||
        report.counter >= MFP_REPORTS_MAX)
        abort();
    if (mfp->report_digests[report.counter])
        facts.digest = mfp->report_digests[report.counter];
    sequel = sequel_of(&facts, report.counter, digest);
    mfp->sequels[sequel]++;
    if (sequel != SEQUEL_NEXT)
        return;
    mfp->report = report;
    mfp->report_digests[report.counter] = arena_dup(mfp->arena, digest);
}

struct span mfp_answer(struct mfp *mfp, const char *method, const char *where, const char *body)
{
    if (has(where, "/enrol"))
        return span_of("{\"controllerId\":\"mfp-1\",\"tenant\":\"T\",\"token\":\"abc\",\"root\":{\"r\":1},"
                       "\"state\":\"active\"}");
    if (has(where, "/feedback"))
        note_feedback(mfp, where, body);
    else if (has(where, "/report"))
        note_report(mfp, body);
    else if (has(where, "/usage"))
        mfp->usages++;
    else if (has(where, "/configData"))
        mfp->wants_attributes = false;
    else if (has(where, "/deploymentBase/"))
        return span_of(deployment_answer(mfp));
    else if (has(where, "/cancelAction/"))
        return span_of(arena_printf(mfp->arena, "{\"id\":\"%s\",\"cancelAction\":{\"stopId\":\"%s\"}}",
                                    mfp->id, mfp->id));
    else if (text_equal(method, "GET"))
        return span_of(poll_answer(mfp));
    return span_of("");
}
