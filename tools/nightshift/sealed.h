/* Sealed backups in the hands of whoever has an identity: fetched or read from a file, opened, sealed for
 * somebody else. What is sealed and what is inside rest in files without a name (memfd) that end with the
 * command; nothing of it is written to a disk or into err text. Refuses to know what a restore is. */
#pragma once

#include "signing/snapshot.h"
#include "signing/age.h"
#include "tools/nightshift/cli.h"

/* The rows that every command has which opens something here. */
#define SEALED_IDENTITY                                                                                      \
    {                                                                                                        \
        "identity", "FILE", "age key file of whoever may open the backups", false, false                     \
    }

/* The settings of one backup, opened. */
struct sealed {
    struct span bytes; /* the age file, mapped */
    int fd;            /* the plain tar, without a name */
    struct snapshot snapshot;
};

/* Is this a file's name rather than a backup's ID? ("./17" is the file called 17.) */
bool sealed_is_file(const char *what);

/* --identity; its passphrase by NIGHTSHIFT_PASSPHRASE or asked. Misuse when the option is missing: `why`
 * says what it is needed for. */
bool sealed_identity(struct cli *cli, const char *why, struct age_identity **out, struct err *err) CHECKED;
/* The same of a file that is named: for commands without that option. */
bool sealed_identity_load(struct cli *cli, const char *path, struct age_identity **out,
                          struct err *err) CHECKED;
/* Does the key file need a passphrase? Then it is an age file itself, as armor. */
bool sealed_is_locked_away(const char *path);
/* `what` is a backup's ID or a file (the age file, binary or armored). The bytes live as long as the arena.
 */
bool sealed_take(struct cli *cli, const char *what, struct span *out, struct err *err) CHECKED;
/* The plain tar, in a file without a name. */
bool sealed_open(struct cli *cli, struct span bytes, const struct age_identity *by, int *fd,
                 struct err *err) CHECKED;
/* Take, open, read. */
bool sealed_read(struct cli *cli, const char *what, const struct age_identity *by, struct sealed *out,
                 struct err *err) CHECKED;

/* One header for others: only the first bytes of `bytes` are looked at. */
bool sealed_wrap(struct cli *cli, struct span bytes, const struct age_identity *by, const char *const *to,
                 size_t count, struct span *header, struct err *err) CHECKED;
/* The settings as a tar, sealed to one recipient, in a file without a name. */
bool sealed_pack(struct cli *cli, const struct snapshot *snapshot, const char *to, int *fd, int64_t *size,
                 struct err *err) CHECKED;

/* A file without a name, closed with the arena. */
bool memory_file(struct arena *arena, const char *name, int *fd, struct err *err) CHECKED;
bool memory_map(struct arena *arena, int fd, struct span *out, struct err *err) CHECKED;

/* A backup's file into an open one, going on after cuts; `download` as client.h says. `note` is the file that
 * remembers which bytes were begun, for the next run; NULL: none. */
bool backup_download(struct cli *cli, const char *id, struct download *download, const char *note,
                     struct err *err) CHECKED;
