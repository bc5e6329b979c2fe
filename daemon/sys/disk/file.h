/*
 * Reads whole regular files. It never blocks on a FIFO or a device, never returns part of a file,
 * and never follows more than the ceiling it is given.
 */
#ifndef NUMBERD_SYS_DISK_FILE_H
#define NUMBERD_SYS_DISK_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "base/error.h"

/*
 * The bytes with a NUL behind (mem_free). Symlinks are followed. `ret_info`, if not NULL, gets what
 * fstat() said of the file that was read. Errors name the path; among them
 *   -EISDIR, -EINVAL  a folder; a FIFO, socket or device
 *   -EFBIG            more than `ceiling` bytes
 *   -EAGAIN           it changed while it was read: read it again later
 * The bytes are only ever in the one buffer that is returned, so a caller can wipe a secret.
 */
int file_read(const char *path, size_t ceiling, char **ret_bytes, size_t *ret_length,
	      struct stat *ret_info, struct error *error);

/* Whether two states are of one file that was not written to in between, as far as times tell. */
bool file_is_unchanged(const struct stat *a, const struct stat *b);

#endif
