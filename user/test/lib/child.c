#include "user/test/lib/test.h"

int64_t
program_open(struct spawn *how)
{
    struct sys_inspection view;
    int64_t result = sys_memory_create(SYS_MEMORY_MODULE, 0, test_system, 0);

    if (result < 0)
        return result;
    how->memory = (handle_t)result;
    result = sys_inspect(how->memory, &view);
    if (result < 0)
        return result;
    how->size = view.id;
    result = sys_map(SYS_SELF, how->memory, 0, how->size, 0, SYS_MAP_READ);
    how->file = (const void *)result;
    return result < 0 ? result : 0;
}

int64_t
program_close(const struct spawn *how)
{
    int64_t result = sys_unmap(SYS_SELF, (uint64_t)how->file, how->size);

    return result < 0 ? result : sys_close(how->memory);
}

bool
program_start(handle_t endpoint, uint64_t badge, uint64_t frames,
              struct spawned *spawned, uint64_t *id)
{
    struct spawn how = {
        .frames = frames, .level = 8, .priority = PRIORITY,
        .first_rights = SYS_RIGHT_SEND | SYS_RIGHT_INSPECT |
                        SYS_RIGHT_DUPLICATE,
        .first = (handle_t)sys_session_create(endpoint, badge),
        .supervisor = (handle_t)sys_session_create(endpoint, badge + 1),
    };
    struct sys_inspection view;

    EXPECT(program_open(&how), 0);
    EXPECT(spawn(&how, spawned), 0);
    EXPECT(sys_inspect(spawned->process, &view), SYS_OBJECT_PROCESS);
    *id = view.id;
    EXPECT(sys_close(how.first), 0);
    EXPECT(sys_close(how.supervisor), 0);
    EXPECT(program_close(&how), 0);
    return true;
}
