#include "malformed/malformed.h"

#include "base/text.h"

static const struct route *pick_route(struct dice *dice)
{
    int64_t count = 0;

    while (routes[count].method)
        count++;
    return &routes[dice_below(dice, count)];
}

/* A value where the pattern has a {name}: escaped as a client would, or as it is. */
static void fill_in(struct dice *dice, struct arena *arena, const char *name, struct buf *out)
{
    const char *word = word_for(dice, arena, name);

    buf_text(out, dice_chance(dice, 85) ? text_escape(arena, word) : word);
}

static void path_make(struct dice *dice, struct arena *arena, const char *pattern, struct buf *out)
{
    while (*pattern) {
        size_t plain = strcspn(pattern, "{"), named;

        buf_add(out, span_make(pattern, plain));
        pattern += plain;
        if (!*pattern)
            break;
        named = strcspn(pattern, "}");
        fill_in(dice, arena, arena_text(arena, span_make(pattern + 1, named - 1)), out);
        pattern += named + 1;
    }
}

/* An upload that was begun is a better path than a guess. */
static void target_make(struct dice *dice, struct arena *arena, const struct place *place, struct ask *ask,
                        struct buf *out)
{
    bool is_upload = strstr(ask->route->path, "{upload}") != NULL;
    size_t kept = place->upload_next < UPLOADS_KEPT ? place->upload_next : UPLOADS_KEPT;

    if (is_upload && kept > 0 && dice_chance(dice, 80))
        buf_text(out, place->uploads[dice_below(dice, (int64_t)kept)]);
    else
        path_make(dice, arena, ask->route->path, out);
    if (dice_chance(dice, 3))
        buf_text(out, DICE_PICK(dice, ((const char *const[]){"/", "//", "/..", "/%2e%2e/", "%00", "#a", "/./",
                                                             "\\"})));
}

static void query_make(struct dice *dice, struct arena *arena, struct buf *out)
{
    static const char *const names[] = {"limit",  "cursor",  "family", "state", "model", "site",
                                        "status", "tag",     "q",      "stage", "over",  "customer",
                                        "device", "to_move", "nonce",  "x"};
    int64_t count = dice_chance(dice, 2) ? 200 : dice_below(dice, 4);

    if (!dice_chance(dice, 40))
        return;
    buf_char(out, '?');
    for (int64_t i = 0; i < count; i++) {
        const char *name = DICE_PICK(dice, names), *word = word_for(dice, arena, name);

        buf_printf(out, "%s%s%s", i ? "&" : "", name, dice_chance(dice, 95) ? "=" : "");
        buf_text(out, dice_chance(dice, 90) ? text_escape(arena, word) : word);
    }
}

static const char *method_make(struct dice *dice, const struct route *route)
{
    static const char *const methods[] = {"GET",   "POST",    "PUT",     "PATCH", "DELETE", "HEAD",
                                          "TRACE", "OPTIONS", "CONNECT", "get",   "",       "BREW"};

    return dice_chance(dice, 93) ? route->method : DICE_PICK(dice, methods);
}

/* 2 MiB of nothing, for doors that must say 413 long before. */
static struct span large(void)
{
    static char bytes[2 << 20];

    return span_make(bytes, sizeof(bytes));
}

void grammar_ask(struct dice *dice, struct arena *arena, const struct place *place, struct ask *out)
{
    struct buf target = {.arena = arena};

    *out = (struct ask){.route = pick_route(dice)};
    out->method = method_make(dice, out->route);
    if (dice_chance(dice, 97)) {
        target_make(dice, arena, place, out, &target);
    } else {
        buf_text(&target, dice_chance(dice, 50) ? "/" : "");
        buf_text(&target, word_wrong(dice, arena));
    }
    query_make(dice, arena, &target);
    out->target = buf_cstr(&target);
    if (out->route->body_max != 0 || dice_chance(dice, 5))
        out->body = dice_chance(dice, 1) ? large() : body_make(dice, arena, place, out->route);
    headers_make(dice, arena, out);
}
