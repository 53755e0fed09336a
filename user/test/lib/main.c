#include "user/test/lib/test.h"

#define COMMAND_LINE_MAX 1024

handle_t test_system;
uint64_t test_longest_hold, test_longest_off;

static char line[COMMAND_LINE_MAX];

const char *
test_option(const char *name, size_t *length)
{
    return option_value(line, name, length);
}

uint64_t
test_number(const char *name, uint64_t otherwise)
{
    size_t length = 0;
    const char *text = option_value(line, name, &length);
    uint64_t number = 0;

    if (text == NULL)
        return otherwise;
    for (size_t i = 0; i < length && text[i] >= '0' && text[i] <= '9'; i++)
        number = number * 10 + (uint64_t)(text[i] - '0');
    return number;
}

void
test_end(bool good)
{
    sys_system(test_system, SYS_SYSTEM_POWER_OFF, NULL, !good);
    sys_exit(1);
}

int64_t
test_map(uint64_t size)
{
    return sys_map(SYS_SELF, 0, 0, size, 0, RW | SYS_MAP_PRIVATE);
}

void
test_info(struct sys_system_info *info)
{
    if (sys_system(test_system, SYS_SYSTEM_INFO, info, sizeof *info) != 0)
        __builtin_trap();
    if (info->longest_hold > test_longest_hold)
        test_longest_hold = info->longest_hold;
    if (info->longest_off > test_longest_off)
        test_longest_off = info->longest_off;
}

int
main(uint64_t argument)
{
    struct sys_inspection view;

    if (sys_inspect((handle_t)argument, &view) == SYS_OBJECT_SESSION)
        return test_child((handle_t)argument);
    test_system = (handle_t)argument;
    print_to_system(test_system);
    if (sys_system(test_system, SYS_SYSTEM_COMMAND_LINE, line,
                   sizeof line) >= 0)
        test_root();
    test_end(false);
}
