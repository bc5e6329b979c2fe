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
#include <stdint.h>

#include "base/error.h"

struct source_file {
	char *name;  /* as the user should see it: the path given, or folder/file */
	char *bytes; /* with a NUL behind that is not counted; NULL if there is an error */
	size_t length;
	struct error error; /* code 0: the bytes are whole */
};

/* The commit of git that is checked out. Texts are whatever its author wrote, of bounded length. */
struct source_commit {
	char *revision; /* "-dirty" behind it: what was read is not what was committed; NULL: none
			 */
	char *author;   /* a name; NULL where it is not known, as the subject */
	char *subject;  /* the first line of the message */
	int64_t time;   /* wall, of the commit; 0: not known */
};

struct source_snapshot {
	struct source_file *files;   /* sorted by name */
	size_t count;                /* at least 1 */
	struct source_commit commit; /* as it was when the files were read */
};

struct source {
	/*
	 * Reads everything anew. 0 with a snapshot, in which single files may have failed; or a
	 * negative code: -EAGAIN where something is being written just now, so that the bytes may
	 * be half a file (ask again at the next event or pass, and don't act meanwhile); -EBUSY
	 * where git may be about to move its HEAD to what it has just written (no event will tell:
	 * ask again in a moment, for a second at most); others where there is nothing to read at
	 * all: no such path, an unreadable folder, a folder without a YAML file.
	 */
	int (*read)(void *self, struct source_snapshot **ret_snapshot, struct error *error);
	void *self;
};

/* Frees the texts. */
void source_commit_finish(struct source_commit *commit);

bool source_commit_equal(const struct source_commit *a, const struct source_commit *b);

void source_snapshot_free(struct source_snapshot *snapshot);

/* Same names, bytes and error codes; of whatever commit. NULL equals NULL only. */
bool source_snapshot_equal(const struct source_snapshot *a, const struct source_snapshot *b);

#endif
