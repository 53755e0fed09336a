#include "user/sh/ast.h"

#include <stdlib.h>

struct tree *
tree_make(void)
{
    struct tree *tree = mem_keep(sizeof *tree);

    *tree = (struct tree){ .holders = 1 };
    return tree;
}

void
tree_hold(struct tree *tree)
{
    tree->holders++;
}

void
tree_drop(struct tree *tree)
{
    if (tree == NULL || --tree->holders > 0)
        return;
    arena_free(&tree->arena);
    free(tree);
}
