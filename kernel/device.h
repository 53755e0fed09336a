/*
 * Interrupts and I/O ports as objects.
 *
 * An interrupt sets bits of a notification. From its arrival until the driver
 * says that it is done no other one does; it waits, in the hardware with the
 * line masked, or, where that would lose it, in struct interrupt. A line or a
 * port range belongs to one object at a time.
 */
#ifndef KERNEL_DEVICE_H
#define KERNEL_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/object.h"

struct notification;
struct process;

struct interrupt {
    struct object object;
    enum sys_device kind;
    uint32_t number; /* in the way of that kind */
    unsigned line;   /* as kernel/arch.h counts */
    struct notification *notification; /* a reference */
    uint64_t bits;
    bool busy;   /* told, and the driver is not done */
    bool missed; /* another one came meanwhile */
};

struct ports {
    struct object object;
    uint32_t first, count;
};

/* Once. */
void devices_init(void);

/*
 * ERR_ARGUMENT: no such line; ERR_EXISTS: the kernel's or another's;
 * ERR_MEMORY: also when there is no vector for one more.
 */
int interrupt_create(struct account *payer, enum sys_device kind,
                     uint32_t number, struct interrupt **interrupt);

/* From now on; NULL: no more. The line is unmasked with the first. */
void interrupt_bind(struct interrupt *interrupt,
                    struct notification *notification, uint64_t bits);
/* The line may come again: ERR_STATE while nothing is bound. */
int interrupt_done(struct interrupt *interrupt);
void interrupt_closed(struct interrupt *interrupt);
void interrupt_free(struct interrupt *interrupt);

int ports_create(struct account *payer, uint32_t first, uint32_t count,
                 struct ports **ports);

/*
 * The process may use them from its next instruction on, until its end:
 * closing the handle takes nothing back. ERR_MEMORY, ERR_DEAD.
 */
int ports_enable(struct process *process, const struct ports *ports);
void ports_free(struct ports *ports);

#endif
