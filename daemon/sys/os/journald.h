/*
 * Entries to the journal of systemd, by its native protocol, without libsystemd: one datagram an
 * entry to journald's socket; an entry that is too large for one goes as a sealed memory file.
 * Never waits.
 */
#ifndef NUMBERD_SYS_OS_JOURNALD_H
#define NUMBERD_SYS_OS_JOURNALD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

#define JOURNALD_SOCKET "/run/systemd/journal/socket"

/* True if the descriptor is the journal, by the device and inode that JOURNAL_STREAM names. */
bool journald_has(int fd);

/* A descriptor for journald_put(), or negative: nobody is there. */
int journald_open(const char *path, struct error *error);

/*
 * One entry, lines of KEY=value: its length, or -EAGAIN: there is no room now, wait until the
 * descriptor takes bytes. Any other: it can't be had; a journald that was started anew is not
 * reached again by the same descriptor.
 */
ssize_t journald_put(int fd, const char *entry, size_t length);

#endif
