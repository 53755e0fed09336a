#include "user/libc/internal/libc.h"

__attribute__((noreturn)) void __stack_chk_fail(void);

void
__stack_chk_fail(void)
{
    __die("stack overrun in a function that ends at",
          __builtin_return_address(0));
}
