#include "support/sim_file.h"

#include <string.h>

#include "base/mem.h"

#define SECTOR 512

static void resize(struct sim_file *file, int64_t size)
{
	if (size > file->capacity) {
		file->capacity = size + size / 2 + 4096;
		file->bytes = mem_resize(file->bytes, (size_t)file->capacity, 1);
	}
	if (size > file->size)
		memset(file->bytes + file->size, 0, (size_t)(size - file->size));
	file->size = size;
}

void sim_file_sync(struct sim_file *file)
{
	for (size_t i = 0; i < file->count; i++) {
		mem_free(file->changes[i].now);
		mem_free(file->changes[i].was);
	}
	file->count = 0;
}

void sim_file_discard(struct sim_file *file)
{
	sim_file_sync(file);
	mem_free(file->changes);
	mem_free(file->bytes);
	*file = (struct sim_file){0};
}

static unsigned char *copy(const unsigned char *bytes, int64_t length)
{
	unsigned char *made = mem_alloc((size_t)length + 1);

	if (length > 0)
		memcpy(made, bytes, (size_t)length);
	return made;
}

/* Notes the change and does it; bytes NULL: a truncation to offset. */
static void change_file(struct sim_file *file, int64_t offset, const unsigned char *bytes,
			int64_t length)
{
	struct change change = {
		.offset = offset, .length = bytes ? length : -1, .size = file->size};
	int64_t end = bytes ? offset + length : file->size;
	int64_t had = (end < file->size ? end : file->size) - offset;

	if (had > 0)
		change.was = copy(file->bytes + offset, had);
	if (bytes)
		change.now = copy(bytes, length);
	mem_grow(file->changes, file->count, file->capacity_changes);
	file->changes[file->count++] = change;
	if (!bytes || end > file->size)
		resize(file, bytes ? end : offset);
	if (bytes && length)
		memcpy(file->bytes + offset, bytes, (size_t)length);
}

void sim_file_write(struct sim_file *file, int64_t offset, const void *bytes, int64_t length)
{
	change_file(file, offset, bytes, length);
}

void sim_file_truncate(struct sim_file *file, int64_t size)
{
	change_file(file, size, NULL, 0);
}

static void take_back(struct sim_file *file, const struct change *change)
{
	int64_t had = change->length < 0 ? change->size : change->offset + change->length;

	resize(file, change->size);
	if (had > change->size)
		had = change->size;
	if (had > change->offset)
		memcpy(file->bytes + change->offset, change->was, (size_t)(had - change->offset));
}

/* Does a change again: whole, not at all, or some of its sectors. */
static void do_again(struct sim_file *file, const struct change *change, struct rng *rng)
{
	int64_t fate = rng_upto(rng, 3);

	if (change->length < 0) {
		if (fate < 2 && change->offset < file->size)
			resize(file, change->offset);
		return;
	}
	for (int64_t at = 0; at < change->length; at += SECTOR) {
		int64_t length = change->length - at < SECTOR ? change->length - at : SECTOR;
		int64_t end = change->offset + at + length;

		if (fate == 0 || (fate == 1 && rng_upto(rng, 1)))
			continue;
		if (end > file->size)
			resize(file, end);
		memcpy(file->bytes + change->offset + at, change->now + at, (size_t)length);
	}
}

void sim_file_crash(struct sim_file *file, struct rng *rng)
{
	for (size_t i = file->count; i-- > 0;)
		take_back(file, &file->changes[i]);
	for (size_t i = 0; i < file->count; i++)
		do_again(file, &file->changes[i], rng);
	sim_file_sync(file);
}
