/*
 * What IO_CONTROL asks of a terminal (user/proto/io.h): modes, size, and who
 * sits in front of it. Numbers and bits are those of the termios that most
 * programs have seen, Linux's on x86-64; libc's <termios.h> has the same.
 */
#ifndef USER_PROTO_TTY_H
#define USER_PROTO_TTY_H

#include <stdint.h>

enum tty_control {
    TTY_GET_MODES = 1, /* lease 0 (to write): struct tty_modes */
    TTY_SET_MODES,     /* lease 0 (to read): struct tty_modes; word 1: when */
    TTY_GET_SIZE,      /* word 0: columns, 1: rows */
    TTY_SET_SIZE,      /* words 1, 2: columns, rows; SIGWINCH on a change */
    TTY_GET_GROUP,     /* word 0: group in front */
    TTY_SET_GROUP,     /* word 1: group in front */
    TTY_GET_SESSION,   /* word 0: session whose terminal it is */
    TTY_TAKE,          /* it becomes the terminal of the caller's session */
    TTY_GIVE,          /* words 1, 2: session whose it becomes, and group */
    TTY_FLUSH,         /* word 1: 0 input, 1 output, 2 both */
    TTY_DRAIN,         /* answers when all output is out */
    TTY_BREAK,
};

/* When TTY_SET_MODES works. */
enum { TTY_NOW, TTY_DRAINED, TTY_FLUSHED };

/* input */
#define TTY_IGNBRK 0000001u
#define TTY_BRKINT 0000002u
#define TTY_ISTRIP 0000040u
#define TTY_INLCR  0000100u
#define TTY_IGNCR  0000200u
#define TTY_ICRNL  0000400u
#define TTY_IXON   0002000u
#define TTY_IXANY  0004000u
#define TTY_IXOFF  0010000u
#define TTY_IMAXBEL 0020000u
#define TTY_IUTF8  0040000u

/* output */
#define TTY_OPOST  0000001u
#define TTY_ONLCR  0000004u
#define TTY_OCRNL  0000010u
#define TTY_ONOCR  0000020u
#define TTY_ONLRET 0000040u
#define TTY_XTABS  0014000u

/* local */
#define TTY_ISIG   0000001u
#define TTY_ICANON 0000002u
#define TTY_ECHO   0000010u
#define TTY_ECHOE  0000020u
#define TTY_ECHOK  0000040u
#define TTY_ECHONL 0000100u
#define TTY_NOFLSH 0000200u
#define TTY_TOSTOP 0000400u
#define TTY_ECHOCTL 0001000u
#define TTY_ECHOKE 0004000u
#define TTY_IEXTEN 0100000u

enum tty_special {
    TTY_VINTR, TTY_VQUIT, TTY_VERASE, TTY_VKILL, TTY_VEOF, TTY_VTIME,
    TTY_VMIN, TTY_VSWTC, TTY_VSTART, TTY_VSTOP, TTY_VSUSP, TTY_VEOL,
    TTY_VREPRINT, TTY_VDISCARD, TTY_VWERASE, TTY_VLNEXT, TTY_VEOL2,
    TTY_SPECIALS = 32,
};

#define TTY_DISABLED 0u /* a special character that there is none of */

struct tty_modes {
    uint32_t input, output, control, local;
    uint8_t line, special[TTY_SPECIALS];
    uint8_t unused[3];
    uint32_t speed_in, speed_out; /* bits a second */
};

#endif
