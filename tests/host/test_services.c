/* The manifest of services: what each line means, and every error. */
#include "tests/host/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/init/manifest.h"

#define LEAST "program = /p\nlevel = 4\npriority = 9\nframes = 64\n"

static struct manifest manifest;

/* Of a copy of exactly that size, so that a step beyond is seen. */
static bool
parse(const char *text)
{
    size_t size = strlen(text);
    char *copy = malloc(size > 0 ? size : 1);
    bool good;

    memcpy(copy, text, size);
    memset(&manifest, 0xEE, sizeof manifest);
    good = manifest_parse(&manifest, copy, size);
    free(copy);
    return good;
}

static void
assert_good(const char *text)
{
    if (!parse(text))
        fail_msg("line %u: %s %s\n%s", manifest.error_line,
                 manifest.error_name, manifest.error_reason, text);
}

static void
assert_bad(const char *text, unsigned line, const char *name,
           const char *reason)
{
    if (parse(text))
        fail_msg("accepted: %s", text);
    assert_string_equal(manifest.error_reason, reason);
    assert_int_equal(manifest.error_line, line);
    assert_string_equal(manifest.error_name, name);
}

static const struct resource *
resource(unsigned service, const char *name, enum resource_kind kind)
{
    const struct resource *found =
        manifest_resource(&manifest.services[service], name);

    assert_non_null(found);
    assert_int_equal(found->kind, kind);
    return found;
}

/* --- what is accepted ----------------------------------------------------- */

static const char full[] =
    "# Everything that there is.\n"
    "\n"
    "[serial]\n"
    "program   = /sbin/serial\n"
    "argument  = com1  115200\n"
    "level     = 2\n"
    "priority  = 14\n"
    "frames    = 256\n"
    "restart   = 5 30\n"
    "heartbeat = 3\n"
    "ports     = com1 0x3F8 8\n"
    "interrupt = irq 4\n"
    "serves    = serial\n"
    "memory    = screen 0xB8000 0x8000\n"
    "dma       = buffer 65536\n"
    "vault     = state 8192\n"
    "module    = archive 1\n"
    "system    = machine\n"
    "[tty]\r\n"
    "\tprogram=/sbin/tty\r\n"
    "level=12\r\npriority=10\r\nframes=64\r\n"
    "calls = serial 7 \r\n"
    "calls = init\r\n"
    "after = name\r\n"
    "critical = yes\r\n"
    "  [ name ]  \n"
    LEAST
    "restart = 0\n"
    "autorun = yes\ncritical = no";

static void
all_that_there_is(void **state)
{
    const struct service_plan *serial = &manifest.services[0];

    (void)state;
    assert_good(full);
    assert_int_equal(manifest.count, 3);
    assert_string_equal(serial->name, "serial");
    assert_string_equal(serial->program, "/sbin/serial");
    assert_string_equal(serial->argument, "com1  115200");
    assert_int_equal(serial->level, 2);
    assert_int_equal(serial->priority, 14);
    assert_int_equal(serial->frames, 256);
    assert_int_equal(serial->deaths, 5);
    assert_int_equal(serial->seconds, 30);
    assert_int_equal(serial->heartbeat, 3);
    assert_false(serial->critical);
    assert_false(serial->autorun);
    assert_int_equal(serial->line, 3);
    assert_int_equal(serial->resource_count, 8);
    assert_int_equal(resource(0, "com1", RESOURCE_PORTS)->first, 0x3F8);
    assert_int_equal(resource(0, "com1", RESOURCE_PORTS)->count, 8);
    assert_int_equal(resource(0, "irq", RESOURCE_INTERRUPT)->first, 4);
    assert_int_equal(resource(0, "screen", RESOURCE_MEMORY)->first, 0xB8000);
    assert_int_equal(resource(0, "screen", RESOURCE_MEMORY)->count, 0x8000);
    assert_int_equal(resource(0, "buffer", RESOURCE_DMA)->count, 65536);
    assert_int_equal(resource(0, "state", RESOURCE_VAULT)->count, 8192);
    assert_int_equal(resource(0, "archive", RESOURCE_MODULE)->first, 1);
    resource(0, "machine", RESOURCE_SYSTEM);
    resource(0, "serial", RESOURCE_ENDPOINT);
    assert_null(manifest_resource(serial, "com"));
}

static void
who_needs_whom(void **state)
{
    (void)state;
    assert_good(full);
    assert_int_equal(resource(1, "serial", RESOURCE_SESSION)->first, 7);
    assert_int_equal(resource(1, "serial", RESOURCE_SESSION)->count, 0);
    assert_int_equal(resource(1, "init", RESOURCE_SESSION)->first, 0);
    assert_int_equal(resource(1, "init", RESOURCE_SESSION)->count,
                     MANIFEST_NOBODY);
    assert_int_equal(manifest.services[0].needs, 0);
    assert_int_equal(manifest.services[1].needs, 5);
    assert_int_equal(manifest.services[2].needs, 0);
}

static void
defaults_and_flags(void **state)
{
    (void)state;
    assert_good(full);
    assert_true(manifest.services[1].critical);
    assert_int_equal(manifest.services[1].deaths, 12);
    assert_int_equal(manifest.services[1].seconds, 60);
    assert_int_equal(manifest.services[1].heartbeat, 0);
    assert_string_equal(manifest.services[1].argument, "");
    assert_string_equal(manifest.services[2].name, "name");
    assert_int_equal(manifest.services[2].deaths, 0);
    assert_true(manifest.services[2].autorun);
    assert_false(manifest.services[2].critical);
}

static void
limits_are_reached(void **state)
{
    char text[8192];
    size_t at = 0;

    (void)state;
    for (unsigned i = 0; i < MANIFEST_SERVICES; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "[s%u]\n" LEAST,
                               i);
    assert_good(text);
    assert_int_equal(manifest.count, MANIFEST_SERVICES);
    snprintf(text + at, sizeof text - at, "[more]\n" LEAST);
    assert_bad(text, 5 * MANIFEST_SERVICES + 1, "", "too many services");

    at = (size_t)snprintf(text, sizeof text, "[a]\n" LEAST);
    for (unsigned i = 0; i < MANIFEST_RESOURCES; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "serves = e%u\n",
                               i);
    assert_good(text);
    snprintf(text + at, sizeof text - at, "system = more\n");
    assert_bad(text, 5 + MANIFEST_RESOURCES + 1, "",
               "too much for one service");
}

static void
a_chain_is_no_ring(void **state)
{
    (void)state;
    assert_good("[c]\n" LEAST "after = b\n[b]\n" LEAST "after = a\nafter = d\n"
                "[a]\n" LEAST "[d]\n" LEAST "after = a\n");
    assert_int_equal(manifest.services[0].needs, 2);
    assert_int_equal(manifest.services[1].needs, 12);
    assert_int_equal(manifest.services[3].needs, 4);
}

/* --- what is not ---------------------------------------------------------- */

#define NUMBER "a number is missing or out of range"
#define PAGES  "memory comes in pages of 4096 bytes"
#define NAME   "a name has letters, digits, '-', '_' and '.'"
#define LONG   "the name is too long"
#define TWENTY "12345678901234567890"

/* Lines behind those of the least of services. */
static const struct {
    const char *line, *reason;
} bad_lines[] = {
    { "serves", "expected KEY = VALUE" },
    { "server = x", "no such key" },
    { "= x", "no such key" },
    { "level = 5", "the key stands twice" },
    { "argument = a\x01", "the text has control characters" },
    { "restart = ", NUMBER },
    { "restart = 5", NUMBER },
    { "restart = 5 0", NUMBER },
    { "restart = 0 0", NUMBER },
    { "restart = 5 5 5", "there is more than expected" },
    { "heartbeat = 0", NUMBER },
    { "heartbeat = 86401", NUMBER },
    { "heartbeat = 1.5", NUMBER },
    { "critical = maybe", "expected yes or no" },
    { "critical =", "expected yes or no" },
    { "autorun = yes no", "there is more than expected" },
    { "after =", "a name is missing" },
    { "after = b c", "there is more than expected" },
    { "ports = ", "a name is missing" },
    { "ports = p", NUMBER },
    { "ports = p 1", NUMBER },
    { "ports = p 1 0", NUMBER },
    { "ports = p 0x10000 1", NUMBER },
    { "ports = p 0xFFFF 2", NUMBER },
    { "ports = p 0x 2", NUMBER },
    { "ports = p 1F 2", NUMBER },
    { "ports = p -1 2", NUMBER },
    { "ports = p 1 2 3", "there is more than expected" },
    { "ports = a/b 1 2", NAME },
    { "ports = \xC3\xA4 1 2", NAME },
    { "ports = " TWENTY TWENTY " 1 2", LONG },
    { "interrupt = i 16", NUMBER },
    { "memory = m 0x1001 0x1000", PAGES },
    { "memory = m 0x1000 0x1001", PAGES },
    { "memory = m 0x1000 0", NUMBER },
    { "memory = m 18446744073709551616 4096", NUMBER },
    { "dma = m 2101248", NUMBER },
    { "dma = m 100", PAGES },
    { "vault = m 4294971392", NUMBER },
    { "module = m 8", NUMBER },
    { "system = m 1", "there is more than expected" },
    { "calls = init 65536", NUMBER },
};

static void
bad_values(void **state)
{
    char text[512];

    (void)state;
    for (size_t i = 0; i < sizeof bad_lines / sizeof *bad_lines; i++) {
        snprintf(text, sizeof text, "[a]\n" LEAST "%s\n", bad_lines[i].line);
        assert_bad(text, 6, "", bad_lines[i].reason);
    }
    assert_bad("[a]\n" LEAST "vault = x 4096\nsystem = x\n", 7, "",
               "the service has something of this name already");
}

static void
bad_sections(void **state)
{
    (void)state;
    assert_bad("", 0, "", "there are no services");
    assert_bad("# nothing\n", 1, "", "there are no services");
    assert_bad("level = 2\n", 1, "", "the first line has to be [NAME]");
    assert_bad("[a\n", 1, "", "a section has no ]");
    assert_bad("[\n", 1, "", "a section has no ]");
    assert_bad("[]\n", 1, "", "a name is missing");
    assert_bad("[a b]\n", 1, "", NAME);
    assert_bad("[init]\n", 1, "", "init is no service");
    assert_bad("\n[a]\n" LEAST "\n[a]\n", 8, "",
               "there is a service of this name already");
}

static void
what_is_missing(void **state)
{
    (void)state;
    assert_bad("\n[a]\n\n", 2, "a", "it has no program");
    assert_bad("[a]\nprogram = /x\n[b]\n" LEAST, 1, "a", "it has no level");
    assert_bad("[b]\n" LEAST "[a]\nprogram = /x\nlevel = 2\n", 6, "a",
               "it has no priority");
    assert_bad("[a]\nprogram = /x\nlevel = 2\npriority = 1\n", 1, "a",
               "it has no frames");
}

static void
bad_least(void **state)
{
    char path[200];

    (void)state;
    assert_bad("[a]\nprogram = p\n", 2, "", "a path begins with /");
    assert_bad("[a]\nprogram =\n", 2, "", "a path begins with /");
    assert_bad("[a]\nlevel = 1\n", 2, "", NUMBER);
    assert_bad("[a]\nlevel = 256\n", 2, "", NUMBER);
    assert_bad("[a]\npriority = 0\n", 2, "", NUMBER);
    assert_bad("[a]\npriority = 16\n", 2, "", NUMBER);
    assert_bad("[a]\nframes = 31\n", 2, "", NUMBER);
    assert_bad("[a]\nframes = 268435457\n", 2, "", NUMBER);
    snprintf(path, sizeof path, "[a]\nprogram = /%0127u\n", 0u);
    assert_bad(path, 2, "", "the text is too long");
}

static void
bad_calls(void **state)
{
    (void)state;
    assert_bad("\n[a]\n" LEAST "calls = x\n", 2, "x",
               "it calls what nobody serves");
    /* Having something of that name is not serving it. */
    assert_bad("[a]\n" LEAST "calls = x\n[b]\n" LEAST "system = x\n", 1, "x",
               "it calls what nobody serves");
    assert_bad("[b]\n" LEAST "serves = x\n[a]\n" LEAST "calls = x\n", 7, "x",
               "it calls what is not on a lower level");
    assert_bad("[b]\n" LEAST "serves = x\n[a]\n" LEAST "serves = x\n", 7, "x",
               "another one serves it already");
    assert_bad("[a]\n" LEAST "serves = init\n", 1, "init",
               "another one serves it already");
    assert_bad("[a]\n" LEAST "after = b\n", 1, "b",
               "there is no such service");
}

static void
rings(void **state)
{
    static const char ring[] = "it waits for services that wait for it";

    (void)state;
    assert_bad("[a]\n" LEAST "after = a\n", 1, "a", ring);
    assert_bad("[x]\n" LEAST "[a]\n" LEAST "after = b\n[b]\n" LEAST
               "after = c\n[c]\n" LEAST "after = a\n", 6, "a", ring);
    assert_bad("[low]\n" LEAST "serves = e\nafter = high\n"
               "[high]\nprogram = /p\nlevel = 5\npriority = 1\nframes = 64\n"
               "calls = e\n", 1, "low", ring);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_there_is),
        cmocka_unit_test(who_needs_whom),
        cmocka_unit_test(defaults_and_flags),
        cmocka_unit_test(limits_are_reached),
        cmocka_unit_test(a_chain_is_no_ring),
        cmocka_unit_test(bad_values),
        cmocka_unit_test(bad_sections),
        cmocka_unit_test(what_is_missing),
        cmocka_unit_test(bad_least),
        cmocka_unit_test(bad_calls),
        cmocka_unit_test(rings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
