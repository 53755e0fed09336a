#include "user/sh/complete.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/sh/alias.h"
#include "user/sh/builtins.h"
#include "user/sh/func.h"
#include "user/sh/sh.h"
#include "user/sh/vars.h"

#define SPECIAL " \t\\'\"$`&|;<>()*?[]#~!"

static struct fields *found;        /* by the alias that is asked for */
static const char *wanted;

static bool
begins(const char *name, const char *with)
{
    return strncmp(name, with, strlen(with)) == 0;
}

static void
add_joined(struct fields *fields, const char *folder, size_t length,
           const char *name, const char *end)
{
    struct text text = { &sh.scratch, NULL, 0, 0 };

    text_add(&text, folder, length);
    text_string(&text, name);
    text_string(&text, end);
    fields_add(fields, text_end(&text));
}

/* Where the word before the cursor starts; is it a command's name? */
static size_t
word_start(const char *line, size_t cursor, bool *command)
{
    size_t start = 0;

    *command = true;
    for (size_t i = 0; i < cursor; i++) {
        if (line[i] == '\\' && i + 1 < cursor) {
            i++;
        } else if (strchr("|&;(`", line[i]) != NULL) {
            start = i + 1;
            *command = true;
        } else if (strchr(" \t<>", line[i]) != NULL) {
            *command &= start == i && line[i] != '<' && line[i] != '>';
            start = i + 1;
        }
    }
    return start;
}

/* The word as the shell will read it. */
static const char *
unquoted(const char *word, size_t length)
{
    struct text text = { &sh.scratch, NULL, 0, 0 };

    for (size_t i = 0; i < length; i++) {
        if (word[i] == '\\' && i + 1 < length)
            i++;
        text_byte(&text, word[i]);
    }
    return text_end(&text);
}

/* --- files --------------------------------------------------------------- */

static const char *
folder_to_open(const char *word, size_t length)
{
    struct text text = { &sh.scratch, NULL, 0, 0 };
    const char *home = var_get("HOME");

    if (length == 0)
        return ".";
    if (begins(word, "~/") && home != NULL) {
        text_string(&text, home);
        word++;
        length--;
    }
    text_add(&text, word, length);
    return text_end(&text);
}

static bool
is_folder(const char *folder, const char *name, bool *can_run)
{
    struct text text = { &sh.scratch, NULL, 0, 0 };
    struct stat info;

    text_string(&text, folder);
    text_byte(&text, '/');
    text_string(&text, name);
    if (stat(text_end(&text), &info) < 0)
        return false;
    *can_run = access(text.bytes, X_OK) == 0;
    return S_ISDIR(info.st_mode);
}

/* Names in a folder that go on from `name`. With commands, only folders and
 * what can be run; `show` bytes of the word stand before each. */
static void
add_files(struct fields *fields, const char *word, size_t show,
          const char *folder, const char *name, bool commands)
{
    DIR *open = opendir(folder);
    struct dirent *entry;

    if (open == NULL)
        return;
    while ((entry = readdir(open)) != NULL) {
        bool can_run = false, is_dir;

        if (!begins(entry->d_name, name) ||
            (entry->d_name[0] == '.' && name[0] != '.') ||
            strcmp(entry->d_name, ".") == 0 ||
            strcmp(entry->d_name, "..") == 0)
            continue;
        is_dir = is_folder(folder, entry->d_name, &can_run);
        if (commands && !can_run)
            continue;
        if (commands && is_dir && show == 0 && strcmp(folder, ".") != 0)
            continue;           /* a folder in PATH has no commands' names */
        add_joined(fields, word, show, entry->d_name, is_dir ? "/" : "");
    }
    closedir(open);
}

static void
find_files(struct fields *fields, const char *word, bool commands)
{
    const char *slash = strrchr(word, '/');
    size_t length = slash != NULL ? (size_t)(slash + 1 - word) : 0;

    add_files(fields, word, length, folder_to_open(word, length),
              word + length, commands);
}

/* --- commands ------------------------------------------------------------ */

static void
add_alias(const char *name, const char *value)
{
    (void)value;
    if (begins(name, wanted))
        fields_add(found, arena_string(&sh.scratch, name));
}

static void
add_function(const char *name)
{
    add_alias(name, NULL);
}

static void
find_commands(struct fields *fields, const char *word)
{
    const char *path = var_get("PATH");
    const struct builtin *builtin;

    found = fields;
    wanted = word;
    for (unsigned i = 0; (builtin = builtin_at(i)) != NULL; i++)
        add_alias(builtin->name, NULL);
    alias_each(add_alias);
    func_each(add_function);
    while (path != NULL) {
        size_t length = strcspn(path, ":");

        if (length > 0)
            add_files(fields, word, 0, arena_copy(&sh.scratch, path, length),
                      word, true);
        path = path[length] == ':' ? path + length + 1 : NULL;
    }
}

/* --- the result ---------------------------------------------------------- */

static int
compare(const void *a, const void *b)
{
    char *const *left = a, *const *right = b;

    return strcmp(*left, *right);
}

static void
sort_and_unite(struct fields *fields)
{
    size_t kept = 0;

    if (fields->count == 0)
        return;
    qsort(fields->at, fields->count, sizeof(char *), compare);
    for (size_t i = 1; i < fields->count; i++) {
        if (strcmp(fields->at[i], fields->at[kept]) != 0)
            fields->at[++kept] = fields->at[i];
    }
    fields->count = kept + 1;
}

/* What all of them have after the word; a single one also gets a blank. */
static const char *
common_addition(const struct fields *fields, size_t length)
{
    struct text text = { &sh.scratch, NULL, 0, 0 };
    const char *first = fields->at[0];
    size_t same = strlen(first);

    for (size_t i = 1; i < fields->count; i++) {
        size_t equal = length;

        while (equal < same && fields->at[i][equal] == first[equal])
            equal++;
        same = equal;
    }
    while (same > length && ((unsigned char)first[same] & 0xC0) == 0x80)
        same--;             /* not half a character */
    for (size_t i = length; i < same; i++) {
        if (strchr(SPECIAL, first[i]) != NULL)
            text_byte(&text, '\\');
        text_byte(&text, first[i]);
    }
    if (fields->count == 1 && (same == 0 || first[same - 1] != '/'))
        text_byte(&text, ' ');
    return text_end(&text);
}

void
complete_word(const char *line, size_t cursor, struct completion *completion)
{
    bool command;
    size_t start = word_start(line, cursor, &command);
    const char *word = unquoted(line + start, cursor - start);

    *completion = (struct completion){ { NULL, 0, 0 }, "" };
    if (command && strchr(word, '/') == NULL)
        find_commands(&completion->matches, word);
    else
        find_files(&completion->matches, word, command);
    sort_and_unite(&completion->matches);
    if (completion->matches.count > 0)
        completion->addition = common_addition(&completion->matches,
                                               strlen(word));
}
