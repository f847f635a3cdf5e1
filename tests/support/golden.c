#include "support/golden.h"

#include "base/file.h"

void golden_check(struct unit *unit, const char *name, struct span bytes)
{
    const char *source = getenv("SOURCE_DIR");
    const char *path = arena_printf(unit->arena, "%s/tests/golden/%s.exp", source ? source : ".", name);
    struct span wanted;

    if (getenv("GOLDEN_WRITE"))
        MUST(file_write_whole(path, bytes, 0644, &unit->err));
    MUST(file_read(unit->arena, path, 1 << 24, &wanted, &unit->err));
    if (wanted.size != bytes.size || memcmp(wanted.at, bytes.at, bytes.size) != 0)
        fail_msg("%s differs; now it is:\n%.*s", path, (int)bytes.size, bytes.at);
}
