#include "kernel/device.h"

#include <stdbool.h>
#include <stddef.h>

#include "kernel/arch.h"
#include "kernel/cpu_local.h"
#include "kernel/entry.h"
#include "kernel/frames.h"
#include "kernel/heap.h"
#include "kernel/interrupt.h"
#include "kernel/lib/mem.h"
#include "kernel/memory.h"
#include "kernel/notification.h"
#include "kernel/process.h"
#include "kernel/thread.h"

#define PORT_COUNT 65536u
#define PORT_WORDS (PORT_COUNT / 64)
#define PORT_ORDER 1u /* 8 KiB */

static struct cache interrupts = CACHE(sizeof(struct interrupt), 8);
static struct cache port_ranges = CACHE(sizeof(struct ports), 8);
static uint64_t claimed[PORT_WORDS]; /* ports that are some object's */

static void
tell(struct interrupt *interrupt)
{
    interrupt->busy = true;
    if (interrupt->notification != NULL)
        notification_signal(interrupt->notification, interrupt->bits);
}

static void
arrived(void *context)
{
    struct interrupt *interrupt = context;

    if (interrupt->busy || !arch_irq_loses(interrupt->line))
        arch_irq_mask(interrupt->line, true);
    if (interrupt->busy)
        interrupt->missed = true;
    else
        tell(interrupt);
}

static int
open_line(enum sys_device kind, uint32_t number, unsigned *line)
{
    *line = number;
    if (kind == SYS_DEVICE_GSI)
        return arch_irq_open_gsi(number, line);
    if (kind == SYS_DEVICE_MSI && number == 0)
        return arch_irq_open_message(line);
    if (kind == SYS_DEVICE_ISA_INTERRUPT && number < ISA_IRQS &&
        arch_irq_vector(number) != 0)
        return 0;
    return ERR_ARGUMENT;
}

int
interrupt_create(struct account *payer, enum sys_device kind,
                 uint32_t number, struct interrupt **result)
{
    struct interrupt *interrupt;
    unsigned line;
    int error = open_line(kind, number, &line);

    if (error != 0)
        return error;
    interrupt = cache_take(&interrupts, payer);
    if (interrupt == NULL) {
        arch_irq_close(line);
        return ERR_MEMORY;
    }
    object_init(&interrupt->object, SYS_OBJECT_INTERRUPT, payer);
    interrupt->kind = kind;
    interrupt->number = number;
    interrupt->line = line;
    if (!irq_attach(line, arrived, interrupt)) {
        cache_release(&interrupts, payer, interrupt);
        return ERR_EXISTS;
    }
    *result = interrupt;
    return 0;
}

void
interrupt_bind(struct interrupt *interrupt,
               struct notification *notification, uint64_t bits)
{
    struct notification *old = interrupt->notification;

    if (notification != NULL)
        object_ref(&notification->object);
    interrupt->notification = notification;
    interrupt->bits = bits;
    if ((old == NULL) != (notification == NULL)) {
        interrupt->busy = interrupt->missed = false;
        arch_irq_mask(interrupt->line, notification == NULL);
    }
    if (old != NULL)
        object_unref(&old->object);
}

int
interrupt_done(struct interrupt *interrupt)
{
    if (interrupt->notification == NULL)
        return ERR_STATE;
    interrupt->busy = false;
    if (interrupt->missed)
        tell(interrupt);
    interrupt->missed = false;
    arch_irq_mask(interrupt->line, false);
    return 0;
}

void
interrupt_closed(struct interrupt *interrupt)
{
    irq_detach(interrupt->line);
    interrupt_bind(interrupt, NULL, 0);
    arch_irq_close(interrupt->line);
}

void
interrupt_free(struct interrupt *interrupt)
{
    if (!interrupt->object.dead)
        interrupt_closed(interrupt); /* it never had a handle */
    cache_release(&interrupts, interrupt->object.payer, interrupt);
}

/* The bits of that word that stand for ports of the range. */
static uint64_t
bits_of(const struct ports *ports, uint32_t word)
{
    uint32_t last = ports->first + ports->count - 1;
    uint64_t bits = UINT64_MAX;

    if (word == ports->first / 64)
        bits &= UINT64_MAX << ports->first % 64;
    if (word == last / 64)
        bits &= UINT64_MAX >> (63 - last % 64);
    return bits;
}

static uint32_t
last_word(const struct ports *ports)
{
    return (ports->first + ports->count - 1) / 64;
}

static bool
is_claimed(const struct ports *ports)
{
    for (uint32_t i = ports->first / 64; i <= last_word(ports); i++)
        if ((claimed[i] & bits_of(ports, i)) != 0)
            return true;
    return false;
}

static void
claim(const struct ports *ports)
{
    for (uint32_t i = ports->first / 64; i <= last_word(ports); i++)
        claimed[i] |= bits_of(ports, i);
}

void
devices_init(void)
{
    struct port_range own;

    for (unsigned i = 0; (own = arch_own_ports(i)).count > 0; i++)
        claim(&(struct ports){ .first = own.first, .count = own.count });
}

int
ports_create(struct account *payer, uint32_t first, uint32_t count,
             struct ports **result)
{
    const struct ports range = { .first = first, .count = count };
    struct ports *ports;

    if (count == 0 || first >= PORT_COUNT || count > PORT_COUNT - first)
        return ERR_ARGUMENT;
    if (is_claimed(&range))
        return ERR_EXISTS;
    ports = cache_take(&port_ranges, payer);
    if (ports == NULL)
        return ERR_MEMORY;
    object_init(&ports->object, SYS_OBJECT_PORTS, payer);
    ports->first = first;
    ports->count = count;
    claim(ports);
    arch_ports_lend(first, count, true);
    *result = ports;
    return 0;
}

void
ports_free(struct ports *ports)
{
    for (uint32_t i = ports->first / 64; i <= last_word(ports); i++)
        claimed[i] &= ~bits_of(ports, i);
    arch_ports_lend(ports->first, ports->count, false);
    cache_release(&port_ranges, ports->object.payer, ports);
}

/* A bitmap that allows nothing. */
static bool
make_bitmap(struct process *process)
{
    paddr_t run = frame_take(process->account, PORT_ORDER, 0);

    if (run == 0)
        return false;
    process->ports = memset(phys_to_virt(run), 0xFF, PORT_COUNT / 8);
    process->ports_payer = process->account;
    return true;
}

/* Each CPU looks at its own copy, at every IN and OUT. */
static void
load_everywhere(const struct process *process)
{
    for (uint32_t i = 0; i < arch_cpu_count(); i++) {
        struct cpu_local *cpu = arch_cpu_at(i);

        if (cpu->current != NULL && cpu->current->process == process)
            arch_load_ports(cpu, process->ports);
    }
}

int
ports_enable(struct process *process, const struct ports *ports)
{
    uint64_t *bitmap;

    if (process->state != PROCESS_ALIVE)
        return ERR_DEAD;
    if (process->ports == NULL && !make_bitmap(process))
        return ERR_MEMORY;
    bitmap = (uint64_t *)(void *)process->ports;
    for (uint32_t i = ports->first / 64; i <= last_word(ports); i++)
        bitmap[i] &= ~bits_of(ports, i);
    load_everywhere(process);
    return 0;
}
