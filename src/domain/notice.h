/* What a printer's panel shows before an update: "tonight 02:10, 41 minutes", in its language and by the
 * clock on its wall. Pure; the languages are one table in notice.c, and who asks for another gets English. */
#pragma once

#include "base/arena.h"

struct notice_facts {
    const char *language; /* "de", "de-AT", "de_AT.UTF-8"; NULL, "": English */
    const char *zone;     /* where it stands; unknown: UTC */
    int64_t begins_ms;    /* not after now_ms: it begins now */
    int64_t minutes;      /* 0: nobody knows */
    int64_t now_ms;
};

/* Tonight is the night that began this evening, also after midnight; the night is from 22:00 to 06:00. In the
 * small hours nobody is sure what "tomorrow" means: then the date is said. */
const char *notice_text(struct arena *arena, const struct notice_facts *facts);
/* Has it words of its own? */
bool notice_speaks(const char *language);
const char *notice_languages(struct arena *arena); /* "en, de, ..." */
