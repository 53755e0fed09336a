/* boot.cfg: what each line means, and every error with its line. */
#include "tests/host/unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "stage2/config.h"

#define BOOTABLE "[a]\nkernel = /k\n"

static char *text_in_use; /* the last text parsed; config points into it */

/* Parse a copy with room for exactly one byte more, as the contract says. */
static int
parse(struct config *config, const char *text, size_t size)
{
    free(text_in_use);
    text_in_use = malloc(size + 1);
    if (size > 0)
        memcpy(text_in_use, text, size);
    text_in_use[size] = 'X';
    memset(config, 0xEE, sizeof *config);
    return config_parse(config, text_in_use, size);
}

static int
free_text(void **state)
{
    (void)state;
    free(text_in_use);
    text_in_use = NULL;
    return 0;
}

static void
assert_good(struct config *config, const char *text)
{
    int result = parse(config, text, strlen(text));

    if (result != 0)
        print_error("E%d line %u: %s\n%s\n", result, config->error_line,
                    config->error_reason, text);
    assert_int_equal(result, 0);
}

static void
assert_error(const char *text, size_t size, uint32_t line, const char *reason)
{
    struct config config;

    if (parse(&config, text, size) != E_CONFIG_SYNTAX)
        fail_msg("accepted: %s", text);
    assert_string_equal(config.error_reason, reason);
    assert_int_equal(config.error_line, line);
}

/* --- what is accepted ---------------------------------------------------- */

static void
the_example_of_the_header(void **state)
{
    static const char text[] =
        "# A comment.\n"
        "timeout = 3\n"
        "default = 2\n"
        "\n"
        "[Safe]\n"
        "kernel = /boot/safe.elf\n"
        "[Kindling]\n"
        "kernel = /boot/kernel.elf\n"
        "cmdline = log=debug  root=2 \n"
        "module = /boot/boot.cpio\n"
        "optional = /boot/x.cpio\n"
        "video = 1024x768x32\n";
    struct config config;
    const struct config_entry *entry = &config.entries[1];

    (void)state;
    assert_good(&config, text);
    assert_int_equal(config.timeout, 3);
    assert_int_equal(config.chosen, 1);
    assert_int_equal(config.entry_count, 2);
    assert_string_equal(config.entries[0].title, "Safe");
    assert_string_equal(config.entries[0].kernel, "/boot/safe.elf");
    assert_string_equal(config.entries[0].cmdline, "");
    assert_int_equal(config.entries[0].module_count, 0);
    assert_int_equal(config.entries[0].video.width, 0);
    assert_string_equal(entry->title, "Kindling");
    assert_string_equal(entry->kernel, "/boot/kernel.elf");
    assert_string_equal(entry->cmdline, "log=debug  root=2 ");
    assert_int_equal(entry->module_count, 2);
    assert_string_equal(entry->modules[0].path, "/boot/boot.cpio");
    assert_false(entry->modules[0].optional);
    assert_string_equal(entry->modules[1].path, "/boot/x.cpio");
    assert_true(entry->modules[1].optional);
    assert_int_equal(entry->video.width, 1024);
    assert_int_equal(entry->video.height, 768);
    assert_int_equal(entry->video.depth, 32);
}

/* The same file from any editor gives the same configuration. */
static void
line_ends_and_byte_order_mark(void **state)
{
    static const char *const texts[] = {
        "timeout=7\n[a b]\nkernel=/k\ncmdline=x y",
        "timeout=7\n[a b]\nkernel=/k\ncmdline=x y\n",
        "timeout=7\r\n[a b]\r\nkernel=/k\r\ncmdline=x y\r\n",
        "timeout=7\r\n[a b]\r\nkernel=/k\r\ncmdline=x y\r",
        "\xEF\xBB\xBFtimeout=7\n[a b]\nkernel=/k\ncmdline=x y\n",
        ("\xEF\xBB\xBF\r\n\ttimeout \t=\t7 \t\r\n  [ a b\t] \r\n"
        "\t KERNEL = /k \t \r\nCmdLine = \t x y\r\n\r\n   # end"),
    };
    struct config config;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_good(&config, texts[i]);
        assert_int_equal(config.timeout, 7);
        assert_int_equal(config.entry_count, 1);
        assert_string_equal(config.entries[0].title, "a b");
        assert_string_equal(config.entries[0].kernel, "/k");
        assert_string_equal(config.entries[0].cmdline, "x y");
    }
}

static void
defaults(void **state)
{
    struct config config;

    (void)state;
    assert_good(&config, BOOTABLE);
    assert_int_equal(config.timeout, 0);
    assert_int_equal(config.chosen, 0);
    assert_string_equal(config.entries[0].cmdline, "");
    assert_int_equal(config.entries[0].module_count, 0);
    assert_int_equal(config.entries[0].video.width, 0);
    assert_int_equal(config.entries[0].video.depth, 0);
}

static void
the_command_line_is_verbatim(void **state)
{
    struct config config;

    (void)state;
    assert_good(&config, BOOTABLE
                "cmdline =  autorun=echo \"[x]\" # y = z;\t ls  \n");
    assert_string_equal(config.entries[0].cmdline,
                        "autorun=echo \"[x]\" # y = z;\t ls  ");
    assert_good(&config, BOOTABLE "cmdline =\n");
    assert_string_equal(config.entries[0].cmdline, "");
    assert_good(&config, BOOTABLE "cmdline = \xC3\xA4\xFF\n");
    assert_string_equal(config.entries[0].cmdline, "\xC3\xA4\xFF");
}

static void
video_modes(void **state)
{
    static const struct {
        const char *text;
        uint32_t width, height, depth;
    } cases[] = {
        { "text", 0, 0, 0 }, { "Text", 0, 0, 0 }, { "1x1", 1, 1, 0 },
        { "1024x768", 1024, 768, 0 }, { "1024X768X24", 1024, 768, 24 },
        { "65535x65535x24", 65535, 65535, 24 }, { "320x200x16", 320, 200, 16 },
        { "0640x0480x032", 640, 480, 32 },
    };
    struct config config;
    char text[128];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(text, sizeof text, BOOTABLE "video = %s\n", cases[i].text);
        assert_good(&config, text);
        assert_int_equal(config.entries[0].video.width, cases[i].width);
        assert_int_equal(config.entries[0].video.height, cases[i].height);
        assert_int_equal(config.entries[0].video.depth, cases[i].depth);
    }
}

static void
numbers_at_their_limits(void **state)
{
    struct config config;

    (void)state;
    assert_good(&config, "timeout = 3600\n" BOOTABLE);
    assert_int_equal(config.timeout, 3600);
    assert_good(&config, "timeout = 0000000000000003\ndefault=1\n" BOOTABLE);
    assert_int_equal(config.timeout, 3);
    assert_good(&config, "timeout = 0\n" BOOTABLE);
    assert_int_equal(config.timeout, 0);
}

/* count times c. */
static const char *
many(char c, size_t count)
{
    static char text[2048];

    assert_true(count < sizeof text);
    memset(text, c, count);
    text[count] = '\0';
    return text;
}

static void
longest_values(void **state)
{
    struct config config;
    char text[4096];

    (void)state;
    snprintf(text, sizeof text, "[%s]\nkernel=/k", many('t', 63));
    assert_good(&config, text);
    assert_string_equal(config.entries[0].title, many('t', 63));
    snprintf(text, sizeof text, "[%s]\nkernel=/k", many('t', 64));
    assert_error(text, strlen(text), 1, "the name is too long");

    snprintf(text, sizeof text, "[a]\nkernel=/%s  ", many('p', 126));
    assert_good(&config, text);
    assert_int_equal(strlen(config.entries[0].kernel), 127);
    snprintf(text, sizeof text, "[a]\nkernel=/%s", many('p', 127));
    assert_error(text, strlen(text), 2, "the path is too long");
    snprintf(text, sizeof text, BOOTABLE "optional=/%s", many('p', 127));
    assert_error(text, strlen(text), 3, "the path is too long");

    snprintf(text, sizeof text, BOOTABLE "cmdline=%s", many('c', 1023));
    assert_good(&config, text);
    assert_string_equal(config.entries[0].cmdline, many('c', 1023));
    snprintf(text, sizeof text, BOOTABLE "cmdline=%s", many('c', 1024));
    assert_error(text, strlen(text), 3, "the line is too long");

    memset(text, '#', sizeof text);
    memcpy(text, BOOTABLE, strlen(BOOTABLE));
    assert_int_equal(parse(&config, text, CONFIG_MAX_BYTES), 0);
}

static void
as_many_as_fit(void **state)
{
    struct config config;
    char text[1024] = "default = 10\n";

    (void)state;
    for (int i = 0; i < CONFIG_MAX_ENTRIES; i++)
        strcat(text, BOOTABLE);
    for (int i = 0; i < BOOT_MAX_MODULES; i++)
        strcat(text, i % 2 ? "optional = /o\n" : "module = /m\n");
    assert_good(&config, text);
    assert_int_equal(config.chosen, 9);
    assert_int_equal(config.entry_count, 10);
    assert_int_equal(config.entries[9].module_count, 8);
    assert_int_equal(config.entries[0].module_count, 0);

    strcat(text, "module = /m\n");
    assert_error(text, strlen(text), 30, "too many modules");
    text[strlen(text) - strlen("module = /m\n")] = '\0';
    strcat(text, "[one more]");
    assert_error(text, strlen(text), 30, "too many entries");
}

/* Names are the reader's affair: brackets and doubles are no mistake. */
static void
odd_names(void **state)
{
    struct config config;

    (void)state;
    assert_good(&config, "[a]b]\nkernel=/k\n[[]\nkernel=/k\n[#]\n[#]\n");
    assert_string_equal(config.entries[0].title, "a]b");
    assert_string_equal(config.entries[1].title, "[");
    assert_string_equal(config.entries[2].title, "#");
    assert_string_equal(config.entries[3].title, "#");
    /* An entry without a kernel is only an error once it is chosen. */
    assert_ptr_equal(config.entries[2].kernel, NULL);
}

/* The file's text, or what stands between its first two lines of ```. */
static void
read_text(const char *path, char *text, size_t size, bool fenced)
{
    FILE *file = fopen(path, "r");
    char line[256];
    size_t length = 0;
    bool inside = !fenced;

    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        if (fenced && strcmp(line, "```\n") == 0) {
            if (inside)
                break;
            inside = true;
        } else if (inside) {
            assert_true(length + strlen(line) < size);
            strcpy(text + length, line);
            length += strlen(line);
        }
    }
    fclose(file);
}

/* Run from the top folder, as all host tests are. */
static void
the_files_in_this_repository(void **state)
{
    struct config config;
    char text[CONFIG_MAX_BYTES + 1] = "";

    (void)state;
    read_text("docs/spec/boot-config.md", text, sizeof text, true);
    assert_good(&config, text);
    assert_int_equal(config.chosen, 1);
    assert_string_equal(config.entries[1].title, "Kindling");
    assert_string_equal(config.entries[1].cmdline,
                        "log=debug autorun=echo \"hello  world\"");
    assert_int_equal(config.entries[1].module_count, 2);
    read_text("scripts/boot.cfg", text, sizeof text, false);
    assert_good(&config, text);
    assert_int_equal(config.timeout, 0);
}

/* --- what is not --------------------------------------------------------- */

static void
every_syntax_error(void **state)
{
    static const char above[] = "this key belongs above the first section";
    static const char below[] = "this key belongs into a section";
    static const char twice[] = "this key stands here twice";
    static const char video[] = "expected text or WIDTHxHEIGHTxDEPTH";
    static const char depth[] = "the depth is 16, 24 or 32";
    static const char number[] = "the number is missing or out of range";
    static const struct {
        const char *line, *reason;
    } top[] = {
        { "timeou = 1", "unknown key" }, { "timeouts = 1", "unknown key" },
        { "= 1", "unknown key" }, { "time out = 1", "unknown key" },
        { "; comment", "unknown key" }, { "\"timeout\" = 1", "unknown key" },
        { "timeout", "expected = after the key" },
        { "timeout 1", "expected = after the key" },
        { "timeout : 1", "expected = after the key" },
        { "timeout = ", number }, { "timeout = 3601", number },
        { "timeout = -1", number }, { "timeout = +1", number },
        { "timeout = 1 s", number }, { "timeout = 0x1", number },
        { "timeout = 4294967296", number }, { "timeout = 4294967297", number },
        { "timeout = 18446744073709551617", number },
        { "default = 0", number }, { "default = 11", number },
        { "default = first", number }, { "default = 1.", number },
        { "kernel = /k", below }, { "cmdline = x", below },
        { "module = /m", below }, { "optional = /o", below },
        { "video = text", below },
        { "[", "expected ] at the end" }, { "[a", "expected ] at the end" },
        { "[a] b", "expected ] at the end" },
        { "[a] # b", "expected ] at the end" },
        { "[]", "the entry has no name" },
        { "[ \t ]", "the entry has no name" },
        { "a]", "unknown key" },
    }, inside[] = {
        { "timeout = 1", above }, { "default = 1", above },
        { "kernel = /k", twice }, { "KERNEL = /k", twice },
        { "cmdline =", twice }, { "video = 1x1", twice },
        { "kernels = /k", "unknown key" }, { "initrd = /k", "unknown key" },
        { "module = ", "a path begins with /" },
        { "module = boot/m", "a path begins with /" },
        { "optional = \\boot\\m", "a path begins with /" },
        { "module", "expected = after the key" },
    }, entry[] = {
        { "kernel =", "a path begins with /" },
        { "kernel = k", "a path begins with /" },
        { "video =", video }, { "video = none", video },
        { "video = tex", video }, { "video = texts", video },
        { "video = 1024", video }, { "video = 1024x", video },
        { "video = x768", video }, { "video = 1024 x 768", video },
        { "video = 0x768", video }, { "video = 1024x0", video },
        { "video = 65536x768", video }, { "video = 1024x65536", video },
        { "video = 1024x768x", video }, { "video = 1024x768x33", video },
        { "video = 1024x768x32x", video }, { "video = 1024x768*32", video },
        { "video = 1024x768x0", depth }, { "video = 1024x768x8", depth },
        { "video = 1024x768x14", depth }, { "video = 1024x768x17", depth },
        { "video = 1024x768x31", depth },
    };
    char text[256];
    int size;

    (void)state;
    for (size_t i = 0; i < sizeof top / sizeof *top; i++) {
        size = snprintf(text, sizeof text, "# 1\r\n\n%s\n" BOOTABLE,
                        top[i].line);
        assert_error(text, (size_t)size, 3, top[i].reason);
        size = snprintf(text, sizeof text, "\xEF\xBB\xBF%s", top[i].line);
        assert_error(text, (size_t)size, 1, top[i].reason);
    }
    for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
        size = snprintf(text, sizeof text,
                        BOOTABLE "cmdline =\nvideo = text\n%s",
                        inside[i].line);
        assert_error(text, (size_t)size, 5, inside[i].reason);
    }
    for (size_t i = 0; i < sizeof entry / sizeof *entry; i++) {
        size = snprintf(text, sizeof text, "timeout=1\n[b]\n%s\n[c\n",
                        entry[i].line);
        assert_error(text, (size_t)size, 3, entry[i].reason);
    }
    assert_error("timeout = 1\nTimeout = 1\n" BOOTABLE, 40, 2, twice);
    assert_error("default = 1\ndefault = 1\n" BOOTABLE, 40, 2, twice);
}

/* NUL, ESC and their like, in each kind of line. */
static void
control_characters(void **state)
{
    static const char *const lines[] = {
        "# comment _", "timeout = _1", "_", "[a_b]", " _ ", "cmdline = a_b",
        "kernel_= /k", "cmdline = a_",
    };
    char text[256];

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        for (int c = 0; c <= 0x7F; c++) {
            int size = snprintf(text, sizeof text, BOOTABLE "%s \n[z]\n",
                                lines[i]);
            char *mark = memchr(text, '_', (size_t)size);

            *mark = (char)c;
            if ((c < 0x20 && c != '\t' && c != '\n') || c == 0x7F)
                assert_error(text, (size_t)size, 3, "control character");
        }
    }
    /* CR is only one at the end of a line, and only once. */
    assert_error("\r\r\n" BOOTABLE, 3, 1, "control character");
    assert_error("[a]\rkernel=/k", 13, 1, "control character");
    assert_error("\x1A", 1, 1, "control character");
    assert_error("\xEF\xBB", 2, 1, "unknown key");
}

static void
nothing_to_boot(void **state)
{
    static const char *const texts[] = {
        "", "\n", "\xEF\xBB\xBF", "# nothing\n", "timeout = 5\n",
        "default = 2\n", "[a]", "[a]\ncmdline = x\n", "[a]\n" BOOTABLE,
        "default=2\n" BOOTABLE "[b]\nmodule=/m\n",
    };
    struct config config;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(parse(&config, texts[i], strlen(texts[i])),
                         E_CONFIG_EMPTY);
}

static void
the_default_must_exist(void **state)
{
    static const char text[] = "timeout = 1\ndefault = 2\n" BOOTABLE;

    (void)state;
    assert_error(text, sizeof text - 1, 2, "there is no such entry");
}

/* --- options ------------------------------------------------------------- */

static void
assert_option(const char *line, const char *name, const char *value)
{
    size_t length = 0;
    const char *found = config_option(line, name, &length);

    if (value == NULL) {
        assert_ptr_equal(found, NULL);
        return;
    }
    assert_ptr_not_equal(found, NULL);
    assert_int_equal(length, strlen(value));
    assert_memory_equal(found, value, length);
}

static void
options_are_whole_words(void **state)
{
    (void)state;
    assert_option("", "seed", NULL);
    assert_option("seed=1", "seed", "1");
    assert_option("  a=b\tseed=12 c", "seed", "12");
    assert_option("seed= kaslr=off", "seed", "");
    assert_option("seed=", "seed", "");
    assert_option("seed=1=2", "seed", "1=2");
    assert_option("seed=1 seed=2", "seed", "1");
    assert_option("seed", "seed", NULL);
    assert_option("seed =1", "seed", NULL);
    assert_option("xseed=1 seeds=2 SEED=3", "seed", NULL);
    assert_option("a=seed=1", "seed", NULL);
    assert_option("kaslr=off", "kaslr", "off");
}

/* Contract C-7: what follows autorun= is a shell command, not options. */
static void
autorun_ends_the_options(void **state)
{
    static const char line[] = "log=debug autorun=dd seed=1 kaslr=off";

    (void)state;
    assert_option(line, "log", "debug");
    assert_option(line, "seed", NULL);
    assert_option(line, "kaslr", NULL);
    assert_option(line, "autorun", NULL);
    assert_option("autorun= seed=1", "seed", NULL);
    assert_option("autorun=", "seed", NULL);
    assert_option("xautorun=1 seed=1", "seed", "1");
    assert_option("autorun seed=1", "seed", "1");
    assert_option("a=autorun= seed=1", "seed", "1");
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_header),
        cmocka_unit_test(line_ends_and_byte_order_mark),
        cmocka_unit_test(defaults),
        cmocka_unit_test(the_command_line_is_verbatim),
        cmocka_unit_test(video_modes),
        cmocka_unit_test(numbers_at_their_limits),
        cmocka_unit_test(longest_values),
        cmocka_unit_test(as_many_as_fit),
        cmocka_unit_test(odd_names),
        cmocka_unit_test(the_files_in_this_repository),
        cmocka_unit_test(every_syntax_error),
        cmocka_unit_test(control_characters),
        cmocka_unit_test(nothing_to_boot),
        cmocka_unit_test(the_default_must_exist),
        cmocka_unit_test(options_are_whole_words),
        cmocka_unit_test(autorun_ends_the_options),
    };

    return cmocka_run_group_tests_name("boot.cfg", tests, NULL, free_text);
}
