#include "kernel/start/options.h"

#include "kernel/lib/mem.h"

#define AUTORUN "autorun="

/* The next word from p on; its length is 0 at the end of the line. */
static const char *
next_word(const char *p, size_t *length)
{
    while (*p == ' ' || *p == '\t')
        p++;
    for (*length = 0; p[*length] != '\0'; (*length)++)
        if (p[*length] == ' ' || p[*length] == '\t')
            break;
    return p;
}

static bool
is_autorun(const char *word)
{
    return strncmp(word, AUTORUN, sizeof AUTORUN - 1) == 0;
}

const char *
option_find(const char *line, const char *name, size_t *length)
{
    size_t word_length, name_length = strlen(name);
    const char *word = next_word(line, &word_length);

    while (word_length > 0 && !is_autorun(word)) {
        if (word_length > name_length && word[name_length] == '=' &&
            strncmp(word, name, name_length) == 0) {
            *length = word_length - name_length - 1;
            return word + name_length + 1;
        }
        word = next_word(word + word_length, &word_length);
    }
    return NULL;
}

bool
option_is(const char *line, const char *name, const char *value)
{
    size_t length;
    const char *found = option_find(line, name, &length);

    return found != NULL && length == strlen(value) &&
           strncmp(found, value, length) == 0;
}

const char *
option_autorun(const char *line)
{
    size_t length;
    const char *word = next_word(line, &length);

    while (length > 0 && !is_autorun(word))
        word = next_word(word + length, &length);
    return length > 0 ? word + sizeof AUTORUN - 1 : NULL;
}
