/*
 * Frames for users' pages, one by one: the most frequent kind, so some are
 * kept at hand. They are taken from the frame allocator by the dozen, in one
 * step, and count as free there.
 *
 * Quota is charged apart, when memory is promised: kernel/vm.h. Under the
 * kernel lock.
 */
#ifndef KERNEL_USER_FRAMES_H
#define KERNEL_USER_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/abi/boot.h"
#include "kernel/account.h"

/* Who owns them all; without a limit. */
extern struct account user_frames;

/* 0 when memory is at its end. */
paddr_t user_frame_take(bool zeroed);
void user_frame_release(paddr_t frame);

/* How many are at hand: free, though user_frames owns them. */
uint64_t user_frames_spare(void);

/* Give them back, for who needs a large run. */
void user_frames_drain(void);

#endif
