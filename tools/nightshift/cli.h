/* What the commands of `nightshift` share. One row of the table in main.c is one command: program, --help,
 * shell completion and manual page are made from it. Data goes to stdout, talk to stderr. */
#pragma once

#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "tools/common/client.h"
#include "tools/common/options.h"

enum { CLI_DONE = 0, CLI_REFUSED = 1, CLI_MISUSED = 2 };

struct command;

/* One run of one command. */
struct cli {
    struct arena *arena;
    const struct command *commands, *command;
    struct options options; /* what was given, by the command's rows */
    bool is_json;           /* --json: the service's own words to stdout, for machines */
    int exit_code;          /* of a command that returns true [CLI_DONE] */
    bool is_misused;        /* set by MISUSE: the refusal is the caller's words, exit 2 */
    const char *advice; /* after a refusal: what to do next, when the command knows better than the table */
    struct client *client; /* opened by cli_connect, closed by main */
    const char *url, *ca;  /* of the service, after cli_connect */
    struct span answer;    /* the last answer's body, as it came */
};

extern volatile sig_atomic_t cli_stop; /* set by SIGINT and SIGTERM */

typedef bool command_run(struct cli *cli, struct err *err);

enum command_needs {
    NEEDS_NOTHING = 0,
    NEEDS_SERVICE = 1, /* --url --ca --token --dir --json are read, and the client is open */
    NEEDS_PAGE = 2,    /* --limit --cursor */
    NEEDS_JSON = 4,    /* --json without a service */
    NEEDS_SPEED = 8,   /* --speed-max, of a long transfer */
    NEEDS_LATER = 16,  /* with NEEDS_SERVICE: the command connects by itself, when it has to ask */
};

struct command {
    const char *noun, *verb;       /* verb NULL: the noun is the whole command */
    const char *words;             /* as struct option_face says */
    const struct option_row *rows; /* NULL: none of its own */
    int needs;
    command_run *run;
    const char *summary; /* for the list of commands: lower case, no full stop */
    const char *about;   /* for --help and the manual, after the summary; may be NULL */
};

/* "return MISUSE(cli, err, ...)": exit 2, with a pointer to --help. */
#define MISUSE(cli, err, ...) ((cli)->is_misused = true, FAIL((err), ERR_INVALID, __VA_ARGS__))

/* ---- talking to people ------------------------------------------------------- */

/* A line to stderr. */
void cli_say(const char *format, ...) PRINTF(1, 2);
/* "next: ..." to stderr: what one does after this. */
void cli_next(const char *format, ...) PRINTF(1, 2);
/* Data: to stdout, without a line end of its own. */
void cli_print(const char *format, ...) PRINTF(1, 2);
/* With --json prints the last answer and returns true: the caller is done with stdout. */
bool cli_printed_json(struct cli *cli);
/* Asks on the terminal; true without asking when there is none. */
bool cli_confirmed(const char *question);
/* For a sealed key: NIGHTSHIFT_PASSPHRASE, else asked on the terminal; NULL when neither. Wiped with the
 * arena. */
const char *cli_passphrase(struct arena *arena, const char *question);
/* For a key that is to be sealed: asked twice. */
bool cli_passphrase_new(struct cli *cli, const char **out, struct err *err) CHECKED;
/* After a refusal of the service that is worth another try: says so, waits a little longer each time. False:
 * give up. The caller sets *tries to 0 whenever something got through. */
bool cli_again(int *tries, const struct err *err);

/* ---- asking the service ------------------------------------------------------- */

/* From --dir, --url, --ca, --token and the environment. */
bool cli_connect(struct cli *cli, struct err *err) CHECKED;
/* Any answer but 2xx is a refusal with the service's own words. `out` may be NULL; it is NULL after 204. */
bool cli_ask(struct cli *cli, const char *method, const char *path, struct span body, const struct json **out,
             struct err *err) CHECKED;
bool cli_get(struct cli *cli, const char *path, const struct json **out, struct err *err) CHECKED;
/* A JSON object to send: json_* into cli_body(), then cli_send closes it and sends it. */
struct json_out cli_body(struct cli *cli);
bool cli_send(struct cli *cli, const char *method, const char *path, struct json_out *body,
              const struct json **out, struct err *err) CHECKED;
/* The refusal that an answer is; true for 2xx. */
bool cli_answer_check(struct arena *arena, const struct answer *answer, struct err *err) CHECKED;
/* "/api/v1/devices/" + one escaped segment. */
char *cli_path(struct cli *cli, const char *before, const char *segment, const char *after);

/* ---- options to JSON ------------------------------------------------------------ */

void cli_add_text(struct cli *cli, struct json_out *body, const char *option, const char *member);
bool cli_add_int(struct cli *cli, struct json_out *body, const char *option, const char *member, int64_t min,
                 int64_t max, struct err *err) CHECKED;
void cli_add_list(struct cli *cli, struct json_out *body, const char *option, const char *member);
/* on/off, yes/no, true/false. */
bool cli_add_bool(struct cli *cli, struct json_out *body, const char *option, const char *member,
                  struct err *err) CHECKED;

/* ---- commands, one file a noun ---------------------------------------------------- */

/* clang-format off */
#define COMMAND(name) bool name##_command(struct cli *cli, struct err *err); extern const struct option_row name##_options[]
COMMAND(package_build); COMMAND(package_inspect); COMMAND(package_verify);
COMMAND(dev);           COMMAND(init);            COMMAND(store_check);
COMMAND(admin_backup);  COMMAND(admin_restore);   COMMAND(admin_scrub);
COMMAND(key_make);      COMMAND(key_show);        COMMAND(key_sign);
COMMAND(upload_send);   COMMAND(upload_drop);
COMMAND(release_add);   COMMAND(release_list);    COMMAND(release_show);     COMMAND(release_to_sign);
COMMAND(release_sign);  COMMAND(release_hand_in); COMMAND(release_publish);  COMMAND(release_withdraw);
COMMAND(release_sbom);
COMMAND(family_list);   COMMAND(family_show);     COMMAND(family_add);
COMMAND(family_key_add); COMMAND(family_key_revoke);
COMMAND(claim_make);    COMMAND(claim_list);
COMMAND(site_list);     COMMAND(site_show);       COMMAND(site_put);
COMMAND(device_list);   COMMAND(device_show);     COMMAND(device_add);       COMMAND(device_patch);
COMMAND(device_approve); COMMAND(device_retire);  COMMAND(device_history);   COMMAND(device_assign);
COMMAND(device_token);  COMMAND(device_ask);      COMMAND(device_join);
COMMAND(action_show);   COMMAND(action_entries);  COMMAND(action_cancel);
COMMAND(rollout_make);  COMMAND(rollout_list);    COMMAND(rollout_show);     COMMAND(rollout_devices);
COMMAND(rollout_start); COMMAND(rollout_pause);   COMMAND(rollout_resume);   COMMAND(rollout_abort);
COMMAND(rollout_watch); COMMAND(rollout_retry);   COMMAND(rollout_back);     COMMAND(rollout_terms);
COMMAND(rollout_hurry);
COMMAND(rollout_advance);
COMMAND(rollout_rehearse);
COMMAND(device_why);    COMMAND(rollout_why);
COMMAND(calendar_put);  COMMAND(calendar_list);   COMMAND(calendar_drop);
COMMAND(blackout_add);  COMMAND(blackout_list);   COMMAND(blackout_drop);
COMMAND(trust_status);  COMMAND(trust_stage);     COMMAND(trust_show);       COMMAND(trust_sign);
COMMAND(trust_submit);  COMMAND(trust_publish);   COMMAND(trust_drop);        COMMAND(trust_accept);
COMMAND(hold_add);      COMMAND(hold_list);       COMMAND(hold_lift);
COMMAND(fleet_summary); COMMAND(audit_list);      COMMAND(whoami);
COMMAND(audit_export);  COMMAND(audit_verify);    COMMAND(audit_reconcile);
COMMAND(operator_list); COMMAND(operator_add);    COMMAND(operator_revoke);
COMMAND(tenant_show);   COMMAND(tenant_patch);    COMMAND(tenant_gateway_token);
COMMAND(backup_list);   COMMAND(backup_show);     COMMAND(backup_fetch);     COMMAND(backup_open);
COMMAND(backup_diff);   COMMAND(backup_request);  COMMAND(backup_hold);      COMMAND(backup_release);
COMMAND(backup_drop);   COMMAND(backup_prune);    COMMAND(backup_rules);     COMMAND(backup_rule);
COMMAND(backup_key);    COMMAND(backup_custody);  COMMAND(backup_move);      COMMAND(backup_drill);
COMMAND(restore_plan);  COMMAND(restore_list);    COMMAND(restore_show);     COMMAND(restore_approve);
COMMAND(restore_consent); COMMAND(restore_start); COMMAND(restore_watch);    COMMAND(restore_compare);
COMMAND(restore_cancel);
COMMAND(completion_bash); COMMAND(manual);
/* clang-format on */
