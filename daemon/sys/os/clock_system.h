/*
 * The machine's own clocks as a struct clock. The monotonic one stands still while the machine
 * sleeps, as the waiting of poll() does, so that both agree.
 */
#ifndef NUMBERD_SYS_OS_CLOCK_SYSTEM_H
#define NUMBERD_SYS_OS_CLOCK_SYSTEM_H

#include "base/clock.h"

extern const struct clock clock_system;

#endif
