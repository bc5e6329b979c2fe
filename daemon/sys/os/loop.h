/*
 * The event loop: descriptors that become ready, and timers. It is an epoll set that the one who
 * waits (sys/http/http_client.h, by curl_multi_poll) takes as one more descriptor:
 *
 *	http_client_poll(client, loop, loop_timeout(loop, now));
 *	loop_dispatch(loop, now);
 *
 * It never waits and never reads a clock: the caller says what time it is, so a test can own it.
 * All moments are monotonic milliseconds (base/clock.h). One thread only.
 *
 * Sources and timers are embedded in their owners and must stay where they are until removed. A
 * callback may add, set or remove any source and timer, its own included.
 */
#ifndef NUMBERD_SYS_OS_LOOP_H
#define NUMBERD_SYS_OS_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct loop;

typedef void loop_callback(void *context, int64_t now);

struct loop_source {
	int fd;
	loop_callback *ready; /* again at each dispatch while there is something to read */
	void *context;
	bool writing; /* it waits until the descriptor takes bytes instead */
};

/* All zeros but for `due` and `context` is a timer that is not set. */
struct loop_timer {
	loop_callback *due; /* once, at the first dispatch at or after `at` */
	void *context;
	int64_t at;
	struct loop_timer *next;
};

#define LOOP_FOREVER INT32_MAX

int loop_new(struct loop **ret_loop, struct error *error);
/* Forgets its sources and timers; closes none of their descriptors. */
void loop_free(struct loop *loop);

/* Readable when a source is ready; not when a timer is due. Belongs to the loop. */
int loop_fd(const struct loop *loop);

/* Milliseconds until the earliest timer, 0 if one is due, LOOP_FOREVER if none is set. */
int loop_timeout(const struct loop *loop, int64_t now);

/* Runs what is ready, then the timers that are due, earliest first. */
void loop_dispatch(struct loop *loop, int64_t now);

int loop_add(struct loop *loop, struct loop_source *source, struct error *error);
/* Before its descriptor is closed. Nothing if the source was never added. */
void loop_remove(struct loop *loop, struct loop_source *source);

/* Sets or moves a timer; NEVER takes it away. */
void loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t at);

#endif
