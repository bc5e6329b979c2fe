/*
 * The two times that the program asks for, behind an interface so that a test can own them.
 * monotonic: milliseconds since some start, never goes back; all waiting is counted in it.
 * wall: milliseconds since 1970-01-01 UTC; may jump, and is only shown and remembered.
 */
#ifndef NUMBERD_BASE_CLOCK_H
#define NUMBERD_BASE_CLOCK_H

#include <stdint.h>

struct clock {
	int64_t (*monotonic)(void *context);
	int64_t (*wall)(void *context);
	void *context;
};

#define NEVER INT64_MAX /* a moment that doesn't come */

static inline int64_t clock_monotonic(const struct clock *clock)
{
	return clock->monotonic(clock->context);
}

static inline int64_t clock_wall(const struct clock *clock)
{
	return clock->wall(clock->context);
}

#endif
