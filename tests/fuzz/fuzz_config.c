/*
 * stage2/config: any boot.cfg. What was accepted keeps every promise of the
 * header, and written out again it is read as the same.
 */
#include "tests/fuzz/fuzz.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "stage2/config.h"

#define WRITTEN_SIZE 65536

static void
check(bool condition)
{
    if (!condition)
        abort();
}

/* A string of at most max bytes in text, and nothing that moves a cursor. */
static void
check_string(const char *s, const char *text, size_t size, size_t max)
{
    check(s >= text && s <= text + size);
    check(strnlen(s, max) < max);
    for (; *s != '\0'; s++)
        check((unsigned char)*s >= 0x20 || *s == '\t');
    check(s <= text + size);
}

static void
check_entry(const struct config_entry *entry, const char *text, size_t size)
{
    check_string(entry->title, text, size, CONFIG_TITLE_SIZE);
    check(entry->title[0] != '\0');
    if (entry->kernel != NULL)
        check_string(entry->kernel, text, size, CONFIG_PATH_SIZE);
    if (entry->cmdline[0] != '\0')
        check_string(entry->cmdline, text, size, BOOT_CMDLINE_SIZE);
    check(entry->module_count <= BOOT_MAX_MODULES);
    for (uint32_t i = 0; i < entry->module_count; i++) {
        check_string(entry->modules[i].path, text, size, CONFIG_PATH_SIZE);
        check(entry->modules[i].path[0] == '/');
    }
    check((entry->video.width == 0) == (entry->video.height == 0));
    check(entry->video.width <= CONFIG_MAX_PIXELS);
    check(entry->video.height <= CONFIG_MAX_PIXELS);
    check(entry->video.depth == 0 || entry->video.depth == 15 ||
          entry->video.depth == 16 || entry->video.depth == 24 ||
          entry->video.depth == 32);
}

struct output {
    char *text;
    size_t length;
};

static void __attribute__((format(printf, 2, 3)))
add(struct output *out, const char *text, ...)
{
    va_list list;

    va_start(list, text);
    out->length += (size_t)vsnprintf(out->text + out->length,
                                     WRITTEN_SIZE - out->length, text, list);
    va_end(list);
    check(out->length < WRITTEN_SIZE);
}

static void
write_entry(struct output *out, const struct config_entry *entry)
{
    add(out, "[%s]\r\n", entry->title);
    if (entry->kernel != NULL)
        add(out, "Kernel\t=%s\n", entry->kernel);
    add(out, "cmdline=%s\n", entry->cmdline);
    for (uint32_t i = 0; i < entry->module_count; i++)
        add(out, "%s = %s \n",
            entry->modules[i].optional ? "optional" : "MODULE",
            entry->modules[i].path);
    if (entry->video.width == 0)
        add(out, "video = text\n");
    else if (entry->video.depth == 0)
        add(out, "video=%ux%u\n", entry->video.width, entry->video.height);
    else
        add(out, "video=%uX%ux%u\n", entry->video.width, entry->video.height,
            entry->video.depth);
}

static void
check_same(const struct config_entry *a, const struct config_entry *b)
{
    check(strcmp(a->title, b->title) == 0);
    check((a->kernel == NULL) == (b->kernel == NULL));
    check(a->kernel == NULL || strcmp(a->kernel, b->kernel) == 0);
    check(strcmp(a->cmdline, b->cmdline) == 0);
    check(memcmp(&a->video, &b->video, sizeof a->video) == 0);
    check(a->module_count == b->module_count);
    for (uint32_t i = 0; i < a->module_count; i++) {
        check(strcmp(a->modules[i].path, b->modules[i].path) == 0);
        check(a->modules[i].optional == b->modules[i].optional);
    }
}

static void
check_round_trip(const struct config *config)
{
    struct output out = { malloc(WRITTEN_SIZE + 1), 0 };
    struct config again;

    add(&out, "\xEF\xBB\xBFtimeout = %u\ndefault = %u\n", config->timeout,
        config->chosen + 1);
    for (uint32_t i = 0; i < config->entry_count; i++)
        write_entry(&out, &config->entries[i]);
    check(config_parse(&again, out.text, out.length) == 0);
    check(again.timeout == config->timeout);
    check(again.chosen == config->chosen);
    check(again.entry_count == config->entry_count);
    for (uint32_t i = 0; i < config->entry_count; i++)
        check_same(&config->entries[i], &again.entries[i]);
    free(out.text);
}

/* An option's value is a whole rest of a word, and before autorun=. */
static void
check_options(const char *cmdline)
{
    static const char *const names[] = { "seed", "a", "", "autorun" };
    size_t length;

    for (unsigned i = 0; i < 4; i++) {
        const char *value = config_option(cmdline, names[i], &length);
        const char *word, *end;

        if (value == NULL)
            continue;
        end = value + length;
        word = value - strlen(names[i]) - 1;
        check(word >= cmdline && length <= strlen(value));
        check(word == cmdline || word[-1] == ' ' || word[-1] == '\t');
        check(*end == '\0' || *end == ' ' || *end == '\t');
        check(strncmp(word, names[i], strlen(names[i])) == 0);
        check(strncmp(cmdline, "autorun=", 8) != 0);
        for (const char *p = cmdline; p < word; p++)
            check((*p != ' ' && *p != '\t') ||
                  strncmp(p + 1, "autorun=", 8) != 0);
    }
}

static void
check_accepted(const struct config *config, const char *text, size_t size)
{
    check(config->entry_count >= 1);
    check(config->entry_count <= CONFIG_MAX_ENTRIES);
    check(config->chosen < config->entry_count);
    check(config->entries[config->chosen].kernel != NULL);
    check(config->timeout <= CONFIG_MAX_TIMEOUT);
    for (uint32_t i = 0; i < config->entry_count; i++) {
        check_entry(&config->entries[i], text, size);
        check_options(config->entries[i].cmdline);
    }
    check_round_trip(config);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct config config;
    uint32_t lines = 1;
    char *text;
    int result;

    if (size > CONFIG_MAX_BYTES)
        return 0;
    text = malloc(size + 1);
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n';
    if (size > 0)
        memcpy(text, data, size);
    result = config_parse(&config, text, size);
    if (result == 0) {
        check_accepted(&config, text, size);
    } else if (result == E_CONFIG_SYNTAX) {
        check(config.error_line >= 1 && config.error_line <= lines);
        check(config.error_reason != NULL && strlen(config.error_reason) < 48);
    } else {
        check(result == E_CONFIG_EMPTY && config.error_line == 0);
    }
    free(text);
    return 0;
}
