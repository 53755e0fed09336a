#include "kernel/lib/format.h"

#include <stdbool.h>
#include <stdint.h>

struct sink {
    format_put_fn *put;
    void *context;
};

struct field {
    unsigned width;
    unsigned precision;
    bool zero;
    bool left;
};

static void
repeat(struct sink *sink, char c, unsigned count)
{
    while (count-- > 0)
        sink->put(sink->context, c);
}

static void
put_padded(struct sink *sink, const struct field *field, const char *text,
           unsigned length)
{
    unsigned padding = field->width > length ? field->width - length : 0;

    if (!field->left) {
        /* The sign stands before zeros: -007, not 00-7. */
        if (field->zero && length > 0 && *text == '-') {
            sink->put(sink->context, *text++);
            length--;
        }
        repeat(sink, field->zero ? '0' : ' ', padding);
    }
    for (unsigned i = 0; i < length; i++)
        sink->put(sink->context, text[i]);
    if (field->left)
        repeat(sink, ' ', padding);
}

static void
put_string(struct sink *sink, struct field *field, const char *text)
{
    unsigned length = 0;

    if (text == NULL)
        text = "(null)";
    while (length < field->precision && text[length] != '\0')
        length++;
    field->zero = false;
    put_padded(sink, field, text, length);
}

static void
put_number(struct sink *sink, const struct field *field, uint64_t value,
           unsigned base, bool negative)
{
    char digits[24];
    unsigned at = sizeof digits;

    do {
        digits[--at] = "0123456789ABCDEF"[value % base];
        value /= base;
    } while (value != 0);
    if (negative)
        digits[--at] = '-';
    put_padded(sink, field, digits + at, (unsigned)sizeof digits - at);
}

static const char *
parse_field(const char *p, struct field *field)
{
    *field = (struct field){ .precision = UINT32_MAX };
    for (; *p == '0' || *p == '-'; p++)
        *(*p == '0' ? &field->zero : &field->left) = true;
    for (; *p >= '0' && *p <= '9'; p++)
        field->width = field->width * 10 + (unsigned)(*p - '0');
    if (*p == '.')
        for (p++, field->precision = 0; *p >= '0' && *p <= '9'; p++)
            field->precision = field->precision * 10 + (unsigned)(*p - '0');
    return p;
}

void
format_to(format_put_fn *put, void *context, const char *text,
          va_list arguments)
{
    struct sink sink = { put, context };
    struct field field;
    va_list list;

    va_copy(list, arguments);
    while (*text != '\0') {
        const char *start = text;
        bool wide = false;
        uint64_t value;
        int64_t number;
        char letter;

        if (*text++ != '%') {
            put(context, *start);
            continue;
        }
        text = parse_field(text, &field);
        for (; *text == 'l' || *text == 'z'; text++)
            wide = true;
        switch (*text) {
        case 's':
            put_string(&sink, &field, va_arg(list, const char *));
            break;
        case 'c':
            letter = (char)va_arg(list, int);
            field.zero = false;
            put_padded(&sink, &field, &letter, 1);
            break;
        case 'd':
            number = wide ? va_arg(list, int64_t) : va_arg(list, int);
            value = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
            put_number(&sink, &field, value, 10, number < 0);
            break;
        case 'p':
            value = (uintptr_t)va_arg(list, void *);
            field = (struct field){ .width = 16, .zero = true };
            put_number(&sink, &field, value, 16, false);
            break;
        case 'u':
        case 'x':
        case 'X':
            value = wide ? va_arg(list, uint64_t) : va_arg(list, unsigned);
            put_number(&sink, &field, value, *text == 'u' ? 10 : 16, false);
            break;
        case '%':
            put(context, '%');
            break;
        default:
            put(context, '%');
            text = start + 1;
            continue;
        }
        text++;
    }
    va_end(list);
}

struct buffer {
    char *text;
    size_t size;
    size_t length;
};

static void
put_in_buffer(void *context, char c)
{
    struct buffer *buffer = context;

    if (buffer->length + 1 < buffer->size)
        buffer->text[buffer->length] = c;
    buffer->length++;
}

size_t
format_list(char *buffer, size_t size, const char *text, va_list arguments)
{
    struct buffer to = { buffer, size, 0 };

    format_to(put_in_buffer, &to, text, arguments);
    if (size > 0)
        buffer[to.length < size ? to.length : size - 1] = '\0';
    return to.length;
}

size_t
format(char *buffer, size_t size, const char *text, ...)
{
    va_list arguments;
    size_t length;

    va_start(arguments, text);
    length = format_list(buffer, size, text, arguments);
    va_end(arguments);
    return length;
}
