#include "support/settings.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

#define TIME_MS 1788343200000 /* 2026-09-02T10:00:00Z */

static size_t same_category(const struct setting_row *rows, size_t count)
{
    size_t n = 0;

    while (n < count && text_equal(rows[n].category, rows[0].category))
        n++;
    return n;
}

static size_t same_item(const struct setting_row *rows, size_t count)
{
    size_t n = 0;

    while (n < count && text_equal(rows[n].id, rows[0].id))
        n++;
    return n;
}

static struct snapshot_category category_of(struct arena *arena, const struct setting_row *rows, size_t count)
{
    struct snapshot_item *items = ARENA_MANY(arena, struct snapshot_item, count + 1);
    struct snapshot_field *fields = ARENA_MANY(arena, struct snapshot_field, count + 1);
    struct snapshot_category category = {.kind = snapshot_kind_find(rows[0].category), .items = items};

    for (size_t i = 0; i < count;) {
        size_t n = same_item(rows + i, count - i), given = rows[i].field ? n : 0;

        for (size_t k = i; k < i + given; k++)
            fields[k] = (struct snapshot_field){rows[k].field, rows[k].value};
        items[category.item_count++] = (struct snapshot_item){rows[i].id, fields + i, given};
        i += n;
    }
    return category;
}

struct snapshot settings_snapshot(struct arena *arena, const char *model, const struct setting_row *rows,
                                  size_t count)
{
    static const struct snapshot_component firmware[] = {{"system", "4.2.10"}, {"engine", "2.0"}};
    struct snapshot_category *all = ARENA_MANY(arena, struct snapshot_category, SNAPSHOT_KINDS);
    struct snapshot snapshot = {.model = model,
                                .family = "mfp-3100",
                                .serial = "SN-1",
                                .controller_id = "mfp-1",
                                .time_ms = TIME_MS,
                                .components = firmware,
                                .component_count = COUNT(firmware),
                                .categories = all};

    for (size_t i = 0; i < count;) {
        size_t n = same_category(rows + i, count - i);

        all[snapshot.category_count++] = category_of(arena, rows + i, n);
        i += n;
    }
    return snapshot;
}

int settings_fd(struct unit *unit, const struct snapshot *snapshot)
{
    int fd = memfd_create("snapshot", MFD_CLOEXEC);
    struct snapshot written;

    assert_true(fd >= 0);
    MUST(snapshot_write(unit->arena, snapshot, fd, &written, &unit->err));
    return fd;
}

struct snapshot settings_round(struct unit *unit, const struct snapshot *snapshot)
{
    AUTO(fd_closep) int fd = settings_fd(unit, snapshot);
    struct snapshot read = {0};

    MUST(snapshot_read(unit->arena, fd, &read, &unit->err));
    return read;
}

struct span settings_bytes(struct unit *unit, const struct snapshot *snapshot)
{
    AUTO(fd_closep) int fd = settings_fd(unit, snapshot);
    off_t size = lseek(fd, 0, SEEK_END);
    char *bytes = arena_take(unit->arena, (size_t)size + 1);

    assert_int_equal(size, pread(fd, bytes, (size_t)size, 0));
    return span_make(bytes, (size_t)size);
}

/* clang-format off */
const struct setting_row settings_few[SETTINGS_FEW] = {
    {"network",     "lan",  "address",       "192.0.2.7"},
    {"network",     "lan",  "community",     "hidden-word"},
    {"addressbook", "10",   "name",          "Zoë \"Z\"\nSecond line"},
    {"addressbook", "10",   "mail",          "zoe@example.com"},
    {"addressbook", "9",    "name",          "Ann"},
    {"wireless",    "wlan", "psk",           ""},
};
/* clang-format on */

struct snapshot settings_good(struct arena *arena)
{
    return settings_snapshot(arena, "MFP-3145", settings_few, SETTINGS_FEW);
}
