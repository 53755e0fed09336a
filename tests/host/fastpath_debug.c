/* kernel/x86/fastpath.c as debug kernels have it. */
#ifndef DEBUG
#define DEBUG
#endif
#include "tests/host/fastpath_machine.c"
