/* The log on real descriptors that take nothing, are closed, or come back; and on a journal. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "support/test.h"
#include "sys/os/clock_system.h"
#include "sys/os/journald.h"
#include "sys/os/log_sink.h"
#include "sys/os/loop.h"

#define LINE "0123456789 a line of the log as they are, more or less, with a text and its fields\n"
#define SAID "<4>missing event=log_dropped lines="

struct place {
	struct loop *loop;
	struct log_sink *sink;
	struct log log;
	int reader, writer;
	char folder[48];
	char path[64]; /* of a socket or a pipe with a name */
};

static void say(void *context, uint64_t count)
{
	struct place *place = context;
	char number[24];

	snprintf(number, sizeof(number), "%llu", (unsigned long long)count);
	log_event(&place->log, LOG_LEVEL_WARNING, "log_dropped", "missing", {"lines", number});
}

static void open_sink(struct place *place, int fd, const char *journal)
{
	place->sink = log_sink_new(fd, journal, say, place);
	place->log.context = place->sink;
	log_sink_attach(place->sink, place->loop);
}

static int setup(void **state)
{
	struct place *place = mem_zalloc(1, sizeof(*place));
	struct error error;
	int fds[2];

	assert_int_equal(loop_new(&place->loop, &error), 0);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	place->reader = fds[0];
	place->writer = fds[1];
	place->log = (struct log){.level = LOG_LEVEL_INFO,
				  .format = LOG_FORMAT_JOURNAL,
				  .clock = &clock_system,
				  .write = log_sink_line,
				  .entry = log_sink_entry,
				  .dropped = log_sink_dropped};
	snprintf(place->folder, sizeof(place->folder), "/tmp/numberd-log.XXXXXX");
	assert_non_null(mkdtemp(place->folder));
	snprintf(place->path, sizeof(place->path), "%s/place", place->folder);
	*state = place;
	return 0;
}

static int teardown(void **state)
{
	struct place *place = *state;

	log_sink_free(place->sink);
	loop_free(place->loop);
	if (place->reader >= 0)
		close(place->reader);
	if (place->writer >= 0)
		close(place->writer);
	unlink(place->path);
	assert_int_equal(rmdir(place->folder), 0);
	mem_free(place);
	return 0;
}

static void write_line(struct place *place)
{
	log_sink_line(place->sink, LINE, strlen(LINE));
}

static bool has_events(const struct place *place)
{
	struct pollfd ready = {.fd = loop_fd(place->loop), .events = POLLIN};

	return poll(&ready, 1, 0) > 0;
}

/* Reads and lets the loop run, until there is nothing on either side. */
static void read_all(struct place *place, struct buf *text)
{
	struct pollfd ready = {.fd = place->reader, .events = POLLIN};
	char bytes[65536];

	while (poll(&ready, 1, 0) > 0 || has_events(place)) {
		ssize_t length = poll(&ready, 1, 0) > 0 && (ready.revents & POLLIN)
					 ? read(place->reader, bytes, sizeof(bytes))
					 : 0;

		buf_add(text, bytes, (size_t)length);
		loop_dispatch(place->loop, 0);
		if (length == 0 && !has_events(place))
			break;
	}
}

static uint64_t fill(struct place *place)
{
	uint64_t count = 0;

	for (; log_sink_dropped(place->sink) < 5; count++)
		write_line(place);
	return count;
}

/* Whole lines, then how many are missing, then what is new, in this order. */
static void assert_gap(const struct buf *text, uint64_t written, const char *end)
{
	const char *at = buf_text(text);
	char said[64];
	uint64_t whole = 0;

	for (; strncmp(at, LINE, strlen(LINE)) == 0; at += strlen(LINE))
		whole++;
	snprintf(said, sizeof(said), SAID "%llu\n", (unsigned long long)(written - whole));
	assert_true(written - whole >= 5);
	if (strncmp(at, said, strlen(said)) != 0)
		fail_msg("'%.100s' is not '%s'", at, said);
	assert_string_equal(at + strlen(said), end);
}

static void test_a_pipe_that_nobody_reads_makes_nobody_wait(void **state)
{
	struct place *place = *state;
	struct buf text = {0};
	uint64_t written;

	open_sink(place, place->writer, NULL);
	written = fill(place);
	assert_true(written * strlen(LINE) > LIMIT_LOG_BYTES / 4 * 3);
	assert_true(written * strlen(LINE) < LIMIT_LOG_BYTES + 128UL * 1024);
	assert_false(has_events(place)); /* it does not spin either */
	read_all(place, &text);
	write_line(place);
	read_all(place, &text);
	assert_gap(&text, written, LINE);
	assert_int_equal(log_dropped(&place->log), 5);
	assert_false(has_events(place));
	buf_finish(&text);
}

static void test_it_is_said_where_the_lines_are_missing(void **state)
{
	struct place *place = *state;
	struct buf text = {0};
	char bytes[4096];
	uint64_t written;

	open_sink(place, place->writer, NULL);
	written = fill(place);
	/* A little room: a line would fit, and must not stand before what was dropped. */
	assert_int_equal(read(place->reader, bytes, sizeof(bytes)), sizeof(bytes));
	buf_add(&text, bytes, sizeof(bytes));
	loop_dispatch(place->loop, 0);
	write_line(place);
	read_all(place, &text);
	assert_gap(&text, written + 1, "");
	buf_finish(&text);
}

static void test_the_descriptor_of_others_stays_as_it_is(void **state)
{
	struct place *place = *state;

	open_sink(place, place->writer, NULL);
	write_line(place);
	assert_int_equal(fcntl(place->writer, F_GETFL) & O_NONBLOCK, 0);
}

/* A pipe of another user can't be opened again. */
static void test_a_pipe_that_can_not_be_opened_again(void **state)
{
	struct place *place = *state;
	struct buf text = {0};
	uint64_t written;

	if (geteuid() == 0) {
		/* Root may: a pipe with a name and no reader is refused to everybody. */
		close(place->reader);
		close(place->writer);
		assert_int_equal(mkfifo(place->path, 0600), 0);
		place->reader = open(place->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		place->writer = open(place->path, O_WRONLY | O_CLOEXEC);
		close(place->reader);
		open_sink(place, place->writer, NULL);
		place->reader = open(place->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	} else {
		assert_int_equal(fchmod(place->writer, 0), 0);
		open_sink(place, place->writer, NULL);
	}
	written = fill(place);
	read_all(place, &text);
	assert_gap(&text, written, "");
	buf_finish(&text);
}

static void test_a_socket_that_nobody_reads(void **state)
{
	struct place *place = *state;
	struct buf text = {0};
	uint64_t written;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	dup3(fds[0], place->reader, O_CLOEXEC);
	dup3(fds[1], place->writer, O_CLOEXEC);
	close(fds[0]);
	close(fds[1]);
	open_sink(place, place->writer, NULL);
	written = fill(place);
	assert_false(has_events(place));
	read_all(place, &text);
	assert_gap(&text, written, "");
	buf_finish(&text);
}

static void test_a_reader_that_has_gone_and_comes_back(void **state)
{
	struct place *place = *state;
	struct buf text = {0};
	const char *said;

	close(place->reader);
	close(place->writer);
	assert_int_equal(mkfifo(place->path, 0600), 0);
	place->reader = open(place->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	place->writer = open(place->path, O_WRONLY | O_CLOEXEC);
	open_sink(place, place->writer, NULL);
	fill(place);
	close(place->reader); /* while lines stand in line */
	loop_dispatch(place->loop, 0);
	assert_false(has_events(place));
	write_line(place);
	assert_false(has_events(place));
	place->reader = open(place->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	write_line(place);
	read_all(place, &text);
	/* What was in the pipe still is. */
	said = strstr(buf_text(&text), SAID);
	assert_non_null(said);
	assert_int_equal((size_t)(said - buf_text(&text)) % strlen(LINE), 0);
	assert_true(log_dropped(&place->log) > LIMIT_LOG_BYTES / (2 * strlen(LINE)));
	assert_int_equal(strtoull(said + strlen(SAID), NULL, 10), log_dropped(&place->log));
	assert_string_equal(strchr(said, '\n') + 1, LINE);
	buf_finish(&text);
}

static void test_a_descriptor_that_is_closed(void **state)
{
	struct place *place = *state;

	close(place->writer);
	open_sink(place, place->writer, NULL);
	place->writer = -1;
	for (int i = 0; i < 3; i++)
		write_line(place);
	assert_int_equal(log_dropped(&place->log), 3);
	assert_false(has_events(place));
}

static void test_a_file(void **state)
{
	struct place *place = *state;
	struct buf text = {0};
	int fd = open(place->path, O_CREAT | O_RDWR | O_APPEND | O_CLOEXEC, 0600);
	char bytes[512];

	open_sink(place, fd, NULL);
	assert_int_equal(write(fd, "before\n", 7), 7);
	write_line(place);
	buf_add(&text, bytes, (size_t)pread(fd, bytes, sizeof(bytes), 0));
	assert_string_equal(buf_text(&text), "before\n" LINE);
	buf_finish(&text);
	close(fd);
}

static void test_the_end_writes_what_can_be_written(void **state)
{
	struct place *place = *state;
	struct pollfd ready = {.fd = place->reader, .events = POLLIN};
	struct buf text = {0};
	uint64_t written;
	char bytes[65536];

	open_sink(place, place->writer, NULL);
	written = fill(place);
	/* The loop does not run, so the pipe alone is emptied. */
	while (poll(&ready, 1, 0) > 0) {
		buf_add(&text, bytes, (size_t)read(place->reader, bytes, sizeof(bytes)));
	}
	assert_true(text.length < written * strlen(LINE));
	log_sink_free(place->sink);
	place->sink = NULL;
	assert_true(read(place->reader, bytes, sizeof(bytes)) > 0);
	buf_finish(&text);
}

/* journald, as far as a sender sees it. */
static int open_journal(struct place *place)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	snprintf(name.sun_path, sizeof(name.sun_path), "%s", place->path);
	unlink(place->path);
	assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	return fd;
}

/* The next entry, out of its file where it came as one; false: there is none. */
static bool next_entry(int fd, struct buf *entry)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {0};
	static char bytes[1024 * 1024];
	struct iovec part = {.iov_base = bytes, .iov_len = sizeof(bytes)};
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	ssize_t length = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	int file;

	buf_clear(entry);
	if (length < 0)
		return false;
	if (message.msg_controllen) {
		memcpy(&file, CMSG_DATA(&control.header), sizeof(file));
		assert_int_equal(fcntl(file, F_GET_SEALS),
				 F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
		length = pread(file, bytes, sizeof(bytes), 0);
		assert_true(length > 0);
		close(file);
	}
	buf_add(entry, bytes, (size_t)length);
	return true;
}

static void test_the_journal_gets_entries(void **state)
{
	struct place *place = *state;
	struct buf entry = {0}, large = {0}, text = {0};
	int journal = open_journal(place);

	open_sink(place, place->writer, place->path);
	log_event(&place->log, LOG_LEVEL_NOTICE, "repaired", "put back", {"number", "+14155550100"},
		  {"field", "voice_url"});
	assert_true(next_entry(journal, &entry));
	assert_string_equal(buf_text(&entry),
			    "MESSAGE=put back event=repaired number=+14155550100 field=voice_url\n"
			    "PRIORITY=5\nSYSLOG_IDENTIFIER=numberd\nNUMBERD_EVENT=repaired\n"
			    "NUMBERD_NUMBER=+14155550100\nNUMBERD_FIELD=voice_url\n");
	buf_add_repeat(&large, 'x', 300000);
	log_event(&place->log, LOG_LEVEL_NOTICE, "large", buf_text(&large));
	assert_true(next_entry(journal, &entry));
	assert_true(entry.length > large.length);
	assert_non_null(strstr(buf_text(&entry), "\nNUMBERD_EVENT=large\n"));
	assert_false(next_entry(journal, &entry));
	read_all(place, &text);
	assert_int_equal(text.length, 0); /* not twice */
	close(journal);
	buf_finish(&entry);
	buf_finish(&large);
	buf_finish(&text);
}

static void test_a_journal_that_is_not_there(void **state)
{
	struct place *place = *state;
	struct buf text = {0};

	open_sink(place, place->writer, place->path);
	log_event(&place->log, LOG_LEVEL_ERROR, "a", "text", {"b", "c"});
	read_all(place, &text);
	assert_string_equal(buf_text(&text), "<3>text event=a b=c\n");
	buf_finish(&text);
}

static void test_a_journal_that_is_started_anew(void **state)
{
	struct place *place = *state;
	struct buf entry = {0}, text = {0};
	int journal = open_journal(place);

	open_sink(place, place->writer, place->path);
	log_event(&place->log, LOG_LEVEL_INFO, "a", "one");
	assert_true(next_entry(journal, &entry));
	close(journal);
	log_event(&place->log, LOG_LEVEL_INFO, "b", "two");
	read_all(place, &text);
	assert_string_equal(buf_text(&text), "<6>two event=b\n");
	journal = open_journal(place);
	log_event(&place->log, LOG_LEVEL_INFO, "c", "three");
	assert_true(next_entry(journal, &entry));
	assert_non_null(strstr(buf_text(&entry), "MESSAGE=three event=c\n"));
	assert_int_equal(log_dropped(&place->log), 0);
	close(journal);
	buf_finish(&entry);
	buf_finish(&text);
}

/* It stands still, so its socket is full; then it reads. */
static void test_a_journal_that_takes_nothing(void **state)
{
	struct place *place = *state;
	struct buf entry = {0};
	int journal = open_journal(place);
	uint64_t written = 0, read = 0, missing = 0;

	open_sink(place, place->writer, place->path);
	for (; log_dropped(&place->log) < 5; written++)
		log_event(&place->log, LOG_LEVEL_INFO, "a", "a text");
	assert_false(has_events(place));
	while (next_entry(journal, &entry) || has_events(place)) {
		const char *count = strstr(buf_text(&entry), "\nNUMBERD_LINES=");

		if (count)
			missing = strtoull(count + strlen("\nNUMBERD_LINES="), NULL, 10);
		else if (entry.length)
			read++;
		loop_dispatch(place->loop, 0);
	}
	assert_int_equal(missing, 5);
	assert_int_equal(read + missing, written);
	close(journal);
	buf_finish(&entry);
}

static void test_what_the_journal_is(void **state)
{
	struct place *place = *state;
	struct stat info;
	char stream[64];

	assert_int_equal(fstat(place->writer, &info), 0);
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)info.st_dev,
		 (unsigned long long)info.st_ino);
	unsetenv("JOURNAL_STREAM");
	assert_false(journald_has(place->writer));
	setenv("JOURNAL_STREAM", stream, 1);
	assert_true(journald_has(place->writer));
	/* Inherited from a service, with standard error led elsewhere. */
	setenv("JOURNAL_STREAM", "1:2", 1);
	assert_false(journald_has(place->writer));
	setenv("JOURNAL_STREAM", "rubbish", 1);
	assert_false(journald_has(place->writer));
	unsetenv("JOURNAL_STREAM");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_pipe_that_nobody_reads_makes_nobody_wait),
		TEST(test_it_is_said_where_the_lines_are_missing),
		TEST(test_the_descriptor_of_others_stays_as_it_is),
		TEST(test_a_pipe_that_can_not_be_opened_again),
		TEST(test_a_socket_that_nobody_reads),
		TEST(test_a_reader_that_has_gone_and_comes_back),
		TEST(test_a_descriptor_that_is_closed),
		TEST(test_a_file),
		TEST(test_the_end_writes_what_can_be_written),
		TEST(test_the_journal_gets_entries),
		TEST(test_a_journal_that_is_not_there),
		TEST(test_a_journal_that_is_started_anew),
		TEST(test_a_journal_that_takes_nothing),
		TEST(test_what_the_journal_is),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
