#include "kernel/boot.h"

struct boot_info boot;
