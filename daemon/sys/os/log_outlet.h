/*
 * One way out for log lines that never makes anybody wait: what the descriptor does not take now
 * stands in line, LIMIT_LOG_BYTES at the most, until the loop says that it takes bytes again. What
 * comes on top is dropped and counted, and once there is room again the count is said where the
 * lines are missing, before anything newer.
 *
 * A descriptor that fails for good (its reader has gone) drops what stands in line and is tried
 * again with the next line, so nothing spins and a reader that comes back gets what is new.
 */
#ifndef NUMBERD_SYS_OS_LOG_OUTLET_H
#define NUMBERD_SYS_OS_LOG_OUTLET_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "sys/os/loop.h"

/* Writes without waiting: how many bytes were taken, -EAGAIN: none now, else why it can't be. */
typedef ssize_t log_put(int fd, const char *bytes, size_t length);

/* Logs that `count` lines were dropped, by the outlet's owner. */
typedef void log_say(void *context, uint64_t count);

/* All zeros but for `fd`, `put`, `say` and `context` is ready. */
struct log_outlet {
	int fd;
	log_put *put;
	log_say *say;
	void *context;

	struct loop *loop;
	struct loop_source source;
	bool waiting;     /* the source is in the loop */
	struct buf queue; /* frames */
	size_t first;     /* where the first frame begins in it */
	size_t written;   /* bytes of the first frame's line that are out */
	uint64_t dropped; /* lines, all in all */
	uint64_t unsaid;  /* of these */
	uint64_t saying;  /* of these, told by the line that is being made */
};

/* 0: written, or in line. Negative: neither, -ENOBUFS where the line is full. Counts nothing. */
int log_outlet_add(struct log_outlet *outlet, const char *line, size_t length);

/* Counts a line as dropped. */
void log_outlet_lose(struct log_outlet *outlet);

/* From now on the loop drains it; NULL: no loop does, and each line tries anew. */
void log_outlet_attach(struct log_outlet *outlet, struct loop *loop);

/* Writes what can be written without waiting, and forgets the rest. Not in a loop any more. */
void log_outlet_finish(struct log_outlet *outlet);

#endif
