/*
 * Runs the attacks, or the one of test=NAME, and reports in TAP. Each runs
 * twice: what the first run leaves for good (page tables, a page of handles,
 * the heap's empty runs) is there the second time, and then every frame has
 * to come back, those of the kernel's heap as well.
 */
#include "user/test/attack/attack.h"

#include "kernel/lib/mem.h"

#define COMMAND_LINE_MAX 1024
#define SETTLE_MS 1000

handle_t attack_system;

static uint64_t seed;

static const struct {
    const struct attack *attacks;
    const unsigned *count;
} areas[] = {
    { instruction_attacks, &instruction_attack_count },
    { memory_attacks, &memory_attack_count },
    { state_attacks, &state_attack_count },
    { call_attacks, &call_attack_count },
    { handle_attacks, &handle_attack_count },
    { device_attacks, &device_attack_count },
    { bomb_attacks, &bomb_attack_count },
    { race_attacks, &race_attack_count },
};

void
attack_seed(uint64_t value)
{
    seed = value;
}

/* SplitMix64. */
uint64_t
attack_random(void)
{
    uint64_t value = seed += 0x9E3779B97F4A7C15ULL;

    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9ULL;
    value = (value ^ value >> 27) * 0x94D049BB133111EBULL;
    return value ^ value >> 31;
}

void
attack_sleep(uint64_t nanoseconds)
{
    static handle_t bell;
    uint64_t bits;

    if (bell == 0)
        bell = (handle_t)sys_notification_create();
    sys_timer_set(bell, 1, (uint64_t)sys_clock() + nanoseconds);
    sys_wait(bell, 1, 0, &bits);
}

uint64_t
attack_pages(uint64_t count)
{
    int64_t result = sys_map(SYS_SELF, 0, 0, count * SYS_PAGE, 0,
                             RW | SYS_MAP_PRIVATE);

    return result < 0 ? 0 : (uint64_t)result;
}

static struct sys_system_info
info(void)
{
    struct sys_system_info now = { 0 };

    sys_system(attack_system, SYS_SYSTEM_INFO, &now, sizeof now);
    return now;
}

/* What is dead goes back in steps: give it time. */
static bool
all_comes_back(const struct sys_system_info *before)
{
    struct sys_system_info now = info();

    for (int i = 0; now.frames_free < before->frames_free && i < SETTLE_MS;
         i++) {
        attack_sleep(MS);
        now = info();
    }
    if (now.frames_free < before->frames_free)
        print("# %lu frames are missing\n",
              before->frames_free - now.frames_free);
    if (now.heap_bytes > before->heap_bytes)
        print("# the kernel's heap has grown by %lu bytes\n",
              now.heap_bytes - before->heap_bytes);
    return now.frames_free >= before->frames_free &&
           now.heap_bytes <= before->heap_bytes;
}

/* The most that is free after the first run: it settles there. */
static struct sys_system_info
settled(void)
{
    struct sys_system_info now = info(), before;

    do {
        before = now;
        attack_sleep(4 * MS);
        now = info();
    } while (now.frames_free > before.frames_free);
    return now;
}

static bool
run(const struct attack *attack)
{
    struct sys_system_info before;

    if (!attack->run())
        return false;
    before = settled();
    return attack->run() && all_comes_back(&before) && bystander_is_well();
}

static bool
is_wanted(const struct attack *attack, const char *name, size_t length)
{
    return name == NULL || (strlen(attack->name) == length &&
                            strncmp(attack->name, name, length) == 0);
}

/* Run all that are wanted, or only count them. Returns how many failed. */
static unsigned
run_all(const char *name, size_t length, bool only_count, unsigned *count)
{
    unsigned failed = 0;

    *count = 0;
    for (size_t i = 0; i < COUNT_OF(areas); i++) {
        for (unsigned j = 0; j < *areas[i].count; j++) {
            const struct attack *attack = &areas[i].attacks[j];
            bool good;

            if (!is_wanted(attack, name, length))
                continue;
            ++*count;
            if (only_count)
                continue;
            good = run(attack);
            failed += !good;
            print("%sok %u - %s\n", good ? "" : "not ", *count,
                  attack->name);
        }
    }
    return failed;
}

static unsigned
run_storm(unsigned *count)
{
    bool good;

    print("1..1\n");
    good = storm_attack.run() && bystander_is_well();
    print("%sok 1 - %s\n", good ? "" : "not ", storm_attack.name);
    *count = 1;
    return !good;
}

/* seed=NUMBER repeats a run. */
static void
choose_seed(const char *line)
{
    size_t length = 0;
    const char *text = option_value(line, "seed", &length);

    seed = 0;
    for (size_t i = 0; text != NULL && i < length; i++)
        if (text[i] >= '0' && text[i] <= '9')
            seed = seed * 10 + (uint64_t)(text[i] - '0');
    if (text == NULL)
        seed = random_bits() >> 32;
    print("# seed=%lu\n", seed);
}

static _Noreturn void
root_main(void)
{
    static char line[COMMAND_LINE_MAX];
    size_t length = 0;
    const char *name;
    unsigned count, failed;

    print_to_system(attack_system);
    sys_system(attack_system, SYS_SYSTEM_COMMAND_LINE, line, sizeof line);
    choose_seed(line);
    if (!bystander_is_well())
        print("# there is no bystander\n");
    name = option_value(line, "test", &length);
    if (name != NULL && is_wanted(&storm_attack, name, length)) {
        failed = run_storm(&count);
    } else {
        run_all(name, length, true, &count);
        print("1..%u\n", count);
        failed = run_all(name, length, false, &count);
    }
    print("# %u attacks, %u failed\n", count, failed);
    sys_system(attack_system, SYS_SYSTEM_POWER_OFF, NULL,
               failed > 0 || count == 0);
    sys_exit(1);
}

int
main(uint64_t argument)
{
    struct sys_inspection view;

    if (sys_inspect((handle_t)argument, &view) == SYS_OBJECT_SESSION)
        return attack_child((handle_t)argument);
    attack_system = (handle_t)argument;
    root_main();
}
