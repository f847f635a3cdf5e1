/* What keeps a printer from being touched: names that agent and service share, with words for people. The
 * agent reports REPORT_WAITING_IDLE with one detail of a fixed form, "busy: NAME" or "busy: other: WORDS". */
#pragma once

#include "base/arena.h"
#include "base/base.h"

enum busy {
    BUSY_PRINTING,
    BUSY_COPYING,
    BUSY_SCANNING,
    BUSY_FAX_SENDING,
    BUSY_FAX_RECEIVING,
    BUSY_FAX_OFF_HOOK,
    BUSY_PC_FAX,
    BUSY_JOB_HELD,
    BUSY_INTERRUPT_COPY,
    BUSY_PANEL,
    BUSY_PREVIEW,
    BUSY_SETTINGS,
    BUSY_ADDRESS_BOOK,
    BUSY_SETTINGS_TRANSFER,
    BUSY_SERVICE_MODE,
    BUSY_SERVICE_CALL,
    BUSY_COVER_OPEN,
    BUSY_PAPER_JAM,
    BUSY_MEMORY_LOW,
    BUSY_STORAGE_LOW,
    BUSY_STORAGE_AT_WORK,
    BUSY_DOCUMENT_SERVER,
    BUSY_IMAGE_RETRIEVAL,
    BUSY_TWAIN,
    BUSY_LOG_WRITING,
    BUSY_ENERGY_CHANGE,
    BUSY_PANEL_CHECK,
    BUSY_RESTART_WANTED,
    BUSY_SHUTTING_DOWN,
    BUSY_OTHER, /* what only the maker knows, in his words */
    BUSY__MAX
};
extern const char *const busy_name[BUSY__MAX];
extern const char *const busy_text[BUSY__MAX]; /* "receives a fax" */
/* Without regard to case; '_' is '-'. */
bool busy_parse(const char *text, enum busy *out);

#define BUSY_SAID "busy: "
/* "busy: fax-receiving", whatever a machine calls it: names stay, other words are put behind "other". */
char *busy_say(struct arena *arena, const char *reason);
/* What such a detail says: "fax-receiving", "other: moves house"; NULL: it is of another form. Names that
 * nobody knows are "other", too. */
const char *busy_heard(struct arena *arena, struct span detail);
/* For people, from what busy_heard() gave. */
const char *busy_words(const char *heard);
