/*
 * The root task: the first process, which holds all resources. Until there
 * is a supervisor with a manifest it starts each further boot module as a
 * process, prints for them, and tells how they end.
 */
#include "user/rt/rt.h"
#include "user/rt/spawn.h"

#include "kernel/lib/elf.h"

#define MODULES_MAX      8
#define COMMAND_LINE_MAX 1024
#define ENDPOINT_LEVEL   1
#define CHILD_LEVEL      8
#define CHILD_PRIORITY   8

/* Badges: the module's number, and what the session is for. */
enum { BADGE_SUPERVISOR = 0, BADGE_PRINT = 1 };
#define BADGE(module, use) ((uint64_t)(module) << 1 | (use))

struct child {
    bool alive;
    handle_t process, thread;
};

static struct {
    handle_t system, endpoint;
    struct child children[MODULES_MAX];
    unsigned alive;
} root;

/* One child's share of what is free now, an eighth of the whole for us. */
static uint64_t
share_of(const struct sys_system_info *info)
{
    return info->frames_free / 8 * 7 / info->modules;
}

/* The module's file, mapped for reading, and its object. */
static int64_t
open_module(unsigned module, struct spawn *how)
{
    struct sys_inspection inspection;
    int64_t result = sys_memory_create(SYS_MEMORY_MODULE, 0, root.system,
                                       module);

    if (result < 0)
        return result;
    how->memory = (handle_t)result;
    result = sys_inspect(how->memory, &inspection);
    if (result >= 0) {
        how->size = inspection.id;
        result = sys_map(SYS_SELF, how->memory, 0, how->size, 0,
                         SYS_MAP_READ);
    }
    how->file = (const void *)result;
    if (result < 0)
        sys_close(how->memory);
    return result;
}

static int64_t
open_sessions(unsigned module, struct spawn *how)
{
    int64_t result = sys_session_create(root.endpoint,
                                        BADGE(module, BADGE_SUPERVISOR));

    if (result < 0)
        return result;
    how->supervisor = (handle_t)result;
    result = sys_session_create(root.endpoint, BADGE(module, BADGE_PRINT));
    if (result < 0)
        sys_close(how->supervisor);
    else
        how->first = (handle_t)result;
    return result;
}

/* Our own handles of what the child has now are of no more use. */
static int64_t
start_module(unsigned module, uint64_t frames)
{
    struct child *child = &root.children[module];
    struct spawn how = {
        .frames = frames, .level = CHILD_LEVEL, .priority = CHILD_PRIORITY,
        .first_rights = SYS_RIGHT_SEND | SYS_RIGHT_DUPLICATE |
                        SYS_RIGHT_TRANSFER,
    };
    struct spawned made;
    int64_t result = open_module(module, &how);

    if (result < 0)
        return result;
    result = open_sessions(module, &how);
    if (result >= 0) {
        result = spawn(&how, &made);
        sys_close(how.supervisor);
        sys_close(how.first);
    }
    sys_unmap(SYS_SELF, (uint64_t)how.file, elf_page_up(how.size));
    sys_close(how.memory);
    if (how.problem != NULL)
        print("root: module %u: %s\n", module, how.problem);
    if (result < 0)
        return result;
    *child = (struct child){ true, made.process, made.thread };
    root.alive++;
    return 0;
}

static void
start_modules(const struct sys_system_info *info)
{
    for (unsigned i = 1; i < info->modules && i < MODULES_MAX; i++) {
        int64_t result = start_module(i, share_of(info));

        if (result < 0)
            print("root: module %u does not start: error %ld\n", i, result);
    }
}

static void
report_fault(const struct sys_message *m)
{
    print("root: module %lu: exception %lu, error %lX, at %lX, address %lX\n",
          m->badge >> 1, m->words[SYS_FAULT_VECTOR],
          m->words[SYS_FAULT_ERROR], m->words[SYS_FAULT_RIP],
          m->words[SYS_FAULT_ADDRESS]);
}

static void
report_death(const struct sys_message *m)
{
    static const char *const how[] = {
        [SYS_DEATH_EXIT] = "ended with status",
        [SYS_DEATH_KILLED] = "was killed with status",
        [SYS_DEATH_FAULT] = "died of exception",
    };
    uint64_t module = m->badge >> 1;
    struct child *child = &root.children[module % MODULES_MAX];

    if (!child->alive)
        return; /* what was begun of one that could not be started */
    if (m->words[0] <= SYS_DEATH_FAULT)
        print("root: module %lu %s %lu\n", module, how[m->words[0]],
              m->words[1]);
    sys_close(child->thread);
    sys_close(child->process);
    child->alive = false;
    root.alive--;
}

/* Serve until all children are gone, for ever if they never go. */
static void
serve(bool for_ever)
{
    struct sys_message m;
    int64_t got;

    while (for_ever || root.alive > 0) {
        got = sys_receive(root.endpoint, 0, &m);
        if (got == SYS_GOT_CALL && (m.badge & 1) == BADGE_PRINT)
            print_served(&m);
        else if (got == SYS_GOT_FAULT)
            report_fault(&m); /* a tag of 0 ends the process */
        else if (got == SYS_GOT_DEATH)
            report_death(&m);
        if (got != SYS_GOT_CALL && got != SYS_GOT_FAULT)
            continue;
        m = (struct sys_message){ 0 };
        sys_reply(0, &m);
    }
}

int
main(uint64_t argument)
{
    static char line[COMMAND_LINE_MAX];
    struct sys_system_info info = { 0 };
    size_t length;
    bool autorun;
    int64_t result;

    root.system = (handle_t)argument;
    print_to_system(root.system);
    sys_system(root.system, SYS_SYSTEM_INFO, &info, sizeof info);
    sys_system(root.system, SYS_SYSTEM_COMMAND_LINE, line, sizeof line);
    line[sizeof line - 1] = '\0';
    autorun = option_value(line, "autorun", &length) != NULL;
    print("root: runs on %u CPU%s, %lu of %lu MiB free\n", info.cpus,
          info.cpus == 1 ? "" : "s", info.frames_free >> 8,
          info.frames_total >> 8);
    result = sys_endpoint_create(ENDPOINT_LEVEL);
    if (result < 0) {
        print("root: no endpoint: error %ld\n", result);
        return 1;
    }
    root.endpoint = (handle_t)result;
    start_modules(&info);
    serve(!autorun);
    print("autorun: there is no shell yet; powering off.\n");
    sys_system(root.system, SYS_SYSTEM_POWER_OFF, NULL, 0);
    return 1;
}
