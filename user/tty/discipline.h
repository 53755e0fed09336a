/*
 * The line discipline: what becomes of a byte between the keyboard and a
 * program, and between a program and the screen, as POSIX.1-2017 chapter 11
 * has it. No server, no time, no memory of its own making: the tty server
 * feeds it, and waits where it says so; so do the tests.
 */
#ifndef USER_TTY_DISCIPLINE_H
#define USER_TTY_DISCIPLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "user/proto/tty.h"

#define DISCIPLINE_LINE 4095u /* bytes of a line, its end among them */
#define DISCIPLINE_QUEUE 8192u /* a power of two */

/* What input may ask for beside bytes. */
enum discipline_signal {
    DISCIPLINE_INTR, DISCIPLINE_QUIT, DISCIPLINE_SUSP,
};

struct discipline {
    struct tty_modes modes;

    /* Echo, ready for the device. It may not call back. */
    void (*echo)(void *context, const uint8_t *bytes, size_t count);
    void (*signal)(void *context, enum discipline_signal signal);
    void *context;

    bool stopped; /* by VSTOP: nothing is to go out */

    /* --- its own ---------------------------------------------------------- */
    /*
     * Bytes for readers: [taken, ready) may be read, [ready, end) is the line
     * that is being edited. Counters never wrap around; a byte is at its
     * counter modulo the queue's size.
     */
    uint8_t queue[DISCIPLINE_QUEUE];
    uint8_t kinds[DISCIPLINE_QUEUE]; /* of each: plain, ends a line, literal */
    uint64_t taken, ready, end;
    unsigned lines;     /* ends of lines in [taken, ready) */
    unsigned column;    /* of the cursor, as far as we know */
    unsigned line_column; /* where the line that is being edited began */
    bool literal;       /* VLNEXT came */
    struct utf8 {
        uint32_t code; /* of the character that is under way */
        uint8_t left;  /* bytes that it still wants */
    } output;
};

/* Modes as a new terminal has them: canonical, echo, signals, UTF-8. */
void discipline_init(struct discipline *d);

/* New modes. What was typed stays; when the canonical mode ends, the line that
 * is being edited can be read. */
void discipline_set(struct discipline *d, const struct tty_modes *modes);

/* One byte from the device, or a break condition. */
void discipline_input(struct discipline *d, uint8_t byte);
void discipline_break(struct discipline *d);

/*
 * Take up to size bytes: in canonical mode of one line at most, and *end says
 * that a VEOF was reached, which with 0 bytes is the end of the file. 0
 * without *end: nothing yet.
 */
size_t discipline_read(struct discipline *d, uint8_t *to, size_t size,
                       bool *end);

/* How many bytes a read could take now; a line's end in canonical mode. */
size_t discipline_waiting(const struct discipline *d);
bool discipline_readable(const struct discipline *d);

/* Forget what was typed and not read. */
void discipline_flush(struct discipline *d);

#define DISCIPLINE_GROWTH 8u /* a tab */

/*
 * Process output: from is taken as far as the room suffices; *used says how
 * far. The result is how many bytes are in to; one byte becomes up to
 * DISCIPLINE_GROWTH, so with less room than that it may not get ahead.
 */
size_t discipline_output(struct discipline *d, const uint8_t *from,
                         size_t count, size_t *used, uint8_t *to,
                         size_t room);

#endif
