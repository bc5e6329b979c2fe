#include "sys/disk/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"

static int check_kind(const char *path, mode_t mode, struct error *error)
{
	if (S_ISREG(mode))
		return 0;
	if (S_ISDIR(mode))
		return error_set(error, -EISDIR, "can't read %s: it is a folder", path);
	return error_set(error, -EINVAL, "can't read %s: it is %s, not a regular file", path,
			 S_ISFIFO(mode)   ? "a FIFO"
			 : S_ISSOCK(mode) ? "a socket"
					  : "a device");
}

bool file_is_unchanged(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Fills `bytes` and finds the end right behind it, or says that the file isn't what it was. */
static int read_exactly(int fd, const char *path, char *bytes, size_t length,
			const struct stat *before, struct error *error)
{
	struct stat after;
	size_t got = 0;

	/* One byte more than the size, so that a file that grew shows. */
	while (got <= length) {
		ssize_t n = read(fd, bytes + got, length + 1 - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set_errno(error, -errno, "can't read %s", path);
		if (n == 0)
			break;
		got += (size_t)n;
	}
	if (fstat(fd, &after) < 0)
		return error_set_errno(error, -errno, "can't read %s", path);
	if (got != length || !file_is_unchanged(before, &after))
		return error_set(error, -EAGAIN, "%s changed while it was read", path);
	return 0;
}

static int read_open_file(int fd, const char *path, size_t ceiling, char **ret_bytes,
			  size_t *ret_length, struct stat *ret_info, struct error *error)
{
	struct stat info;
	size_t length;
	char *bytes;
	int result;

	if (fstat(fd, &info) < 0)
		return error_set_errno(error, -errno, "can't read %s", path);
	result = check_kind(path, info.st_mode, error);
	if (result < 0)
		return result;
	if (info.st_size > (off_t)ceiling)
		return error_set(error, -EFBIG,
				 "can't read %s: it has %lld bytes, more than the limit of %zu",
				 path, (long long)info.st_size, ceiling);
	length = (size_t)info.st_size;
	bytes = mem_alloc(length + 1);
	result = read_exactly(fd, path, bytes, length, &info, error);
	if (result < 0) {
		mem_wipe(bytes, length + 1);
		mem_free(bytes);
		return result;
	}
	bytes[length] = '\0';
	if (ret_info)
		*ret_info = info;
	*ret_bytes = bytes;
	*ret_length = length;
	return 0;
}

int file_read(const char *path, size_t ceiling, char **ret_bytes, size_t *ret_length,
	      struct stat *ret_info, struct error *error)
{
	/* O_NONBLOCK: opening a FIFO that nobody writes to would block for good. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int result;

	if (fd < 0)
		return error_set_errno(error, -errno, "can't read %s", path);
	result = read_open_file(fd, path, ceiling, ret_bytes, ret_length, ret_info, error);
	close(fd);
	return result;
}
