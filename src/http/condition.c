#include "http/condition.h"

#include "base/text.h"

/* One entity-tag of a list: [W/]"...". Advances behind it and a following comma; false at the end or at
 * rubbish. */
static bool next_tag(const char **at, bool *is_weak, struct span *tag)
{
    const char *end;

    while (**at == ' ' || **at == '\t' || **at == ',')
        (*at)++;
    *is_weak = (*at)[0] == 'W' && (*at)[1] == '/';
    if (*is_weak)
        *at += 2;
    if (**at != '"')
        return false;
    end = strchr(*at + 1, '"');
    if (!end)
        return false;
    *tag = span_make(*at, (size_t)(end + 1 - *at));
    *at = end + 1;
    return true;
}

/* Is our tag in the list? Strong comparison needs both to be strong. "*" means any. */
static bool list_has(const char *list, const char *etag, bool strongly)
{
    bool ours_weak = etag && text_starts(etag, "W/");
    bool is_weak;
    struct span tag;
    struct span ours = span_of(ours_weak ? etag + 2 : etag);

    list += strspn(list, " \t");
    if (list[0] == '*')
        return true;
    while (etag && next_tag(&list, &is_weak, &tag))
        if (tag.size == ours.size && memcmp(tag.at, ours.at, ours.size) == 0 &&
            !(strongly && (is_weak || ours_weak)))
            return true;
    return false;
}

/* HTTP dates have whole seconds. False when the date cannot be read: such a header is ignored. */
static bool modified_after(const struct condition_facts *facts, const char *date, bool *is_after)
{
    int64_t when;

    if (facts->modified_ms == 0 || !text_http_date_parse(date, &when))
        return false;
    *is_after = facts->modified_ms / 1000 > when / 1000;
    return true;
}

static bool premise_holds(const struct condition_facts *facts)
{
    bool is_after;

    if (facts->if_match)
        return list_has(facts->if_match, facts->etag, true);
    if (facts->if_unmodified_since && modified_after(facts, facts->if_unmodified_since, &is_after))
        return !is_after;
    return true;
}

static bool is_unchanged(const struct condition_facts *facts)
{
    bool is_after;

    if (facts->if_none_match)
        return list_has(facts->if_none_match, facts->etag, false);
    if (facts->if_modified_since && modified_after(facts, facts->if_modified_since, &is_after))
        return !is_after;
    return false;
}

/* If-Range holds a tag (strong only) or the exact date; when it does not hold, Range is ignored. */
static bool range_is_wanted(const struct condition_facts *facts)
{
    const char *premise = facts->if_range;
    int64_t when;

    if (!facts->range || !facts->has_ranges || facts->is_head)
        return false;
    if (!premise)
        return true;
    if (premise[0] == '"' || text_starts(premise, "W/"))
        return list_has(premise, facts->etag, true);
    return facts->modified_ms != 0 && text_http_date_parse(premise, &when) &&
           when / 1000 == facts->modified_ms / 1000;
}

void condition_judge(const struct condition_facts *facts, struct condition *out)
{
    *out = (struct condition){.status = 200};
    if (!premise_holds(facts)) {
        out->status = 412;
        return;
    }
    if (is_unchanged(facts)) {
        out->status = 304;
        return;
    }
    if (!range_is_wanted(facts))
        return;
    switch (range_parse(facts->range, facts->size, out->ranges, &out->count)) {
    case RANGE_NONE:
        break;
    case RANGE_OK:
        out->status = 206;
        break;
    case RANGE_BAD:
        out->status = 416;
        break;
    }
}
