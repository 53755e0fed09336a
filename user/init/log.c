#include "user/init/log.h"

#include "kernel/lib/mem.h"

#define PIECE 256u

void
log_flush(struct log *log, const char *name)
{
    if (log->length == 0)
        return;
    log->line[log->length] = '\0';
    log->length = 0;
    print("%s: %s\n", name, log->line);
}

static void
add(struct log *log, const char *name, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '\n' && log->length == 0)
            print("%s:\n", name);
        else if (bytes[i] == '\n')
            log_flush(log, name);
        else if (bytes[i] != '\r')
            log->line[log->length++] = bytes[i];
        if (log->length == LOG_LINE)
            log_flush(log, name);
    }
}

static void
add_lease(struct log *log, const char *name, uint32_t length)
{
    char bytes[PIECE];
    uint32_t done = 0;

    while (done < length) {
        uint32_t want = length - done < PIECE ? length - done : PIECE;
        int64_t got = sys_lease_read(0, 0, done, bytes, want);

        if (got <= 0)
            return; /* the caller's memory is gone: its own loss */
        add(log, name, bytes, (size_t)got);
        done += (uint32_t)got;
    }
}

void
log_served(struct log *log, const char *name, const struct sys_message *m)
{
    char bytes[PRINT_WORDS_MAX];
    size_t length = 0;

    if ((uint32_t)m->tag == PRINT_LEASE) {
        if ((m->tag & SYS_TAG_LEASES(3)) != 0)
            add_lease(log, name, sys_length(m, 0));
        return;
    }
    memcpy(bytes, m->words, sizeof bytes);
    while (length < sizeof bytes && bytes[length] != '\0')
        length++;
    add(log, name, bytes, length);
}
