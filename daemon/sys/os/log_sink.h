/*
 * Where the log goes: standard error, and the journal of systemd where standard error is the
 * journal. Nobody ever waits for it; sys/os/log_outlet.h says what happens to lines that are not
 * taken.
 *
 * Standard error is shared with other processes, so it is never switched to O_NONBLOCK: a pipe or a
 * terminal is opened once more for us alone, a socket is written to with a flag of the call.
 */
#ifndef NUMBERD_SYS_OS_LOG_SINK_H
#define NUMBERD_SYS_OS_LOG_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sys/os/log_outlet.h"
#include "sys/os/loop.h"

struct log_sink;

/*
 * `fd` stays the caller's. `journal`: the path of journald's socket, or NULL. `say` is called with
 * the number of lines that were dropped, once there is room to tell it, and logs it.
 */
struct log_sink *log_sink_new(int fd, const char *journal, log_say *say, void *context);

/* Writes at once what can be written at once; the rest is forgotten. */
void log_sink_free(struct log_sink *sink);

/* What stands in line is written by this loop; NULL, before the loop ends: by none. */
void log_sink_attach(struct log_sink *sink, struct loop *loop);

/* For struct log, the sink as its context: write, entry and dropped. */
void log_sink_line(void *sink, const char *line, size_t length);
bool log_sink_entry(void *sink, const char *entry, size_t length);
uint64_t log_sink_dropped(void *sink);

#endif
