/*
 * Who forgets which translations: kernel/x86/tlb.c, tag.c and the switch
 * between spaces, on CPUs whose TLB and CR3 are a model. The model caches
 * whatever it may at any time; what user code then sees must be what the page
 * tables say.
 */
#include "tests/host/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/x86/cpu.h"

static void set_cr3(uint64_t value);
static uint64_t get_cr3(void);
static void forget_page(const void *address);

#define write_cr3 set_cr3
#define read_cr3  get_cr3
#define invlpg    forget_page

#include "kernel/arch.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/switch.h"
#include "kernel/x86/tlb.c" /* with the names above */

#define CPUS   3u
#define SPACES 12u /* more than PCIDs */
#define PAGES  3u
#define STEPS  400000u
#define SEED   20250101u

struct space {
    struct arch_space arch; /* first: space_arch() */
    uint64_t table[PAGES]; /* what is mapped: no value comes twice */
};

struct cpu_features cpu;
uint32_t fpu_components;
bool fpu_by_xsaveopt;

static struct space spaces[SPACES];
static struct x86_cpu cpus[CPUS];
static uint64_t cr3[CPUS], tlb[CPUS][TAGS + 1][PAGES];
static unsigned self; /* whose instructions are executed */
static uint64_t last_value;
static unsigned kept, loads;

struct x86_cpu *
percpu_at(uint32_t number)
{
    return number < CPUS ? &cpus[number] : NULL;
}

struct cpu_local *
arch_cpu(void)
{
    return &cpus[self].local;
}

struct cpu_local *
arch_cpu_at(uint32_t number)
{
    return &percpu_at(number)->local;
}

/* The interrupt, taken at once. */
void
apic_send(uint32_t id, unsigned vector)
{
    unsigned sender = self;

    assert_int_equal(vector, APIC_FLUSH);
    assert_int_equal(cpus[id].local.in_kernel, 0);
    self = id;
    tlb_forget();
    self = sender;
}

static uint64_t *
cached(unsigned number)
{
    return tlb[number][cr3[number] & 0xFFF];
}

static void
set_cr3(uint64_t value)
{
    uint64_t tag = value & 0xFFF;

    assert_true(tag == 0 || (cpu.pcid && tag <= TAGS));
    assert_true((value & TAG_KEEP) == 0 || tag != 0);
    cr3[self] = value & ~TAG_KEEP;
    if ((value & TAG_KEEP) == 0)
        memset(cached(self), 0, sizeof tlb[0][0]);
    kept += (value & TAG_KEEP) != 0;
    loads++;
}

static uint64_t
get_cr3(void)
{
    return cr3[self];
}

static void
forget_page(const void *address)
{
    cached(self)[(uintptr_t)address / PAGE_SIZE % PAGES] = 0;
}

/* --- what happens ---------------------------------------------------------- */

static void
create(struct space *space)
{
    uint64_t number = (uint64_t)(space - spaces);

    assert_int_equal(space->arch.cpus, 0);
    space->arch = (struct arch_space){ .root = (number + 1) * PAGE_SIZE };
    for (unsigned i = 0; i < PAGES; i++)
        space->table[i] = ++last_value;
}

static void
change(struct space *space)
{
    unsigned page = (unsigned)rand() % PAGES;
    bool all = rand() % 4 == 0;

    for (unsigned i = 0; i < PAGES; i++)
        if (all || i == page)
            space->table[i] = ++last_value;
    tlb_flush(&space->arch, all ? 0 : page * PAGE_SIZE,
              (all ? PAGES * 11 : 1) * PAGE_SIZE);
}

static void
load(struct space *space)
{
    struct x86_cpu *this = &cpus[self];
    struct space *last = this->local.space;

    if (last == space)
        return;
    if (space != NULL && last != NULL) {
        switch_space(this, space);
    } else if (space != NULL) {
        switch_to_space(this, space, this->bit);
    } else {
        last->arch.cpus ^= this->bit; /* as context.c does */
        this->local.space = NULL;
        set_cr3(0);
    }
}

/* User code reads a page, or the CPU does so on a guess. */
static void
look_at(unsigned page, bool must_be_right)
{
    const struct space *space = cpus[self].local.space;
    uint64_t *seen = &cached(self)[page];

    if (*seen == 0)
        *seen = space->table[page];
    if (must_be_right)
        assert_int_equal(*seen, space->table[page]);
}

static void
look(bool must_be_right)
{
    struct space *space = cpus[self].local.space;

    if (space == NULL)
        return;
    assert_int_equal(cr3[self] & ~0xFFFULL, space->arch.root);
    look_at((unsigned)rand() % PAGES, must_be_right);
}

static void
step(void)
{
    struct cpu_local *this;
    unsigned few = rand() % 4 == 0 ? SPACES : 3; /* some are busy */
    struct space *space = &spaces[(unsigned)rand() % few];
    unsigned what = (unsigned)rand() % 16;

    self = (unsigned)rand() % CPUS;
    this = arch_cpu();
    if (what < 4) {
        look(false);
    } else if (this->in_kernel == 0) {
        look(true);
        this->in_kernel = what < 8;
    } else if (what < 8) {
        load(rand() % 8 == 0 ? NULL : space);
    } else if (what < 10) {
        change(space);
    } else if (what == 10 && space->arch.cpus == 0) {
        create(space);
    } else if (what > 10) {
        tlb_forget();
        this->in_kernel = 0;
    }
}

static void
run(bool pcid)
{
    cpu.pcid = pcid;
    srand(SEED);
    memset(cpus, 0, sizeof cpus);
    memset(tlb, 0, sizeof tlb);
    kept = loads = 0;
    for (uint32_t i = 0; i < CPUS; i++) {
        cr3[i] = 0;
        cpus[i].apic_id = cpus[i].local.number = i;
        cpus[i].local.in_kernel = 1;
        cpus[i].bit = 1ULL << i;
    }
    for (unsigned i = 0; i < SPACES; i++) {
        spaces[i].arch.cpus = 0;
        create(&spaces[i]);
    }
    for (unsigned i = 0; i < STEPS; i++)
        step();
    print_message("seed %u: %u of %u loads kept translations\n", SEED, kept,
                  loads);
}

static void
test_without_pcid(void **state)
{
    (void)state;
    run(false);
    assert_int_equal(kept, 0);
}

static void
test_with_pcid(void **state)
{
    (void)state;
    run(true);
    assert_true(kept > loads / 20);
}

/* A server and its clients, as many as PCIDs: nothing is forgotten. */
static void
test_few_spaces(void **state)
{
    (void)state;
    run(true);
    self = 0;
    cpus[0].local.in_kernel = 1;
    load(NULL);
    memset(&cpus[0].tags, 0, sizeof cpus[0].tags);
    for (unsigned i = 0; i < TAGS; i++)
        load(&spaces[i]);
    kept = 0;
    for (unsigned i = 0; i < 100 * TAGS; i++) {
        load(&spaces[i % TAGS]);
        look(true);
        change(&spaces[i % TAGS]); /* its own doing does not count */
        look(true);
    }
    assert_int_equal(kept, 100 * TAGS);
}

/* A note for one space is still there while another is loaded. */
static void
test_note_for_another_space(void **state)
{
    (void)state;
    run(true);
    for (unsigned i = 0; i < CPUS; i++) {
        self = i;
        cpus[i].local.in_kernel = 1;
        load(&spaces[0]);
        tlb_forget();
    }
    self = 0;
    for (unsigned page = 0; page < PAGES; page++)
        look_at(page, true);
    self = 1;
    spaces[0].table[0] = ++last_value;
    tlb_flush(&spaces[0].arch, 0, PAGE_SIZE);
    self = 0;
    spaces[0].table[1] = ++last_value;
    tlb_flush(&spaces[0].arch, PAGE_SIZE, PAGE_SIZE);
    load(&spaces[1]);
    tlb_forget();
    load(&spaces[0]);
    for (unsigned page = 0; page < PAGES; page++)
        look_at(page, true);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_pcid),
        cmocka_unit_test(test_with_pcid),
        cmocka_unit_test(test_few_spaces),
        cmocka_unit_test(test_note_for_another_space),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
