#include <stddef.h>

#include "kernel/boot.h"
#include "kernel/console.h"
#include "kernel/cpu_local.h"
#include "kernel/device.h"
#include "kernel/frames.h"
#include "kernel/heap.h"
#include "kernel/image.h"
#include "kernel/lib/mem.h"
#include "kernel/lock.h"
#include "kernel/notification.h"
#include "kernel/power.h"
#include "kernel/syscall.h"
#include "kernel/time.h"
#include "kernel/times.h"
#include "kernel/user_frames.h"
#include "kernel/vm.h"

#define DEVICE_RIGHTS (RIGHTS_COMMON | SYS_RIGHT_USE)

#define PRINT_STEP 32u /* characters under one hold of the lock */

int64_t
syscall_device_create(struct thread *thread)
{
    struct account *payer = thread->process->account;
    uint64_t first = argument(thread, 2), count = argument(thread, 3);
    struct interrupt *interrupt;
    struct ports *ports;
    int error = syscall_system(thread, handle_argument(thread, 0));

    if (error == 0 && (first > UINT16_MAX || count > UINT16_MAX + 1u))
        error = ERR_ARGUMENT;
    if (error != 0)
        return error;
    switch (argument(thread, 1)) {
    case SYS_DEVICE_ISA_INTERRUPT:
    case SYS_DEVICE_GSI:
    case SYS_DEVICE_MSI:
        if (count != 1)
            return ERR_ARGUMENT;
        error = interrupt_create(payer,
                                 (enum sys_device)argument(thread, 1),
                                 (uint32_t)first, &interrupt);
        if (error != 0)
            return error;
        return syscall_add(thread, &interrupt->object, DEVICE_RIGHTS);
    case SYS_DEVICE_PORTS:
        error = ports_create(payer, (uint32_t)first, (uint32_t)count, &ports);
        if (error != 0)
            return error;
        return syscall_add(thread, &ports->object, DEVICE_RIGHTS);
    default:
        return ERR_ARGUMENT;
    }
}

int64_t
syscall_interrupt_bind(struct thread *thread)
{
    struct notification *notification = NULL;
    struct interrupt *interrupt;
    int error = get_interrupt(thread, 0, SYS_RIGHT_USE, &interrupt);

    if (error == 0 && argument(thread, 1) != 0)
        error = get_notification(thread, 1, SYS_RIGHT_NOTIFY, &notification);
    if (error == 0)
        interrupt_bind(interrupt, notification, argument(thread, 2));
    return error;
}

int64_t
syscall_interrupt_done(struct thread *thread)
{
    struct interrupt *interrupt;
    int error = get_interrupt(thread, 0, SYS_RIGHT_USE, &interrupt);

    return error != 0 ? error : interrupt_done(interrupt);
}

int64_t
syscall_ports_enable(struct thread *thread)
{
    struct ports *ports;
    int error = get_ports(thread, 0, SYS_RIGHT_USE, &ports);

    return error != 0 ? error : ports_enable(thread->process, ports);
}

/* Consoles are slow: a few characters or a line, then others have a chance. */
static int64_t
print(struct thread *thread)
{
    uint64_t address = argument(thread, 2), left = argument(thread, 3);
    uint64_t count = left < PRINT_STEP ? left : PRINT_STEP, from;
    char text[PRINT_STEP + 1] = "";
    int error = space_read(thread->process->space, address, text, count);

    if (error != 0)
        return error;
    from = times_skip_from();
    for (uint64_t i = 0; i < count; i++) {
        kprintf("%c", text[i]);
        if (text[i] == '\n')
            count = i + 1;
    }
    times_skip_to_now(from);
    if (left == count)
        return 0;
    arch_thread_set_argument(thread, 2, address + count);
    arch_thread_set_argument(thread, 3, left - count);
    return syscall_again(thread);
}

static int64_t
put(struct thread *thread, const void *data, uint64_t size)
{
    if (argument(thread, 3) < size)
        return ERR_ARGUMENT;
    return space_write(thread->process->space, argument(thread, 2), data,
                       size);
}

static int64_t
tell_info(struct thread *thread)
{
    struct sys_system_info info = {
        .tsc_hz = time_hz(),
        .cpus = arch_cpu_count(),
        .modules = boot.module_count,
        .heap_bytes = heap_bytes(),
        .longest_hold = times_longest_hold(),
        .longest_off = times_longest_off(),
    };

    user_frames_drain(); /* with what keeps their blocks in pieces */
    info.frames_total = frames_count().total;
    info.frames_free = frames_count().free;
    info.frames_tables = frames_count().tables;
    info.kernel_bytes = (uint64_t)(image_end - image_start) +
                        (info.frames_total - info.frames_free -
                         user_frames.used) * PAGE_SIZE;
    return put(thread, &info, sizeof info);
}

int64_t
syscall_system_control(struct thread *thread)
{
    size_t length = strlen(boot.command_line);
    int error = syscall_system(thread, handle_argument(thread, 0));

    if (error != 0)
        return error;
    switch (argument(thread, 1)) {
    case SYS_SYSTEM_PRINT:
        return print(thread);
    case SYS_SYSTEM_POWER_OFF:
        power_off(argument(thread, 3) == 0);
    case SYS_SYSTEM_REBOOT:
        power_reboot();
    case SYS_SYSTEM_INFO:
        return tell_info(thread);
    case SYS_SYSTEM_COMMAND_LINE:
        error = (int)put(thread, boot.command_line, length + 1);
        return error != 0 ? error : (int64_t)length;
    default:
        return ERR_ARGUMENT;
    }
}
