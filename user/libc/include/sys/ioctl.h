#ifndef _SYS_IOCTL_H
#define _SYS_IOCTL_H

#include <bits/features.h>
#include <bits/winsize.h>

#define TIOCSCTTY  0x540E
#define TIOCGPGRP  0x540F
#define TIOCSPGRP  0x5410
#define TIOCGWINSZ 0x5413
#define TIOCSWINSZ 0x5414
#define FIONREAD   0x541B
#define TIOCNOTTY  0x5422
#define FIONBIO    0x5421
#define TIOCGSID   0x5429

__C_BEGIN

int ioctl(int, unsigned long, ...);

__C_END

#endif
