/*
 * What kernel/space.c and kernel/memory_object.c stand on, answered on the
 * host: memory, accounts, heap, objects, background work, a TLB that is never
 * flushed by itself, and a pager that keeps notes. The frame allocator is the
 * real one.
 */
#ifndef TESTS_HOST_VM_STAND_IN_H
#define TESTS_HOST_VM_STAND_IN_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/account.h"
#include "kernel/user_frames.h"
#include "kernel/vm.h"

#define MIB      (1ULL << 20)
#define RAM_BASE MIB
#define RAM_SIZE (63 * MIB)

/* A module of 8 MiB at the end, that is no frame of the allocator's. */
#define MODULE_BASE (56 * MIB)
#define MODULE_SIZE (8 * MIB)

/* Physical memory full of garbage, no object, no account in use. */
void vm_reset(void);

/* The Nth allocation from now on fails: frames, slots, counts; 0: none. */
extern unsigned fail_at;

/* What is out: frames of all owners, slots of all caches. */
uint64_t frames_out(void);
extern uint64_t slots_out;

/* What is charged to all accounts without a frame: promises. */
extern uint64_t promised;

/* One background step, or all; false when there was nothing to do. */
bool work_step(void);
void work_all(void);

/* A pager: what it was asked last, and what the kernel is told. */
extern struct session *reported_to;
extern uint64_t reported_words[2];
extern int report_result;
extern unsigned sessions_closed;

/*
 * An access of user code: through the TLB, the page tables, a fault. 0 and
 * *byte, or what space_touch() said.
 */
int user_access(struct space *space, uint64_t address,
                enum space_access access, uint8_t **byte);

/* Fails where the TLB allows what the page tables do not. */
void tlb_check(void);

extern unsigned tlb_flushes;

#endif
