#include "user/rt/rt.h"

#include "kernel/lib/format.h"
#include "kernel/lib/mem.h"

#define PIECE 256u

static struct {
    handle_t handle;
    bool is_session;
} target;

/* What one print() has collected. */
struct text {
    size_t length;
    char bytes[PIECE];
};

void
print_to_system(handle_t system)
{
    target.handle = system;
    target.is_session = false;
}

void
print_to_session(handle_t session)
{
    target.handle = session;
    target.is_session = true;
}

static void
send(const char *bytes, size_t length)
{
    struct sys_lease lease = { (uint64_t)bytes, length };
    struct sys_message m = { .tag = PRINT_WORDS, .leases = &lease };

    if (length <= PRINT_WORDS_MAX)
        memcpy(m.words, bytes, length);
    else
        m.tag = PRINT_LEASE | SYS_TAG_LEASES(1) | SYS_TAG_READ(0);
    sys_call(target.handle, &m); /* who cannot print cannot say so */
}

static void
flush(struct text *text)
{
    if (text->length > 0 && target.is_session)
        send(text->bytes, text->length);
    else if (text->length > 0)
        sys_system(target.handle, SYS_SYSTEM_PRINT, text->bytes,
                   text->length);
    text->length = 0;
}

static void
put(void *context, char c)
{
    struct text *text = context;

    if (text->length == PIECE)
        flush(text);
    text->bytes[text->length++] = c;
}

void
print(const char *text, ...)
{
    struct text collected;
    va_list arguments;

    collected.length = 0;
    va_start(arguments, text);
    format_to(put, &collected, text, arguments);
    va_end(arguments);
    flush(&collected);
}

/* In pieces: the lease may be longer than any buffer. */
static void
print_lease(uint32_t length)
{
    char bytes[PIECE];
    uint32_t done = 0;

    while (done < length) {
        uint32_t want = length - done < PIECE ? length - done : PIECE;
        int64_t got = sys_lease_read(0, 0, done, bytes, want);

        if (got <= 0)
            return; /* the caller's memory is gone: its own loss */
        sys_system(target.handle, SYS_SYSTEM_PRINT, bytes, (uint64_t)got);
        done += (uint32_t)got;
    }
}

void
print_served(const struct sys_message *message)
{
    char bytes[PRINT_WORDS_MAX];
    size_t length = 0;

    if ((uint32_t)message->tag == PRINT_LEASE &&
        (message->tag & SYS_TAG_LEASES(3)) != 0) {
        print_lease(sys_length(message, 0));
    } else if ((uint32_t)message->tag == PRINT_WORDS) {
        memcpy(bytes, message->words, sizeof bytes);
        while (length < sizeof bytes && bytes[length] != '\0')
            length++;
        sys_system(target.handle, SYS_SYSTEM_PRINT, bytes, length);
    }
}
