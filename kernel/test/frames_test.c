/*
 * Self-tests of the frame allocator, on the memory of this machine. Whatever
 * they take they give back; each one looks whether all of it is there again.
 */
#include <stdint.h>

#include "kernel/arch.h"
#include "kernel/console.h"
#include "kernel/frames.h"
#include "kernel/image.h"
#include "kernel/lib/mem.h"
#include "kernel/memory.h"
#include "kernel/start/boot_check.h"
#include "kernel/start/main.h"
#include "kernel/test/selftest.h"

#define PAGES       64
#define FOUR_GIB    (1ULL << 32)
#define MOST_FRAMES (256 * 64) /* 64 MiB: all of a small machine */

static struct account account = { .limit = ACCOUNT_UNLIMITED };
static paddr_t pages[PAGES];

/*
 * Free frames at the start of a test. Tables count as free here: touching
 * memory for the first time costs some for good.
 */
static uint64_t start;

static uint64_t
not_taken(void)
{
    struct frames_count count = frames_count();

    return count.free + count.tables;
}

static bool
all_back(void)
{
    return account.used == 0 && not_taken() == start;
}

/* Every page filled with a byte of the test's. */
static bool
take_pages(unsigned flags)
{
    start = not_taken();
    for (int i = 0; i < PAGES; i++) {
        pages[i] = frame_take(&account, 0, flags);
        if (pages[i] == 0)
            return false;
    }
    return account.used == PAGES && not_taken() == start - PAGES;
}

static bool
release_pages(void)
{
    bool good = true;

    for (int i = 0; i < PAGES; i++)
        good &= frame_release(&account, pages[i], 0) == 0;
    return good && all_back();
}

static bool
is_zero_page(paddr_t page)
{
    const uint64_t *words = phys_to_virt(page);

    for (size_t i = 0; i < PAGE_SIZE / 8; i++)
        if (words[i] != 0)
            return false;
    return true;
}

static bool
is_memory(paddr_t page)
{
    const struct boot_range *range = boot_find_range(&boot, page, PAGE_SIZE);

    return range != NULL && (range->type == BOOT_MEM_USABLE ||
                             range->type == BOOT_MEM_LOADER);
}

/* The same pages come again; what was on them must not. */
static bool
test_zeroed(void)
{
    static paddr_t dirty[PAGES];
    unsigned same = 0;

    if (!take_pages(0))
        return false;
    for (int i = 0; i < PAGES; i++) {
        memset(phys_to_virt(pages[i]), 0xA5, PAGE_SIZE);
        dirty[i] = pages[i];
    }
    if (!release_pages() || !take_pages(FRAME_ZEROED))
        return false;
    for (int i = 0; i < PAGES; i++) {
        for (int j = 0; j < PAGES; j++)
            same += pages[i] == dirty[j];
        if (!is_zero_page(pages[i]))
            return false;
    }
    return same > 0 && release_pages();
}

/* Each page gets its own mark; were two the same, one mark would be gone. */
static bool
test_once_each(void)
{
    if (!take_pages(0))
        return false;
    for (int i = 0; i < PAGES; i++)
        *(paddr_t *)phys_to_virt(pages[i]) = pages[i];
    for (int i = 0; i < PAGES; i++)
        if (*(paddr_t *)phys_to_virt(pages[i]) != pages[i] ||
            !is_memory(pages[i]) || pages[i] % PAGE_SIZE != 0)
            return false;
    return release_pages();
}

static bool
test_runs(void)
{
    paddr_t runs[FRAME_ORDER_MAX + 1];

    start = not_taken();
    for (unsigned order = 0; order <= FRAME_ORDER_MAX; order++) {
        uint64_t size = (uint64_t)PAGE_SIZE << order;

        runs[order] = frame_take(&account, order, FRAME_LOW);
        if (runs[order] == 0 || runs[order] % size != 0 ||
            runs[order] + size > FOUR_GIB || !is_memory(runs[order]) ||
            !is_memory(runs[order] + size - PAGE_SIZE))
            return false;
        for (unsigned i = 0; i < order; i++)
            if (runs[i] < runs[order] + size &&
                runs[order] < runs[i] + ((uint64_t)PAGE_SIZE << i))
                return false;
    }
    for (unsigned order = 0; order <= FRAME_ORDER_MAX; order++)
        if (frame_release(&account, runs[order], order) != 0)
            return false;
    return all_back() &&
           frame_take(&account, FRAME_ORDER_MAX + 1, 0) == 0;
}

static bool
test_limit(void)
{
    static struct account poor = { .limit = 3 };
    paddr_t two = frame_take(&poor, 1, 0), one;

    if (two == 0 || frame_take(&poor, 1, 0) != 0)
        return false;
    one = frame_take(&poor, 0, 0);
    return one != 0 && frame_take(&poor, 0, 0) == 0 && poor.used == 3 &&
           frame_release(&poor, one, 0) == 0 &&
           frame_release(&poor, two, 1) == 0 && poor.used == 0;
}

static bool
test_wrong_releases(void)
{
    static struct account other = { .limit = 1 };
    paddr_t run;

    start = not_taken();
    run = frame_take(&account, 2, 0);
    if (run == 0 || frame_release(&other, run, 2) != FRAME_E_FOREIGN ||
        frame_release(&account, run, 1) != FRAME_E_ORDER ||
        frame_release(&account, run + PAGE_SIZE, 0) != FRAME_E_NOT_TAKEN ||
        frame_release(&account, run + 1, 2) != FRAME_E_NOT_TAKEN ||
        frame_release(&account, run, 2) != 0 ||
        frame_release(&account, run, 2) != FRAME_E_NOT_TAKEN)
        return false;
    return frame_release(&account, 0, 0) == FRAME_E_NOT_TAKEN &&
           frame_release(&account, boot.kernel_paddr, 0) ==
               FRAME_E_NOT_TAKEN &&
           frame_release(&account, FRAMES_END, 0) == FRAME_E_NOT_TAKEN &&
           other.used == 0 && all_back();
}

/* Runs of one order, as many as there are, each with the next's address. */
static paddr_t
take_all(unsigned order)
{
    paddr_t list = 0, run;

    while ((run = frame_take(&account, order, 0)) != 0) {
        *(paddr_t *)phys_to_virt(run) = list;
        list = run;
    }
    return list;
}

static bool
release_all(paddr_t list, unsigned order)
{
    while (list != 0) {
        paddr_t next = *(paddr_t *)phys_to_virt(list);

        if (frame_release(&account, list, order) != 0)
            return false;
        list = next;
    }
    return true;
}

/*
 * All memory that the limit allows, in runs of that order and smaller ones:
 * then either is at its end. The limit is for large machines, real or
 * simulated, where touching everything takes long. *runs is how many of that
 * order there were.
 */
static bool
take_everything(int largest, uint64_t *runs)
{
    paddr_t lists[FRAME_ORDER_MAX + 1];
    bool good;

    start = not_taken();
    account.limit = MOST_FRAMES;
    lists[largest] = take_all((unsigned)largest);
    *runs = account.used >> largest;
    for (int order = largest - 1; order >= 0; order--)
        lists[order] = take_all((unsigned)order);
    account.limit = ACCOUNT_UNLIMITED;
    good = (frames_count().free == 0 || account.used == MOST_FRAMES) &&
           account.used > 0 && not_taken() == start - account.used;
    for (int order = 0; order <= largest; order++)
        good &= release_all(lists[order], (unsigned)order);
    return good && all_back();
}

/*
 * Frames that were taken one by one join again to as many large runs; and
 * once memory was touched, even its tables do not grow any more.
 */
static bool
test_everything(void)
{
    struct frames_count once, again;
    uint64_t large, single, joined;
    bool good = take_everything(FRAME_ORDER_MAX, &large);

    once = frames_count();
    good &= take_everything(0, &single);
    good &= take_everything(FRAME_ORDER_MAX, &joined);
    again = frames_count();
    return good && large > 0 && single > joined && joined == large &&
           again.free == once.free && again.tables == once.tables;
}

/* Time stamps, which count instructions under QEMU's -icount shift=0. */
struct cost {
    uint64_t calls, sum, longest;
};

static void
note(struct cost *cost, uint64_t since)
{
    uint64_t spent = arch_timestamp() - since;

    cost->calls++;
    cost->sum += spent;
    if (cost->longest < spent)
        cost->longest = spent;
}

static paddr_t
timed_take(struct cost *cost)
{
    uint64_t since = arch_timestamp();
    paddr_t page = frame_take(&account, 0, 0);

    note(cost, since);
    return page;
}

static bool
timed_release(struct cost *cost, paddr_t page)
{
    uint64_t since = arch_timestamp();
    int error = frame_release(&account, page, 0);

    note(cost, since);
    return error == 0;
}

static bool
time_pages(struct cost *take, struct cost *release)
{
    bool good = true;

    for (int i = 0; i < PAGES; i++)
        pages[i] = timed_take(take);
    for (int i = 0; i < PAGES; i++)
        good &= timed_release(release, pages[i]);
    return good;
}

/* Take all that the limit allows, then release every second frame. */
static bool
time_fragments(struct cost *take, struct cost *release, paddr_t *kept)
{
    paddr_t page;
    bool good = true, keep = true;

    account.limit = MOST_FRAMES;
    for (*kept = 0; (page = timed_take(take)) != 0; *kept = page)
        *(paddr_t *)phys_to_virt(page) = *kept;
    account.limit = ACCOUNT_UNLIMITED;
    for (paddr_t *link = kept; *link != 0; keep = !keep) {
        page = *link;
        if (keep) {
            link = phys_to_virt(page);
        } else {
            *link = *(paddr_t *)phys_to_virt(page);
            good &= timed_release(release, page);
        }
    }
    return good;
}

/* The figures are for tests/boot/test_budgets.py: time is only told here. */
static bool
test_costs(void)
{
    struct cost few[2] = { 0 }, fragments[2] = { 0 }, half[2] = { 0 };
    paddr_t kept;
    bool good;

    start = not_taken();
    good = time_pages(&few[0], &few[1]);
    good &= time_fragments(&fragments[0], &fragments[1], &kept);
    good &= time_pages(&half[0], &half[1]);
    good &= release_all(kept, 0);
    kprintf("# costs: take=%lu release=%lu half-take=%lu half-release=%lu "
            "longest-take=%lu longest-release=%lu\n",
            few[0].sum / PAGES, few[1].sum / PAGES, half[0].sum / PAGES,
            half[1].sum / PAGES, fragments[0].longest, fragments[1].longest);
    return good && fragments[0].calls > PAGES && all_back();
}

const struct selftest frames_selftests[] = {
    { "frames come zeroed", test_zeroed },
    { "frames are handed out once each", test_once_each },
    { "runs of frames are aligned and apart", test_runs },
    { "an account takes no more than its limit", test_limit },
    { "a wrong release is refused", test_wrong_releases },
    { "memory can be taken to its end, and all comes back", test_everything },
    { "frames cost what they cost in a fragmented memory", test_costs },
};
const size_t frames_selftest_count =
    sizeof frames_selftests / sizeof frames_selftests[0];
