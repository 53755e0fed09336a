/*
 * kernel/lib: what loader and kernel stand on. Expected values come from the
 * standards (RFC 3720 for CRC-32C) or from the host's C library.
 */
#include "tests/host/unit.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernel/lib/bytes.h"
#include "kernel/lib/crc32c.h"
#include "kernel/lib/format.h"
#include "tests/host/own_mem.h"

/* Numbers that look random and are the same in each run. */
static uint32_t
next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

static bool
cpu_has_sse42(void)
{
    return __builtin_cpu_supports("sse4.2");
}

static void
crc_matches_rfc_3720(void **state)
{
    uint8_t data[48] = { 0 };

    (void)state;
    assert_int_equal(crc32c_table(0, "123456789", 9), 0xE3069283);
    assert_int_equal(crc32c_table(0, data, 0), 0);
    assert_int_equal(crc32c_table(0, data, 32), 0x8A9136AA);
    for (unsigned i = 0; i < 32; i++)
        data[i] = 0xFF;
    assert_int_equal(crc32c_table(0, data, 32), 0x62A8AB43);
    for (unsigned i = 0; i < 32; i++)
        data[i] = (uint8_t)i;
    assert_int_equal(crc32c_table(0, data, 32), 0x46DD794E);
    for (unsigned i = 0; i < 32; i++)
        data[i] = (uint8_t)(31 - i);
    assert_int_equal(crc32c_table(0, data, 32), 0x113FDB5C);
}

static void
crc_can_be_continued(void **state)
{
    const char *text = "The quick brown fox jumps over the lazy dog, twice "
                       "around the barn and back again before noon.";
    size_t size = strlen(text);
    uint32_t whole = crc32c_table(0, text, size);

    (void)state;
    for (size_t cut = 0; cut <= size; cut++) {
        uint32_t first = crc32c_table(0, text, cut);

        assert_int_equal(crc32c_table(first, text + cut, size - cut), whole);
        first = crc32c(0, text, cut);
        assert_int_equal(crc32c(first, text + cut, size - cut), whole);
    }
}

/* Every length around the unrolled loop's 64, at every alignment. */
static void
crc_instruction_agrees_with_table(void **state)
{
    uint8_t data[512];
    uint32_t seed = 1;

    (void)state;
    if (!cpu_has_sse42())
        skip();
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)next_random(&seed);
    for (size_t start = 0; start < 9; start++)
        for (size_t size = 0; size < 400; size++)
            assert_int_equal(crc32c_sse42(seed, data + start, size),
                             crc32c_table(seed, data + start, size));
    assert_int_equal(crc32c_sse42(0, "123456789", 9), 0xE3069283);
    assert_int_equal(crc32c(0, "123456789", 9), 0xE3069283);
}

static void
bytes_are_little_endian(void **state)
{
    uint8_t raw[9] = { 0xEE, 0x11, 0x92, 0x33, 0xF4, 0x55, 0xA6, 0x77, 0x88 };
    uint8_t copy[9] = { 0xEE };

    (void)state;
    assert_int_equal(le16(raw + 1), 0x9211);
    assert_int_equal(le32(raw + 1), 0xF4339211);
    assert_true(le64(raw + 1) == 0x8877A655F4339211);
    put_le64(copy + 1, 0x8877A655F4339211);
    assert_memory_equal(copy, raw, 9);
    put_le32(copy, 0x01020304);
    put_le16(copy + 4, 0x0506);
    assert_memory_equal(copy, "\4\3\2\1\6\5\xA6\x77\x88", 9);
}

/*
 * Our function and the obvious loop do the same to a buffer, and to nothing
 * outside of it, at every small size, distance and alignment.
 */
static void
copies_like_a_byte_loop(void **state)
{
    uint8_t ours[96], expected[96], source[96];

    (void)state;
    for (unsigned i = 0; i < 96; i++)
        source[i] = (uint8_t)(i + 100);
    for (unsigned to = 0; to < 10; to++)
        for (unsigned from = 0; from < 10; from++)
            for (unsigned size = 0; size < 80; size++) {
                for (unsigned i = 0; i < 96; i++)
                    ours[i] = expected[i] = (uint8_t)i;
                for (unsigned i = 0; i < size; i++)
                    expected[to + i] = source[from + i];
                assert_ptr_equal(memcpy(ours + to, source + from, size),
                                 ours + to);
                assert_memory_equal(ours, expected, 96);
            }
}

static void
moves_between_overlapping_places(void **state)
{
    uint8_t ours[64], expected[64];

    (void)state;
    for (unsigned to = 0; to < 24; to++)
        for (unsigned from = 0; from < 24; from++)
            for (unsigned size = 0; size <= 40; size++) {
                for (unsigned i = 0; i < 64; i++)
                    ours[i] = expected[i] = (uint8_t)i;
                for (unsigned i = 0; i < size; i++)
                    expected[to + i] = (uint8_t)(from + i);
                assert_ptr_equal(memmove(ours + to, ours + from, size),
                                 ours + to);
                assert_memory_equal(ours, expected, 64);
            }
}

static void
fills_like_a_byte_loop(void **state)
{
    uint8_t ours[64], expected[64];

    (void)state;
    for (unsigned to = 0; to < 10; to++)
        for (unsigned size = 0; size < 50; size++) {
            for (unsigned i = 0; i < 64; i++)
                ours[i] = expected[i] = (uint8_t)i;
            for (unsigned i = 0; i < size; i++)
                expected[to + i] = 0xA5;
            assert_ptr_equal(memset(ours + to, 0x7FA5, size), ours + to);
            assert_memory_equal(ours, expected, 64);
        }
}

static void
compares_bytes_as_unsigned(void **state)
{
    (void)state;
    assert_int_equal(memcmp("abc", "abd", 2), 0);
    assert_true(memcmp("abc", "abd", 3) < 0);
    assert_true(memcmp("\x80", "\x7F", 1) > 0);
    assert_int_equal(memcmp("a", "b", 0), 0);
    assert_true(memcmp("a\0b", "a\0c", 3) < 0);
    assert_int_equal(strcmp("", ""), 0);
    assert_int_equal(strcmp("boot", "boot"), 0);
    assert_true(strcmp("boot", "boo") > 0);
    assert_true(strcmp("boo", "boot") < 0);
    assert_true(strcmp("\xC3", "a") > 0);
    assert_int_equal(strncmp("boot", "bool", 3), 0);
    assert_true(strncmp("boot", "bool", 4) > 0);
    assert_int_equal(strncmp("a\0b", "a\0c", 3), 0);
    assert_int_equal(strncmp("a", "b", 0), 0);
    assert_int_equal(strlen(""), 0);
    assert_int_equal(strlen("kernel"), 6);
}

#define assert_formats(expected, ...)                           \
    do {                                                        \
        char text[200];                                         \
        size_t length = format(text, sizeof text, __VA_ARGS__); \
                                                                \
        assert_string_equal(text, expected);                    \
        assert_int_equal(length, strlen(expected));             \
    } while (0)

static void
formats_text(void **state)
{
    char raw[3] = { 'x', 'y', 'z' };

    (void)state;
    assert_formats("plain", "plain");
    assert_formats("a b%", "%s %c%%", "a", 'b');
    assert_formats("[  ab][ab  ]", "[%4s][%-4s]", "ab", "ab");
    assert_formats("[ab]", "[%.2s]", "abcdef");
    assert_formats("[ ab]", "[%3.2s]", "abcdef");
    assert_formats("xyz", "%.3s", raw);
    assert_formats("[]", "[%.0s]", "abc");
    assert_formats("[   c][c   ]", "[%4c][%-4c]", 'c', 'c');
}

static void
formats_numbers(void **state)
{
    (void)state;
    assert_formats("0 7 -7", "%u %d %d", 0u, 7, -7);
    assert_formats("-2147483648 4294967295", "%d %u", INT_MIN, UINT_MAX);
    assert_formats("-9223372036854775808", "%ld", LONG_MIN);
    assert_formats("18446744073709551615", "%lu", ULONG_MAX);
    assert_formats("18446744073709551615", "%llu", ULLONG_MAX);
    assert_formats("DEADBEEF BEEF", "%x %X", 0xDEADBEEF, 0xBEEF);
    assert_formats("FEDCBA9876543210", "%lx", 0xFEDCBA9876543210);
    assert_formats("[007][-07][  -7]", "[%03u][%03d][%4d]", 7, -7, -7);
    assert_formats("[-7  ][7   ]", "[%-4d][%-4u]", -7, 7u);
    assert_formats("[12345]", "[%3u]", 12345u);
    assert_formats("12", "%zu", (size_t)12);
    assert_formats("00000000000ABCDE", "%p", (void *)0xABCDE);
}

/* The compiler checks formats, and these are wrong on purpose. */
static size_t
format_unchecked(char *buffer, size_t size, const char *text, ...)
{
    va_list list;
    size_t length;

    va_start(list, text);
    length = format_list(buffer, size, text, list);
    va_end(list);
    return length;
}

static void
prints_mistakes_as_they_stand(void **state)
{
    static const char *const mistakes[] = {
        "%", "%k", "100%", "%5", "%-", "%l", "%.", "%5.3", "%lk", "a%",
    };
    char text[40];

    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        format_unchecked(text, sizeof text, mistakes[i]);
        assert_string_equal(text, mistakes[i]);
    }
    format_unchecked(text, sizeof text, "%s", (const char *)NULL);
    assert_string_equal(text, "(null)");
}

static void
never_writes_past_the_buffer(void **state)
{
    char text[16];

    (void)state;
    for (size_t size = 0; size < 12; size++) {
        for (size_t i = 0; i < sizeof text; i++)
            text[i] = '#';
        assert_int_equal(format(text, size, "%s-%u", "abcd", 1234u), 9);
        if (size > 0)
            assert_int_equal(strlen(text), size - 1 < 9 ? size - 1 : 9);
        if (size > 0)
            assert_int_equal(strncmp(text, "abcd-1234", strlen(text)), 0);
        for (size_t i = size; i < sizeof text; i++)
            assert_int_equal(text[i], '#');
    }
    assert_int_equal(format(NULL, 0, "%03d", 5), 3);
}

/* The host's printf judges, for all that both understand. */
static void
agrees_with_printf(void **state)
{
    static const char *const formats[] = {
        "%lu", "%ld", "%lX", "%20lu", "%-20ld|", "%020ld", "%-020lu|", "%1lX",
        "%03ld", "%016lX",
    };
    uint32_t seed = 7;

    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        unsigned shift = next_random(&seed) % 64;
        uint64_t value = ((uint64_t)next_random(&seed) << 40 ^
                          (uint64_t)next_random(&seed) << 20 ^
                          next_random(&seed)) >> shift;
        const char *how = formats[round % (sizeof formats / sizeof *formats)];
        char ours[64], expected[64];

        if (round & 1)
            value = -value;
        format_unchecked(ours, sizeof ours, how, value);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(expected, sizeof expected, how, value);
#pragma GCC diagnostic pop
        assert_string_equal(ours, expected);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crc_matches_rfc_3720),
        cmocka_unit_test(crc_can_be_continued),
        cmocka_unit_test(crc_instruction_agrees_with_table),
        cmocka_unit_test(bytes_are_little_endian),
        cmocka_unit_test(copies_like_a_byte_loop),
        cmocka_unit_test(moves_between_overlapping_places),
        cmocka_unit_test(fills_like_a_byte_loop),
        cmocka_unit_test(compares_bytes_as_unsigned),
        cmocka_unit_test(formats_text),
        cmocka_unit_test(formats_numbers),
        cmocka_unit_test(prints_mistakes_as_they_stand),
        cmocka_unit_test(never_writes_past_the_buffer),
        cmocka_unit_test(agrees_with_printf),
    };

    return cmocka_run_group_tests_name("kernel/lib", tests, NULL, NULL);
}
