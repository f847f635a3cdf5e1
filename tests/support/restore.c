#include "support/restore.h"

#include "base/text.h"

/* A big machine's settings: what moves to a small one, and what does not. */
/* clang-format off */
const struct setting_row restore_rows[RESTORE_ROWS] = {
    {"addressbook",         "1",     "name",         "Ann Archer"},
    {"addressbook",         "1",     "mail",         "ann@example.com"},
    {"addressbook",         "2",     "name",         "The name of a person that is long enough"},
    {"addressbook",         "2",     "kind",         "entry"},
    {"addressbook",         "3",     "name",         "Sales"},
    {"addressbook",         "3",     "kind",         "group"},
    {"addressbook",         "3",     "members",      "1,2"},
    {"addressbook",         "4",     "name",         "Mail"},
    {"addressbook",         "4",     "mail",         "a-very-long-address-that-goes-on-for-more-than-sixty-four-characters@example.com"},
    {"departments",         "10",    "name",         "Accounting of the northern offices, east"},
    {"departments",         "10",    "code",         "1234"},
    {"departments",         "11",    "name",         "Accounting of the northern offices, west"},
    {"departments",         "11",    "code",         "123456789"},
    {"users",               "ann",   "name",         "ann"},
    {"users",               "ann",   "password",     "canary-user-password"},
    {"users",               "ann",   "department",   "11"},
    {"scan-destinations",   "s1",    "name",         "Share"},
    {"scan-destinations",   "s1",    "protocol",     "smb"},
    {"scan-destinations",   "s1",    "password",     ""},
    {"scan-destinations",   "s2",    "name",         "Old"},
    {"scan-destinations",   "s2",    "protocol",     "ftp"},
    {"templates",           "t1",    "name",         "Scan to share"},
    {"templates",           "t1",    "job",          "scan"},
    {"templates",           "t1",    "colour",       "black"},
    {"templates",           "t1",    "destination",  "s1"},
    {"templates",           "t1",    "paper",        "A3"},
    {"templates",           "t2",    "name",         "Scan to old"},
    {"templates",           "t2",    "job",          "scan"},
    {"templates",           "t2",    "destination",  "s2"},
    {"templates",           "t3",    "name",         "Mail to sales and Ann"},
    {"templates",           "t3",    "job",          "scan"},
    {"templates",           "t3",    "recipients",   "1, 3"},
    {"templates",           "t3",    "staple",       "top-left"},
    {"panel-layout",        "p1",    "title",        "Scan"},
    {"panel-layout",        "p1",    "template",     "t2"},
    {"network",             "lan",   "hostname",     "print-7"},
    {"network",             "lan",   "community",    "canary-community"},
    {"wireless",            "wlan",  "ssid",         "office"},
    {"wireless",            "wlan",  "security",     "wpa2"},
    {"certificates",        "c1",    "subject",      "CN=mfp-1"},
    {"certificates",        "c1",    "private_key",  ""},
    {"service-adjustments", "08-401", "value",       "117"},
};
/* clang-format on */

static void pair_for(struct unit *unit, const char *from, const char *to, const struct setting_row *rows,
                     size_t count, const char *categories, struct pair *out)
{
    struct snapshot made = settings_snapshot(unit->arena, from, rows, count);

    out->snapshot = settings_round(unit, &made);
    MUST(capability_built_in(unit->arena, from, &out->source, &unit->err));
    MUST(capability_built_in(unit->arena, to, &out->target, &unit->err));
    out->request = (struct restore_request){.snapshot = &out->snapshot,
                                            .source = &out->source,
                                            .target = &out->target,
                                            .target_id = "mfp-2",
                                            .target_serial = "SN-2"};
    MUST(restore_choose(&out->snapshot, categories, &out->request, &unit->err));
}

void pair_of(struct unit *unit, const char *from, const char *to, const char *categories, struct pair *out)
{
    pair_for(unit, from, to, restore_rows, RESTORE_ROWS, categories, out);
}

void pair_with(struct unit *unit, const char *from, const char *to, const struct setting_row *rows,
               size_t count, struct pair *out)
{
    pair_for(unit, from, to, rows, count, NULL, out);
}

struct restore_plan plan_of(struct unit *unit, const struct pair *pair)
{
    struct restore_plan plan = {0};

    MUST(restore_plan(unit->arena, &pair->request, &plan, &unit->err));
    return plan;
}

const struct restore_item *item_of(const struct restore_plan *plan, const char *category, const char *id)
{
    for (size_t i = 0; i < plan->category_count; i++)
        for (size_t k = 0; k < plan->categories[i].item_count; k++)
            if (text_equal(plan->categories[i].kind->name, category) &&
                text_equal(plan->categories[i].items[k].from->id, id))
                return &plan->categories[i].items[k];
    fail_msg("no item %s %s", category, id);
    return NULL;
}

void is_so(const struct restore_plan *plan, const char *category, const char *id,
           enum restore_outcome outcome, const char *says)
{
    const struct restore_item *item = item_of(plan, category, id);

    assert_string_equal(restore_outcome_word[outcome], restore_outcome_word[item->outcome]);
    if (!says)
        return;
    for (size_t i = 0; i < item->reason_count; i++)
        if (strstr(item->reasons[i], says))
            return;
    fail_msg("%s %s: \"%s\" is not said, but \"%s\"", category, id, says,
             item->reason_count ? item->reasons[0] : "");
}
