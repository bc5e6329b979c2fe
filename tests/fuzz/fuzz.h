/* What libFuzzer (or replay.c) calls, once an input. A fault is a crash or a failed assertion. */
#ifndef NUMBERD_FUZZ_H
#define NUMBERD_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
