#include "sys/os/notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

static int connect_to(const char *name, struct error *error)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const struct timeval patience = {.tv_sec = 1};
	size_t length = strlen(name);
	int fd;

	if ((name[0] != '/' && name[0] != '@') || length < 2 || length >= sizeof(address.sun_path))
		return error_set(error, -EINVAL,
				 "NOTIFY_SOCKET is neither a path nor an abstract name: %s", name);
	memcpy(address.sun_path, name, length);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_set_errno(error, -errno, "can't open a socket for NOTIFY_SOCKET");
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	/* An abstract name ends with the length of the address, a path with a NUL. */
	if (connect(fd, (struct sockaddr *)&address,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) < 0) {
		int code = -errno;

		close(fd);
		return error_set_errno(error, code, "can't reach NOTIFY_SOCKET %s", name);
	}
	return fd;
}

static int64_t watchdog_interval(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	int64_t wanted_pid, us;

	if (!usec || !text_parse_int(usec, 1, INT64_MAX, &us))
		return 0;
	if (pid && (!text_parse_int(pid, 1, INT32_MAX, &wanted_pid) || wanted_pid != getpid()))
		return 0;
	return us < 2000 ? 1 : us / 2000;
}

int notify_init(struct notify *notify, struct error *error)
{
	const char *name = getenv("NOTIFY_SOCKET");
	int fd;

	*notify = (struct notify){.fd = -1};
	if (text_is_empty(name))
		return 0;
	fd = connect_to(name, error);
	if (fd < 0)
		return fd;
	notify->fd = fd;
	notify->watchdog_ms = watchdog_interval();
	return 0;
}

void notify_finish(struct notify *notify)
{
	if (notify->fd >= 0)
		close(notify->fd);
	notify->fd = -1;
}

static void send_text(const struct notify *notify, const char *text)
{
	if (notify->fd >= 0)
		(void)!send(notify->fd, text, strlen(text), MSG_NOSIGNAL);
}

void notify_ready(const struct notify *notify)
{
	send_text(notify, "READY=1");
}

void notify_reloading(const struct notify *notify)
{
	struct timespec now;
	char text[80];

	/*
	 * The manager drops the message when this moment lies before the signal it sent, so it has
	 * to be read here and now, in microseconds.
	 */
	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
		 (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	send_text(notify, text);
}

void notify_stopping(const struct notify *notify)
{
	send_text(notify, "STOPPING=1");
}

void notify_watchdog(const struct notify *notify)
{
	send_text(notify, "WATCHDOG=1");
}

void notify_status(const struct notify *notify, const char *text)
{
	char line[512];

	snprintf(line, sizeof(line), "STATUS=%s", text);
	for (char *c = line; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	send_text(notify, line);
}
