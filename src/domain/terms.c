#include "domain/terms.h"

#include "base/text.h"
#include "domain/window.h"
#include "domain/window_json.h"

struct rollout_terms terms_none(void)
{
    return (struct rollout_terms){
        .download = {.start_min = -1, .end_min = -1, .days = 127, .zone = "", .rule = "", .exdates = ""},
        .quiet_from_min = -1,
        .quiet_to_min = -1,
        .urgent_reason = "",
    };
}

static bool read_time(const char *text, const char *what, int64_t *out, struct err *err)
{
    return !text || text_time_parse(text, out) ||
           FAIL(err, ERR_INVALID, "%s is not a time: write it as 2026-11-26T22:00:00Z", what);
}

static bool read_names(const struct json *list, const char *what, struct terms_names *out, struct err *err)
{
    for (size_t i = 0; list && i < json_count(list); i++) {
        const char *name = json_string(json_item(list, i));

        if (text_blank(name) || strlen(name) > 64)
            return FAIL(err, ERR_INVALID, "%s: each is a name of at most 64 characters", what);
        out->at[out->count++] = name;
    }
    return true;
}

/* {"minutes":120,"from":"18:00","to":"07:00"} */
static bool read_quiet(const struct json *object, struct rollout_terms *t, struct err *err)
{
    const char *from, *to;
    const struct json_field fields[] = {JSON_INT("minutes", t->quiet_min, 15, 720),
                                        JSON_TEXT("from", from, 5, 5), JSON_TEXT("to", to, 5, 5)};

    if (!object)
        return true;
    return (json_read(object, fields, COUNT(fields), err) &&
            window_clock_parse(from, &t->quiet_from_min, err) &&
            window_clock_parse(to, &t->quiet_to_min, err)) ||
           err_within(err, "quiet");
}

/* What a row of numbers alone does not say. */
static bool check(const struct rollout_terms *t, struct err *err)
{
    if (t->earliest_ms && t->latest_ms && t->latest_ms <= t->earliest_ms)
        return FAIL(err, ERR_INVALID, "latest is not after earliest");
    if (t->reapply.count && !t->compares)
        return FAIL(err, ERR_INVALID, "reapply needs compare: what is not compared shows no drift");
    if (t->compares && !t->fresh_backup_h)
        return FAIL(err, ERR_INVALID,
                    "compare needs fresh_backup_h: there must be something to compare with");
    return true;
}

bool terms_read(struct arena *arena, const struct json *object, struct rollout_terms *out, struct err *err)
{
    struct rollout_terms t = terms_none();
    const struct json *download = NULL, *quiet = NULL, *order = NULL, *reapply = NULL;
    const char *starts = NULL, *earliest = NULL, *latest = NULL;
    const struct json_field fields[] = {
        JSON_OPT_TEXT("starts", starts, 20, 40),
        JSON_OPT_TEXT("earliest", earliest, 20, 40),
        JSON_OPT_TEXT("latest", latest, 20, 40),
        JSON_OPT_ANY("download_window", download),
        JSON_OPT_OBJECT_OF("quiet", quiet),
        JSON_OPT_TEXT("urgent_reason", t.urgent_reason, 1, 400),
        JSON_OPT_BOOL("approved", t.is_approved),
        JSON_OPT_BOOL("soak_workday", t.soaks_workday),
        JSON_OPT_INT("site_most", t.site_most, 1, 1000000),
        JSON_OPT_INT("site_percent", t.site_percent, 1, 100),
        JSON_OPT_BOOL("keep_one", t.keeps_one),
        JSON_OPT_INT("at_once", t.at_once, 1, 10000000),
        JSON_OPT_INT("at_once_site", t.at_once_site, 1, 1000000),
        JSON_OPT_INT("bytes_hour", t.bytes_hour, 1, INT64_MAX),
        JSON_OPT_INT("bytes_hour_site", t.bytes_hour_site, 1, INT64_MAX),
        JSON_OPT_BOOL("supersede", t.supersedes),
        JSON_OPT_LIST_OF("order", order, TERMS_LIST_MAX),
        JSON_OPT_INT("fault_rise_percent", t.fault_rise_percent, 1, 10000),
        JSON_OPT_INT("print_drop_percent", t.print_drop_percent, 1, 100),
        JSON_OPT_INT("fresh_backup_h", t.fresh_backup_h, 1, 8760),
        JSON_OPT_BOOL("compare", t.compares),
        JSON_OPT_LIST_OF("reapply", reapply, TERMS_LIST_MAX),
        JSON_OPT_INT("rolls_back", t.rolls_back, 1, INT64_MAX),
    };

    if (!json_read(object, fields, COUNT(fields), err) || !read_time(starts, "starts", &t.starts_ms, err) ||
        !read_time(earliest, "earliest", &t.earliest_ms, err) ||
        !read_time(latest, "latest", &t.latest_ms, err) || !window_read(arena, download, &t.download, err) ||
        !read_quiet(quiet, &t, err) || !read_names(order, "order", &t.order, err) ||
        !read_names(reapply, "reapply", &t.reapply, err) || !check(&t, err))
        return err_within(err, "terms");
    *out = t;
    return true;
}

bool terms_text(struct arena *arena, const char *json, struct rollout_terms *out, struct err *err)
{
    const struct json *object;

    if (text_blank(json) || text_equal(json, "{}")) {
        *out = terms_none();
        return true;
    }
    return json_parse(arena, span_of(json), &object, err) && terms_read(arena, object, out, err);
}

static bool is_among(const char *const *names, const char *name)
{
    for (; *names; names++)
        if (text_equal(name, *names))
            return true;
    return false;
}

bool terms_rewrite(struct arena *arena, const char *json, const char *const *left_out, struct json_out *j,
                   struct err *err)
{
    const struct json *terms;
    const char *name;

    if (!json_parse(arena, span_of(text_blank(json) ? "{}" : json), &terms, err))
        return false;
    json_open(j, NULL);
    for (size_t i = 0; i < json_count(terms); i++) {
        const struct json *value = json_member_at(terms, i, &name);

        if (!is_among(left_out, name))
            json_copy(j, name, value);
    }
    return true;
}
