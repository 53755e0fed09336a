#include "stage2/config.h"

#include "errors.h"
#include "kernel/lib/mem.h"

/* --- characters and words ------------------------------------------------ */

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static char
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static char *
skip_blanks(char *p)
{
    while (is_blank(*p))
        p++;
    return p;
}

/* End the string where its trailing blanks begin; returns the new end. */
static char *
trim_end(char *start)
{
    char *end = start + strlen(start);

    while (end > start && is_blank(end[-1]))
        end--;
    *end = '\0';
    return end;
}

/* Take a decimal number of at most max from *text. Returns false on none. */
static bool
take_number(const char **text, uint32_t max, uint32_t *number)
{
    const char *p = *text;
    uint32_t value = 0;

    if (*p < '0' || *p > '9')
        return false;
    for (; *p >= '0' && *p <= '9'; p++) {
        value = value * 10 + (uint32_t)(*p - '0');
        if (value > max)
            return false;
    }
    *text = p;
    *number = value;
    return true;
}

/* --- keys ---------------------------------------------------------------- */

/*
 * A function that takes a line or a value returns NULL, or in words what is
 * wrong with it: the end of the sentence of E_CONFIG_SYNTAX.
 */
struct parser {
    struct config *config;
    struct config_entry *entry; /* NULL above the first section */
    uint32_t line;
    uint32_t default_line; /* 0: no default key */
    uint32_t seen;         /* bit 1 << KEY_* of this section's keys */
};

enum key {
    KEY_TIMEOUT,
    KEY_DEFAULT,
    KEY_KERNEL, /* this and those below belong into a section */
    KEY_CMDLINE,
    KEY_VIDEO,
    KEY_MODULE, /* this and the one below may be repeated */
    KEY_OPTIONAL,
    KEY_COUNT,
};

static const char key_names[KEY_COUNT][9] = {
    "timeout", "default", "kernel", "cmdline", "video", "module", "optional",
};

static const char *
take_path(const char **path, const char *value)
{
    if (value[0] != '/')
        return "a path begins with /";
    if (strlen(value) >= CONFIG_PATH_SIZE)
        return "the path is too long";
    *path = value;
    return NULL;
}

static const char *
take_module(struct config_entry *entry, const char *value, bool optional)
{
    struct config_module *module = &entry->modules[entry->module_count];

    if (entry->module_count == BOOT_MAX_MODULES)
        return "too many modules";
    entry->module_count++;
    module->optional = optional;
    return take_path(&module->path, value);
}

static bool
is_text(const char *value)
{
    for (const char *p = "text"; *p != '\0'; p++, value++)
        if (lower(*value) != *p)
            return false;
    return *value == '\0';
}

static const char *
take_video(struct config_video *video, const char *value)
{
    static const char wrong[] = "expected text or WIDTHxHEIGHTxDEPTH";

    if (is_text(value))
        return NULL;
    if (!take_number(&value, CONFIG_MAX_PIXELS, &video->width) ||
        lower(*value++) != 'x' ||
        !take_number(&value, CONFIG_MAX_PIXELS, &video->height) ||
        video->width == 0 || video->height == 0)
        return wrong;
    if (*value == '\0')
        return NULL;
    if (lower(*value++) != 'x' || !take_number(&value, 32, &video->depth) ||
        *value != '\0')
        return wrong;
    if (video->depth < 16 || video->depth % 8 != 0)
        return "the depth is 16, 24 or 32";
    return NULL;
}

/* A number from min to max and nothing else. */
static const char *
take_range(uint32_t *number, const char *value, uint32_t min, uint32_t max)
{
    if (!take_number(&value, max, number) || *number < min || *value != '\0')
        return "the number is missing or out of range";
    return NULL;
}

static const char *
take_value(struct parser *parser, enum key key, const char *value)
{
    struct config_entry *entry = parser->entry;
    const char *wrong;

    switch (key) {
    case KEY_TIMEOUT:
        return take_range(&parser->config->timeout, value, 0,
                          CONFIG_MAX_TIMEOUT);
    case KEY_DEFAULT:
        parser->default_line = parser->line;
        wrong = take_range(&parser->config->chosen, value, 1,
                           CONFIG_MAX_ENTRIES);
        parser->config->chosen--;
        return wrong;
    case KEY_KERNEL:
        return take_path(&entry->kernel, value);
    case KEY_CMDLINE:
        entry->cmdline = value;
        return strlen(value) < BOOT_CMDLINE_SIZE ? NULL
                                                 : "the line is too long";
    case KEY_VIDEO:
        return take_video(&entry->video, value);
    default:
        return take_module(entry, value, key == KEY_OPTIONAL);
    }
}

/* --- lines --------------------------------------------------------------- */

/* The key that text begins with, and what follows it; KEY_COUNT: unknown. */
static enum key
find_key(char *text, char **after)
{
    enum key key;

    for (key = 0; key < KEY_COUNT; key++) {
        const char *name = key_names[key];
        char *p = text;

        while (*name != '\0' && lower(*p) == *name) {
            name++;
            p++;
        }
        *after = skip_blanks(p);
        if (*name == '\0' && (*after > p || *p == '=' || *p == '\0'))
            break;
    }
    return key;
}

static const char *
take_key(struct parser *parser, char *text)
{
    char *value;
    enum key key = find_key(text, &value);

    if (key == KEY_COUNT)
        return "unknown key";
    if (*value != '=')
        return "expected = after the key";
    value = skip_blanks(value + 1);
    if (key < KEY_KERNEL && parser->entry != NULL)
        return "this key belongs above the first section";
    if (key >= KEY_KERNEL && parser->entry == NULL)
        return "this key belongs into a section";
    if (key < KEY_MODULE && (parser->seen & 1u << key) != 0)
        return "this key stands here twice";
    parser->seen |= 1u << key;
    /* The command line is handed on as it stands, blanks at its end too. */
    if (key != KEY_CMDLINE)
        trim_end(value);
    return take_value(parser, key, value);
}

static const char *
take_section(struct parser *parser, char *text)
{
    struct config *config = parser->config;
    char *end = trim_end(text), *title = skip_blanks(text + 1);

    if (end[-1] != ']')
        return "expected ] at the end";
    end[-1] = '\0';
    trim_end(title);
    if (*title == '\0')
        return "the entry has no name";
    if (strlen(title) >= CONFIG_TITLE_SIZE)
        return "the name is too long";
    if (config->entry_count == CONFIG_MAX_ENTRIES)
        return "too many entries";
    parser->entry = &config->entries[config->entry_count++];
    parser->entry->title = title;
    parser->entry->cmdline = "";
    parser->seen = 0;
    return NULL;
}

/* Nothing on the screen or on COM1 may be driven by what a file holds. */
static bool
has_control(const char *line, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        uint8_t c = (uint8_t)line[i];

        if ((c < 0x20 && c != '\t') || c == 0x7F)
            return true;
    }
    return false;
}

/* Take the line of that length, which text[length] does not belong to. */
static const char *
take_line(struct parser *parser, char *text, size_t length)
{
    if (length > 0 && text[length - 1] == '\r')
        length--;
    if (has_control(text, length))
        return "control character";
    text[length] = '\0';
    text = skip_blanks(text);
    switch (*text) {
    case '\0':
    case '#':
        return NULL;
    case '[':
        return take_section(parser, text);
    default:
        return take_key(parser, text);
    }
}

/* --- the file ------------------------------------------------------------ */

static int
fail(struct config *config, uint32_t line, const char *reason)
{
    config->error_line = line;
    config->error_reason = reason;
    return E_CONFIG_SYNTAX;
}

int
config_parse(struct config *config, char *text, size_t size)
{
    struct parser parser = { .config = config };
    char *end = text + size, *next;

    memset(config, 0, sizeof *config);
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        text += 3;
    for (; text < end; text = next + 1) {
        const char *reason;

        for (next = text; next < end && *next != '\n'; next++)
            ;
        parser.line++;
        reason = take_line(&parser, text, (size_t)(next - text));
        if (reason != NULL)
            return fail(config, parser.line, reason);
    }
    if (config->entry_count == 0)
        return E_CONFIG_EMPTY;
    if (config->chosen >= config->entry_count)
        return fail(config, parser.default_line, "there is no such entry");
    return config->entries[config->chosen].kernel != NULL ? 0
                                                          : E_CONFIG_EMPTY;
}

const char *
config_option(const char *cmdline, const char *name, size_t *length)
{
    static const char autorun[] = "autorun=";
    size_t name_length = strlen(name);

    for (;;) {
        const char *word;

        while (is_blank(*cmdline))
            cmdline++;
        word = cmdline;
        while (*cmdline != '\0' && !is_blank(*cmdline))
            cmdline++;
        if (cmdline == word ||
            strncmp(word, autorun, sizeof autorun - 1) == 0)
            return NULL;
        if (strncmp(word, name, name_length) == 0 &&
            word[name_length] == '=') {
            *length = (size_t)(cmdline - word) - name_length - 1;
            return word + name_length + 1;
        }
    }
}
