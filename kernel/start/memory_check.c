#include "kernel/start/memory_check.h"

#include <stdbool.h>

#include "kernel/image.h"
#include "kernel/memory.h"

#define ADDRESS_LINES 52
#define WORDS         (PAGE_SIZE / 8)

/* Spreads the bits of an address, so that patterns differ everywhere. */
static uint64_t
pattern(paddr_t paddr)
{
    uint64_t x = paddr * 0x9E3779B97F4A7C15ULL; /* 2^64 / golden ratio, odd */

    return x ^ x >> 32;
}

static bool
is_free(const struct frame_span *spans, uint32_t count, paddr_t page)
{
    for (uint32_t i = 0; i < count; i++)
        if (page >= spans[i].base && page < spans[i].end)
            return true;
    return false;
}

struct sample {
    const struct frame_span *spans;
    uint32_t span_count;
    paddr_t *pages;
    size_t count;
};

static void
add_page(struct sample *sample, paddr_t page)
{
    if (sample->count == MEMORY_SAMPLE_MAX ||
        !is_free(sample->spans, sample->span_count, page))
        return;
    for (size_t i = 0; i < sample->count; i++)
        if (sample->pages[i] == page)
            return;
    sample->pages[sample->count++] = page;
}

static void
add_partners(struct sample *sample, paddr_t page)
{
    add_page(sample, page);
    for (int line = 12; line < ADDRESS_LINES; line++)
        add_page(sample, page ^ 1ULL << line);
}

/* A grid on multiples of a power of two holds pairs for all higher lines. */
static void
add_grid(struct sample *sample)
{
    uint64_t bytes = 0, step = PAGE_SIZE;

    for (uint32_t i = 0; i < sample->span_count; i++)
        bytes += sample->spans[i].end - sample->spans[i].base;
    while (bytes / step > MEMORY_SAMPLE_MAX / 4)
        step *= 2;
    for (uint32_t i = 0; i < sample->span_count; i++) {
        const struct frame_span *span = &sample->spans[i];
        paddr_t page = (span->base + step - 1) & ~(step - 1);

        for (; page < span->end; page += step)
            add_page(sample, page);
    }
}

size_t
memory_sample(const struct frame_span *spans, uint32_t span_count,
              paddr_t *pages)
{
    struct sample sample = { spans, span_count, pages, 0 };
    uint32_t largest = 0, first = span_count;

    for (uint32_t i = 0; i < span_count; i++) {
        if (spans[i].base == spans[i].end)
            continue;
        if (first == span_count)
            first = largest = i;
        if (spans[i].end - spans[i].base >
            spans[largest].end - spans[largest].base)
            largest = i;
    }
    if (first == span_count)
        return 0;
    add_partners(&sample, spans[first].base);
    add_partners(&sample, spans[largest].base);
    add_grid(&sample);
    for (uint32_t i = 0; i < span_count; i++)
        if (spans[i].base != spans[i].end) {
            add_page(&sample, spans[i].base);
            add_page(&sample, spans[i].end - PAGE_SIZE);
        }
    return sample.count;
}

static volatile uint64_t *
words_of(paddr_t page)
{
    return phys_to_virt(page);
}

static paddr_t
try_patterns(const paddr_t *pages, size_t count, uint64_t flip)
{
    for (size_t i = 0; i < count; i++) {
        words_of(pages[i])[0] = pattern(pages[i]) ^ flip;
        words_of(pages[i])[WORDS - 1] = pattern(pages[i] + 8) ^ flip;
    }
    for (size_t i = 0; i < count; i++)
        if (words_of(pages[i])[0] != (pattern(pages[i]) ^ flip) ||
            words_of(pages[i])[WORDS - 1] != (pattern(pages[i] + 8) ^ flip))
            return pages[i];
    return 0;
}

paddr_t
memory_check_pages(const paddr_t *pages, size_t count)
{
    static uint64_t saved[MEMORY_SAMPLE_MAX][2];
    paddr_t bad;

    for (size_t i = 0; i < count; i++) {
        saved[i][0] = words_of(pages[i])[0];
        saved[i][1] = words_of(pages[i])[WORDS - 1];
    }
    bad = try_patterns(pages, count, 0);
    if (bad == 0)
        bad = try_patterns(pages, count, UINT64_MAX);
    /* Backwards: of two names for one page the first one saved the truth. */
    for (size_t i = count; i-- > 0;) {
        words_of(pages[i])[0] = saved[i][0];
        words_of(pages[i])[WORDS - 1] = saved[i][1];
    }
    return bad;
}

static paddr_t
verify_span(const struct frame_span *span, uint64_t flip, bool clear)
{
    for (paddr_t page = span->base; page < span->end; page += PAGE_SIZE)
        for (uint32_t i = 0; i < WORDS; i++) {
            if (words_of(page)[i] != (pattern(page + i * 8) ^ flip))
                return page + i * 8;
            if (clear)
                words_of(page)[i] = 0;
        }
    return 0;
}

static void
fill_span(const struct frame_span *span, uint64_t flip)
{
    for (paddr_t page = span->base; page < span->end; page += PAGE_SIZE)
        for (uint32_t i = 0; i < WORDS; i++)
            words_of(page)[i] = pattern(page + i * 8) ^ flip;
}

paddr_t
memory_check_all(const struct frame_span *spans, uint32_t span_count)
{
    static const uint64_t flips[] = { 0, UINT64_MAX };

    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < span_count; i++)
            fill_span(&spans[i], flips[pass]);
        for (uint32_t i = 0; i < span_count; i++) {
            paddr_t bad = verify_span(&spans[i], flips[pass], pass == 1);

            if (bad != 0)
                return bad;
        }
    }
    return 0;
}
