/* Archives of strangers are taken apart in a process of their own that has nothing: no file beside the one it was given,
 * no network, a budget of memory and of processor time, and one end of a socket for its answer. What breaks the library
 * breaks that process, and is a refusal of that archive.
 *
 *     service --- file, socket ---> keeper --- fork ---> parser, one for each archive
 *        ^                                                  |
 *        +------------- entries, a refusal, or an early end +
 *
 * The keeper is forked before the service has threads or files open, because a process with threads cannot be forked
 * well later. It knows no archive; it forks, and ends when the service does. */
#pragma once

#include "base/confine.h"

struct parser;

/* Before the first thread and before anything is open that must not be inherited. */
bool parser_start(enum confine_wish wish, struct parser **out, struct err *err) CHECKED;
void parser_endp(struct parser **parser);
