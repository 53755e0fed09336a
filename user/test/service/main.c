#include "user/test/service/service.h"

#include "kernel/lib/mem.h"

static char argument[64];

const char *
option(void)
{
    const char *p = argument;

    while (*p != '\0' && *p != ' ')
        p++;
    return *p == ' ' ? p + 1 : p;
}

void
pause_for(uint64_t nanoseconds)
{
    handle_t timer = (handle_t)sys_notification_create();
    uint64_t bits;

    sys_timer_set(timer, 1, (uint64_t)sys_clock() + nanoseconds);
    sys_wait(timer, 1, 0, &bits);
    sys_close(timer);
}

static _Noreturn void
stay(void)
{
    for (;;)
        pause_for(1000 * MS);
}

/* Is up, and does nothing. */
static void
play_idle(void)
{
    print("is up\n");
    service_ready(0);
    stay();
}

static void
play_crash(void)
{
    if (option()[0] == 'u') /* up first */
        service_ready(0);
    __asm__ volatile("ud2");
}

/* Ports 2F8h to 2FFh are given, port 300h is not. */
static void
play_ports(void)
{
    handle_t ports = service_need("com2");
    uint8_t value;

    service_ready(0);
    if (option()[0] == 'a') /* ask first */
        sys_ports_enable(ports);
    __asm__ volatile("inb %w1, %0" : "=a"(value) : "d"(0x2FF));
    print("port 2FF is ours\n");
    __asm__ volatile("inb %w1, %0" : "=a"(value) : "d"(0x300));
    print("port 300 is ours\n");
}

/* Never ready. */
static void
play_stuck(void)
{
    stay();
}

/* Half a line, and what is longer than a line. */
static void
play_poet(void)
{
    print("one\ntwo, ");
    print("still two\n\n");
    print("%0300u\nno end", 0u);
}

static const struct {
    const char *name;
    void (*play)(void);
} roles[] = {
    { "idle", play_idle }, { "crash", play_crash }, { "ports", play_ports },
    { "stuck", play_stuck }, { "echo", play_echo }, { "thief", play_thief },
    { "driver", play_driver }, { "poet", play_poet },
    { "mounter", play_mounter }, { "finder", play_finder },
    { "parent", play_parent }, { "hardware", play_hardware },
};

int
main(uint64_t session)
{
    if (session == 0)
        stay(); /* the child of "parent" */
    service_begin(session);
    if (service_text(SERVICE_TEXT_ARGUMENT, argument, sizeof argument) < 0)
        return 2;
    for (unsigned i = 0; i < sizeof roles / sizeof *roles; i++) {
        size_t length = strlen(roles[i].name);

        if (strncmp(argument, roles[i].name, length) != 0 ||
            (argument[length] != '\0' && argument[length] != ' '))
            continue;
        roles[i].play();
        return 0;
    }
    print("no such role: '%s'\n", argument);
    return 2;
}
