#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "user/libc/regex/internal.h"

int32_t
__regex_character(const char *s, const char *end, unsigned *length)
{
    mbstate_t state = {0, 0, 0};
    wchar_t c;
    size_t used;

    *length = 1;
    if (!((unsigned char)*s & 0x80))
        return *s;
    used = mbrtowc(&c, s, (size_t)(end - s), &state);
    if (used >= (size_t)-2)
        return 0x110000 + (unsigned char)*s;
    *length = (unsigned)used;
    return c;
}

static bool
has(const struct char_set *set, int32_t c)
{
    if (c < 128)
        return set->ascii[c / 64] >> c % 64 & 1;
    for (unsigned i = 0; i < set->count; i++)
        if (c >= set->ranges[i].from && c <= set->ranges[i].to)
            return true;
    return false;
}

bool
__regex_in_set(const struct char_set *set, int32_t c, bool fold)
{
    bool found = has(set, c);

    if (fold && !found)
        found = has(set, (int32_t)towlower((wint_t)c)) ||
                has(set, (int32_t)towupper((wint_t)c));
    return found != set->inverted;
}

static int
add(struct char_set *set, int32_t from, int32_t to)
{
    struct range *grown;

    for (int32_t c = from; c <= to && c < 128; c++)
        set->ascii[c / 64] |= 1ull << c % 64;
    if (to < 128)
        return 0;
    grown = reallocarray(set->ranges, set->count + 1, sizeof *grown);
    if (!grown)
        return REG_ESPACE;
    set->ranges = grown;
    grown[set->count++] = (struct range){from < 128 ? 128 : from, to};
    return 0;
}

/* "[:alpha:]": ASCII only, as in the "C" locale. */
static int
add_class(struct char_set *set, const char *name, size_t length)
{
    static const struct {
        const char *name;
        int (*test)(int);
    } classes[] = {{"alnum", isalnum}, {"alpha", isalpha},
        {"blank", isblank}, {"cntrl", iscntrl}, {"digit", isdigit},
        {"graph", isgraph}, {"lower", islower}, {"print", isprint},
        {"punct", ispunct}, {"space", isspace}, {"upper", isupper},
        {"xdigit", isxdigit}};

    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        if (strlen(classes[i].name) != length ||
            memcmp(classes[i].name, name, length) != 0)
            continue;
        for (int c = 0; c < 128; c++)
            if (classes[i].test(c))
                set->ascii[c / 64] |= 1ull << c % 64;
        return 0;
    }
    return REG_ECTYPE;
}

/* "[.x.]", "[=x=]", or a character as it is. */
static int
element(const char **s, int32_t *c)
{
    char kind = (*s)[1];
    unsigned length;

    if (**s != '[' || (kind != '.' && kind != '=')) {
        *c = __regex_character(*s, *s + strlen(*s), &length);
        *s += length;
        return 0;
    }
    *s += 2;
    if (!**s)
        return REG_EBRACK;
    *c = __regex_character(*s, *s + strlen(*s), &length);
    *s += length;
    if ((*s)[0] != kind || (*s)[1] != ']')
        return REG_ECOLLATE;
    *s += 2;
    return 0;
}

static int
item(struct char_set *set, const char **s)
{
    int32_t from, to;
    int error;

    if ((*s)[0] == '[' && (*s)[1] == ':') {
        const char *end = strstr(*s + 2, ":]");

        if (!end)
            return REG_EBRACK;
        error = add_class(set, *s + 2, (size_t)(end - *s - 2));
        *s = end + 2;
        return error;
    }
    error = element(s, &from);
    to = from;
    if (!error && (*s)[0] == '-' && (*s)[1] && (*s)[1] != ']') {
        ++*s;
        error = element(s, &to);
        if (!error && to < from)
            error = REG_ERANGE;
    }
    return error ? error : add(set, from, to);
}

int
__regex_bracket(struct program *program, const char **s, int *number)
{
    struct char_set *grown, *set;
    bool first = true;

    grown = reallocarray(program->sets, program->set_count + 1,
                         sizeof *grown);
    if (!grown)
        return REG_ESPACE;
    program->sets = grown;
    *number = (int)program->set_count++;
    set = &grown[*number];
    *set = (struct char_set){.inverted = **s == '^'};
    *s += set->inverted;
    for (; first || **s != ']'; first = false) {
        int error;

        if (!**s)
            return REG_EBRACK;
        error = item(set, s);
        if (error)
            return error;
    }
    ++*s;
    if (set->inverted && (program->flags & REG_NEWLINE))
        set->ascii[0] |= 1ull << '\n';
    return 0;
}
