/* The text form of an age file for mails and tickets: strict PEM (RFC 7468, figure 3), label "AGE ENCRYPTED
 * FILE", lines of 64 characters. Streaming in both directions. Knows nothing of what is inside.
 *
 * Read: LF or CR LF; spaces, tabs and empty lines before and behind, 1 KiB each; nothing else that the writer
 * would not have written. Source: c2sp.org/age, "ASCII armor". */
#pragma once

#include "signing/age.h"

#define AGE_ARMOR_BLANK_MAX 1024 /* bytes of white space before, and behind */

struct age_armor_writer;
struct age_armor_reader;

/* Whether a file that begins so is meant as armor: the first line that is not blank begins as PEM does. */
bool age_is_armor(struct span start);

void age_armor_writer_begin(const struct age_sink *sink, struct age_armor_writer **out);
bool age_armor_writer_push(struct age_armor_writer *writer, struct span bytes, struct err *err) CHECKED;
bool age_armor_writer_end(struct age_armor_writer *writer, struct err *err) CHECKED;
void age_armor_writer_freep(struct age_armor_writer **writer);

/* The binary form goes to the sink. ERR_INVALID names the line and the rule; afterwards the reader refuses.
 */
void age_armor_reader_begin(const struct age_sink *sink, struct age_armor_reader **out);
bool age_armor_reader_push(struct age_armor_reader *reader, struct span text, struct err *err) CHECKED;
bool age_armor_reader_end(struct age_armor_reader *reader, struct err *err) CHECKED;
void age_armor_reader_freep(struct age_armor_reader **reader);
