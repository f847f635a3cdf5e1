/* The entries of an archive for those who judge them, whoever takes it apart: this process (package_tar.h), or a parser
 * that has nothing (parser.h). What a parser says is checked like a stranger's word: names, sizes, sums. */
#pragma once

#include "signing/package_tar.h"
#include "signing/parser.h"

struct package_entries;

/* parser NULL: in this process. `fd` and `limits` must outlive it. */
bool package_entries_open(struct parser *parser, int fd, const struct package_limits *limits,
                          struct package_entries **out, struct err *err) CHECKED;
void package_entries_closep(struct package_entries **entries);
/* As in package_tar.h. */
enum package_step package_entries_next(struct package_entries *entries, struct package_entry *out,
                                       struct err *err) CHECKED;
enum package_step package_entries_bytes(struct package_entries *entries, struct span *out,
                                        struct err *err) CHECKED;
/* All of the entry, which may not declare more than `max`; in the arena. */
bool package_entries_whole(struct package_entries *entries, struct arena *arena,
                           const struct package_entry *entry, int64_t max, struct span *out,
                           struct err *err) CHECKED;
/* The last failure was the parser's end, not its word on the archive. */
bool package_entries_is_broken(const struct package_entries *entries);
/* A parser tells no progress: then `packed` is the size of the file from the start. */
struct package_source_facts package_entries_facts(const struct package_entries *entries);
