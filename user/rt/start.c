#include "user/rt/rt.h"

/*
 * Until rt_start() has relocated the program, pointers in data are not right:
 * nothing here may use one. Code reaches everything relative to itself. Built
 * without the stack protector, whose value is set here.
 */

struct rela {
    uint64_t offset, info, addend;
};

/*
 * R_X86_64_RELATIVE without a symbol: user/build.mk lets no other pass. Hidden,
 * or the compiler would ask the global offset table, which is not right yet.
 */
extern const struct rela rela_start[] __attribute__((visibility("hidden")));
extern const struct rela rela_end[] __attribute__((visibility("hidden")));

extern uintptr_t __stack_chk_guard;
uintptr_t __stack_chk_guard;

_Noreturn void rt_start(uint64_t argument, char *base);
_Noreturn void __stack_chk_fail(void);

_Noreturn void
rt_start(uint64_t argument, char *base)
{
    for (const struct rela *r = rela_start; r < rela_end; r++)
        *(uint64_t *)(void *)(base + r->offset) = (uint64_t)base + r->addend;
    __stack_chk_guard = random_bits() & ~0xFFULL; /* a NUL stops strings */
    sys_exit((uint64_t)main(argument));
}

/* A fault that the supervisor sees, for nothing here can be trusted. */
_Noreturn void
__stack_chk_fail(void)
{
    __builtin_trap();
}
