#include "base/file.h"
#include "base/text.h"
#include "tools/common/audit_walk.h"
#include "tools/nightshift/cli.h"
#include "tools/nightshift/table.h"

#define EXPORT_BYTES_MAX ((size_t)4 << 30)
#define ROOT_BYTES_MAX 512000
#define ROOTS_MAX 256

/* clang-format off */
const struct option_row audit_export_options[] = {
    { "out", "FILE", "write it there [stdout]", false, false },
    { NULL, NULL, NULL, false, false },
};
const struct option_row audit_verify_options[] = {
    { "root",   "FILE",          "a trusted N.root.json: its timestamp keys sign checkpoints", false, true },
    { "anchor", "NUMBER:DIGEST", "a record as syslog or an earlier run remembers it", false, true },
    { NULL, NULL, NULL, false, false },
};
static const struct field facts[] = {
    { "tenant", "tenant", FIELD_PLAIN }, { "records", "records", FIELD_PLAIN },
    { "checkpoints", "checkpoints", FIELD_PLAIN }, { "covered up to", "covered", FIELD_PLAIN },
    { "anchor", "anchor", FIELD_PLAIN },
};
/* clang-format on */

/* ---- the export ---------------------------------------------------------------------- */

static void add_lines(struct buf *out, const struct json *list)
{
    struct json_out j = {.buf = out};

    for (size_t i = 0; i < json_count(list); i++) {
        json_copy(&j, NULL, json_item(list, i));
        buf_char(out, '\n');
    }
}

static void add_head(struct buf *out, const struct json *page)
{
    struct json_out j = {.buf = out};
    const char *tenant = json_string(json_member(page, "tenant"));
    int64_t id = 0;

    (void)json_integer(json_member(page, "tenant_id"), &id);
    json_open(&j, NULL);
    json_text(&j, "_type", AUDIT_FORM);
    json_text(&j, "tenant", tenant);
    json_int(&j, "tenant_id", id);
    json_close(&j);
    buf_char(out, '\n');
}

static bool export(struct cli *cli, struct buf *out, struct err *err)
{
    const char *next = "0";

    while (next) {
        const char *path = arena_printf(cli->arena, "/api/v1/audit/chain?limit=500&cursor=%s", next);
        const struct json *page;

        if (!cli_get(cli, path, &page, err))
            return false;
        if (!out->size)
            add_head(out, page);
        add_lines(out, json_member(page, "items"));
        add_lines(out, json_member(page, "checkpoints"));
        next = json_string(json_member(page, "next"));
    }
    return true;
}

bool audit_export_command(struct cli *cli, struct err *err)
{
    struct buf lines = {.arena = cli->arena};
    const char *path = options_text(&cli->options, "out");

    if (!export(cli, &lines, err))
        return false;
    if (!path) {
        fwrite(lines.at, 1, lines.size, stdout);
        return true;
    }
    if (!file_write_whole(path, buf_span(&lines), 0600, err))
        return false;
    cli_next("verify it anywhere: nightshift audit verify %s --root N.root.json", path);
    return true;
}

/* ---- verifying ------------------------------------------------------------------------- */

/* A root is believed because it was given; that it holds together is looked at all the same. */
static bool root_read(struct cli *cli, const char *path, struct tuf_keys *out, struct err *err)
{
    struct tuf_file file;
    struct tuf_root root;
    struct span bytes;

    if (!file_read(cli->arena, path, ROOT_BYTES_MAX, &bytes, err) ||
        !tuf_file_read(cli->arena, bytes, tuf_role_name[TUF_ROOT], &file, err) ||
        !tuf_root_read(cli->arena, &file, &root, err) || !tuf_file_verify(&file, &root.roles[TUF_ROOT], err))
        return err_within(err, "%s", path);
    *out = root.roles[TUF_TIMESTAMP];
    return true;
}

static bool walk_new(struct cli *cli, struct audit_walk **out, struct err *err)
{
    size_t count = options_count(&cli->options, "root");
    struct tuf_keys *roles = ARENA_MANY(cli->arena, struct tuf_keys, count + 1);

    if (count > ROOTS_MAX)
        return MISUSE(cli, err, "at most %d --root", ROOTS_MAX);
    for (size_t i = 0; i < count; i++)
        if (!root_read(cli, options_nth(&cli->options, "root", i), &roles[i], err))
            return false;
    *out = audit_walk_new(cli->arena, roles, count);
    for (size_t i = 0; i < options_count(&cli->options, "anchor"); i++)
        if (!audit_walk_anchor(*out, options_nth(&cli->options, "anchor", i), err))
            return MISUSE(cli, err, "--anchor: NUMBER:DIGEST, as verify and syslog say it");
    return true;
}

static bool walk_through(struct audit_walk *walk, struct span text, struct audit_walk_end *end,
                         struct err *err)
{
    struct span line;

    if (text.size && text.at[text.size - 1] == '\n')
        text.size--;
    while (text.size && text_split(&text, '\n', &line))
        if (!audit_walk_line(walk, line, err))
            return false;
    return audit_walk_end(walk, end, err);
}

static void tell(struct cli *cli, const struct audit_walk_end *end)
{
    struct buf text = {.arena = cli->arena};
    struct json_out j = {.buf = &text};
    const struct json *object;
    struct err err;

    json_open(&j, NULL);
    json_text(&j, "tenant", end->tenant);
    json_int(&j, "records", end->count);
    json_int(&j, "checkpoints", end->checkpoints);
    json_int(&j, "covered", end->covered);
    json_text(&j, "anchor", arena_printf(cli->arena, "%lld:%s", (long long)end->count, end->digest));
    json_close(&j);
    if (cli->is_json)
        cli_print("%s\n", buf_cstr(&text));
    else if (json_parse(cli->arena, buf_span(&text), &object, &err))
        facts_print(cli, object, facts, COUNT(facts));
    if (!options_has(&cli->options, "root") && end->checkpoints)
        cli_say("note: nobody looked at who signed the checkpoints; give each --root of that time");
    if (end->covered < end->count)
        cli_say("note: records %lld to %lld are remembered by no checkpoint and no anchor yet",
                (long long)end->covered + 1, (long long)end->count);
    cli_next("keep the anchor where the service cannot reach it, for --anchor");
}

bool audit_verify_command(struct cli *cli, struct err *err)
{
    const char *path = options_word(&cli->options, 0);
    struct buf lines = {.arena = cli->arena};
    struct audit_walk *walk = NULL;
    struct audit_walk_end end;
    struct span text;

    if (!walk_new(cli, &walk, err))
        return false;
    if (path ? !file_read(cli->arena, path, EXPORT_BYTES_MAX, &text, err)
             : !cli_connect(cli, err) || !export(cli, &lines, err))
        return false;
    if (!walk_through(walk, path ? text : buf_span(&lines), &end, err))
        return false;
    tell(cli, &end);
    return true;
}
