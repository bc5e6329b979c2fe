#include "sys/os/log_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "sys/os/journald.h"

struct log_sink {
	struct log_outlet lines;
	bool own; /* the descriptor of the lines */
	char *journal;
	struct log_outlet entries; /* its fd is -1 while journald can't be reached */
	struct loop *loop;
};

static ssize_t put_now(int fd, const char *bytes, size_t length)
{
	ssize_t written = write(fd, bytes, length);

	if (written > 0)
		return written;
	if (written == 0)
		return -EIO;
	return errno == EINTR ? -EAGAIN : -errno;
}

static ssize_t put_socket(int fd, const char *bytes, size_t length)
{
	ssize_t sent = send(fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);

	return sent >= 0 ? sent : -errno;
}

/* What a pipe that is ready takes without waiting is at least this much. */
static ssize_t put_ready(int fd, const char *bytes, size_t length)
{
	struct pollfd ready = {.fd = fd, .events = POLLOUT};

	if (poll(&ready, 1, 0) == 0)
		return -EAGAIN;
	return put_now(fd, bytes, length < PIPE_BUF ? length : PIPE_BUF);
}

/* The same pipe or terminal with a description of our own, or negative. */
static int open_again(int fd)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static void open_lines(struct log_sink *sink, int fd)
{
	struct stat info = {0};
	int again;

	sink->lines.fd = fd;
	sink->lines.put = put_now;
	if (fstat(fd, &info) < 0)
		return;
	if (S_ISSOCK(info.st_mode))
		sink->lines.put = put_socket;
	if (!S_ISFIFO(info.st_mode) && !isatty(fd))
		return;
	again = open_again(fd);
	sink->own = again >= 0;
	if (sink->own)
		sink->lines.fd = again;
	else
		sink->lines.put = put_ready;
}

struct log_sink *log_sink_new(int fd, const char *journal, log_say *say, void *context)
{
	struct log_sink *sink = mem_zalloc(1, sizeof(*sink));

	sink->lines = (struct log_outlet){.say = say, .context = context};
	sink->entries =
		(struct log_outlet){.fd = -1, .put = journald_put, .say = say, .context = context};
	sink->journal = journal ? mem_strdup(journal) : NULL;
	open_lines(sink, fd);
	return sink;
}

static void close_entries(struct log_sink *sink)
{
	log_outlet_attach(&sink->entries, NULL);
	if (sink->entries.fd >= 0)
		close(sink->entries.fd);
	sink->entries.fd = -1;
}

static bool open_entries(struct log_sink *sink)
{
	struct error ignored;

	if (sink->entries.fd < 0 && sink->journal) {
		sink->entries.fd = journald_open(sink->journal, &ignored);
		if (sink->entries.fd >= 0)
			log_outlet_attach(&sink->entries, sink->loop);
	}
	return sink->entries.fd >= 0;
}

void log_sink_free(struct log_sink *sink)
{
	if (!sink)
		return;
	log_sink_attach(sink, NULL);
	log_outlet_finish(&sink->entries);
	close_entries(sink);
	log_outlet_finish(&sink->lines);
	if (sink->own)
		close(sink->lines.fd);
	mem_free(sink->journal);
	mem_free(sink);
}

void log_sink_attach(struct log_sink *sink, struct loop *loop)
{
	sink->loop = loop;
	log_outlet_attach(&sink->lines, loop);
	if (sink->entries.fd >= 0)
		log_outlet_attach(&sink->entries, loop);
}

void log_sink_line(void *context, const char *line, size_t length)
{
	struct log_sink *sink = context;

	/* A log that nobody takes is no reason to stop looking after the numbers. */
	if (log_outlet_add(&sink->lines, line, length) < 0)
		log_outlet_lose(&sink->lines);
}

bool log_sink_entry(void *context, const char *entry, size_t length)
{
	struct log_sink *sink = context;

	/* Twice: a journald that was started anew is another one. */
	for (int tries = 0; tries < 2 && open_entries(sink); tries++) {
		int result = log_outlet_add(&sink->entries, entry, length);

		if (result == -ENOBUFS)
			log_outlet_lose(&sink->entries);
		if (result == 0 || result == -ENOBUFS)
			return true;
		close_entries(sink);
	}
	return false;
}

uint64_t log_sink_dropped(void *context)
{
	const struct log_sink *sink = context;

	return sink->lines.dropped + sink->entries.dropped;
}
