#include "user/bin/lib/lcs.h"

#include "user/bin/lib/tool.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/*
 * Both sequences span a grid; a path from its top left to its bottom right
 * goes right (an element of a is dropped), down (one of b is added), or
 * diagonally where elements are equal, for nothing. Diagonal k holds the
 * points with x - y = k. forward[k] is the largest x on it that is reached
 * with so many steps from the start, backward[k] the smallest from the end.
 */
struct search {
    const size_t *a, *b;
    bool *a_changed, *b_changed;
    ptrdiff_t *forward, *backward; /* both point at diagonal 0 */
};

/* A part of the grid. */
struct box {
    ptrdiff_t left, top, right, bottom;
};

static ptrdiff_t
larger(ptrdiff_t a, ptrdiff_t b)
{
    return a > b ? a : b;
}

static ptrdiff_t
smaller(ptrdiff_t a, ptrdiff_t b)
{
    return a < b ? a : b;
}

/* One more step on all diagonals from the start; true where both meet. */
static bool
step_forward(struct search *s, const struct box *box, ptrdiff_t steps,
             bool odd, ptrdiff_t *x, ptrdiff_t *y)
{
    ptrdiff_t start = box->left - box->top, end = box->right - box->bottom;

    for (ptrdiff_t k = start - steps; k <= start + steps; k += 2) {
        ptrdiff_t at;

        if (steps == 0)
            at = box->left;
        else if (k == start - steps ||
                 (k != start + steps && s->forward[k - 1] < s->forward[k + 1]))
            at = s->forward[k + 1];
        else
            at = s->forward[k - 1] + 1;
        while (at < box->right && at - k < box->bottom && at - k >= box->top &&
               s->a[at] == s->b[at - k])
            at++;
        s->forward[k] = at;
        if (odd && k >= end - (steps - 1) && k <= end + (steps - 1) &&
            at >= s->backward[k]) {
            *x = at;
            *y = at - k;
            return true;
        }
    }
    return false;
}

static bool
step_backward(struct search *s, const struct box *box, ptrdiff_t steps,
              bool odd, ptrdiff_t *x, ptrdiff_t *y)
{
    ptrdiff_t start = box->left - box->top, end = box->right - box->bottom;

    for (ptrdiff_t k = end - steps; k <= end + steps; k += 2) {
        ptrdiff_t at;

        if (steps == 0)
            at = box->right;
        else if (k == end + steps || (k != end - steps && s->backward[k - 1] <
                                          s->backward[k + 1]))
            at = s->backward[k - 1];
        else
            at = s->backward[k + 1] - 1;
        while (at > box->left && at - k > box->top && at - k <= box->bottom &&
               s->a[at - 1] == s->b[at - k - 1])
            at--;
        s->backward[k] = at;
        if (!odd && k >= start - steps && k <= start + steps &&
            at <= s->forward[k]) {
            *x = at;
            *y = at - k;
            return true;
        }
    }
    return false;
}

/* A point in the middle of a shortest path through a box. */
static void
find_middle(struct search *s, const struct box *box, ptrdiff_t *x,
            ptrdiff_t *y)
{
    bool odd = (box->right - box->left + box->bottom - box->top) % 2 != 0;

    for (ptrdiff_t steps = 0;; steps++)
        if (step_forward(s, box, steps, odd, x, y) ||
            step_backward(s, box, steps, odd, x, y))
            return;
}

static void
compare(struct search *s, struct box box)
{
    while (box.left < box.right && box.top < box.bottom &&
           s->a[box.left] == s->b[box.top]) {
        box.left++;
        box.top++;
    }
    while (box.left < box.right && box.top < box.bottom &&
           s->a[box.right - 1] == s->b[box.bottom - 1]) {
        box.right--;
        box.bottom--;
    }
    if (box.left == box.right || box.top == box.bottom) {
        memset(s->a_changed + box.left, true, (size_t)(box.right - box.left));
        memset(s->b_changed + box.top, true, (size_t)(box.bottom - box.top));
    } else {
        ptrdiff_t x, y;

        find_middle(s, &box, &x, &y);
        x = smaller(larger(x, box.left), box.right);
        y = smaller(larger(y, box.top), box.bottom);
        compare(s, (struct box){ box.left, box.top, x, y });
        compare(s, (struct box){ x, y, box.right, box.bottom });
    }
}

void
lcs_compare(const size_t *a, size_t a_count, const size_t *b, size_t b_count,
            bool *a_changed, bool *b_changed)
{
    /* Steps may leave the grid by one diagonal more than there are steps. */
    size_t diagonals = 2 * (a_count + b_count) + 5;
    ptrdiff_t *room;
    struct search s = { .a = a, .b = b, .a_changed = a_changed,
                        .b_changed = b_changed };

    if (diagonals > SIZE_MAX / 2 / sizeof(*room))
        tool_fatal("the files have too many lines");
    room = tool_alloc(2 * diagonals * sizeof(*room));
    s.forward = room + diagonals / 2;
    s.backward = room + diagonals + diagonals / 2;
    compare(&s, (struct box){ 0, 0, (ptrdiff_t)a_count, (ptrdiff_t)b_count });
    free(room);
}
