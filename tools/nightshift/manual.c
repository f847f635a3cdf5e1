#include "tools/nightshift/face.h"

#include "base/text.h"

const struct option_row completion_bash_options[] = {{NULL, NULL, NULL, false, false}};
const struct option_row manual_options[] = {{NULL, NULL, NULL, false, false}};

/* ---- bash -------------------------------------------------------------------------- */

static void add_nouns(struct buf *out, const struct command *commands)
{
    const char *before = "";

    for (; commands->noun; commands++) {
        if (!text_equal(before, commands->noun))
            buf_printf(out, "%s%s", before[0] ? " " : "", commands->noun);
        before = commands->noun;
    }
}

static void add_verbs(struct buf *out, const struct command *commands, const char *noun)
{
    for (; commands->noun; commands++)
        if (commands->verb && text_equal(noun, commands->noun))
            buf_printf(out, "%s ", commands->verb);
}

static void add_options(struct buf *out, const struct command *command)
{
    struct option_face face = face_of(out->arena, command);

    for (size_t i = 0; i < OPTION_GROUPS_MAX; i++)
        for (const struct option_row *row = face.groups[i].rows; row && row->name; row++)
            buf_printf(out, "--%s ", row->name);
    buf_text(out, "--help");
}

bool completion_bash_command(struct cli *cli, struct err *err)
{
    struct buf out = {.arena = cli->arena};

    (void)err;
    buf_text(&out, "_nightshift()\n{\n"
                   "    local word=\"${COMP_WORDS[COMP_CWORD]}\" words=\"\"\n"
                   "    case \"$COMP_CWORD ${COMP_WORDS[1]-} ${COMP_WORDS[2]-}\" in\n"
                   "    1\\ *) words=\"");
    add_nouns(&out, cli->commands);
    buf_text(&out, " help --help --version\" ;;\n");
    for (const struct command *command = cli->commands; command->noun; command++)
        if (command->verb && (command == cli->commands || !text_equal(command[-1].noun, command->noun))) {
            buf_printf(&out, "    2\\ %s\\ *) words=\"", command->noun);
            add_verbs(&out, cli->commands, command->noun);
            buf_text(&out, "--help\" ;;\n");
        }
    for (const struct command *command = cli->commands; command->noun; command++) {
        buf_printf(&out, "    *\\ %s\\ %s) words=\"", command->noun, command->verb ? command->verb : "*");
        add_options(&out, command);
        buf_text(&out, "\" ;;\n");
    }
    buf_text(&out, "    esac\n"
                   "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
                   "    [ \"${word#-}\" = \"$word\" ] && [ \"$COMP_CWORD\" -gt 2 ] &&\n"
                   "        COMPREPLY=($(compgen -f -- \"$word\"))\n"
                   "    return 0\n}\n"
                   "complete -o filenames -F _nightshift nightshift\n");
    cli_print("%s", buf_cstr(&out));
    return true;
}

/* ---- roff ---------------------------------------------------------------------------- */

/* Text that roff takes for text: no leading dot or quote, no escape, hyphens that stay hyphens. */
static void add_roff(struct buf *out, const char *text)
{
    if (text[0] == '.' || text[0] == '\'')
        buf_text(out, "\\&");
    for (; *text; text++) {
        if (*text == '\\')
            buf_text(out, "\\e");
        else if (*text == '-')
            buf_text(out, "\\-");
        else
            buf_char(out, *text);
    }
}

static void add_rows(struct buf *out, const struct option_row *row)
{
    for (; row && row->name; row++) {
        buf_text(out, ".TP\n.B \\-\\-");
        add_roff(out, row->name);
        if (row->argument) {
            buf_text(out, " \\fI");
            add_roff(out, row->argument);
            buf_text(out, "\\fR");
        }
        buf_char(out, '\n');
        add_roff(out, row->help);
        buf_text(out, row->is_required ? " (required)\n" : "\n");
    }
}

static void add_command(struct buf *out, const struct command *command)
{
    struct option_face face = face_of(out->arena, command);

    buf_text(out, ".SS ");
    add_roff(out, face.usage);
    if (!text_blank(face.words)) {
        buf_char(out, ' ');
        add_roff(out, face.words);
    }
    buf_char(out, '\n');
    add_roff(out, face.about);
    buf_char(out, '\n');
    for (size_t i = 0; i < OPTION_GROUPS_MAX; i++)
        if (!text_equal(face.groups[i].title, FACE_SERVICE))
            add_rows(out, face.groups[i].rows);
}

static const struct {
    const char *name, *text;
} environment[] = {
    {"NIGHTSHIFT_URL", "address of the service"},
    {"NIGHTSHIFT_CA", "CA certificate (PEM) that vouches for it"},
    {"NIGHTSHIFT_TOKEN", "your token, or @FILE that holds it"},
    {"NIGHTSHIFT_PASSPHRASE", "opens a sealed key where nobody can be asked"},
    {"XDG_STATE_HOME", "below it, nightshift/uploads remembers unfinished uploads [~/.local/state]"},
};

/* Once for all of them. */
static void add_service_options(struct buf *out, const struct command *commands)
{
    while (commands->noun && commands->needs != NEEDS_SERVICE)
        commands++;
    for (size_t i = 0; commands->noun && i < OPTION_GROUPS_MAX; i++) {
        struct option_face face = face_of(out->arena, commands);

        if (text_equal(face.groups[i].title, FACE_SERVICE))
            add_rows(out, face.groups[i].rows);
    }
}

bool manual_command(struct cli *cli, struct err *err)
{
    struct buf out = {.arena = cli->arena};

    (void)err;
    buf_text(&out,
             ".TH NIGHTSHIFT 1 \"\" \"nightshift " NIGHTSHIFT_VERSION "\"\n"
             ".SH NAME\nnightshift \\- firmware for a print fleet: build, sign, upload, roll out, watch\n"
             ".SH SYNOPSIS\n.B nightshift\n.I NOUN VERB\n[options]\n"
             ".SH DESCRIPTION\nData goes to standard output, talk to standard error.\n"
             ".SH OPTIONS OF EVERY COMMAND THAT ASKS THE SERVICE\n");
    add_service_options(&out, cli->commands);
    buf_text(&out, ".SH COMMANDS\n");
    for (const struct command *command = cli->commands; command->noun; command++)
        add_command(&out, command);
    buf_text(&out, ".SH ENVIRONMENT\n");
    for (size_t i = 0; i < COUNT(environment); i++) {
        buf_printf(&out, ".TP\n.B %s\n", environment[i].name);
        add_roff(&out, environment[i].text);
        buf_char(&out, '\n');
    }
    buf_text(
        &out,
        ".SH EXIT STATUS\n0 done, 1 refused (standard error says why, and what to do next), 2 misused.\n");
    cli_print("%s", buf_cstr(&out));
    return true;
}
