#include "sys/os/journald.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

bool journald_has(int fd)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat info;
	char *end;
	unsigned long long device, inode;

	if (!stream || fstat(fd, &info) < 0)
		return false;
	device = strtoull(stream, &end, 10);
	if (*end != ':')
		return false;
	inode = strtoull(end + 1, &end, 10);
	return *end == '\0' && info.st_dev == device && info.st_ino == inode;
}

int journald_open(const char *path, struct error *error)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd, result;

	if (strlen(path) >= sizeof(address.sun_path))
		return error_set_errno(error, -ENAMETOOLONG, "can't reach journald at %s", path);
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_set_errno(error, -errno, "can't make a socket");
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		result = error_set_errno(error, -errno, "can't reach journald at %s", path);
		close(fd);
		return result;
	}
	return fd;
}

/* journald takes a file only where nobody can change it any more. */
static int make_file(const char *entry, size_t length)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
	int fd = memfd_create("numberd-log", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int result;

	if (fd < 0)
		return -errno;
	if (write(fd, entry, length) == (ssize_t)length && fcntl(fd, F_ADD_SEALS, seals) == 0)
		return fd;
	result = -(errno ? errno : EIO);
	close(fd);
	return result;
}

static ssize_t put_file(int fd, const char *entry, size_t length)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct msghdr message = {.msg_control = &control, .msg_controllen = sizeof(control)};
	int file = make_file(entry, length);
	ssize_t result;

	if (file < 0)
		return file;
	control.header = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
					  .cmsg_type = SCM_RIGHTS,
					  .cmsg_len = CMSG_LEN(sizeof(file))};
	memcpy(CMSG_DATA(&control.header), &file, sizeof(file));
	result = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	result = result < 0 ? -errno : (ssize_t)length;
	close(file);
	return result;
}

ssize_t journald_put(int fd, const char *entry, size_t length)
{
	if (send(fd, entry, length, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return (ssize_t)length;
	if (errno == EMSGSIZE || errno == ENOBUFS)
		return put_file(fd, entry, length);
	return -errno;
}
