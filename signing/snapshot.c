#include "signing/snapshot.h"

#include <stdlib.h>

#include "base/text.h"

const char *const snapshot_class_name[SNAPSHOT_CLASS__MAX] = {
    [SNAPSHOT_CUSTOMER] = "customer", [SNAPSHOT_ADJUSTMENT] = "adjustment"};

/* clang-format off */
const struct snapshot_kind snapshot_kinds[SNAPSHOT_KINDS] = {
    /* name                 class                moves? secrets                           what */
    {"addressbook",         SNAPSHOT_CUSTOMER,   true,  "password pin",                   "people, groups, numbers and mail addresses"},
    {"departments",         SNAPSHOT_CUSTOMER,   true,  "password pin code",              "departments and their codes"},
    {"roles",               SNAPSHOT_CUSTOMER,   true,  "password",                       "what kinds of users may do"},
    {"users",               SNAPSHOT_CUSTOMER,   true,  "password pin card",              "users that the device knows itself"},
    {"quotas",              SNAPSHOT_CUSTOMER,   true,  "password",                       "how many pages whom"},
    {"mailbox-config",      SNAPSHOT_CUSTOMER,   true,  "password pin",                   "mailboxes by name and owner, never what lies in them"},
    {"scan-destinations",   SNAPSHOT_CUSTOMER,   true,  "password key token",             "folders and servers that scans go to"},
    {"templates",           SNAPSHOT_CUSTOMER,   true,  "password pin",                   "stored ways to copy, scan and fax"},
    {"panel-layout",        SNAPSHOT_CUSTOMER,   true,  "password",                       "what the panel shows, and where"},
    {"print-service",       SNAPSHOT_CUSTOMER,   true,  "password community key",         "ports, queues, protocols, print defaults"},
    {"notifications",       SNAPSHOT_CUSTOMER,   true,  "password community",             "who is told what"},
    {"directory",           SNAPSHOT_CUSTOMER,   true,  "password secret key",            "LDAP and other directories"},
    {"fax",                 SNAPSHOT_CUSTOMER,   true,  "password pin",                   "lines, own numbers, receiving rules; never faxes"},
    {"security-policy",     SNAPSHOT_CUSTOMER,   true,  "password passphrase key",        "what is allowed, encrypted, logged"},
    {"network",             SNAPSHOT_CUSTOMER,   true,  "password community passphrase",  "addresses, names, proxy, SNMP"},
    {"wireless",            SNAPSHOT_CUSTOMER,   true,  "password psk passphrase",        "wireless and Bluetooth"},
    {"certificates",        SNAPSHOT_CUSTOMER,   false, "key password passphrase",        "which certificates there are; keys stay in the device"},
    {"service-adjustments", SNAPSHOT_ADJUSTMENT, false, "password",                       "values set for this engine by an engineer"},
};

/* Asked for often enough to deserve the reason. */
static const char *const document_kinds[] = {
    "box-contents", "mailbox-contents", "boxes", "e-filing", "efiling", "documents", "stored-documents",
    "fax-memory", "fax-images", "received-faxes", "job-names", "jobs", "job-log", "job-list", "print-queue",
    "spool", "scans", "thumbnails", "previews",
};
static const char *const document_fields[] = {
    "job_name", "job_names", "jobs", "document", "document_name", "documents", "content", "contents",
    "page_image", "fax_image", "thumbnail", "preview", "file_content",
};
/* clang-format on */

static bool is_listed(const char *const *list, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(list[i], name))
            return true;
    return false;
}

const struct snapshot_kind *snapshot_kind_find(const char *name)
{
    for (size_t i = 0; i < COUNT(snapshot_kinds); i++)
        if (text_equal(snapshot_kinds[i].name, name))
            return &snapshot_kinds[i];
    return NULL;
}

bool snapshot_kind_need(const char *name, const struct snapshot_kind **out, struct err *err)
{
    const struct snapshot_kind *kind = snapshot_kind_find(name);

    if (is_listed(document_kinds, COUNT(document_kinds), name))
        return FAIL(err, ERR_FORBIDDEN, "\"%s\": no document data; a snapshot holds settings only", name);
    if (!kind)
        return FAIL(err, ERR_INVALID, "\"%.64s\" is no category of settings that this program knows",
                    name ? name : "");
    *out = kind;
    return true;
}

/* ---- fields -------------------------------------------------------------------------------------- */

bool snapshot_field_check(const char *field, struct err *err)
{
    size_t size = field ? strlen(field) : 0;

    if (size < 1 || size > SNAPSHOT_FIELD_MAX ||
        strspn(field, "abcdefghijklmnopqrstuvwxyz0123456789_-") != size)
        return FAIL(err, ERR_INVALID, "a field's name is 1 to %d characters of a-z 0-9 _ -",
                    SNAPSHOT_FIELD_MAX);
    if (is_listed(document_fields, COUNT(document_fields), field))
        return FAIL(err, ERR_FORBIDDEN, "field \"%s\": no document data; a snapshot holds settings only",
                    field);
    return true;
}

static bool is_word(const char *words, struct span part)
{
    struct span rest = span_of(words), word;

    while (text_split(&rest, ' ', &word))
        if (word.size == part.size && memcmp(word.at, part.at, word.size) == 0)
            return true;
    return false;
}

/* Parts are what lies between _ and -, without the number behind: "smb_password2" has "password". */
bool snapshot_field_is_secret(const struct snapshot_kind *kind, const char *field)
{
    while (*field) {
        size_t size = strcspn(field, "_-"), word = size;

        while (word > 0 && field[word - 1] >= '0' && field[word - 1] <= '9')
            word--;
        if (word > 0 && is_word(kind->secrets, span_make(field, word)))
            return true;
        field += size;
        field += *field != '\0';
    }
    return false;
}

const char *snapshot_value(const struct snapshot_item *item, const char *field)
{
    for (size_t i = 0; i < item->field_count; i++)
        if (text_equal(item->fields[i].name, field))
            return item->fields[i].value;
    return NULL;
}

/* ---- finding ------------------------------------------------------------------------------------- */

static bool is_number(const char *text)
{
    return *text && strspn(text, "0123456789") == strlen(text);
}

static int compare_numbers(const char *a, const char *b)
{
    a += strspn(a, "0");
    b += strspn(b, "0");
    size_t one = strlen(a), two = strlen(b);

    return one != two ? (one < two ? -1 : 1) : strcmp(a, b);
}

int snapshot_id_compare(const char *a, const char *b)
{
    bool one = is_number(a), two = is_number(b);
    int order = one && two ? compare_numbers(a, b) : 0;

    if (one != two)
        return one ? -1 : 1;
    return order ? order : strcmp(a, b);
}

const struct snapshot_category *snapshot_category(const struct snapshot *snapshot,
                                                  const struct snapshot_kind *kind)
{
    for (size_t i = 0; i < snapshot->category_count; i++)
        if (snapshot->categories[i].kind == kind)
            return &snapshot->categories[i];
    return NULL;
}

static int by_id(const void *id, const void *item)
{
    return snapshot_id_compare(id, ((const struct snapshot_item *)item)->id);
}

const struct snapshot_item *snapshot_item(const struct snapshot_category *category, const char *id)
{
    if (category->item_count == 0)
        return NULL;
    return bsearch(id, category->items, category->item_count, sizeof(*category->items), by_id);
}
