/* sort: puts lines in order. */
#include "user/bin/lib/stream.h"
#include "user/bin/lib/tool.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS "bcCdfghik:mno:rst:uz"
#define KEY_LETTERS "bdfghinr"

/* How a key, or the whole line, is compared. */
struct order {
    bool skip_blanks;     /* b, at the start */
    bool skip_blanks_end; /* b, where the end is counted */
    bool dictionary;      /* d: blanks and alphanumeric characters only */
    bool no_case;         /* f */
    bool printable;       /* i: printable characters only */
    bool reversed;        /* r */
    char numeric;         /* n, h or g */
};

/* -k; fields and characters are counted from 1. */
struct key {
    size_t field, character;
    size_t end_field, end_character; /* 0: to the end of the line, field */
    struct order order;
};

struct record {
    char *text;
    size_t length;
    size_t number; /* in the order in which it was read */
};

static struct order whole; /* what options without a key say */
static struct key *keys;
static size_t key_count, key_room;
static struct record *records;
static size_t record_count, record_room;
static bool unique, stable;
static int separator = -1, end = '\n';

/* --- where a key is in a line ----------------------------------------------*/

static const char *
skip_blanks(const char *p, const char *last)
{
    while (p < last && isblank((unsigned char)*p))
        p++;
    return p;
}

/* The end of the field that begins at p. */
static const char *
field_end(const char *p, const char *last)
{
    if (separator < 0) {
        p = skip_blanks(p, last);
        while (p < last && !isblank((unsigned char)*p))
            p++;
        return p;
    }
    while (p < last && (unsigned char)*p != separator)
        p++;
    return p;
}

/* The start of a field; blanks before it are part of it without -t. */
static const char *
field_start(const struct record *record, size_t field)
{
    const char *p = record->text, *last = record->text + record->length;

    for (size_t i = 1; i < field && p < last; i++) {
        p = field_end(p, last);
        if (separator >= 0 && p < last)
            p++;
    }
    return p;
}

static const char *
key_start(const struct record *record, const struct key *key)
{
    const char *last = record->text + record->length;
    const char *p = field_start(record, key->field);

    if (key->order.skip_blanks)
        p = skip_blanks(p, last);
    return key->character - 1 < (size_t)(last - p) ? p + key->character - 1
                                                   : last;
}

static const char *
key_end(const struct record *record, const struct key *key)
{
    const char *last = record->text + record->length, *p;

    if (key->end_field == 0)
        return last;
    p = field_start(record, key->end_field);
    if (key->end_character == 0)
        return field_end(p, last);
    if (key->order.skip_blanks_end)
        p = skip_blanks(p, last);
    return key->end_character < (size_t)(last - p) ? p + key->end_character
                                                   : last;
}

/* --- comparing -------------------------------------------------------------*/

/* A decimal number of any length, as -n reads it. */
struct decimal {
    bool negative;
    const char *whole, *part;
    size_t whole_length, part_length;
    int unit; /* of -h: 1 is K */
};

static void
read_decimal(const char *p, const char *last, struct decimal *number)
{
    static const char units[] = "KMGTPEZY";
    const char *found;

    *number = (struct decimal){ 0 };
    p = skip_blanks(p, last);
    number->negative = p < last && *p == '-';
    p += number->negative;
    while (p < last && *p == '0')
        p++;
    number->whole = p;
    while (p < last && isdigit((unsigned char)*p))
        p++;
    number->whole_length = (size_t)(p - number->whole);
    if (p < last && *p == '.') {
        number->part = ++p;
        while (p < last && isdigit((unsigned char)*p))
            p++;
        number->part_length = (size_t)(p - number->part);
        while (number->part_length > 0 &&
               number->part[number->part_length - 1] == '0')
            number->part_length--;
    }
    found = p < last && *p != '\0' ? strchr(units, toupper((unsigned char)*p))
                                   : NULL;
    number->unit = found != NULL ? (int)(found - units) + 1 : 0;
    if (number->whole_length == 0 && number->part_length == 0)
        number->negative = false, number->unit = 0;
}

static int
compare_bytes(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t length = a_length < b_length ? a_length : b_length;
    int order = length > 0 ? memcmp(a, b, length) : 0;

    return order != 0 ? order : (a_length > b_length) - (a_length < b_length);
}

static int
compare_decimal(const char *a, const char *a_end, const char *b,
                const char *b_end, bool units)
{
    struct decimal x, y;
    int order;

    read_decimal(a, a_end, &x);
    read_decimal(b, b_end, &y);
    if (x.negative != y.negative)
        return x.negative ? -1 : 1;
    if (units && x.unit != y.unit)
        order = x.unit < y.unit ? -1 : 1;
    else if (x.whole_length != y.whole_length)
        order = x.whole_length < y.whole_length ? -1 : 1;
    else
        order = compare_bytes(x.whole, x.whole_length, y.whole,
                              y.whole_length);
    if (order == 0)
        order = compare_bytes(x.part, x.part_length, y.part, y.part_length);
    return x.negative ? -order : order;
}

/* Lines end in '\0', so strtod stops there; what is no number comes first. */
static int
compare_general(const char *a, const char *b)
{
    char *a_end, *b_end;
    double x = strtod(a, &a_end), y = strtod(b, &b_end);

    if (a_end == a || b_end == b)
        return (a_end != a) - (b_end != b);
    if (x != x || y != y)
        return (x == x) - (y == y);
    return (x > y) - (x < y);
}

static bool
is_ignored(int c, const struct order *order)
{
    if (order->dictionary && !isalnum(c) && !isblank(c))
        return true;
    return order->printable && !isprint(c);
}

static int
compare_text(const char *a, const char *a_end, const char *b,
             const char *b_end, const struct order *order)
{
    if (!order->dictionary && !order->no_case && !order->printable)
        return compare_bytes(a, (size_t)(a_end - a), b, (size_t)(b_end - b));
    for (;;) {
        int x, y;

        while (a < a_end && is_ignored((unsigned char)*a, order))
            a++;
        while (b < b_end && is_ignored((unsigned char)*b, order))
            b++;
        if (a >= a_end || b >= b_end)
            return (a < a_end) - (b < b_end);
        x = (unsigned char)*a++;
        y = (unsigned char)*b++;
        if (order->no_case) {
            x = toupper(x);
            y = toupper(y);
        }
        if (x != y)
            return x < y ? -1 : 1;
    }
}

static int
compare_key(const struct record *left, const struct record *right,
            const struct key *key)
{
    const char *a = key_start(left, key), *a_end = key_end(left, key);
    const char *b = key_start(right, key), *b_end = key_end(right, key);
    int order;

    if (a_end < a)
        a_end = a;
    if (b_end < b)
        b_end = b;
    if (key->order.numeric == 'g')
        order = compare_general(a, b);
    else if (key->order.numeric != '\0')
        order = compare_decimal(a, a_end, b, b_end, key->order.numeric == 'h');
    else
        order = compare_text(a, a_end, b, b_end, &key->order);
    return key->order.reversed ? -order : order;
}

/* By the keys alone: what -u and -s go by. */
static int
compare_keys(const struct record *left, const struct record *right)
{
    for (size_t i = 0; i < key_count; i++) {
        int order = compare_key(left, right, &keys[i]);

        if (order != 0)
            return order;
    }
    return 0;
}

/* Lines with equal keys are compared as a whole, at last. */
static int
compare_lines(const struct record *left, const struct record *right)
{
    int order = compare_keys(left, right);

    if (order != 0 || stable || unique)
        return order;
    order = compare_bytes(left->text, left->length, right->text,
                          right->length);
    return whole.reversed ? -order : order;
}

static int
compare(const void *a, const void *b)
{
    const struct record *left = a, *right = b;
    int order = compare_lines(left, right);

    if (order != 0)
        return order;
    return left->number < right->number ? -1 : 1;
}

/* --- reading and writing ---------------------------------------------------*/

static void
read_file(FILE *file, const char *name)
{
    struct line line = { 0 };

    (void)name;
    while (line_read(&line, file, end)) {
        records = tool_grow(records, record_count, &record_room,
                            sizeof(*records));
        records[record_count].text = line.text;
        records[record_count].length = line.length;
        records[record_count].number = record_count;
        record_count++;
        line = (struct line){ 0 };
    }
    free(line.text);
}

/* -c: the first line that is not where it belongs. */
static void
check(const char *name, bool quiet)
{
    for (size_t i = 1; i < record_count; i++) {
        int order = compare_lines(&records[i - 1], &records[i]);

        if (order < 0 || (order == 0 && !unique))
            continue;
        if (!quiet)
            tool_error("%s:%zu: disorder: %s", name, i + 1, records[i].text);
        tool_status = 1;
        return;
    }
}

static void
put_records(void)
{
    for (size_t i = 0; i < record_count; i++) {
        if (unique && i > 0 && compare_keys(&records[i - 1],
                                            &records[i]) == 0)
            continue;
        fwrite(records[i].text, 1, records[i].length, stdout);
        putchar(end);
    }
}

/* --- options ---------------------------------------------------------------*/

static void
set_order(struct order *order, int letter)
{
    order->skip_blanks |= letter == 'b';
    order->skip_blanks_end |= letter == 'b';
    order->dictionary |= letter == 'd';
    order->no_case |= letter == 'f';
    order->printable |= letter == 'i';
    order->reversed |= letter == 'r';
    if (strchr("ngh", letter) != NULL)
        order->numeric = (char)letter;
}

static const char *
read_position(const char *p, size_t *number)
{
    const char *start = p;

    for (*number = 0; isdigit((unsigned char)*p); p++)
        if (*number < SIZE_MAX / 20)
            *number = *number * 10 + (size_t)(*p - '0');
    return p == start ? NULL : p;
}

/* FIELD[.CHARACTER][LETTERS]; letters is true if there were any. */
static const char *
read_key_part(const char *p, size_t *field, size_t *character,
              struct key *key, bool *letters, bool at_end)
{
    p = read_position(p, field);
    if (p != NULL && *p == '.')
        p = read_position(p + 1, character);
    for (; p != NULL && *p != '\0' && strchr(KEY_LETTERS, *p) != NULL; p++) {
        *letters = true;
        if (*p != 'b')
            set_order(&key->order, *p);
        else if (at_end)
            key->order.skip_blanks_end = true;
        else
            key->order.skip_blanks = true;
    }
    return p;
}

static void
add_key(const char *text)
{
    struct key key = { .character = 1 };
    bool letters = false;
    const char *p;

    p = read_key_part(text, &key.field, &key.character, &key, &letters, false);
    if (p != NULL && *p == ',')
        p = read_key_part(p + 1, &key.end_field, &key.end_character, &key,
                          &letters, true);
    if (p == NULL || *p != '\0' || key.field == 0 || key.character == 0 ||
        (key.end_field == 0 && strchr(text, ',') != NULL))
        tool_usage("%s: FIELD[.CHARACTER][,FIELD[.CHARACTER]] is expected",
                   text);
    if (!letters)
        key.order.numeric = 'k'; /* to be taken from the options */
    keys = tool_grow(keys, key_count, &key_room, sizeof(*keys));
    keys[key_count++] = key;
}

static void
complete_keys(void)
{
    if (key_count == 0) {
        keys = tool_grow(keys, 0, &key_room, sizeof(*keys));
        keys[0] = (struct key){ .field = 1, .character = 1 };
        keys[0].order = whole;
        key_count = 1;
    }
    for (size_t i = 0; i < key_count; i++)
        if (keys[i].order.numeric == 'k')
            keys[i].order = whole;
}

static void
set_separator(const char *text)
{
    if (strcmp(text, "\\0") == 0)
        separator = '\0';
    else if (text[0] != '\0' && text[1] == '\0')
        separator = (unsigned char)text[0];
    else
        tool_usage("%s: one character is expected", text);
}

int
main(int argc, char **argv)
{
    const char *output = NULL;
    int letter, checking = 0;

    tool_start(2);
    while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1) {
        set_order(&whole, letter);
        unique |= letter == 'u';
        stable |= letter == 's';
        if (letter == 'c' || letter == 'C')
            checking = letter;
        else if (letter == 'k')
            add_key(optarg);
        else if (letter == 'o')
            output = optarg;
        else if (letter == 't')
            set_separator(optarg);
        else if (letter == 'z')
            end = '\0';
    }
    complete_keys();
    if (checking != 0)
        tool_operands(argc, 0, 1);
    stream_each(argc, argv, read_file);
    if (tool_status != 0)
        tool_exit(); /* part of the lines would pass for all of them */
    if (checking != 0) {
        check(optind < argc ? argv[optind] : "-", checking == 'C');
        return tool_finish();
    }
    if (record_count > 0)
        qsort(records, record_count, sizeof(*records), compare);
    /* Only now, for it may be one of the files that were read. */
    if (output != NULL && freopen(output, "w", stdout) == NULL)
        tool_die(output);
    put_records();
    return tool_finish();
}
