/*
 * The boot record: the kernel's own copy, checked as it starts
 * (kernel/start/boot_check.h) and there for good.
 */
#ifndef KERNEL_BOOT_H
#define KERNEL_BOOT_H

#include "kernel/abi/boot.h"

extern struct boot_info boot;

#endif
