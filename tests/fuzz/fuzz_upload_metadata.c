/* Any bytes as Upload-Metadata, of an upload and of a backup: refused with a reason, or within the bounds
 * that the rows and whoever reads them count on. */
#include "domain/backup_parts.h"
#include "domain/upload.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/text.h"

#define TEXT_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_refusal(const struct err *err)
{
    must(err->code != ERR_NONE && !text_blank(err->text));
}

static void check_plain(const char *text, size_t max)
{
    must(strlen(text) <= max && text_is_utf8(span_of(text)));
    for (; *text; text++)
        must((uint8_t)*text >= 0x20 && *text != 0x7F);
}

static void check_object(struct arena *arena, const char *text, size_t count_max)
{
    const struct json *object;
    struct err err;

    must(json_parse(arena, span_of(text), &object, &err) && json_count(object) <= count_max);
}

static void check_kinds(const struct backup_said *said)
{
    must(said->kind_count > 0 && said->kind_count <= SNAPSHOT_KINDS);
    for (size_t i = 0; i < said->kind_count; i++) {
        must(said->items[i] >= 0 && said->items[i] <= SNAPSHOT_ITEMS_MAX);
        for (size_t k = 0; k < i; k++)
            must(said->kinds[k] != said->kinds[i]);
    }
}

static void check_recipients(struct arena *arena, const struct recipients *recipients)
{
    struct recipients again;
    struct err err;

    must(recipients->count <= RECIPIENTS_MOST);
    must(recipients_parse(arena, recipients_text(arena, recipients), &again, &err));
    must(recipients_agree(recipients, &again));
}

static void check_said(struct arena *arena, const struct backup_said *said)
{
    must(said->trigger < BACKUP_TRIGGER__MAX);
    must(said->action_id >= 0 && said->restore_id >= 0 && !text_blank(said->model));
    check_plain(said->model, TEXT_MAX);
    check_plain(said->serial, TEXT_MAX);
    check_object(arena, said->firmware, SNAPSHOT_COMPONENTS_MAX);
    check_object(arena, said->categories, SNAPSHOT_KINDS);
    check_kinds(said);
    check_recipients(arena, &said->recipients);
}

/* Nothing rides along that nobody reads: a value is all that its base64 says. */
static void check_values(struct arena *arena, const char *text)
{
    static const char *const names[] = {"trigger",    "taken",      "model",  "serial", "firmware",
                                        "categories", "recipients", "action", "restore"};
    struct span rest = span_of(text), pair, name, bytes;
    struct err err;

    while (text_split(&rest, ',', &pair)) {
        bool is_known = false;

        pair = text_trim(pair);
        must(text_split(&pair, ' ', &name));
        for (size_t i = 0; i < COUNT(names); i++)
            is_known = is_known || text_equal(arena_text(arena, name), names[i]);
        must(is_known);
        if (pair.at && pair.size)
            must(text_unbase64(arena, pair, &bytes, &err) && !memchr(bytes.at, '\0', bytes.size));
    }
}

static void check_upload(struct arena *arena, const char *text)
{
    struct err err;

    if (upload_metadata_check(arena, text, &err))
        must(text_blank(text) || strlen(text) <= UPLOAD_METADATA_MAX);
    else
        check_refusal(&err);
    (void)upload_metadata_value(arena, text, "filename");
}

static void check_checksum(struct arena *arena, const char *text)
{
    struct upload_checksum checksum;
    struct err err;

    if (upload_checksum_parse(arena, text, &checksum, &err))
        must(checksum.is_wanted && strlen(checksum.hex) == 2 * hash_size(checksum.kind));
    else
        check_refusal(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    const char *text = arena_text(arena, span_make(data, size));
    struct backup_said said;
    struct err err;

    check_upload(arena, text);
    check_checksum(arena, text);
    if (backup_said_read(arena, text, &said, &err)) {
        check_said(arena, &said);
        check_values(arena, text);
    } else {
        check_refusal(&err);
    }
    return 0;
}
