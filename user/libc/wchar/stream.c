#include <wchar.h>

#include "user/libc/stdio/internal.h"

int
fwide(FILE *file, int wanted)
{
    if (file->orientation == 0)
        file->orientation = (wanted > 0) - (wanted < 0);
    return file->orientation;
}

wint_t
fgetwc(FILE *file)
{
    mbstate_t state = {0, 0, 0};
    wint_t result = WEOF;
    wchar_t c;
    int byte;

    flockfile(file);
    fwide(file, 1);
    while ((byte = file_get(file)) != EOF) {
        char one = (char)byte;
        size_t used = mbrtowc(&c, &one, 1, &state);

        if (used == (size_t)-2)
            continue;
        if (used == (size_t)-1)
            file->flags |= F_ERROR;
        else
            result = (wint_t)c;
        break;
    }
    funlockfile(file);
    return result;
}

wint_t
getwc(FILE *file)
{
    return fgetwc(file);
}

wint_t
getwchar(void)
{
    return fgetwc(stdin);
}

wint_t
fputwc(wchar_t c, FILE *file)
{
    char text[4];
    size_t size = wcrtomb(text, c, NULL);
    wint_t result = WEOF;

    flockfile(file);
    fwide(file, 1);
    if (size == (size_t)-1)
        file->flags |= F_ERROR;
    else if (__file_write(file, text, size) == size)
        result = (wint_t)c;
    funlockfile(file);
    return result;
}

wint_t
putwc(wchar_t c, FILE *file)
{
    return fputwc(c, file);
}

wint_t
putwchar(wchar_t c)
{
    return fputwc(c, stdout);
}

int
fputws(const wchar_t *restrict s, FILE *restrict file)
{
    for (; *s; s++)
        if (fputwc(*s, file) == WEOF)
            return -1;
    return 0;
}

wint_t
ungetwc(wint_t c, FILE *file)
{
    char text[4];
    size_t size = c == WEOF ? (size_t)-1 : wcrtomb(text, (wchar_t)c, NULL);

    if (size == (size_t)-1)
        return WEOF;
    flockfile(file);
    while (size > 0 && c != WEOF)
        if (__file_unget(file, (unsigned char)text[--size]) == EOF)
            c = WEOF;
    funlockfile(file);
    return c;
}
