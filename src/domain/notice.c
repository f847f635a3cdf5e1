#include "domain/notice.h"

#include <ctype.h>
#include <inttypes.h>

#include "base/buf.h"
#include "base/text.h"
#include "domain/zone.h"

#define HOUR_MS ((int64_t)3600000)
#define DAY_MS (24 * HOUR_MS)
#define NIGHT_FROM_H 22
#define NIGHT_TO_H 6

enum plural { PLURAL_ONE_MANY, PLURAL_POLISH, PLURAL_NONE };

struct words {
    const char *language;
    const char *now, *today, *tonight, *tomorrow, *tomorrow_night;
    const char *date;       /* Y, M and D stand for their digits */
    const char *at, *after; /* around the time */
    const char *comma;
    const char *one, *few, *many; /* minutes; "few" where a language has it */
    enum plural plural;
};

/* clang-format off */
static const struct words table[] = {
    /*  now             today           tonight         tomorrow    tomorrow night          date             at           after comma   one         few        many        */
    { "en", "now",          "today",        "tonight",      "tomorrow", "tomorrow night",       "Y-M-D", " ",         "",   ", ",   " minute",  "",        " minutes", PLURAL_ONE_MANY },
    { "de", "jetzt",        "heute",        "heute Nacht",  "morgen",   "morgen Nacht",         "am D.M.",  " um ",      "",   ", ",   " Minute",  "",        " Minuten", PLURAL_ONE_MANY },
    { "fr", "maintenant",   "aujourd’hui",  "cette nuit",   "demain",   "la nuit de demain",    "le D/M",   " à ",       "",   ", ",   " minute",  "",        " minutes", PLURAL_ONE_MANY },
    { "es", "ahora",        "hoy",          "esta noche",   "mañana",   "mañana por la noche",  "el D/M",   ", ",        " h", ", ",   " minuto",  "",        " minutos", PLURAL_ONE_MANY },
    { "it", "adesso",       "oggi",         "stanotte",     "domani",   "domani notte",         "il D/M",   " alle ore ", "",  ", ",   " minuto",  "",        " minuti",  PLURAL_ONE_MANY },
    { "nl", "nu",           "vandaag",      "vannacht",     "morgen",   "morgennacht",          "op D-M",   " om ",      "",   ", ",   " minuut",  "",        " minuten", PLURAL_ONE_MANY },
    { "pl", "teraz",        "dziś",         "dziś w nocy",  "jutro",    "jutro w nocy",         "D.M",      " o ",       "",   ", ",   " minuta",  " minuty", " minut",   PLURAL_POLISH },
    { "pt", "agora",        "hoje",         "esta noite",   "amanhã",   "amanhã à noite",       "em D/M",   ", ",        " h", ", ",   " minuto",  "",        " minutos", PLURAL_ONE_MANY },
    { "sv", "nu",           "i dag",        "i natt",       "i morgon", "i morgon natt",        "den D/M",  " kl. ",     "",   ", ",   " minut",   "",        " minuter", PLURAL_ONE_MANY },
    { "ja", "ただいま",     "本日",         "今夜",         "明日",     "明日の夜",             "M月D日",   " ",         "",   "、",   "分",       "",        "分",       PLURAL_NONE },
};
/* clang-format on */

/* The first part of the tag: what follows says where it is spoken. */
static const struct words *words_find(const char *language)
{
    size_t size = language ? strcspn(language, "-_.@ ") : 0;

    for (size_t i = 0; size == 2 && i < COUNT(table); i++)
        if (tolower((unsigned char)language[0]) == table[i].language[0] &&
            tolower((unsigned char)language[1]) == table[i].language[1])
            return &table[i];
    return NULL;
}

bool notice_speaks(const char *language)
{
    return words_find(language) != NULL;
}

const char *notice_languages(struct arena *arena)
{
    struct buf text = {.arena = arena};

    for (size_t i = 0; i < COUNT(table); i++)
        buf_printf(&text, "%s%s", i ? ", " : "", table[i].language);
    return buf_cstr(&text);
}

/* ---- which day, as people call it -------------------------------------------------------- */

static int64_t local_of(const char *zone, int64_t at_ms)
{
    int64_t offset_s = 0;
    struct err ignored;

    return zone_offset_s(zone, at_ms, &offset_s, &ignored) ? at_ms + offset_s * 1000 : at_ms;
}

static int64_t hour_of(int64_t local_ms)
{
    return local_ms % DAY_MS / HOUR_MS;
}

static int64_t minute_of(int64_t local_ms)
{
    return local_ms % HOUR_MS / 60000;
}

static const char *date_text(struct arena *arena, const struct words *w, int64_t local_ms)
{
    const char *text = text_time(arena, local_ms); /* 2026-11-28T02:10:00Z */
    struct buf date = {.arena = arena};

    for (const char *at = w->date; *at; at++)
        if (*at == 'Y')
            buf_printf(&date, "%.4s", text);
        else if (*at == 'M' || *at == 'D')
            buf_printf(&date, "%.2s", text + (*at == 'M' ? 5 : 8));
        else
            buf_char(&date, *at);
    return buf_cstr(&date);
}

static const char *day_text(struct arena *arena, const struct words *w, int64_t local_ms, int64_t now_ms)
{
    bool is_night = hour_of(local_ms) >= NIGHT_FROM_H || hour_of(local_ms) < NIGHT_TO_H;
    bool is_small_hours = hour_of(now_ms) < NIGHT_TO_H;
    /* A night counts as the day on which it begins. */
    int64_t since_ms = is_night ? NIGHT_TO_H * HOUR_MS : 0;
    int64_t days = (local_ms - since_ms) / DAY_MS - (now_ms - since_ms) / DAY_MS;

    if (days == 0)
        return is_night ? w->tonight : w->today;
    if (days == 1 && !is_small_hours)
        return is_night ? w->tomorrow_night : w->tomorrow;
    return date_text(arena, w, local_ms);
}

/* ---- the text ------------------------------------------------------------------------------ */

static const char *minutes_word(const struct words *w, int64_t n)
{
    bool is_few = n % 10 >= 2 && n % 10 <= 4 && (n % 100 < 12 || n % 100 > 14);

    if (n == 1)
        return w->one;
    return w->plural == PLURAL_POLISH && is_few ? w->few : w->many;
}

const char *notice_text(struct arena *arena, const struct notice_facts *facts)
{
    const struct words *found = words_find(facts->language), *w = found ? found : &table[0];
    int64_t local_ms = local_of(facts->zone, facts->begins_ms), now_ms = local_of(facts->zone, facts->now_ms);
    struct buf text = {.arena = arena};

    if (facts->begins_ms <= facts->now_ms)
        buf_text(&text, w->now);
    else
        buf_printf(&text, "%s%s%02" PRId64 ":%02" PRId64 "%s", day_text(arena, w, local_ms, now_ms), w->at,
                   hour_of(local_ms), minute_of(local_ms), w->after);
    if (facts->minutes > 0)
        buf_printf(&text, "%s%" PRId64 "%s", w->comma, facts->minutes, minutes_word(w, facts->minutes));
    return buf_cstr(&text);
}
