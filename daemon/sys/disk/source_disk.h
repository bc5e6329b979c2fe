/*
 * The configuration as it is on the disk: a struct source (base/source.h) over one file, or over
 * every *.yaml and *.yml of a folder, sorted by name; hidden files are skipped. Symlinks are
 * followed. Half a file is not given out where the watch can tell that it is being written.
 */
#ifndef NUMBERD_SYS_DISK_SOURCE_DISK_H
#define NUMBERD_SYS_DISK_SOURCE_DISK_H

#include "base/source.h"
#include "sys/disk/watch.h"

struct source_disk;

/* `watch`, of the same path, may be NULL, as in a command that reads once. */
struct source_disk *source_disk_new(const char *path, struct watch *watch);
void source_disk_free(struct source_disk *disk);

/* Lives as long as the disk. */
const struct source *source_disk_source(const struct source_disk *disk);

/* Whether a name in a folder is read as configuration. */
bool source_disk_is_member(const char *name);

#endif
