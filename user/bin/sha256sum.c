/* sha256sum: writes and checks SHA-256 sums. */
#include "user/bin/lib/sha256.h"
#include "user/bin/lib/stream.h"
#include "user/bin/lib/tool.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS "bct"
#define HEX (2 * SHA256_BYTES)

static bool binary;

static bool
sum(FILE *file, const char *name, char text[HEX + 1])
{
    unsigned char bytes[16384];
    uint8_t digest[SHA256_BYTES];
    struct sha256 sha;
    size_t count;

    sha256_start(&sha);
    while ((count = fread(bytes, 1, sizeof(bytes), file)) > 0)
        sha256_add(&sha, bytes, count);
    sha256_end(&sha, digest);
    for (int i = 0; i < SHA256_BYTES; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    if (!ferror(file))
        return true;
    tool_warn(stream_name(name));
    clearerr(file);
    return false;
}

static void
put_sum(FILE *file, const char *name)
{
    char text[HEX + 1];

    if (sum(file, name, text))
        printf("%s %c%s\n", text, binary ? '*' : ' ', name);
}

/* "sum  name"; NULL if the line is something else. */
static const char *
name_in(const struct line *line)
{
    for (size_t i = 0; i < HEX; i++)
        if (i >= line->length || !isxdigit((unsigned char)line->text[i]))
            return NULL;
    if (line->length < HEX + 3 || line->text[HEX] != ' ' ||
        (line->text[HEX + 1] != ' ' && line->text[HEX + 1] != '*'))
        return NULL;
    return line->text + HEX + 2;
}

/* Check one line; false if the file differs or cannot be read. */
static bool
check_line(const struct line *line, const char *name)
{
    char text[HEX + 1];
    FILE *file = stream_open(name);
    bool good = file != NULL && sum(file, name, text);

    if (file != NULL)
        stream_close(file, name);
    if (!good) {
        printf("%s: FAILED open or read\n", name);
        return false;
    }
    for (size_t i = 0; i < HEX; i++)
        good = good && tolower((unsigned char)line->text[i]) == text[i];
    printf("%s: %s\n", name, good ? "OK" : "FAILED");
    return good;
}

static void
check(FILE *file, const char *name)
{
    struct line line = { 0 };
    size_t bad = 0, unknown = 0, known = 0;

    while (line_read(&line, file, '\n')) {
        const char *checked = name_in(&line);

        if (checked == NULL) {
            unknown++;
            continue;
        }
        known++;
        bad += !check_line(&line, checked);
    }
    free(line.text);
    if (known == 0 && !ferror(file))
        tool_error("%s: there are no sums in it", stream_name(name));
    else if (unknown > 0)
        tool_note("%s: %zu lines are no sums", stream_name(name), unknown);
    if (bad > 0)
        tool_error("%s: %zu files are not as they were", stream_name(name),
                   bad);
}

int
main(int argc, char **argv)
{
    bool checking = false;
    int letter;

    tool_start(1);
    while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1) {
        checking |= letter == 'c';
        if (letter != 'c')
            binary = letter == 'b';
    }
    stream_each(argc, argv, checking ? check : put_sum);
    return tool_finish();
}
