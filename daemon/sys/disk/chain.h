/*
 * What a path goes through until it ends: every directory in which a name is looked up, symlinks
 * and their targets included. Whoever watches these names sees each way of making the path mean
 * another file, but for mounts.
 */
#ifndef NUMBERD_SYS_DISK_CHAIN_H
#define NUMBERD_SYS_DISK_CHAIN_H

#include <limits.h>
#include <sys/stat.h>

/* Called before `name` is looked up in `directory`, an absolute path without symlinks. */
typedef void chain_step(void *context, const char *directory, const char *name);

/*
 * Follows an absolute path. 0, its end without symlinks and what it is; or a negative errno where
 * it breaks off (-ENOENT, -ENOTDIR, -EACCES, -ELOOP after 40 symlinks, -ENAMETOOLONG). `step` has
 * then been called for all that was looked up, the missing name included.
 */
int chain_walk(const char *path, chain_step *step, void *context, char ret_end[PATH_MAX],
	       struct stat *ret_info);

#endif
