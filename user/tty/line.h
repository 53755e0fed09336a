/*
 * The tty server's side of user/proto/stream.h: one line to a driver, which
 * may die and come back. A thread of its own keeps calling the driver; the
 * server's thread only ever looks at the rings and rings a bell.
 */
#ifndef USER_TTY_LINE_H
#define USER_TTY_LINE_H

#include "user/proto/stream.h"
#include "user/rt/rt.h"

struct line {
    handle_t driver;   /* session */
    handle_t memory;   /* of the stream; outlives the driver, and us */
    struct stream *stream;
    handle_t bell;     /* ours, that the driver rings */
    uint64_t bell_input, bell_output, bell_break; /* its bits */
    uint64_t wake;     /* handle of the driver's bell in the lower half, */
                       /* the number of its bit in the upper; 0: nobody */
    struct thread thread;
};

/* driver, memory and the bell's fields are filled in. 0 or ERR_*. */
int64_t line_start(struct line *line, unsigned priority);

/* There is output, or room for input again. */
void line_wake(struct line *line);

#endif
