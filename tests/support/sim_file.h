/*
 * A file in memory that knows which of its writes no sync covers. For support/sim_vfs.h.
 */
#ifndef NUMBERD_TESTS_SIM_FILE_H
#define NUMBERD_TESTS_SIM_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"

#define NAME_SIZE 128

/* A change that no sync covers: how to do it again, and how to take it back. */
struct change {
	int64_t offset;
	int64_t length;     /* of a write; -1: a truncation to offset */
	int64_t size;       /* of the file before */
	unsigned char *now; /* the bytes written */
	unsigned char *was; /* those they replaced, as far as there were any */
};

struct sim_file {
	char name[NAME_SIZE]; /* "": a temporary one */
	bool exists;
	unsigned char *bytes;
	int64_t size;
	int64_t capacity;
	struct change *changes;
	size_t count;
	size_t capacity_changes;
	const void *owner; /* holds a lock; of the VFS */
};

void sim_file_write(struct sim_file *file, int64_t offset, const void *bytes, int64_t length);
void sim_file_truncate(struct sim_file *file, int64_t size);

/* What was written so far is durable. */
void sim_file_sync(struct sim_file *file);

/* The power fails: each change since the sync is kept, lost, or torn into sectors. */
void sim_file_crash(struct sim_file *file, struct rng *rng);

/* Frees what it holds; it does not exist any more. */
void sim_file_discard(struct sim_file *file);

#endif
