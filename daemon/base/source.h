/*
 * Where the engine gets the user's configuration from: the bytes of one file or of every file of a
 * folder, as they are at one moment. The program reads the disk (sys/source.h), the simulation a
 * file system of its own.
 *
 * It never parses, and never says whether something changed but by its content.
 */
#ifndef NUMBERD_BASE_SOURCE_H
#define NUMBERD_BASE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct source_file {
	char *name;  /* as the user should see it: the path given, or folder/file */
	char *bytes; /* with a NUL behind that is not counted; NULL if there is an error */
	size_t length;
	struct error error; /* code 0: the bytes are whole */
};

struct source_snapshot {
	struct source_file *files; /* sorted by name */
	size_t count;              /* at least 1 */
	char *revision;            /* the commit that is checked out where they are, or NULL */
};

struct source {
	/*
	 * Reads everything anew. 0 with a snapshot, in which single files may have failed; or a
	 * negative code: -EAGAIN where something is being written just now, so that the bytes may
	 * be half a file (ask again at the next event or pass, and don't act meanwhile); others
	 * where there is nothing to read at all: no such path, an unreadable folder, a folder
	 * without a YAML file.
	 */
	int (*read)(void *self, struct source_snapshot **ret_snapshot, struct error *error);
	void *self;
};

void source_snapshot_free(struct source_snapshot *snapshot);

/* Same names, bytes and error codes. NULL equals NULL only. */
bool source_snapshot_equal(const struct source_snapshot *a, const struct source_snapshot *b);

#endif
