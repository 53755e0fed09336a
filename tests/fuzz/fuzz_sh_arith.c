/*
 * user/sh/arith: any expression. It has a value or an error, not both, and
 * the same value again when nothing was assigned in it.
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "user/sh/arith.h"
#include "user/sh/sh.h"
#include "user/sh/vars.h"

static void
check(bool condition)
{
    if (!condition)
        abort();
}

static void
set_variables(void)
{
    (void)var_set("a", "1");
    (void)var_set("b", "-9223372036854775808");
    (void)var_set("c", " 0x7f ");
    (void)var_set("d", "word");
    (void)var_set("e", "");
    if (!var_is_readonly("r"))
        (void)var_set("r", "3");
    var_readonly("r");
}

static bool
evaluate(const char *text, int64_t *value)
{
    bool good;

    set_variables();
    (void)var_unset("x");
    sh.flow = FLOW_NONE;
    good = arith_evaluate(text, value);
    check(good == (sh.flow == FLOW_NONE));
    return good;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t first, second;
    char *text = malloc(size + 1);
    bool good;

    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    sh.option['u'] = size % 2;
    good = evaluate(text, &first);
    if (strpbrk(text, "=+-") == NULL) {
        check(evaluate(text, &second) == good);
        check(!good || first == second);
    }
    arena_free(&sh.scratch);
    free(text);
    return 0;
}
