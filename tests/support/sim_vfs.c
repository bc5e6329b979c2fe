#include "support/sim_vfs.h"

#include <assert.h>
#include <sqlite3.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "support/sim_file.h"

#define FILES 16

struct sim_vfs {
	sqlite3_vfs vfs;
	struct sim_file files[FILES];
	struct rng random;
	uint64_t calls;
	enum sim_fault fault;
	uint64_t fault_first, fault_last;
	uint64_t killed; /* from this call on; 0: alive */
};

struct handle {
	sqlite3_file base;
	struct sim_vfs *vfs;
	struct sim_file *file;
};

enum touch { TOUCH_READ, TOUCH_WRITE, TOUCH_GROW, TOUCH_OTHER };

/* Counts the call; the code that it shall fail with, or SQLITE_OK. */
static int touch(struct sim_vfs *vfs, enum touch what, int code)
{
	bool strikes;

	vfs->calls++;
	if (vfs->killed && vfs->calls >= vfs->killed)
		return SQLITE_IOERR;
	strikes = vfs->calls >= vfs->fault_first && vfs->calls <= vfs->fault_last;
	if (!strikes)
		return SQLITE_OK;
	switch (vfs->fault) {
	case SIM_FAULT_FULL:
		return what == TOUCH_GROW ? SQLITE_FULL : SQLITE_OK;
	case SIM_FAULT_READ_ONLY:
		return what == TOUCH_WRITE || what == TOUCH_GROW ? code : SQLITE_OK;
	case SIM_FAULT_READ:
		return what == TOUCH_READ ? code : SQLITE_OK;
	case SIM_FAULT_IO:
		return code;
	default:
		return SQLITE_OK;
	}
}

static int file_close(sqlite3_file *base)
{
	struct handle *handle = (struct handle *)base;

	if (handle->file->owner == handle)
		handle->file->owner = NULL;
	if (!handle->file->name[0])
		sim_file_discard(handle->file);
	return SQLITE_OK;
}

static int file_read(sqlite3_file *base, void *to, int length, sqlite3_int64 offset)
{
	struct handle *handle = (struct handle *)base;
	int64_t there = handle->file->size - offset;
	int code = touch(handle->vfs, TOUCH_READ, SQLITE_IOERR_READ);

	if (code != SQLITE_OK)
		return code;
	if (there > length)
		there = length;
	if (there > 0)
		memcpy(to, handle->file->bytes + offset, (size_t)there);
	if (there == length)
		return SQLITE_OK;
	memset((char *)to + (there > 0 ? there : 0), 0, (size_t)(length - (there > 0 ? there : 0)));
	return SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *base, const void *from, int length, sqlite3_int64 offset)
{
	struct handle *handle = (struct handle *)base;
	bool grows = offset + length > handle->file->size;
	int code = touch(handle->vfs, grows ? TOUCH_GROW : TOUCH_WRITE, SQLITE_IOERR_WRITE);

	if (code == SQLITE_OK)
		sim_file_write(handle->file, offset, from, length);
	return code;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size)
{
	struct handle *handle = (struct handle *)base;
	int code = touch(handle->vfs, TOUCH_WRITE, SQLITE_IOERR_TRUNCATE);

	if (code == SQLITE_OK && size < handle->file->size)
		sim_file_truncate(handle->file, size);
	return code;
}

static int file_sync(sqlite3_file *base, int flags)
{
	struct handle *handle = (struct handle *)base;
	int code = touch(handle->vfs, TOUCH_OTHER, SQLITE_IOERR_FSYNC);

	(void)flags;
	if (code == SQLITE_OK)
		sim_file_sync(handle->file);
	return code;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *ret_size)
{
	struct handle *handle = (struct handle *)base;
	int code = touch(handle->vfs, TOUCH_READ, SQLITE_IOERR_FSTAT);

	*ret_size = handle->file->size;
	return code;
}

static int file_lock(sqlite3_file *base, int level)
{
	struct handle *handle = (struct handle *)base;

	(void)level;
	if (handle->file->owner && handle->file->owner != handle)
		return SQLITE_BUSY;
	handle->file->owner = handle;
	return SQLITE_OK;
}

static int file_unlock(sqlite3_file *base, int level)
{
	struct handle *handle = (struct handle *)base;

	if (level == SQLITE_LOCK_NONE && handle->file->owner == handle)
		handle->file->owner = NULL;
	return SQLITE_OK;
}

static int file_check_lock(sqlite3_file *base, int *ret_reserved)
{
	struct handle *handle = (struct handle *)base;

	*ret_reserved = handle->file->owner && handle->file->owner != handle;
	return SQLITE_OK;
}

static int file_control(sqlite3_file *base, int what, void *argument)
{
	(void)base;
	(void)what;
	(void)argument;
	return SQLITE_NOTFOUND;
}

static int file_sector(sqlite3_file *base)
{
	(void)base;
	return 4096;
}

static int file_traits(sqlite3_file *base)
{
	(void)base;
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static const sqlite3_io_methods methods = {
	.iVersion = 1,
	.xClose = file_close,
	.xRead = file_read,
	.xWrite = file_write,
	.xTruncate = file_truncate,
	.xSync = file_sync,
	.xFileSize = file_size,
	.xLock = file_lock,
	.xUnlock = file_unlock,
	.xCheckReservedLock = file_check_lock,
	.xFileControl = file_control,
	.xSectorSize = file_sector,
	.xDeviceCharacteristics = file_traits,
};

static struct sim_file *find(const struct sim_vfs *vfs, const char *name)
{
	for (int i = 0; i < FILES; i++) {
		if (vfs->files[i].exists && strcmp(vfs->files[i].name, name) == 0)
			return (struct sim_file *)&vfs->files[i];
	}
	return NULL;
}

static int disk_open(sqlite3_vfs *base, const char *name, sqlite3_file *file, int flags,
		     int *ret_flags)
{
	struct sim_vfs *vfs = base->pAppData;
	struct handle *handle = (struct handle *)file;
	struct sim_file *found = name ? find(vfs, name) : NULL;
	bool creates = !found && (!name || (flags & SQLITE_OPEN_CREATE));
	int code = touch(vfs, creates ? TOUCH_GROW : TOUCH_OTHER, SQLITE_CANTOPEN);

	handle->base.pMethods = NULL;
	if (code == SQLITE_OK && !found && !creates)
		code = SQLITE_CANTOPEN;
	for (int i = 0; i < FILES && code == SQLITE_OK && !found; i++) {
		if (!vfs->files[i].exists)
			found = &vfs->files[i];
	}
	if (code != SQLITE_OK)
		return code;
	assert(found);
	if (creates && name)
		strncpy(found->name, name, NAME_SIZE - 1);
	found->exists = true;
	*handle = (struct handle){.base.pMethods = &methods, .vfs = vfs, .file = found};
	if (ret_flags)
		*ret_flags = flags;
	return SQLITE_OK;
}

static int disk_delete(sqlite3_vfs *base, const char *name, int sync)
{
	struct sim_vfs *vfs = base->pAppData;
	struct sim_file *file = find(vfs, name);
	int code = touch(vfs, TOUCH_WRITE, SQLITE_IOERR_DELETE);

	(void)sync;
	if (code != SQLITE_OK)
		return code;
	if (!file)
		return SQLITE_IOERR_DELETE_NOENT;
	sim_file_discard(file);
	return SQLITE_OK;
}

static int disk_access(sqlite3_vfs *base, const char *name, int flags, int *ret_there)
{
	struct sim_vfs *vfs = base->pAppData;
	const struct sim_file *file = find(vfs, name);

	*ret_there = file && (flags != SQLITE_ACCESS_EXISTS || file->size > 0);
	return touch(vfs, TOUCH_READ, SQLITE_IOERR_ACCESS);
}

static int disk_full_path(sqlite3_vfs *base, const char *name, int size, char *ret_path)
{
	(void)base;
	sqlite3_snprintf(size, ret_path, "%s", name);
	return SQLITE_OK;
}

static int disk_randomness(sqlite3_vfs *base, int length, char *ret_bytes)
{
	struct sim_vfs *vfs = base->pAppData;

	for (int i = 0; i < length; i++)
		ret_bytes[i] = (char)rng_next(&vfs->random);
	return length;
}

static int disk_sleep(sqlite3_vfs *base, int microseconds)
{
	(void)base;
	return microseconds;
}

static int disk_time(sqlite3_vfs *base, sqlite3_int64 *ret_time)
{
	(void)base;
	*ret_time = 212662238460000; /* 2026, in milliseconds of the Julian day */
	return SQLITE_OK;
}

static int disk_day(sqlite3_vfs *base, double *ret_day)
{
	(void)base;
	*ret_day = 2461368.0;
	return SQLITE_OK;
}

static int disk_error(sqlite3_vfs *base, int size, char *ret_text)
{
	(void)base;
	(void)size;
	(void)ret_text;
	return 0;
}

struct sim_vfs *sim_vfs_new(const char *name)
{
	struct sim_vfs *vfs = mem_zalloc(1, sizeof(*vfs));

	vfs->vfs = (sqlite3_vfs){
		.iVersion = 2,
		.szOsFile = sizeof(struct handle),
		.mxPathname = NAME_SIZE - 8,
		.zName = name,
		.pAppData = vfs,
		.xOpen = disk_open,
		.xDelete = disk_delete,
		.xAccess = disk_access,
		.xFullPathname = disk_full_path,
		.xRandomness = disk_randomness,
		.xSleep = disk_sleep,
		.xCurrentTime = disk_day,
		.xGetLastError = disk_error,
		.xCurrentTimeInt64 = disk_time,
	};
	rng_init(&vfs->random, 1);
	sqlite3_vfs_register(&vfs->vfs, 0);
	return vfs;
}

void sim_vfs_free(struct sim_vfs *vfs)
{
	if (!vfs)
		return;
	sqlite3_vfs_unregister(&vfs->vfs);
	for (int i = 0; i < FILES; i++)
		sim_file_discard(&vfs->files[i]);
	mem_free(vfs);
}

void sim_vfs_fault(struct sim_vfs *vfs, enum sim_fault fault, uint64_t first, uint64_t count)
{
	vfs->fault = fault;
	vfs->fault_first = vfs->calls + first;
	vfs->fault_last = count ? vfs->fault_first + count - 1 : UINT64_MAX;
}

uint64_t sim_vfs_calls(const struct sim_vfs *vfs)
{
	return vfs->calls;
}

void sim_vfs_kill(struct sim_vfs *vfs, uint64_t first)
{
	vfs->killed = vfs->calls + first;
}

void sim_vfs_restart(struct sim_vfs *vfs)
{
	vfs->killed = 0;
	for (int i = 0; i < FILES; i++)
		assert(!vfs->files[i].owner);
}

void sim_vfs_crash(struct sim_vfs *vfs, uint64_t seed)
{
	struct rng rng;

	rng_init(&rng, seed);
	sim_vfs_restart(vfs);
	for (int i = 0; i < FILES; i++) {
		struct sim_file *file = &vfs->files[i];

		sim_file_crash(file, &rng);
	}
}

int64_t sim_vfs_size(const struct sim_vfs *vfs, const char *path)
{
	const struct sim_file *file = find(vfs, path);

	return file ? file->size : -1;
}

void sim_vfs_damage(struct sim_vfs *vfs, const char *path, uint64_t seed)
{
	struct sim_file *file = find(vfs, path);
	struct rng rng;

	rng_init(&rng, seed);
	for (int64_t i = 0; file && i < file->size / 64 + 1 && file->size; i++)
		file->bytes[rng_upto(&rng, file->size - 1)] = (unsigned char)rng_next(&rng);
}
