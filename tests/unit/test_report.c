#include "domain/report.h"

#include "support/unit.h"

/* The law, told once more from the other side: for each event the states in which it may happen, and what
 * follows. */
struct rule {
    enum action_event event;
    const char *in; /* one letter a state, in the order of enum action_state */
};

/* clang-format off */
/* c confirming  o offered  d downloading  D downloaded  b backing-up  i installing  r rebooting  s soaking
 * x canceling   h healthy  f failed       t silent      R recalled    = stays      ~ said twice  . may not
 * g good        < back */
static const struct rule rules[] = {
    /*                        codDbirsxhftR */
    {EVENT_CONFIRMED,        "o............"},
    {EVENT_DENIED,           "=ccc........."},
    {EVENT_HEARD,            ".d=======..d."},
    {EVENT_DOWNLOADING,      ".d=d=====..d."},
    {EVENT_DOWNLOADED,       ".DD======..D."},
    {EVENT_WAITING,          ".DD=D====..D."},
    {EVENT_BACKING_UP,       ".bbb=====..b."},
    {EVENT_INSTALLING,       ".iiii=i==..i."},
    {EVENT_REBOOTING,        ".rrrrr===..r."},
    {EVENT_REMARK,           ".========..=."},
    {EVENT_SUCCESS,          ".gggggg~g~.g~"},
    {EVENT_FETCHED,          ".hhhhhh.h~.h~"},
    {EVENT_FAILURE,          ".ffffffff.~f~"},
    {EVENT_SOAKED,           ".......h....."},
    {EVENT_RELAPSED,         ".......f.f..."},
    {EVENT_CANCEL,           "Rxxxxxx.=...."},
    {EVENT_CANCEL_TAKEN,     "........R...~"},
    {EVENT_CANCEL_REFUSED,   "........<...."},
    {EVENT_FORCED_END,       "RRRRRRR.R...~"},
    {EVENT_SILENCE,          ".tttttt.R...."},
    {EVENT_OFFER_AGAIN,      "...........o."},
};
/* clang-format on */
static const char letters[] = "codDbirsxhftR";

static void holds(const struct rule *rule, enum action_state state, bool soaks)
{
    const struct action action = {.state = state, .cancel_from = ACTION_INSTALLING};
    enum action_state to = ACTION_STATE__MAX;
    enum move_kind kind = report_law(&action, rule->event, soaks, &to);
    char c = rule->in[state];

    if (c == '.')
        assert_int_equal(kind, MOVE_NO);
    else if (c == '=')
        assert_int_equal(kind, MOVE_STAY);
    else if (c == '~')
        assert_int_equal(kind, MOVE_SAME);
    else
        assert_int_equal(kind, MOVE_TO);
    if (kind != MOVE_TO)
        return;
    if (c == 'g')
        assert_int_equal(to, soaks ? ACTION_SOAKING : ACTION_HEALTHY);
    else if (c == '<')
        assert_int_equal(to, action.cancel_from);
    else
        assert_int_equal(letters[to], c);
}

UNIT(every_event_in_every_state_does_what_the_law_says)
{
    assert_int_equal(COUNT(rules), ACTION_EVENT__MAX);
    for (size_t i = 0; i < COUNT(rules); i++) {
        assert_int_equal(rules[i].event, i);
        assert_int_equal(strlen(rules[i].in), ACTION_STATE__MAX);
        for (int state = 0; state < ACTION_STATE__MAX; state++) {
            holds(&rules[i], (enum action_state)state, false);
            holds(&rules[i], (enum action_state)state, true);
        }
    }
}

UNIT(nothing_leads_out_of_an_end_but_a_late_word_of_a_silent_device_and_a_fall_back)
{
    for (int event = 0; event < ACTION_EVENT__MAX; event++)
        for (int state = 0; state < ACTION_STATE__MAX; state++) {
            const struct action action = {.state = (enum action_state)state};
            enum action_state to;

            if (!action_is_closed(action.state) || action.state == ACTION_SILENT ||
                (event == EVENT_RELAPSED && state == ACTION_HEALTHY))
                continue;
            assert_int_not_equal(report_law(&action, (enum action_event)event, true, &to), MOVE_TO);
        }
}

UNIT(every_open_state_has_a_way_to_each_end)
{
    static const enum action_event ends[] = {EVENT_SUCCESS, EVENT_FAILURE, EVENT_SILENCE, EVENT_FORCED_END};

    for (int state = ACTION_OFFERED; state < ACTION_SOAKING; state++)
        for (size_t i = 0; i < COUNT(ends); i++) {
            const struct action action = {.state = (enum action_state)state};
            enum action_state to;

            assert_int_equal(report_law(&action, ends[i], false, &to), MOVE_TO);
            assert_true(action_is_closed(to));
        }
}

UNIT(every_word_has_a_name)
{
    for (int i = 0; i < ACTION_EVENT__MAX; i++)
        assert_true(action_event_name[i] && *action_event_name[i]);
    for (int i = 0; i < EXECUTION__MAX; i++)
        assert_true(execution_name[i] && *execution_name[i]);
    for (int i = 0; i < FINISHED__MAX; i++)
        assert_true(finished_name[i] && *finished_name[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(every_event_in_every_state_does_what_the_law_says),
        UNIT_TEST(nothing_leads_out_of_an_end_but_a_late_word_of_a_silent_device_and_a_fall_back),
        UNIT_TEST(every_open_state_has_a_way_to_each_end),
        UNIT_TEST(every_word_has_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
