/*
 * Tells systemd how the service is doing, by the datagram protocol of sd_notify(3), without
 * libsystemd. Where NOTIFY_SOCKET is not set every call does nothing.
 *
 * A message that can't be delivered is dropped: nothing depends on it but the manager, which has
 * time limits of its own. A send may block while the manager is busy, for a second at most.
 */
#ifndef NUMBERD_SYS_OS_NOTIFY_H
#define NUMBERD_SYS_OS_NOTIFY_H

#include <stdint.h>

#include "base/error.h"

struct notify {
	int fd;              /* -1: nobody listens */
	int64_t watchdog_ms; /* call notify_watchdog() at least this often; 0: not asked for */
};

/*
 * Reads NOTIFY_SOCKET (a path, or '@' and an abstract name), WATCHDOG_USEC and WATCHDOG_PID.
 * watchdog_ms is half of what the manager waits, as sd_watchdog_enabled(3) advises. On an error
 * `notify` is ready and does nothing.
 */
int notify_init(struct notify *notify, struct error *error);
void notify_finish(struct notify *notify);

void notify_ready(const struct notify *notify);
/* Before a reload; notify_ready() ends it. */
void notify_reloading(const struct notify *notify);
void notify_stopping(const struct notify *notify);
void notify_watchdog(const struct notify *notify);

/* One line for `systemctl status`; control characters become spaces. */
void notify_status(const struct notify *notify, const char *text);

#endif
