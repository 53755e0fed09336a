#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef int comparison(const void *, const void *, void *);

struct sort {
    char *base;
    size_t width;
    comparison *compare;
    void *context;
};

static void
swap(struct sort *sort, size_t i, size_t j)
{
    char *a = sort->base + i * sort->width, *b = sort->base + j * sort->width;
    size_t left = sort->width;
    char piece[64];

    while (left > 0) {
        size_t size = left < sizeof piece ? left : sizeof piece;

        memcpy(piece, a, size);
        memcpy(a, b, size);
        memcpy(b, piece, size);
        a += size;
        b += size;
        left -= size;
    }
}

static int
order(struct sort *sort, size_t i, size_t j)
{
    return sort->compare(sort->base + i * sort->width,
                         sort->base + j * sort->width, sort->context);
}

static void
insertion_sort(struct sort *sort, size_t low, size_t high)
{
    for (size_t i = low + 1; i < high; i++)
        for (size_t j = i; j > low && order(sort, j - 1, j) > 0; j--)
            swap(sort, j - 1, j);
}

static void
sift_down(struct sort *sort, size_t low, size_t root, size_t count)
{
    for (;;) {
        size_t child = 2 * root + 1;

        if (child >= count)
            return;
        if (child + 1 < count && order(sort, low + child, low + child + 1) < 0)
            child++;
        if (order(sort, low + root, low + child) >= 0)
            return;
        swap(sort, low + root, low + child);
        root = child;
    }
}

/* For what quicksort would take too long over: never more than n log n. */
static void
heap_sort(struct sort *sort, size_t low, size_t count)
{
    for (size_t i = count / 2; i-- > 0;)
        sift_down(sort, low, i, count);
    while (count-- > 1) {
        swap(sort, low, low + count);
        sift_down(sort, low, 0, count);
    }
}

static size_t
median(struct sort *sort, size_t a, size_t b, size_t c)
{
    if (order(sort, a, b) > 0) {
        size_t other = a;

        a = b;
        b = other;
    }
    if (order(sort, b, c) <= 0)
        return b;
    return order(sort, a, c) > 0 ? a : c;
}

/* Hoare's: the pivot waits at low, then goes to its place, which is returned.
 * Equal elements stop both scans, so that many of them are no bad case. */
static size_t
partition(struct sort *sort, size_t low, size_t high)
{
    size_t i = low, j = high;

    swap(sort, low, median(sort, low, low + (high - low) / 2, high - 1));
    for (;;) {
        while (++i < high && order(sort, i, low) < 0)
            ;
        while (order(sort, --j, low) > 0)
            ;
        if (i >= j)
            break;
        swap(sort, i, j);
    }
    swap(sort, low, j);
    return j;
}

static void
quick_sort(struct sort *sort, size_t low, size_t high, unsigned depth)
{
    while (high - low > 12) {
        size_t middle;

        if (depth-- == 0) {
            heap_sort(sort, low, high - low);
            return;
        }
        middle = partition(sort, low, high);
        if (middle - low < high - middle - 1) {
            quick_sort(sort, low, middle, depth);
            low = middle + 1;
        } else {
            quick_sort(sort, middle + 1, high, depth);
            high = middle;
        }
    }
    insertion_sort(sort, low, high);
}

void
qsort_r(void *base, size_t count, size_t width, comparison *compare,
        void *context)
{
    struct sort sort = {base, width, compare, context};
    unsigned depth = 2;

    if (count < 2 || width == 0)
        return;
    for (size_t n = count; n > 1; n /= 2)
        depth += 2;
    quick_sort(&sort, 0, count, depth);
}

static int
plain_comparison(const void *a, const void *b, void *context)
{
    return (*(int (**)(const void *, const void *))context)(a, b);
}

void
qsort(void *base, size_t count, size_t width,
      int (*compare)(const void *, const void *))
{
    qsort_r(base, count, width, plain_comparison, &compare);
}

void *
bsearch(const void *key, const void *base, size_t count, size_t width,
        int (*compare)(const void *, const void *))
{
    const char *low = base;

    while (count > 0) {
        const char *middle = low + count / 2 * width;
        int result = compare(key, middle);

        if (result == 0)
            return (void *)middle;
        if (result > 0) {
            low = middle + width;
            count--;
        }
        count /= 2;
    }
    return NULL;
}
