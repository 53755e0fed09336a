/* Memory: mappings are the kernel's; files are mapped if their server can. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "user/libc/kindling/kindling.h"
#include "user/proto/proc.h"

static unsigned
rights(int protection)
{
    return ((protection & PROT_READ) != 0 ? SYS_MAP_READ : 0) |
           ((protection & PROT_WRITE) != 0 ? SYS_MAP_WRITE : 0) |
           ((protection & PROT_EXEC) != 0 ? SYS_MAP_EXECUTE : 0);
}

static uint64_t
pages(size_t size)
{
    return (size + SYS_PAGE - 1) / SYS_PAGE * SYS_PAGE;
}

/* proc is asked for so much more, and for page tables. */
static bool
get_more(uint64_t size)
{
    struct sys_message m = { .tag = PROC_MORE,
                             .words = { size / SYS_PAGE +
                                        size / SYS_PAGE_LARGE + 32 } };

    return __ask_plainly(__system.proc, &m) == 0;
}

/* Anonymous: private, or an object that children share. */
static int64_t
try_anonymous(uint64_t address, uint64_t size, unsigned flags, bool shared)
{
    int64_t memory, at;

    if (!shared)
        return sys_map(SYS_SELF, 0, address, size, 0,
                       flags | SYS_MAP_PRIVATE);
    memory = sys_memory_create(SYS_MEMORY_ANONYMOUS, size, 0, 0);
    if (memory < 0)
        return memory;
    at = sys_map(SYS_SELF, (handle_t)memory, address, size, 0, flags);
    sys_close((handle_t)memory);
    return at;
}

static int64_t
map_anonymous(uint64_t address, uint64_t size, unsigned flags, bool shared)
{
    int64_t at = try_anonymous(address, size, flags, shared);

    if (at == ERR_MEMORY && get_more(size))
        at = try_anonymous(address, size, flags, shared);
    return at;
}

/* The file's memory, -ENODEV where its server has none to give. */
static int64_t
map_object(const struct file *file, uint64_t address, uint64_t size,
           uint64_t offset, unsigned flags, bool private)
{
    struct sys_message m = { .tag = IO_MAP,
                             .words = { offset, size, flags & 7 } };
    int error = __ask(file->handle, &m);
    int64_t at;

    if (error != 0)
        return error;
    at = sys_map(SYS_SELF, sys_handle(&m, 0), address, size, m.words[0],
                 flags | (private ? SYS_MAP_PRIVATE : 0));
    sys_close(sys_handle(&m, 0));
    return at < 0 ? __error_of(at) : at;
}

/* A copy of the file as it is now, for those who only want to read it. */
static int64_t
map_copy(int fd, uint64_t address, uint64_t size, uint64_t offset,
         unsigned flags)
{
    int64_t at = map_anonymous(address, size,
                               (flags & ~7u) | SYS_MAP_READ | SYS_MAP_WRITE,
                               false);
    uint64_t done = 0;
    ssize_t n = 1;

    if (at < 0)
        return __error_of(at);
    for (; done < size && n > 0; done += (uint64_t)n)
        n = __sys_pread(fd, (char *)at + done, size - done,
                        (off_t)(offset + done));
    if (n >= 0)
        n = __error_of(sys_protect(SYS_SELF, (uint64_t)at, size, flags & 7));
    if (n >= 0)
        return at;
    sys_unmap(SYS_SELF, (uint64_t)at, size);
    return n;
}

static int64_t
map_file(int fd, uint64_t address, uint64_t size, uint64_t offset,
         unsigned flags, bool private)
{
    const struct file *file = __file(fd);
    int64_t at;

    if (file == NULL)
        return -EBADF;
    if (!S_ISREG(file->mode))
        return -ENODEV;
    at = map_object(file, address, size, offset, flags, private);
    if (at != -ENODEV && at != -ENOSYS)
        return at;
    return private || (flags & SYS_MAP_WRITE) == 0
               ? map_copy(fd, address, size, offset, flags) : -ENODEV;
}

long
__sys_mmap(void *address, size_t size, int protection, int flags, int fd,
           off_t offset)
{
    uint64_t start = (uint64_t)address, length = pages(size);
    unsigned how = rights(protection);
    bool private = (flags & MAP_PRIVATE) != 0;
    int64_t at;

    if (size == 0 || length < size || offset < 0 || offset % SYS_PAGE != 0 ||
        private == ((flags & MAP_SHARED) != 0))
        return -EINVAL;
    if ((flags & MAP_FIXED) != 0) {
        if (start % SYS_PAGE != 0)
            return -EINVAL;
        sys_unmap(SYS_SELF, start, length);
        how |= SYS_MAP_FIXED;
    } else {
        start = start / SYS_PAGE * SYS_PAGE;
    }
    if ((flags & MAP_ANONYMOUS) == 0)
        return map_file(fd, start, length, (uint64_t)offset, how, private);
    at = map_anonymous(start, length, how, !private);
    return at < 0 ? __error_of(at) : at;
}

int
__sys_munmap(void *address, size_t size)
{
    if (size == 0 || (uint64_t)address % SYS_PAGE != 0)
        return -EINVAL;
    return __error_of(sys_unmap(SYS_SELF, (uint64_t)address, pages(size)));
}

int
__sys_mprotect(void *address, size_t size, int protection)
{
    if ((uint64_t)address % SYS_PAGE != 0)
        return -EINVAL;
    if (size == 0)
        return 0;
    return __error_of(sys_protect(SYS_SELF, (uint64_t)address, pages(size),
                                  rights(protection)));
}

/* A mapping of a file is the server's own memory, or a copy. */
int
__sys_msync(void *address, size_t size, int flags)
{
    (void)address;
    (void)size;
    (void)flags;
    return 0;
}

int
__sys_madvise(void *address, size_t size, int advice)
{
    (void)address;
    (void)size;
    (void)advice;
    return 0;
}
