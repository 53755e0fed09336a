#include "kernel/user_frames.h"

#include "kernel/frames.h"
#include "kernel/image.h"
#include "kernel/lib/mem.h"
#include "kernel/memory.h"
#include "kernel/panic.h"

#define SPARE_MAX 32u
#define BATCH     16u /* taken, or given back, at once */

struct account user_frames = { .limit = ACCOUNT_UNLIMITED };

static paddr_t spare[SPARE_MAX];
static uint32_t spare_count;

paddr_t
user_frame_take(bool zeroed)
{
    paddr_t frame;

    if (spare_count == 0)
        spare_count = frame_take_singles(&user_frames, spare, BATCH);
    if (spare_count == 0)
        return 0;
    frame = spare[--spare_count];
    if (zeroed)
        memset(phys_to_virt(frame), 0, PAGE_SIZE);
    return frame;
}

static void
give_back(uint32_t count)
{
    while (count-- > 0)
        ASSERT(frame_release(&user_frames, spare[--spare_count], 0) == 0);
}

void
user_frame_release(paddr_t frame)
{
    if (spare_count == SPARE_MAX)
        give_back(BATCH);
    spare[spare_count++] = frame;
}

uint64_t
user_frames_spare(void)
{
    return spare_count;
}

void
user_frames_drain(void)
{
    give_back(spare_count);
}
