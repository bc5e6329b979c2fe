#include "sys/source_disk.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "sys/file.h"
#include "sys/revision.h"

struct source_disk {
	struct source source;
	char *path;
	struct watch *watch;
};

bool source_disk_is_member(const char *name)
{
	const char *ending = strrchr(name, '.');

	return name[0] != '.' && ending &&
	       (text_equal(ending, ".yaml") || text_equal(ending, ".yml"));
}

static int is_member(const struct dirent *entry)
{
	return source_disk_is_member(entry->d_name);
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* The paths to read, in order. */
static int list_paths(const char *path, char ***ret_paths, size_t *ret_count, struct error *error)
{
	struct dirent **entries = NULL;
	char **paths;
	int count, result = 0;

	count = scandir(path, &entries, is_member, by_bytes);
	if (count < 0)
		return error_set_errno(error, -errno, "can't read the folder %s", path);
	if (count == 0)
		result = error_set(error, -ENOENT, "the folder %s has no *.yaml or *.yml file",
				   path);
	if (count > LIMIT_FILES)
		result = error_set(error, -E2BIG,
				   "the folder %s has %d YAML files, more than the limit of %d",
				   path, count, LIMIT_FILES);
	paths = mem_zalloc((size_t)count + 1, sizeof(*paths));
	for (int i = 0; i < count; i++) {
		bool slash = path[strlen(path) - 1] == '/';

		if (asprintf(&paths[i], "%s%s%s", path, slash ? "" : "/", entries[i]->d_name) < 0)
			abort();
		free(entries[i]);
	}
	free(entries);
	*ret_paths = paths;
	*ret_count = (size_t)count;
	return result;
}

static int being_written(const char *path, struct error *error)
{
	return error_set(error, -EAGAIN, "%s is being written", path);
}

/*
 * Whether the bytes that were read are a whole file, as far as the watch can tell. Asked after the
 * reading, when what began before its end is known; what also ended since shows in the times.
 */
static bool is_whole(const struct source_disk *disk, const char *path, const struct stat *info)
{
	struct stat now;

	return !watch_is_writing(disk->watch) && stat(path, &now) == 0 &&
	       file_is_unchanged(info, &now) && watch_trusts(disk->watch, info);
}

/* Takes over `path`. */
static int read_one(const struct source_disk *disk, char *path, struct source_file *ret_file,
		    struct error *error)
{
	struct stat info;
	int result;

	ret_file->name = path;
	result = file_read(path, LIMIT_FILE_BYTES, &ret_file->bytes, &ret_file->length, &info,
			   &ret_file->error);
	if (result == -EAGAIN)
		return being_written(path, error);
	if (!disk->watch)
		return 0;
	if (result == 0 ? !is_whole(disk, path, &info) : watch_is_writing(disk->watch))
		return being_written(path, error);
	return 0;
}

static int read_paths(const struct source_disk *disk, char **paths, size_t count,
		      struct source_snapshot **ret_snapshot, struct error *error)
{
	struct source_snapshot *snapshot = mem_zalloc(1, sizeof(*snapshot));
	int result = 0;

	assert(paths);
	snapshot->files = mem_zalloc(count, sizeof(*snapshot->files));
	for (; snapshot->count < count && result == 0; snapshot->count++) {
		result = read_one(disk, paths[snapshot->count], &snapshot->files[snapshot->count],
				  error);
		paths[snapshot->count] = NULL;
	}
	if (result < 0) {
		source_snapshot_free(snapshot);
		return result;
	}
	snapshot->revision = revision_find(disk->path);
	*ret_snapshot = snapshot;
	return 0;
}

static int read_disk(void *self, struct source_snapshot **ret_snapshot, struct error *error)
{
	const struct source_disk *disk = self;
	char **paths = NULL;
	struct stat info;
	size_t count = 1;
	int result = 0;

	if (stat(disk->path, &info) < 0) {
		result = error_set_errno(error, -errno, "can't read %s", disk->path);
	} else if (S_ISDIR(info.st_mode)) {
		result = list_paths(disk->path, &paths, &count, error);
	} else {
		paths = mem_zalloc(1, sizeof(*paths));
		paths[0] = mem_strdup(disk->path);
	}
	if (result == 0)
		result = read_paths(disk, paths, count, ret_snapshot, error);
	else if (disk->watch && watch_is_writing(disk->watch))
		result = being_written(disk->path, error);
	for (size_t i = 0; paths && i < count; i++)
		mem_free(paths[i]);
	mem_free(paths);
	return result;
}

struct source_disk *source_disk_new(const char *path, struct watch *watch)
{
	struct source_disk *disk = mem_zalloc(1, sizeof(*disk));

	disk->source = (struct source){.read = read_disk, .self = disk};
	disk->path = mem_strdup(path);
	disk->watch = watch;
	return disk;
}

void source_disk_free(struct source_disk *disk)
{
	if (!disk)
		return;
	mem_free(disk->path);
	mem_free(disk);
}

const struct source *source_disk_source(const struct source_disk *disk)
{
	return &disk->source;
}
