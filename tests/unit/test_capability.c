#include "signing/capability.h"

#include <stdio.h>

#include "base/embedded.h"
#include "base/file.h"
#include "base/text.h"
#include "support/unit.h"

#define FRAME(categories)                                                                                    \
    "{\"format\":\"nightshift-model-1\",\"model\":\"M-1\",\"family\":\"m\",\"categories\":{" categories "}}"
#define FIELD(field) FRAME("\"network\":{\"max\":9,\"fields\":{\"mode\":{},\"psk\":{}," field "}}")
#define GOOD                                                                                                 \
    FRAME("\"addressbook\":{\"max\":10,\"unique\":\"name\",\"fields\":{\"name\":{\"max\":20,\"cut\":true,"   \
          "\"required\":true},\"mail_address\":{\"as\":\"mail\"},\"kind\":{\"default\":\"one\",\"values\":{" \
          "\"one\":\"entry\"}},\"members\":{\"refers\":\"addressbook\"},\"pin\":{\"person\":true}}}")

static bool reads(struct unit *unit, const char *text, struct capability *out)
{
    return capability_read(unit->arena, span_of(text), out, &unit->err);
}

UNIT(a_descriptor_is_read_as_it_stands)
{
    struct capability model;

    MUST(reads(unit, GOOD, &model));
    const struct capability_category *book = capability_category(&model, snapshot_kind_find("addressbook"));
    const struct capability_field *name = capability_field(book, "name");
    const struct capability_field *mail = capability_common(book, "mail");
    const struct capability_field *kind = capability_field(book, "kind");

    assert_string_equal("M-1", model.model);
    assert_string_equal("m", model.family);
    assert_int_equal(10, book->max);
    assert_string_equal("name", book->unique);
    assert_int_equal(20, name->max);
    assert_true(name->may_cut && name->is_required && !name->is_from_person);
    assert_string_equal("mail_address", mail->name);
    assert_int_equal(0, mail->max);
    assert_string_equal("entry", capability_value_common(kind, "one"));
    assert_null(capability_value_common(kind, "two"));
    assert_string_equal("one", capability_value_own(kind, "entry"));
    assert_null(capability_value_own(kind, "group"));
    assert_string_equal("anything", capability_value_own(mail, "anything"));
    assert_ptr_equal(book->kind, capability_field(book, "members")->refers);
    assert_true(capability_field(book, "pin")->is_from_person);
    assert_null(capability_category(&model, snapshot_kind_find("fax")));
    assert_null(capability_field(book, "fax"));
}

UNIT(the_digest_knows_the_content_and_not_the_layout)
{
    struct capability one, two, three;

    MUST(reads(unit, FIELD("\"a\":{\"max\":5,\"cut\":true}"), &one));
    MUST(reads(unit, FIELD("\n \"a\" : {\"cut\":true, \"max\": 5}"), &two));
    MUST(reads(unit, FIELD("\"a\":{\"max\":6,\"cut\":true}"), &three));
    assert_string_equal(one.digest, two.digest);
    assert_string_not_equal(one.digest, three.digest);
}

/* clang-format off */
static const struct {
    const char *text, *says;
} bad[] = {
    {"",                                                                "descriptor"},
    {"[]",                                                              "object"},
    {"{\"format\":\"nightshift-model-2\",\"model\":\"M\",\"family\":\"m\",\"categories\":{}}", "\"format\" must be"},
    {"{\"format\":\"nightshift-model-1\",\"model\":\"M\\n\",\"family\":\"m\",\"categories\":{}}", "control characters"},
    {"{\"format\":\"nightshift-model-1\",\"model\":\"M\",\"family\":\"/\",\"categories\":{}}", "\"family\""},
    {"{\"format\":\"nightshift-model-1\",\"family\":\"m\",\"categories\":{}}",             "\"model\""},
    {FRAME("},\"more\":{"),                                             "\"more\""},
    {FRAME("\"faxes\":{\"max\":1,\"fields\":{}}"),                      "\"faxes\" is no category"},
    {FRAME("\"job-log\":{\"max\":1,\"fields\":{}}"),                    "no document data"},
    {FRAME("\"fax\":{\"fields\":{}}"),                                  "\"max\""},
    {FRAME("\"fax\":{\"max\":1}"),                                      "\"fields\""},
    {FRAME("\"fax\":{\"max\":-1,\"fields\":{}}"),                       "\"max\""},
    {FRAME("\"fax\":{\"max\":20001,\"fields\":{}}"),                    "\"max\""},
    {FRAME("\"fax\":{\"max\":1,\"fields\":{},\"least\":1}"),            "\"least\""},
    {FRAME("\"fax\":{\"max\":1,\"unique\":\"a\",\"fields\":{}}"),       "\"unique\" names no field"},
    {FRAME("\"fax\":{\"max\":1,\"unique\":\"pin\",\"fields\":{\"pin\":{}}}"), "\"unique\" names a secret"},
    {FIELD("\"A\":{}"),                                                 "a-z 0-9"},
    {FIELD("\"job_name\":{}"),                                          "no document data"},
    {FIELD("\"a\":5"),                                                  "field \"a\""},
    {FIELD("\"a\":{\"max\":0}"),                                        "\"max\""},
    {FIELD("\"a\":{\"max\":65537}"),                                    "\"max\""},
    {FIELD("\"a\":{\"cut\":1}"),                                        "\"cut\""},
    {FIELD("\"a\":{\"min\":1}"),                                        "\"min\""},
    {FIELD("\"a\":{\"as\":\"mode\"}"),                                  "it and \"mode\" are both \"mode\""},
    {FIELD("\"a\":{\"as\":\"B\"}"),                                     "a-z 0-9"},
    {FIELD("\"a\":{\"as\":\"password\"}"),                              "no secret under the other"},
    {FIELD("\"password\":{\"as\":\"a\"}"),                              "no secret under the other"},
    {FIELD("\"a\":{\"refers\":\"address\"}"),                           "\"refers\""},
    {FIELD("\"a\":{\"refers\":\"fax\"}"),                               "which the model does not have"},
    {FIELD("\"a\":{\"refers\":\"network\",\"cut\":true}"),              "points at others"},
    {FIELD("\"a\":{\"values\":{\"x\":1}}"),                             "common name"},
    {FIELD("\"a\":{\"values\":{\"x\":\"\"}}"),                          "common name"},
    {FIELD("\"a\":{\"values\":{\"x\":\"z\",\"y\":\"z\"}}"),             "\"x\" and \"y\" are both \"z\""},
    {FIELD("\"a\":{\"default\":\"y\",\"values\":{\"x\":\"z\"}}"),       "\"default\" is none"},
    {FIELD("\"password\":{\"cut\":true}"),                              "a secret has"},
    {FIELD("\"password\":{\"default\":\"1234\"}"),                      "a secret has"},
    {FIELD("\"mode\":{}"),                                              "mode"},
};
/* clang-format on */

UNIT(each_bad_descriptor_is_refused_with_its_reason)
{
    struct capability model;

    for (size_t i = 0; i < COUNT(bad); i++) {
        if (reads(unit, bad[i].text, &model))
            fail_msg("accepted: %s", bad[i].text);
        if (!strstr(unit->err.text, bad[i].says))
            fail_msg("\"%s\" does not say \"%s\"", unit->err.text, bad[i].says);
    }
}

UNIT(a_descriptor_over_its_size_is_refused_before_it_is_parsed)
{
    struct capability model;
    char *text = arena_take(unit->arena, CAPABILITY_BYTES_MAX + 2);

    memset(text, ' ', CAPABILITY_BYTES_MAX + 1);
    REFUSES(ERR_TOO_LARGE, reads(unit, text, &model));
}

UNIT(every_model_that_is_built_in_reads_and_is_found_by_its_name)
{
    size_t count = 0;

    for (const struct embedded *file = embedded_models; file->name; file++, count++) {
        struct capability model, again;

        MUST(capability_read(unit->arena, span_make(file->at, file->size), &model, &unit->err));
        MUST(capability_built_in(unit->arena, model.model, &again, &unit->err));
        assert_string_equal(model.digest, again.digest);
        assert_true(model.category_count >= 15);
    }
    assert_int_equal(7, count);
}

UNIT(the_families_differ_where_a_restore_has_to_think)
{
    struct capability big, small;
    const struct snapshot_kind *book = snapshot_kind_find("addressbook");

    MUST(capability_built_in(unit->arena, "MFP-3145", &big, &unit->err));
    MUST(capability_built_in(unit->arena, "MFP-5230", &small, &unit->err));
    assert_int_equal(SNAPSHOT_KINDS, big.category_count);
    assert_true(capability_category(&small, book)->max < capability_category(&big, book)->max);
    assert_string_equal("mail_address", capability_common(capability_category(&small, book), "mail")->name);
    assert_string_equal("mail", capability_common(capability_category(&big, book), "mail")->name);
}

UNIT(a_model_nobody_described_is_not_found_and_the_known_ones_are_named)
{
    struct capability model;

    REFUSES(ERR_NOT_FOUND, capability_find(unit->arena, NULL, "MFP-9", &model, &unit->err));
    SAYS("MFP-9");
    SAYS("mfp-3125");
    REFUSES(ERR_INVALID, capability_find(unit->arena, NULL, "../MFP", &model, &unit->err));
}

UNIT(a_folder_comes_before_what_is_built_in)
{
    char dir[] = "/tmp/capability-XXXXXX";
    struct capability model;

    assert_non_null(mkdtemp(dir));
    const char *path = arena_printf(unit->arena, "%s/m-1.json", dir);

    MUST(file_write_whole(path, span_of(GOOD), 0600, &unit->err));
    MUST(capability_find(unit->arena, dir, "M-1", &model, &unit->err));
    assert_string_equal("M-1", model.model);
    REFUSES(ERR_INVALID, capability_find(unit->arena, dir, "m-1", &model, &unit->err));
    SAYS("is about \"M-1\"");
    MUST(capability_find(unit->arena, dir, "demo-200", &model, &unit->err));
    assert_string_equal("demo", model.family);
    remove(path);
    remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_descriptor_is_read_as_it_stands),
        UNIT_TEST(the_digest_knows_the_content_and_not_the_layout),
        UNIT_TEST(each_bad_descriptor_is_refused_with_its_reason),
        UNIT_TEST(a_descriptor_over_its_size_is_refused_before_it_is_parsed),
        UNIT_TEST(every_model_that_is_built_in_reads_and_is_found_by_its_name),
        UNIT_TEST(the_families_differ_where_a_restore_has_to_think),
        UNIT_TEST(a_model_nobody_described_is_not_found_and_the_known_ones_are_named),
        UNIT_TEST(a_folder_comes_before_what_is_built_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
