#include <ctype.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

/*
 * Classes beyond ASCII are blocks of the Unicode standard, not its database:
 * scripts are letters, the blocks of signs are punctuation. Case is known for
 * Latin-1, Latin Extended-A, Greek and Cyrillic.
 */
struct block {
    wint_t from, to;
};

static int
in(const struct block *blocks, size_t count, wint_t c)
{
    for (size_t i = 0; i < count; i++)
        if (c >= blocks[i].from && c <= blocks[i].to)
            return 1;
    return 0;
}

#define IN(blocks, c) in(blocks, sizeof blocks / sizeof *blocks, c)

static const struct block signs[] = {{0xa0, 0xa9}, {0xab, 0xb4},
    {0xb6, 0xb9}, {0xbb, 0xbf}, {0xd7, 0xd7}, {0xf7, 0xf7}, {0x2b9, 0x2df},
    {0x2e5, 0x2ff}, {0x300, 0x36f}, {0x2000, 0x206f}, {0x2070, 0x218f},
    {0x2190, 0x2bff}, {0x2e00, 0x2e7f}, {0x3000, 0x3004}, {0x3008, 0x3020},
    {0xe000, 0xf8ff}, {0xfe00, 0xfe6f}, {0xff00, 0xff0f}, {0xff1a, 0xff20},
    {0xff3b, 0xff40}, {0xff5b, 0xff65}, {0xfff0, 0xffff},
    {0x1d000, 0x1d3ff}, {0x1f000, 0x1faff}, {0xe0000, 0x10ffff}};

/* Marks that stand over or under the character before them. */
static const struct block no_width[] = {{0x300, 0x36f}, {0x483, 0x489},
    {0x591, 0x5bd}, {0x610, 0x61a}, {0x64b, 0x65f}, {0x200b, 0x200f},
    {0x2028, 0x202e}, {0x2060, 0x2064}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},
    {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xfeff, 0xfeff},
    {0xe0100, 0xe01ef}};

/* Two cells of a terminal (Unicode, Standard Annex 11: W and F). */
static const struct block two_wide[] = {{0x1100, 0x115f}, {0x2329, 0x232a},
    {0x231a, 0x231b}, {0x23e9, 0x23ec}, {0x2e80, 0x303e}, {0x3041, 0x33ff},
    {0x3400, 0x4dbf}, {0x4e00, 0x9fff}, {0xa000, 0xa4cf}, {0xa960, 0xa97f},
    {0xac00, 0xd7a3}, {0xf900, 0xfaff}, {0xfe30, 0xfe6f}, {0xff00, 0xff60},
    {0xffe0, 0xffe6}, {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff},
    {0x1f900, 0x1f9ff}, {0x1fa70, 0x1faff}, {0x20000, 0x2fffd},
    {0x30000, 0x3fffd}};

static int
is_character(wint_t c)
{
    return c <= 0x10ffff && !(c >= 0xd800 && c <= 0xdfff) &&
           (c & 0xfffe) != 0xfffe;
}

int
iswcntrl(wint_t c)
{
    return c < 32 || (c >= 127 && c < 160) || c == 0x2028 || c == 0x2029;
}

int
iswprint(wint_t c)
{
    return is_character(c) && !iswcntrl(c);
}

int
iswspace(wint_t c)
{
    return c < 128 ? isspace((int)c)
                   : c == 0x1680 || (c >= 0x2000 && c <= 0x200a &&
                                     c != 0x2007) ||
                         c == 0x2028 || c == 0x2029 || c == 0x205f ||
                         c == 0x3000;
}

int
iswblank(wint_t c)
{
    return c < 128 ? isblank((int)c)
                   : iswspace(c) && c != 0x2028 && c != 0x2029;
}

int
iswgraph(wint_t c)
{
    return iswprint(c) && !iswspace(c);
}

int
iswpunct(wint_t c)
{
    return c < 128 ? ispunct((int)c) : iswgraph(c) && !iswalpha(c);
}

int
iswalpha(wint_t c)
{
    return c < 128 ? isalpha((int)c) : iswgraph(c) && !IN(signs, c);
}

int
iswdigit(wint_t c)
{
    return c - '0' < 10;
}

int
iswxdigit(wint_t c)
{
    return c < 128 && isxdigit((int)c);
}

int
iswalnum(wint_t c)
{
    return iswalpha(c) || iswdigit(c);
}

/* In Latin Extended-A capitals have the even numbers, but for two stretches. */
static int
is_odd_capital(wint_t c)
{
    return (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e);
}

wint_t
towlower(wint_t c)
{
    if (c < 128)
        return (wint_t)tolower((int)c);
    if ((c >= 0xc0 && c <= 0xde && c != 0xd7) ||
        (c >= 0x391 && c <= 0x3a9 && c != 0x3a2) ||
        (c >= 0x410 && c <= 0x42f))
        return c + 32;
    if (c >= 0x400 && c <= 0x40f)
        return c + 80;
    if (c == 0x178)
        return 0xff;
    if (c >= 0x100 && c <= 0x17e && c != 0x130 && c != 0x131 && c != 0x138 &&
        c != 0x149)
        return (c & 1) == (unsigned)is_odd_capital(c) ? c + 1 : c;
    return c;
}

wint_t
towupper(wint_t c)
{
    if (c < 128)
        return (wint_t)toupper((int)c);
    if ((c >= 0xe0 && c <= 0xfe && c != 0xf7) ||
        (c >= 0x3b1 && c <= 0x3c9 && c != 0x3c2) ||
        (c >= 0x430 && c <= 0x44f))
        return c - 32;
    if (c >= 0x450 && c <= 0x45f)
        return c - 80;
    if (c == 0xff)
        return 0x178;
    if (c >= 0x100 && c <= 0x17e && towlower(c - 1) == c)
        return c - 1;
    return c;
}

int
iswlower(wint_t c)
{
    return towupper(c) != c || c == 0xdf;
}

int
iswupper(wint_t c)
{
    return towlower(c) != c;
}

int
wcwidth(wchar_t c)
{
    wint_t value = (wint_t)c;

    if (value == 0)
        return 0;
    if (!iswprint(value))
        return -1;
    return IN(no_width, value) ? 0 : IN(two_wide, value) ? 2 : 1;
}

int
wcswidth(const wchar_t *s, size_t size)
{
    int width = 0;

    for (; size > 0 && *s; size--, s++) {
        int one = wcwidth(*s);

        if (one < 0)
            return -1;
        width += one;
    }
    return width;
}

/* --- by name -------------------------------------------------------------- */

static const struct {
    const char *name;
    int (*test)(wint_t);
} classes[] = {{"alnum", iswalnum}, {"alpha", iswalpha}, {"blank", iswblank},
    {"cntrl", iswcntrl}, {"digit", iswdigit}, {"graph", iswgraph},
    {"lower", iswlower}, {"print", iswprint}, {"punct", iswpunct},
    {"space", iswspace}, {"upper", iswupper}, {"xdigit", iswxdigit}};

wctype_t
wctype(const char *name)
{
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (strcmp(name, classes[i].name) == 0)
            return i + 1;
    return 0;
}

int
iswctype(wint_t c, wctype_t type)
{
    return type > 0 && type <= sizeof classes / sizeof *classes &&
           classes[type - 1].test(c);
}

static const int lower, upper;

wctrans_t
wctrans(const char *name)
{
    return strcmp(name, "tolower") == 0   ? &lower
           : strcmp(name, "toupper") == 0 ? &upper : NULL;
}

wint_t
towctrans(wint_t c, wctrans_t which)
{
    return which == &lower ? towlower(c) : which == &upper ? towupper(c) : c;
}
