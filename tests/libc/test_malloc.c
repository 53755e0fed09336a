/* The heap against a model: what is in it stays as it was written. */
#include "compare.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

struct object {
    unsigned char *data;
    size_t size;
    unsigned char mark;
};

static struct object objects[600];

static size_t
random_size(void)
{
    switch (random_below(8)) {
    case 0:
        return random_below(200000);
    case 1:
        return random_below(20000);
    case 2:
        return random_below(2) * 16384 + random_below(3);
    }
    return random_below(300);
}

static int
is_intact(const struct object *o)
{
    for (size_t i = 0; i < o->size; i++)
        if (o->data[i] != o->mark)
            return 0;
    return 1;
}

static int
turn(struct object *o)
{
    size_t size = random_size(), kept;
    unsigned char *data = o->data;
    int good = !data || is_intact(o);

    if (data && random_below(2)) {
        free(data);
        o->data = NULL;
        o->size = 0;
        return good;
    }
    if (data) {
        kept = size < o->size ? size : o->size;
        o->size = kept;
        o->data = realloc(data, size);
        good &= o->data && is_intact(o);
    } else if (random_below(4) == 0) {
        size_t alignment = (size_t)16 << random_below(14);

        o->data = aligned_alloc(alignment, size);
        good &= (uintptr_t)o->data % alignment == 0;
    } else if (random_below(3) == 0) {
        o->data = calloc(size, 1);
        o->size = size;
        o->mark = 0;
        good &= is_intact(o);
    } else {
        o->data = malloc(size);
    }
    o->size = size;
    o->mark = (unsigned char)random_bits();
    if (o->data)
        memset(o->data, o->mark, size);
    return good && o->data && (uintptr_t)o->data % 16 == 0;
}

/* Each mistake ends the program with SIGABRT, in words. */
static int
mistake(int kind)
{
    static char not_heap[70000];
    char *a = malloc(100), *b = malloc(100), *c = malloc(100000);

    close(2);
    if (!a || !b || !c)
        return 1;
    switch (kind) {
    case 0:
        free(a);
        free(a);
        break;
    case 1:
        free(a + 16);
        break;
    case 2:
        free(a);
        free(b);
        free(a);
        break;
    case 3:
        free(not_heap + 66000 - (uintptr_t)(not_heap + 66000) % 16);
        break;
    case 4: /* a byte in the header before the first object of a page */
        memset((char *)((uintptr_t)a & -65536ul) + 8, 1, 8);
        free(a);
        break;
    case 5:
        free(realloc(a + 1, 7));
        break;
    case 6:
        memset((char *)((uintptr_t)c & -65536ul) + 40, 1, 8);
        free(c);
        break;
    }
    return 0;
}

int
main(int argc, char **argv)
{
    int bad = 0;

    random_seed(argc, argv);
    for (int i = 0; i < 60000; i++)
        bad += !turn(&objects[random_below(COUNT(objects))]);
    for (size_t i = 0; i < COUNT(objects); i++) {
        bad += objects[i].data && !is_intact(&objects[i]);
        free(objects[i].data);
    }
    errno = 0;
    bad += malloc((size_t)1 << 62) != NULL || errno != ENOMEM;
    bad += calloc((size_t)1 << 40, (size_t)1 << 40) != NULL;
    bad += realloc(NULL, 10) == NULL;
    for (int kind = 0; kind < 7; kind++) {
        pid_t child = fork();
        int status = 0;

        if (child == 0)
            _exit(mistake(kind));
        waitpid(child, &status, 0);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT) {
            printf("mistake %d: %x\n", kind, (unsigned)status);
            bad++;
        }
    }
    printf("%d failures\n", bad);
    return bad != 0;
}
