#include "kernel/root.h"

#include "kernel/abi/syscall.h"
#include "kernel/console.h"
#include "kernel/power.h"

void
root_ended(const uint64_t words[4])
{
    switch (words[0]) {
    case SYS_DEATH_FAULT:
        kprintf("\nThe root task died of exception %lu at %lX, "
                "address %lX.\n", words[1], words[3], words[2]);
        break;
    case SYS_DEATH_KILLED:
        kprintf("\nThe root task was killed with status %lu.\n", words[1]);
        break;
    default:
        kprintf("\nThe root task ended with status %lu.\n", words[1]);
    }
    if (power_has_autorun())
        power_off(false);
    kprintf("Nobody is left to run anything: halted.\n");
    power_stop_failed();
}
