#include "kernel/frames.h"

#include "kernel/image.h"
#include "kernel/lib/mem.h"
#include "kernel/memory.h"

static struct frame_span spans[BOOT_MAX_RANGES];
static uint32_t span_count;

void
frames_init(const struct boot_info *info, paddr_t limit)
{
    span_count = 0;
    for (uint32_t i = 0; i < info->range_count; i++) {
        const struct boot_range *range = &info->ranges[i];
        paddr_t end = range->base + range->length;

        if (range->type != BOOT_MEM_USABLE || range->base >= limit)
            continue;
        spans[span_count++] = (struct frame_span){
            range->base, end < limit ? end : limit
        };
    }
}

paddr_t
frame_take(paddr_t limit)
{
    for (uint32_t i = 0; i < span_count; i++) {
        paddr_t page = spans[i].base;

        if (page == spans[i].end || page + PAGE_SIZE > limit)
            continue;
        spans[i].base += PAGE_SIZE;
        memset(phys_to_virt(page), 0, PAGE_SIZE);
        return page;
    }
    return 0;
}

const struct frame_span *
frames_left(uint32_t *count)
{
    *count = span_count;
    return spans;
}

uint64_t
frames_left_count(void)
{
    uint64_t count = 0;

    for (uint32_t i = 0; i < span_count; i++)
        count += (spans[i].end - spans[i].base) / PAGE_SIZE;
    return count;
}
