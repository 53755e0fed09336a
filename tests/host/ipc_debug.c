/* kernel/ipc.c as debug kernels have it: calls go to lower levels only. */
#ifndef DEBUG
#define DEBUG
#endif
#include "kernel/ipc.c"
