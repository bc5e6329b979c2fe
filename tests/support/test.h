/* What cmocka wants included before itself, in the order it wants it. */
#ifndef NUMBERD_TESTS_TEST_H
#define NUMBERD_TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
