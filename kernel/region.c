#include "kernel/region.h"

#include <stddef.h>

static int
height(const struct region *node)
{
    return node == NULL ? 0 : node->height;
}

static uint64_t
larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* What a node knows of its subtree, from its children. */
static void
refresh(struct region *node)
{
    const struct region *left = node->left, *right = node->right;
    int most = height(left) > height(right) ? height(left) : height(right);

    node->height = (uint8_t)(most + 1);
    node->first = node->start;
    node->last = node->end;
    node->gap = 0;
    if (left != NULL) {
        node->first = left->first;
        node->gap = larger(left->gap, node->start - left->last);
    }
    if (right != NULL) {
        node->last = right->last;
        node->gap = larger(node->gap, right->gap);
        node->gap = larger(node->gap, right->first - node->end);
    }
}

static struct region *
rotate_right(struct region *node)
{
    struct region *top = node->left;

    node->left = top->right;
    top->right = node;
    refresh(node);
    refresh(top);
    return top;
}

static struct region *
rotate_left(struct region *node)
{
    struct region *top = node->right;

    node->right = top->left;
    top->left = node;
    refresh(node);
    refresh(top);
    return top;
}

/* The heights of its children differ by 2 at most, before; then by 1. */
static struct region *
balance(struct region *node)
{
    int lean = height(node->left) - height(node->right);

    if (lean > 1) {
        if (height(node->left->left) < height(node->left->right))
            node->left = rotate_left(node->left);
        return rotate_right(node);
    }
    if (lean < -1) {
        if (height(node->right->right) < height(node->right->left))
            node->right = rotate_right(node->right);
        return rotate_left(node);
    }
    refresh(node);
    return node;
}

struct region *
region_insert(struct region *root, struct region *region)
{
    if (root == NULL) {
        region->left = region->right = NULL;
        refresh(region);
        return region;
    }
    if (region->start < root->start)
        root->left = region_insert(root->left, region);
    else
        root->right = region_insert(root->right, region);
    return balance(root);
}

/* Without its lowest node, which is handed out. */
static struct region *
take_lowest(struct region *root, struct region **lowest)
{
    if (root->left == NULL) {
        *lowest = root;
        return root->right;
    }
    root->left = take_lowest(root->left, lowest);
    return balance(root);
}

struct region *
region_remove(struct region *root, struct region *region)
{
    struct region *rest;

    if (region->start < root->start) {
        root->left = region_remove(root->left, region);
    } else if (root != region) {
        root->right = region_remove(root->right, region);
    } else if (root->left == NULL || root->right == NULL) {
        return root->left == NULL ? root->right : root->left;
    } else {
        rest = take_lowest(region->right, &root);
        root->left = region->left;
        root->right = rest;
    }
    return balance(root);
}

void
region_resize(struct region *root, struct region *region, uint64_t start,
              uint64_t end)
{
    if (root != region) {
        region_resize(start < root->start ? root->left : root->right, region,
                      start, end);
    } else {
        region->start = start;
        region->end = end;
    }
    refresh(root);
}

struct region *
region_above(struct region *root, uint64_t address)
{
    struct region *found = NULL;

    while (root != NULL) {
        if (root->end <= address) {
            root = root->right;
        } else {
            found = root;
            root = root->left;
        }
    }
    return found;
}

/*
 * *place is the lowest candidate; true when it fits before the subtree or into
 * one of its gaps, else it moved behind the subtree. Subtrees that lie above
 * *place are decided at their top: only one is entered, to find the gap.
 */
static bool
fits(const struct region *node, uint64_t size, uint64_t *place)
{
    if (node == NULL || node->last <= *place)
        return false;
    if (node->first >= *place) {
        if (node->first - *place >= size)
            return true;
        if (node->gap < size) {
            *place = node->last;
            return false;
        }
    }
    if (fits(node->left, size, place))
        return true;
    if (node->end > *place) {
        if (node->start >= *place && node->start - *place >= size)
            return true;
        *place = node->end;
    }
    return fits(node->right, size, place);
}

bool
region_find_gap(const struct region *root, uint64_t low, uint64_t end,
                uint64_t size, uint64_t *place)
{
    *place = low;
    fits(root, size, place);
    return *place <= end && size <= end - *place;
}
