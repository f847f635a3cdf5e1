#include "model/busy.h"

#include <ctype.h>

#include "base/text.h"

#define WORDS_MAX 64

/* clang-format off */
const char *const busy_name[BUSY__MAX] = {
    [BUSY_PRINTING]          = "printing",
    [BUSY_COPYING]           = "copying",
    [BUSY_SCANNING]          = "scanning",
    [BUSY_FAX_SENDING]       = "fax-sending",
    [BUSY_FAX_RECEIVING]     = "fax-receiving",
    [BUSY_FAX_OFF_HOOK]      = "fax-off-hook",
    [BUSY_PC_FAX]            = "pc-fax",
    [BUSY_JOB_HELD]          = "job-held",
    [BUSY_INTERRUPT_COPY]    = "interrupt-copy",
    [BUSY_PANEL]             = "panel-in-use",
    [BUSY_PREVIEW]           = "preview-open",
    [BUSY_SETTINGS]          = "settings-open",
    [BUSY_ADDRESS_BOOK]      = "address-book-open",
    [BUSY_SETTINGS_TRANSFER] = "settings-transfer",
    [BUSY_SERVICE_MODE]      = "service-mode",
    [BUSY_SERVICE_CALL]      = "service-call",
    [BUSY_COVER_OPEN]        = "cover-open",
    [BUSY_PAPER_JAM]         = "paper-jam",
    [BUSY_MEMORY_LOW]        = "memory-low",
    [BUSY_STORAGE_LOW]       = "storage-low",
    [BUSY_STORAGE_AT_WORK]   = "storage-at-work",
    [BUSY_DOCUMENT_SERVER]   = "document-server",
    [BUSY_IMAGE_RETRIEVAL]   = "image-retrieval",
    [BUSY_TWAIN]             = "twain-session",
    [BUSY_LOG_WRITING]       = "log-writing",
    [BUSY_ENERGY_CHANGE]     = "energy-change",
    [BUSY_PANEL_CHECK]       = "panel-check",
    [BUSY_RESTART_WANTED]    = "restart-wanted",
    [BUSY_SHUTTING_DOWN]     = "shutting-down",
    [BUSY_OTHER]             = "other",
};
const char *const busy_text[BUSY__MAX] = {
    [BUSY_PRINTING]          = "prints",
    [BUSY_COPYING]           = "copies",
    [BUSY_SCANNING]          = "scans",
    [BUSY_FAX_SENDING]       = "sends a fax",
    [BUSY_FAX_RECEIVING]     = "receives a fax",
    [BUSY_FAX_OFF_HOOK]      = "has its fax line off the hook",
    [BUSY_PC_FAX]            = "sends a fax for a computer",
    [BUSY_JOB_HELD]          = "holds a job that somebody will fetch",
    [BUSY_INTERRUPT_COPY]    = "makes an urgent copy in the middle of a job",
    [BUSY_PANEL]             = "has somebody at its panel",
    [BUSY_PREVIEW]           = "shows a preview",
    [BUSY_SETTINGS]          = "has its settings open",
    [BUSY_ADDRESS_BOOK]      = "has its address book open",
    [BUSY_SETTINGS_TRANSFER] = "imports or exports settings",
    [BUSY_SERVICE_MODE]      = "is in service mode",
    [BUSY_SERVICE_CALL]      = "calls for service",
    [BUSY_COVER_OPEN]        = "has a cover open",
    [BUSY_PAPER_JAM]         = "has jammed paper",
    [BUSY_MEMORY_LOW]        = "is short of memory",
    [BUSY_STORAGE_LOW]       = "is short of storage",
    [BUSY_STORAGE_AT_WORK]   = "has its disk or memory card at work",
    [BUSY_DOCUMENT_SERVER]   = "serves stored documents",
    [BUSY_IMAGE_RETRIEVAL]   = "hands images to the network",
    [BUSY_TWAIN]             = "scans for a computer",
    [BUSY_LOG_WRITING]       = "writes its log",
    [BUSY_ENERGY_CHANGE]     = "changes its energy mode",
    [BUSY_PANEL_CHECK]       = "checks its panel's firmware",
    [BUSY_RESTART_WANTED]    = "waits for a restart",
    [BUSY_SHUTTING_DOWN]     = "shuts down",
    [BUSY_OTHER]             = "is busy",
};
/* clang-format on */

static bool is_same(const char *text, const char *name)
{
    for (; *text && *name; text++, name++)
        if ((*text == '_' ? '-' : tolower((unsigned char)*text)) != *name)
            return false;
    return *text == *name;
}

bool busy_parse(const char *text, enum busy *out)
{
    for (int i = 0; text && i < BUSY__MAX; i++)
        if (is_same(text, busy_name[i])) {
            *out = (enum busy)i;
            return true;
        }
    return false;
}

/* Of whole characters, at most so many bytes as an action keeps. */
static int fits(const char *words)
{
    size_t size = 0, step;

    while (words[size] && (step = text_utf8_size(span_of(words + size))) && size + step <= WORDS_MAX)
        size += step;
    return (int)size;
}

char *busy_say(struct arena *arena, const char *reason)
{
    enum busy busy;

    if (text_blank(reason) || (busy_parse(reason, &busy) && busy == BUSY_OTHER))
        return arena_dup(arena, BUSY_SAID "other");
    return busy_parse(reason, &busy) ? arena_printf(arena, BUSY_SAID "%s", busy_name[busy])
                                     : arena_printf(arena, BUSY_SAID "other: %.*s", fits(reason), reason);
}

const char *busy_heard(struct arena *arena, struct span detail)
{
    static const char busy[] = "busy:", other[] = "other:";
    char *text = arena_text(arena, text_trim(detail));

    if (!text_starts(text, busy))
        return NULL;
    text = arena_text(arena, text_trim(span_of(text + strlen(busy))));
    if (text_starts(text, other))
        text = arena_text(arena, text_trim(span_of(text + strlen(other))));
    return busy_say(arena, text) + strlen(BUSY_SAID);
}

const char *busy_words(const char *heard)
{
    static const char other[] = "other: ";
    enum busy busy;

    if (text_starts(heard, other))
        return heard + strlen(other);
    return busy_text[busy_parse(heard, &busy) ? busy : BUSY_OTHER];
}
