/*
 * What the compiler calls in a SANITIZE=1 build when an operation has no
 * defined result: the place, the values and their type, as a panic.
 *
 * gcc 12 and clang 14 agree on the names and on what they pass: a record of
 * constants, then each value in a register. None of these may return: the
 * compiler has put no code behind the call. Handlers for what is not used
 * here (VLAs, nonnull attributes, C++) are missing: the linker would tell.
 */
#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/format.h"
#include "kernel/panic.h"

#define NUMBER_SIZE 40
#define VALUE_BITS  64 /* of what is passed itself, not by its address */

struct place {
    const char *file;
    uint32_t line, column;
};

struct type {
    uint16_t kind; /* 0, an integer: the kernel has no other numbers */
    uint16_t info; /* bit 0: signed; above: the width as a power of two */
    char name[];   /* in quotes, as the compiler prints it */
};

/* A place and up to two types: the beginning of most records. */
struct mistake {
    struct place place;
    const struct type *type, *second;
};

struct access {
    struct place place;
    const struct type *type;
    uint8_t alignment_bits, kind;
};

#define FAIL(at, text, ...)                                      \
    panic("%s:%u: " text, file_of(&(at)), (at).line, __VA_ARGS__)

#define HANDLER(name, ...)                             \
    _Noreturn void __ubsan_handle_##name(__VA_ARGS__); \
    _Noreturn void __ubsan_handle_##name(__VA_ARGS__)

/* Headers are found by -I. and say so. */
static const char *
file_of(const struct place *place)
{
    bool below = place->file[0] == '.' && place->file[1] == '/';

    return place->file + (below ? 2 : 0);
}

/* Narrow values come with whatever stands in the register's upper bits. */
static const char *
print(char *text, const struct type *type, uint64_t value)
{
    unsigned bits = 1U << (type->info >> 1);
    bool is_signed = type->info & 1;

    if (bits > VALUE_BITS) {
        const uint64_t *halves = (const uint64_t *)value;

        format(text, NUMBER_SIZE, "0x%lX%016lX", halves[1], halves[0]);
    } else {
        value <<= VALUE_BITS - bits;
        if (is_signed)
            format(text, NUMBER_SIZE, "%ld",
                   (int64_t)value >> (VALUE_BITS - bits));
        else
            format(text, NUMBER_SIZE, "%lu", value >> (VALUE_BITS - bits));
    }
    return text;
}

static _Noreturn void
overflow(const struct mistake *m, uint64_t left, char sign, uint64_t right)
{
    char a[NUMBER_SIZE], b[NUMBER_SIZE];

    FAIL(m->place, "%s %c %s does not fit in %s", print(a, m->type, left),
         sign, print(b, m->type, right), m->type->name);
}

HANDLER(add_overflow_abort, const struct mistake *m, uint64_t left,
        uint64_t right)
{
    overflow(m, left, '+', right);
}

HANDLER(sub_overflow_abort, const struct mistake *m, uint64_t left,
        uint64_t right)
{
    overflow(m, left, '-', right);
}

HANDLER(mul_overflow_abort, const struct mistake *m, uint64_t left,
        uint64_t right)
{
    overflow(m, left, '*', right);
}

HANDLER(negate_overflow_abort, const struct mistake *m, uint64_t value)
{
    char number[NUMBER_SIZE];

    FAIL(m->place, "-(%s) does not fit in %s", print(number, m->type, value),
         m->type->name);
}

HANDLER(divrem_overflow_abort, const struct mistake *m, uint64_t left,
        uint64_t right)
{
    char a[NUMBER_SIZE], b[NUMBER_SIZE];

    FAIL(m->place, "%s of type %s cannot be divided by %s",
         print(a, m->type, left), m->type->name, print(b, m->type, right));
}

HANDLER(shift_out_of_bounds_abort, const struct mistake *m, uint64_t left,
        uint64_t right)
{
    char a[NUMBER_SIZE], b[NUMBER_SIZE];

    FAIL(m->place, "%s of type %s cannot be shifted by %s",
         print(a, m->type, left), m->type->name, print(b, m->second, right));
}

HANDLER(out_of_bounds_abort, const struct mistake *m, uint64_t index)
{
    char number[NUMBER_SIZE];

    FAIL(m->place, "index %s is outside of %s",
         print(number, m->second, index), m->type->name);
}

HANDLER(load_invalid_value_abort, const struct mistake *m, uint64_t value)
{
    char number[NUMBER_SIZE];

    FAIL(m->place, "%s is no value of %s", print(number, m->type, value),
         m->type->name);
}

HANDLER(type_mismatch_v1_abort, const struct access *a, uint64_t address)
{
    static const char *const kinds[] = { "load of", "store to",
                                         "reference to", "member of" };
    const char *kind = a->kind < 4 ? kinds[a->kind] : "use of";
    uint64_t alignment = 1ULL << a->alignment_bits;

    if (address == 0)
        FAIL(a->place, "%s %s through a null pointer", kind, a->type->name);
    if (address % alignment != 0)
        FAIL(a->place, "%s %s at %016lX, not aligned to %lu", kind,
             a->type->name, address, alignment);
    FAIL(a->place, "%s %s at %016lX, where there is no room for it", kind,
         a->type->name, address);
}

HANDLER(pointer_overflow_abort, const struct mistake *m, uint64_t base,
        uint64_t result)
{
    FAIL(m->place, "pointer %016lX cannot be moved to %016lX", base, result);
}

HANDLER(builtin_unreachable, const struct mistake *m)
{
    FAIL(m->place, "%s", "reached what was said to be unreachable");
}

HANDLER(invalid_builtin_abort, const struct mistake *m)
{
    FAIL(m->place, "%s", "zero has no first or last bit to be found");
}
