/*
 * Which commit of git a file belongs to: the one checked out in the work tree it lies in. Read from
 * git's own files, because git need not be installed where the daemon runs. It never writes, and
 * says nothing about changes that are not committed.
 *
 * Source: gitrepository-layout(5).
 */
#ifndef NUMBERD_SYS_DISK_REVISION_H
#define NUMBERD_SYS_DISK_REVISION_H

/* The commit's name, 40 or 64 hexadecimal digits (mem_free); NULL: no work tree, or no commit. */
char *revision_find(const char *path);

#endif
