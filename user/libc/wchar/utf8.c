#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/*
 * Characters are Unicode, their bytes UTF-8 in the "C" locale as well (RFC
 * 3629: shortest form, no surrogates, up to 10FFFFh). mbstate_t holds the bits
 * so far, how many bytes are missing, and how many there are in all.
 */
#define BAD  ((size_t)-1)
#define MORE ((size_t)-2)

/* The least value for a length in bytes. */
static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};

static size_t
bad(mbstate_t *state)
{
    *state = (mbstate_t){0, 0, 0};
    errno = EILSEQ;
    return BAD;
}

static int
start(mbstate_t *state, unsigned char byte)
{
    unsigned length = byte < 0xc2 ? 0 : byte < 0xe0 ? 2
                      : byte < 0xf0 ? 3 : byte < 0xf5 ? 4 : 0;

    if (length == 0)
        return 0;
    state->__value = byte & (0xffu >> (length + 1));
    state->__length = (unsigned char)length;
    state->__left = (unsigned char)(length - 1);
    return 1;
}

/* Is what is known of the value still in the range of its length? */
static int
in_range(const mbstate_t *state)
{
    unsigned low = state->__value << 6 * state->__left;
    unsigned high = low | ((1u << 6 * state->__left) - 1);

    return high >= least[state->__length] && low <= 0x10ffff &&
           !(low >= 0xd800 && high <= 0xdfff);
}

size_t
mbrtowc(wchar_t *restrict to, const char *restrict s, size_t size,
        mbstate_t *restrict state)
{
    static mbstate_t own;
    size_t used = 0;

    state = state ? state : &own;
    if (!s)
        return state->__left ? bad(state) : 0;
    if (size == 0)
        return MORE;
    if (!state->__left) {
        unsigned char byte = (unsigned char)s[used++];

        if (byte < 0x80) {
            if (to)
                *to = byte;
            return byte != 0;
        }
        if (!start(state, byte))
            return bad(state);
    }
    for (; state->__left; used++) {
        if (used == size)
            return MORE;
        if ((s[used] & 0xc0) != 0x80)
            return bad(state);
        state->__value = state->__value << 6 | (s[used] & 0x3f);
        state->__left--;
        if (!in_range(state))
            return bad(state);
    }
    if (to)
        *to = (wchar_t)state->__value;
    *state = (mbstate_t){0, 0, 0};
    return used;
}

size_t
wcrtomb(char *restrict s, wchar_t c, mbstate_t *restrict state)
{
    unsigned value = (unsigned)c;
    unsigned length = value < 0x80 ? 1 : value < 0x800 ? 2
                      : value < 0x10000 ? 3 : 4;

    (void)state;
    if (!s)
        return 1;
    if (value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) {
        errno = EILSEQ;
        return BAD;
    }
    if (length == 1) {
        *s = (char)value;
        return 1;
    }
    for (unsigned i = length; i-- > 1; value >>= 6)
        s[i] = (char)(0x80 | (value & 0x3f));
    s[0] = (char)(0xf00u >> length | value);
    return length;
}

size_t
mbrlen(const char *restrict s, size_t size, mbstate_t *restrict state)
{
    static mbstate_t own;

    return mbrtowc(NULL, s, size, state ? state : &own);
}

int
mbsinit(const mbstate_t *state)
{
    return !state || !state->__left;
}

int
mbtowc(wchar_t *restrict to, const char *restrict s, size_t size)
{
    mbstate_t state = {0, 0, 0};
    size_t result;

    if (!s)
        return 0;
    result = mbrtowc(to, s, size, &state);
    if (result == MORE)
        errno = EILSEQ;
    return result >= MORE ? -1 : (int)result;
}

int
mblen(const char *s, size_t size)
{
    return mbtowc(NULL, s, size);
}

int
wctomb(char *s, wchar_t c)
{
    return s ? (int)wcrtomb(s, c, NULL) : 0;
}

wint_t
btowc(int c)
{
    return c >= 0 && c < 0x80 ? (wint_t)c : WEOF;
}

int
wctob(wint_t c)
{
    return c < 0x80 ? (int)c : EOF;
}

/* --- strings -------------------------------------------------------------- */

size_t
mbsnrtowcs(wchar_t *restrict to, const char **restrict from, size_t bytes,
           size_t size, mbstate_t *restrict state)
{
    static mbstate_t own;
    const char *s = *from;
    size_t count = 0;

    state = state ? state : &own;
    while (!to || count < size) {
        wchar_t c;
        size_t used = mbrtowc(&c, s, bytes, state);

        if (used == BAD) {
            if (to)
                *from = s;
            return BAD;
        }
        if (used == MORE) {
            s += bytes;
            break;
        }
        if (to)
            to[count] = c;
        if (!c) {
            if (to)
                *from = NULL;
            return count;
        }
        s += used;
        bytes -= used;
        count++;
    }
    if (to)
        *from = s;
    return count;
}

size_t
mbsrtowcs(wchar_t *restrict to, const char **restrict from, size_t size,
          mbstate_t *restrict state)
{
    return mbsnrtowcs(to, from, (size_t)-1 / 2, size, state);
}

size_t
mbstowcs(wchar_t *restrict to, const char *restrict start, size_t size)
{
    mbstate_t state = {0, 0, 0};
    const char *from = start;

    return mbsrtowcs(to, &from, size, &state);
}

size_t
wcsrtombs(char *restrict to, const wchar_t **restrict from, size_t size,
          mbstate_t *restrict state)
{
    const wchar_t *s = *from;
    size_t used = 0;

    for (;; s++) {
        char piece[4];
        size_t one = wcrtomb(piece, *s, state);

        if (one == BAD) {
            if (to)
                *from = s;
            return BAD;
        }
        if (to && one > size - used)
            break;
        if (to)
            memcpy(to + used, piece, one);
        if (!*s) {
            if (to)
                *from = NULL;
            return used;
        }
        used += one;
    }
    *from = s;
    return used;
}

size_t
wcstombs(char *restrict to, const wchar_t *restrict start, size_t size)
{
    const wchar_t *from = start;

    return wcsrtombs(to, &from, size, NULL);
}
