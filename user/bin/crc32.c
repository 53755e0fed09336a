/* crc32: writes the CRC-32 of files, as in zip, gzip and Ethernet. */
#include "user/bin/lib/stream.h"
#include "user/bin/lib/tool.h"

#include <unistd.h>

#define OPTIONS ""
#define POLYNOMIAL 0xEDB88320u /* the lowest bit is the highest power */

static uint32_t table[256];
static bool names;

static void
make_table(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t value = i;

        for (int bit = 0; bit < 8; bit++)
            value = value >> 1 ^ (value & 1 ? POLYNOMIAL : 0);
        table[i] = value;
    }
}

static void
put_sum(FILE *file, const char *name)
{
    uint32_t sum = UINT32_MAX;
    int c;

    while ((c = getc(file)) != EOF)
        sum = sum >> 8 ^ table[(sum ^ (uint32_t)c) & 0xFF];
    if (ferror(file))
        return;
    printf("%08lx", (unsigned long)(sum ^ UINT32_MAX));
    if (names)
        printf("\t%s", name);
    putchar('\n');
}

int
main(int argc, char **argv)
{
    tool_start(1);
    while (tool_getopt(argc, argv, OPTIONS) != -1)
        continue;
    make_table();
    names = argc - optind > 1;
    stream_each(argc, argv, put_sum);
    return tool_finish();
}
