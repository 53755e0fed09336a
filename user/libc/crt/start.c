#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "user/libc/internal/libc.h"
#include "user/libc/internal/system.h"

int main(int argc, char **argv, char **envp);

typedef void function(void);
typedef void initializer(int argc, char **argv, char **envp);
extern HIDDEN initializer *__preinit_array_start[], *__preinit_array_end[];
extern HIDDEN initializer *__init_array_start[], *__init_array_end[];
extern HIDDEN function *__fini_array_start[], *__fini_array_end[];
extern HIDDEN const char __ehdr_start[];

char **environ;
static char no_name[1];
char *program_invocation_name = no_name;
char *program_invocation_short_name = no_name;
const char *__program_name = "";
uintptr_t __stack_chk_guard;

/* The fields of the ELF header and its segments that are needed here. */
struct header {
    unsigned char skipped[32];
    uint64_t segments;
    unsigned char more[14];
    uint16_t segment_size, segment_count;
};
struct segment {
    uint32_t type, flags;
    uint64_t offset, address, physical, file_size, size, align;
};
#define PT_TLS 7

static const struct segment *
find_tls(void)
{
    const struct header *header = (const void *)__ehdr_start;
    const char *at = __ehdr_start + header->segments;

    for (unsigned i = 0; i < header->segment_count; i++) {
        const struct segment *segment = (const void *)at;

        if (segment->type == PT_TLS)
            return segment;
        at += header->segment_size;
    }
    return NULL;
}

/* A program linked at 0 is a PIE; one at its place has its own addresses. */
static const char *
image_of(const struct segment *tls)
{
    uintptr_t base = (uintptr_t)__ehdr_start;

    return (const char *)(tls->address >= base ? tls->address
                                               : base + tls->address);
}

/* Thread-local variables lie right below the block that FS points at. */
static void
make_thread(const uint64_t *random)
{
    static char small[1024] __attribute__((aligned(64)));
    const struct segment *tls = find_tls();
    size_t align = tls && tls->align > 64 ? tls->align : 64;
    size_t size = tls ? (tls->size + align - 1) & -align : 0;
    size_t all = size + align + sizeof(struct thread_block);
    struct thread_block *block;
    char *memory = small;

    if (align > 64 || all > sizeof small)
        memory = (char *)__sys_mmap(NULL, all, PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if ((uintptr_t)memory > -4096UL)
        __sys_exit(127);
    block = (void *)(((uintptr_t)memory + size + align - 1) & -align);
    if (tls)
        memcpy((char *)block - ((tls->size + tls->align - 1) & -tls->align),
               image_of(tls), tls->file_size);
    block->self = block;
    block->canary = random[0] & ~0xffUL; /* a NUL ends string overruns */
    __stack_chk_guard = block->canary;
    if (__sys_set_thread_pointer(block) != 0)
        __sys_exit(127);
}

static void
name_program(char *path)
{
    char *slash = strrchr(path, '/');

    program_invocation_name = path;
    program_invocation_short_name = slash ? slash + 1 : path;
    __program_name = program_invocation_short_name;
}

static void
finish(void)
{
    for (function **f = __fini_array_end; f > __fini_array_start;)
        (*--f)();
}

void
__libc_start(int argc, char **argv, char **envp, const void *random)
{
    make_thread(random);
    environ = envp;
    if (argc > 0 && argv[0])
        name_program(argv[0]);
    atexit(finish);
    for (initializer **f = __preinit_array_start; f < __preinit_array_end;)
        (*f++)(argc, argv, envp);
    for (initializer **f = __init_array_start; f < __init_array_end;)
        (*f++)(argc, argv, envp);
    exit(main(argc, argv, envp));
}
