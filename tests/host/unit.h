/* cmocka, with the headers that it wants to see first. */
#ifndef TESTS_HOST_UNIT_H
#define TESTS_HOST_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
