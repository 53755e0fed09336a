/* Services that use what the manifest gives them besides endpoints. */
#include "user/rt/archive.h"
#include "user/rt/spawn.h"
#include "user/test/service/service.h"

#include "kernel/lib/bytes.h"

/* --- a service with a child ----------------------------------------------- */

/* The program that this one is, in the boot archive. */
static bool
find_program(struct spawn *how)
{
    struct archive_member file;
    struct sys_inspection view;
    struct archive archive;
    int64_t bytes;
    uint64_t at;

    how->memory = service_need("archive");
    if (sys_inspect(how->memory, &view) != SYS_OBJECT_MEMORY)
        return false;
    bytes = sys_map(SYS_SELF, how->memory, 0, view.id, 0, SYS_MAP_READ);
    if (bytes < 0 ||
        archive_open(&archive, (const void *)bytes, view.id, &at) != NULL ||
        !archive_find(&archive, "/sbin/test", &file))
        return false;
    how->file = archive_data(&archive, &file);
    how->offset = file.offset;
    how->size = file.size;
    return true;
}

/* Leaves a child behind that never ends by itself. */
void
play_parent(void)
{
    struct spawn how = { .frames = 48, .level = 9, .priority = 1 };
    struct spawned child;

    if (!find_program(&how) || spawn(&how, &child) != 0)
        print("it cannot have a child\n");
    pause_for(20 * MS);
    sys_exit(99);
}

/* --- one with a device ---------------------------------------------------- */

static bool
use_buffer(handle_t buffer)
{
    int64_t address = sys_map(SYS_SELF, buffer, 0, 65536, 0,
                              SYS_MAP_READ | SYS_MAP_WRITE);
    int64_t first = sys_memory_physical(buffer, 0);

    if (address < 0 || first < 0)
        return false;
    put_le64((void *)(address + 65528), 42);
    return sys_memory_physical(buffer, 61440) == first + 61440;
}

/* The kernel's console is there, in text mode: a blank has a color, too. */
static bool
use_screen(handle_t screen)
{
    int64_t address = sys_map(SYS_SELF, screen, 0, 0x8000, 0,
                              SYS_MAP_READ | SYS_MAP_WRITE);

    return address >= 0 && le16((const void *)address) != 0 &&
           sys_duplicate(screen, SYS_RIGHT_READ) == ERR_RIGHTS;
}

static bool
use_interrupt(handle_t interrupt)
{
    handle_t bits = (handle_t)sys_notification_create();

    return sys_interrupt_bind(interrupt, bits, 1) == 0 &&
           sys_interrupt_done(interrupt) == 0;
}

void
play_hardware(void)
{
    service_ready(0);
    if (!use_buffer(service_need("buffer")) ||
        !use_screen(service_need("screen")) ||
        !use_interrupt(service_need("irq"))) {
        print("it cannot use what it has\n");
        sys_exit(1);
    }
}
