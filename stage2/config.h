/*
 * /boot/boot.cfg: what the user may choose (docs/spec/boot-config.md).
 *
 *     # A comment. Blank lines and white space around words do not count.
 *     timeout = 3              seconds the menu waits; 0 boots at once
 *     default = 1              number of an entry, counted from 1
 *
 *     [Kindling]               the name of an entry, as the menu shows it
 *     kernel = /boot/kernel.elf
 *     cmdline = log=debug      rest of the line, verbatim
 *     module = /boot/boot.cpio may stand up to eight times
 *     optional = /boot/x.cpio  a module that may be missing
 *     video = 1024x768x32      or "text"; the depth may be left out
 *
 * Lines end with LF or CRLF; a UTF-8 byte order mark is skipped; keys are not
 * case-sensitive. An unknown key, a key outside its section, a number out of
 * range, a key that stands twice although it has one value, a control
 * character or a name too long is an error with the number of the line: a
 * typo must not boot something else.
 */
#ifndef STAGE2_CONFIG_H
#define STAGE2_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/abi/boot.h"

#define CONFIG_MAX_BYTES    4096
#define CONFIG_MAX_ENTRIES  10
#define CONFIG_TITLE_SIZE   64
#define CONFIG_PATH_SIZE    BOOT_MODULE_NAME_SIZE
#define CONFIG_MAX_TIMEOUT  3600
#define CONFIG_MAX_PIXELS   65535

struct config_module {
    const char *path;
    bool optional;
};

struct config_video {
    uint32_t width, height; /* 0: text */
    uint32_t depth;         /* 0: the deepest to be had */
};

struct config_entry {
    const char *title;
    const char *kernel;  /* NULL when the section has none */
    const char *cmdline; /* "" when the section has none */
    struct config_video video;
    uint32_t module_count;
    struct config_module modules[BOOT_MAX_MODULES];
};

struct config {
    uint32_t timeout; /* seconds */
    uint32_t chosen;  /* index of the default entry, counted from 0 */
    uint32_t entry_count;
    struct config_entry entries[CONFIG_MAX_ENTRIES];
    uint32_t error_line;      /* after an error */
    const char *error_reason; /* after an error, in words */
};

/*
 * Parse size bytes of text, which is cut into strings in place: the config
 * points into it, so it must live as long and have room for one byte more at
 * text[size]. Returns 0, E_CONFIG_SYNTAX or E_CONFIG_EMPTY (no section, or
 * the default entry has no kernel).
 */
int config_parse(struct config *config, char *text, size_t size);

/*
 * Look for " name=value" among the words of a command line, autorun= and
 * what follows it left out. Returns the first byte of the value and sets
 * *length, or NULL. Used by loader and tests; the kernel has the same rule.
 */
const char *config_option(const char *cmdline, const char *name,
                          size_t *length);

#endif
