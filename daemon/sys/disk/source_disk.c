#include "sys/disk/source_disk.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "sys/disk/file.h"
#include "sys/disk/revision.h"

#define FRESH_MS 1000 /* git moves HEAD within this of writing a file */

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

static void add_name(struct source_snapshot *snapshot, char *name)
{
	snapshot->files[snapshot->count++] = (struct source_file){.name = name};
}

/* Names every file of the folder in an empty snapshot, in order. */
static int list_folder(const char *path, struct source_snapshot *snapshot, struct error *error)
{
	const char *slash = path[strlen(path) - 1] == '/' ? "" : "/";
	struct dirent **entries = NULL;
	int count = scandir(path, &entries, is_member, by_bytes);

	if (count < 0)
		return error_set_errno(error, -errno, "can't read the folder %s", path);
	snapshot->files = mem_zalloc((size_t)count + 1, sizeof(*snapshot->files));
	for (int i = 0; i < count; i++) {
		char *name;

		if (asprintf(&name, "%s%s%s", path, slash, entries[i]->d_name) < 0)
			abort();
		add_name(snapshot, name);
		free(entries[i]);
	}
	free(entries);
	if (count == 0)
		return error_set(error, -ENOENT, "the folder %s has no *.yaml or *.yml file", path);
	if (count > LIMIT_FILES)
		return error_set(error, -E2BIG,
				 "the folder %s has %d YAML files, more than the limit of %d", path,
				 count, LIMIT_FILES);
	return 0;
}

static int list_path(const char *path, struct source_snapshot *snapshot, struct error *error)
{
	struct stat info;

	if (stat(path, &info) < 0)
		return error_set_errno(error, -errno, "can't read %s", path);
	if (S_ISDIR(info.st_mode))
		return list_folder(path, snapshot, error);
	snapshot->files = mem_zalloc(1, sizeof(*snapshot->files));
	add_name(snapshot, mem_strdup(path));
	return 0;
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

static int read_one(const struct source_disk *disk, struct source_file *file, struct error *error)
{
	struct stat info;
	int result;

	result = file_read(file->name, LIMIT_FILE_BYTES, &file->bytes, &file->length, &info,
			   &file->error);
	if (result == -EAGAIN)
		return being_written(file->name, error);
	if (!disk->watch)
		return 0;
	if (result == 0 ? !is_whole(disk, file->name, &info) : watch_is_writing(disk->watch))
		return being_written(file->name, error);
	return 0;
}

/* Whether a file was written to within the last moments. */
static bool is_fresh(const char *path)
{
	struct timespec now;
	struct stat info;
	int64_t age;

	if (stat(path, &info) < 0)
		return false;
	clock_gettime(CLOCK_REALTIME, &now);
	age = (now.tv_sec - info.st_mtim.tv_sec) * (int64_t)1000 +
	      (now.tv_nsec - info.st_mtim.tv_nsec) / 1000000;
	return age >= 0 && age < FRESH_MS;
}

/*
 * git writes the files before it moves HEAD. So content that has just been written and is not the
 * commit's is probably that of the commit to come; if no commit comes, somebody edits the file.
 */
static int read_commit(const struct source_disk *disk, struct source_snapshot *snapshot,
		       struct error *error)
{
	if (revision_find(snapshot->files, snapshot->count, &snapshot->commit) || !disk->watch)
		return 0;
	for (size_t i = 0; i < snapshot->count; i++) {
		if (is_fresh(snapshot->files[i].name))
			return error_set(error, -EBUSY, "%s was written, and is not committed yet",
					 snapshot->files[i].name);
	}
	return 0;
}

static int read_disk(void *self, struct source_snapshot **ret_snapshot, struct error *error)
{
	const struct source_disk *disk = self;
	struct source_snapshot *snapshot = mem_zalloc(1, sizeof(*snapshot));
	int result = list_path(disk->path, snapshot, error);

	if (result < 0 && disk->watch && watch_is_writing(disk->watch))
		result = being_written(disk->path, error);
	for (size_t i = 0; i < snapshot->count && result == 0; i++)
		result = read_one(disk, &snapshot->files[i], error);
	if (result == 0)
		result = read_commit(disk, snapshot, error);
	if (result < 0) {
		source_snapshot_free(snapshot);
		return result;
	}
	*ret_snapshot = snapshot;
	return 0;
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
