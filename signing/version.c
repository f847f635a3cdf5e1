#include "signing/manifest.h"

/* What may come next in a version, lowest first: "4.2.9-rc1" < "4.2.9" < "4.2.9+b1" < "4.2.9b" < "4.2.9.1".
 * Comparing step by step by (kind, value) is an order without contradictions. */
enum kind { KIND_BEFORE, KIND_END, KIND_ADDED, KIND_TEXT, KIND_DOT, KIND_NUMBER };

struct step {
    enum kind kind;
    struct span text; /* digits without leading zeros, or letters */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_mark(char c)
{
    return c == '\0' || c == '-' || c == '+' || c == '.';
}

static struct span take_number(const char **at)
{
    while (**at == '0' && is_digit((*at)[1]))
        (*at)++;
    const char *start = *at;

    while (is_digit(**at))
        (*at)++;
    return span_make(start, (size_t)(*at - start));
}

static struct span take_text(const char **at)
{
    const char *start = *at;

    while (!is_digit(**at) && !is_mark(**at))
        (*at)++;
    return span_make(start, (size_t)(*at - start));
}

static struct step take_step(const char **at)
{
    char c = **at;

    if (is_digit(c))
        return (struct step){KIND_NUMBER, take_number(at)};
    if (!is_mark(c))
        return (struct step){KIND_TEXT, take_text(at)};
    if (c == '\0')
        return (struct step){KIND_END, span_make(NULL, 0)};
    (*at)++;
    return (struct step){c == '-' ? KIND_BEFORE : c == '+' ? KIND_ADDED : KIND_DOT, span_make(NULL, 0)};
}

static int compare_text(struct span a, struct span b)
{
    size_t size = a.size < b.size ? a.size : b.size;
    int order = size ? memcmp(a.at, b.at, size) : 0;

    return order ? order : (a.size > b.size) - (a.size < b.size);
}

static int compare_step(const struct step *a, const struct step *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->kind == KIND_NUMBER && a->text.size != b->text.size)
        return a->text.size < b->text.size ? -1 : 1;
    return compare_text(a->text, b->text);
}

int version_compare(const char *a, const char *b)
{
    struct step left, right;
    int order;

    a = a ? a : "";
    b = b ? b : "";
    do {
        left = take_step(&a);
        right = take_step(&b);
        order = compare_step(&left, &right);
    } while (order == 0 && left.kind != KIND_END);
    return order;
}
