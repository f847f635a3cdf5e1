/* The printer that the program runs on: its memory, cache and flash are a folder, what only the maker knows
 * are executables in it.
 *
 *   DIR/state.json, token, tuf/         what the agent remembers
 *   DIR/cache/SHA256[.part|.etag]       downloads
 *   DIR/components.json                 {"system":"4.2.0"}: what is flashed
 *   DIR/install.d/NN-name               COMPONENT FILE VERSION, each in order; none: FILE is copied to
 *                                       DIR/flash/COMPONENT.bin
 *   DIR/install.d/reboot                restarts the machine; none: the program ends with code 75
 *   DIR/install.d/self-test             exit code 0 is well
 *   DIR/busy.d/NN-name                  exit code other than 0: busy, the first line says why:
 *                                       "fax-receiving" (model/busy.h) or words
 *   DIR/usage.json                      {"days":[{"date":"2026-11-25","pages":412,"faults":0}]}: days that are
 *                                       over, told when it changes; at most 31, the oldest first; a day
 *                                       may have "hours":[0,0,...]: its pages by the hour, 24 of them
 *   DIR/notice                          what the panel shows: "tonight 02:10, 41 minutes"; gone: nothing
 *   DIR/settings/CATEGORY.json          what is set; restored categories are written whole
 *   DIR/backup.d/NN-name                FOLDER, each in order, before a backup: CATEGORY.json files that it
 *                                       writes there stand in for those of DIR/settings
 *   DIR/restore.d/CATEGORY              FILE: puts it in force instead; code 0 is well
 *   DIR/restore.d/keep, revert          CATEGORY, before and after network settings that did not work; none:
 *                                       what backup.d and DIR/settings have is kept and put in force again
 *   DIR/backup/outgoing.age             the backup on its way out, sealed
 *   DIR/backup/asked, answered          from `nightshift-agent backup` to the running agent, and back
 *   DIR/backup/was/CATEGORY.json        what network settings replaced, until the next restore */
#pragma once

#include "tools/agent/agent.h"

#define PRINTER_RESTART_CODE 75

struct printer {
    const char *dir;
    int64_t hook_timeout_ms;
    int64_t slice_ms; /* a transfer makes way for a poll after this long */
    bool wants_restart;
    char boot[80];
    int64_t slice_end_ms;
    char etag_path[4096];
    int lock; /* one agent a folder; -1: not taken */
};

/* Makes the folders. `components`: "name=version"..., taken when there is no components.json yet. */
bool printer_open(struct printer *printer, struct arena *arena, const char *const *components, size_t count,
                  struct err *err) CHECKED;
/* ERR_LOCKED: another agent works here. Until printer_close. */
bool printer_lock(struct printer *printer, struct arena *arena, struct err *err) CHECKED;
void printer_close(struct printer *printer);
struct agent_memory printer_memory(struct printer *printer);     /* files.c */
struct agent_cache printer_cache(struct printer *printer);       /* cache.c */
struct agent_machine printer_machine(struct printer *printer);   /* install.c */
struct agent_settings printer_settings(struct printer *printer); /* settings.c */

/* settings.c. All that is set, as a backup has it. */
bool settings_collect(void *printer, struct arena *arena, struct snapshot_category *out, size_t *count,
                      struct err *err) CHECKED;
/* settings_apply.c: struct agent_settings' contracts. */
bool settings_apply(void *printer, const struct snapshot_category *category, struct err *err) CHECKED;
bool settings_keep(void *printer, const struct snapshot_kind *kind, struct err *err) CHECKED;
bool settings_revert(void *printer, const struct snapshot_kind *kind, struct err *err) CHECKED;

/* ---- panel.c: nightshift-agent backup ------------------------------------------- */

#define PANEL_ASKED "backup/asked"
#define PANEL_NOTICE "notice"
#define PANEL_ANSWERED "backup/answered"

/* Asks as the panel does: from now on the agent of this folder is asked. *mark names this question. */
bool panel_ask(const struct printer *printer, struct arena *arena, const char **mark,
               struct err *err) CHECKED;
/* What the running agent answered to it; ERR_NOT_FOUND: nothing yet. id NULL: there is no backup. */
bool panel_answer(const struct printer *printer, struct arena *arena, const char *mark,
                  struct agent_backed_up *out, struct err *err) CHECKED;
bool panel_is_asked(void *printer);
void panel_notice(void *printer, const char *text);
void panel_answered(void *printer, const struct agent_backed_up *ended);
/* Nobody waits any more. */
void panel_forget(const struct printer *printer);

/* DIR/NAME. */
char *printer_path(const struct printer *printer, struct arena *arena, const char *name);
/* Where a finished download lies. */
char *printer_file(const struct printer *printer, struct arena *arena, const char *sha256);
bool file_has_digest(const char *path, const char *sha256);

/* ---- hook.c ----------------------------------------------------------------- */

struct hook_result {
    int code;       /* exit code; 128 + signal */
    char line[256]; /* the first one it printed, without control bytes */
};
/* Runs argv[0] and waits; what is still there after the timeout is killed with all it started: ERR_BUSY. */
bool hook_run(const char *const *argv, int64_t timeout_ms, struct hook_result *out, struct err *err) CHECKED;
/* Executables of DIR/FOLDER in order of their names, ended by NULL. Names without a leading digit are passed
 * over: they have a meaning of their own. */
const char *const *hook_list(struct arena *arena, const char *dir, const char *folder);
/* DIR/FOLDER/NAME when that is an executable, else NULL. */
const char *hook_named(struct arena *arena, const char *dir, const char *folder, const char *name);
