#include "user/sh/pattern.h"

#include <ctype.h>
#include <string.h>

#define NO_MATCH SIZE_MAX

static bool
is(cell_t cell, char byte)
{
    return cell == (unsigned char)byte || cell ==
        ((unsigned char)byte | CELL_SPLIT);
}

static bool
in_class(const char *name, size_t length, unsigned char byte)
{
    static const struct {
        const char *name;
        int (*test)(int c);
    } classes[] = {
        { "alnum", isalnum }, { "alpha", isalpha }, { "blank", isblank },
        { "cntrl", iscntrl }, { "digit", isdigit }, { "graph", isgraph },
        { "lower", islower }, { "print", isprint }, { "punct", ispunct },
        { "space", isspace }, { "upper", isupper }, { "xdigit", isxdigit },
    };

    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        if (strlen(classes[i].name) == length &&
            memcmp(classes[i].name, name, length) == 0)
            return classes[i].test(byte) != 0;
    }
    return false;
}

/* [:name:] at i: its length, or 0 if this is none. */
static size_t
class_length(const cell_t *pattern, size_t count, size_t i)
{
    if (i + 3 >= count || !is(pattern[i], '[') || !is(pattern[i + 1], ':'))
        return 0;
    for (size_t end = i + 2; end + 1 < count && end < i + 12; end++) {
        if (is(pattern[end], ':') && is(pattern[end + 1], ']'))
            return end + 2 - i;
    }
    return 0;
}

static bool
matches_class(const cell_t *pattern, size_t length, unsigned char byte)
{
    char name[12];

    for (size_t i = 2; i < length - 2; i++)
        name[i - 2] = (char)pattern[i];
    return in_class(name, length - 4, byte);
}

/* The end of the bracket expression that starts at [, past its ]. */
static size_t
bracket_end(const cell_t *pattern, size_t count)
{
    size_t i = 1;

    if (i < count && (is(pattern[i], '!') || is(pattern[i], '^')))
        i++;
    for (size_t start = i; i < count; i++) {
        size_t class = class_length(pattern, count, i);

        if (class > 0)
            i += class - 1;
        else if (is(pattern[i], '\\') && i + 1 < count)
            i++;
        else if (is(pattern[i], ']') && i > start)
            return i + 1;
    }
    return NO_MATCH;
}

/* A byte in brackets; an unquoted backslash stands before a literal one. */
static unsigned char
bracket_byte(const cell_t *pattern, size_t end, size_t *i)
{
    if (is(pattern[*i], '\\') && *i + 1 < end)
        (*i)++;
    return (unsigned char)pattern[(*i)++];
}

static bool
matches_bracket(const cell_t *pattern, size_t end, unsigned char byte)
{
    bool not = is(pattern[1], '!') || is(pattern[1], '^');
    bool found = false;
    size_t i = not ? 2 : 1;

    while (i < end - 1) {
        size_t class = class_length(pattern, end, i);
        unsigned char low, high;

        if (class > 0) {
            found |= matches_class(pattern + i, class, byte);
            i += class;
            continue;
        }
        low = high = bracket_byte(pattern, end - 1, &i);
        if (i + 1 < end - 1 && is(pattern[i], '-')) {
            i++;
            high = bracket_byte(pattern, end - 1, &i);
        }
        found |= low <= byte && byte <= high;
    }
    return found != not;
}

/* Does the first element match the byte? Its length, or NO_MATCH. */
static size_t
match_one(const cell_t *pattern, size_t count, unsigned char byte)
{
    size_t end;

    if (is(pattern[0], '?'))
        return 1;
    if (is(pattern[0], '[')) {
        end = bracket_end(pattern, count);
        if (end != NO_MATCH)
            return matches_bracket(pattern, end, byte) ? end : NO_MATCH;
    }
    if (is(pattern[0], '\\') && count > 1)
        return (unsigned char)pattern[1] == byte ? 2 : NO_MATCH;
    return (unsigned char)pattern[0] == byte ? 1 : NO_MATCH;
}

/* A * that failed takes one byte more; only the last one has to. */
bool
pattern_match(const cell_t *pattern, size_t count, const char *string,
              size_t length)
{
    size_t p = 0, s = 0, star = NO_MATCH, star_string = 0;

    for (;;) {
        if (p < count && is(pattern[p], '*')) {
            star = ++p;
            star_string = s;
            continue;
        }
        if (p < count && s < length) {
            size_t used = match_one(pattern + p, count - p,
                                    (unsigned char)string[s]);

            if (used != NO_MATCH) {
                p += used;
                s++;
                continue;
            }
        } else if (p == count && s == length) {
            return true;
        }
        if (star == NO_MATCH || star_string == length)
            return false;
        p = star;
        s = ++star_string;
    }
}

bool
pattern_is_one(const cell_t *pattern, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is(pattern[i], '*') || is(pattern[i], '?') ||
            is(pattern[i], '['))
            return true;
    }
    return false;
}
