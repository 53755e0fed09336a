#include "tests/host/own_mem.h"

#include "kernel/lib/mem.c"
