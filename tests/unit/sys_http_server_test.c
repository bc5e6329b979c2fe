/* The daemon's HTTP server on real sockets, with a clock of the test's own. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "support/test.h"
#include "sys/http/http_server.h"
#include "sys/http/listen.h"

struct place {
	struct loop *loop;
	struct http_server *server;
	char folder[48];
	char path[64];
	int64_t now;
	unsigned handled;
	size_t size; /* of the next answers; 0: what was asked */
};

static void handle(void *context, struct exchange *exchange)
{
	struct place *place = context;
	const char *value = exchange->argument(exchange, "value");

	place->handled++;
	if (place->size)
		buf_add_repeat(&exchange->body, 'x', place->size);
	else
		buf_printf(&exchange->body, "%s %s %s", exchange->method, exchange->path,
			   value ? value : "(none)");
}

static int setup(void **state)
{
	struct place *place = mem_zalloc(1, sizeof(*place));
	struct error error;

	place->now = 1000;
	snprintf(place->folder, sizeof(place->folder), "/tmp/numberd-http.XXXXXX");
	assert_non_null(mkdtemp(place->folder));
	snprintf(place->path, sizeof(place->path), "%s/run/socket", place->folder);
	assert_int_equal(loop_new(&place->loop, &error), 0);
	*state = place;
	return 0;
}

static int teardown(void **state)
{
	struct place *place = *state;
	char folder[64];

	http_server_free(place->server);
	loop_free(place->loop);
	snprintf(folder, sizeof(folder), "%s/run", place->folder);
	rmdir(folder);
	assert_int_equal(rmdir(place->folder), 0); /* nothing is left behind */
	mem_free(place);
	return 0;
}

static void serve(struct place *place)
{
	struct error error;

	assert_int_equal(http_server_new(place->loop, place->path, true, handle, place,
					 &place->server, &error),
			 0);
}

static uint16_t serve_tcp(struct place *place)
{
	uint16_t port;
	int result;

	/* A port that was free a moment ago may be taken by now: another one then. */
	do {
		struct sockaddr_in name = {.sin_family = AF_INET,
					   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
		socklen_t length = sizeof(name);
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		struct error error;
		char address[32];

		assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
		assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &length), 0);
		close(fd);
		port = ntohs(name.sin_port);
		snprintf(address, sizeof(address), "127.0.0.1:%u", port);
		result = http_server_new(place->loop, address, false, handle, place, &place->server,
					 &error);
	} while (result == -EADDRINUSE);
	assert_int_equal(result, 0);
	return port;
}

static int connect_to(const struct place *place, uint16_t port)
{
	struct sockaddr_in tcp = {.sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_un local = {.sun_family = AF_UNIX};
	int fd = socket(port ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int result;

	snprintf(local.sun_path, sizeof(local.sun_path), "%s", place->path);
	result = port ? connect(fd, (struct sockaddr *)&tcp, sizeof(tcp))
		      : connect(fd, (struct sockaddr *)&local, sizeof(local));
	assert_int_equal(result, 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

static void turn(struct place *place)
{
	struct pollfd ready = {.fd = loop_fd(place->loop), .events = POLLIN};
	int timeout = loop_timeout(place->loop, place->now);

	poll(&ready, 1, timeout < 5 ? timeout : 5);
	loop_dispatch(place->loop, place->now);
}

/* Turns until the server has closed the connection; what it said before is in `answer`. */
static void read_to_end(struct place *place, int fd, struct buf *answer)
{
	char bytes[4096];

	for (;;) {
		ssize_t length = read(fd, bytes, sizeof(bytes));

		if (length > 0)
			buf_add(answer, bytes, (size_t)length);
		else if (length == 0 || errno != EAGAIN)
			break;
		else
			turn(place);
	}
	close(fd);
}

static void write_all(struct place *place, int fd, const char *text, size_t length)
{
	while (length) {
		ssize_t written = send(fd, text, length, MSG_NOSIGNAL);

		if (written > 0) {
			text += written;
			length -= (size_t)written;
		} else if (errno == EAGAIN) {
			turn(place);
		} else {
			return; /* closed by the server */
		}
	}
}

static void ask(struct place *place, uint16_t port, const char *request, struct buf *answer)
{
	int fd = connect_to(place, port);

	buf_clear(answer);
	write_all(place, fd, request, strlen(request));
	read_to_end(place, fd, answer);
}

static void assert_answer(const struct buf *answer, const char *begin, const char *end)
{
	const char *text = buf_text(answer);

	if (!text_starts(text, begin) || !strstr(text, end))
		fail_msg("'%s' is not '%s' ... '%s'", text, begin, end);
}

static void test_a_request_is_answered_and_the_connection_closed(void **state)
{
	struct place *place = *state;
	struct buf answer = {0};

	serve(place);
	ask(place, 0, "GET /some/path?value=a%20b HTTP/1.1\r\nHost: x\r\n\r\n", &answer);
	assert_answer(&answer, "HTTP/1.1 200 ", "\r\n\r\nGET /some/path a b");
	assert_answer(&answer, "HTTP/1.1 ", "Connection: close\r\n");
	ask(place, 0, "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody", &answer);
	assert_answer(&answer, "HTTP/1.1 200 ", "POST /x (none)");
	buf_finish(&answer);
}

static void test_the_socket_file_is_for_the_group_and_goes_at_the_end(void **state)
{
	struct place *place = *state;
	struct stat info;

	serve(place);
	assert_int_equal(lstat(place->path, &info), 0);
	assert_true(S_ISSOCK(info.st_mode));
	assert_int_equal(info.st_mode & 07777, 0660);
	http_server_free(place->server);
	place->server = NULL;
	assert_int_equal(lstat(place->path, &info), -1);
}

static void make_socket_file(const struct place *place, bool listening, int *ret_fd)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	char folder[64];

	snprintf(folder, sizeof(folder), "%s/run", place->folder);
	assert_int_equal(mkdir(folder, 0700), 0);
	snprintf(name.sun_path, sizeof(name.sun_path), "%s", place->path);
	*ret_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(*ret_fd, (struct sockaddr *)&name, sizeof(name)), 0);
	if (listening)
		assert_int_equal(listen(*ret_fd, 1), 0);
}

static void test_a_socket_that_nobody_answers_on_is_replaced(void **state)
{
	struct place *place = *state;
	struct buf answer = {0};
	int fd;

	make_socket_file(place, false, &fd);
	close(fd);
	serve(place);
	ask(place, 0, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", &answer);
	assert_answer(&answer, "HTTP/1.1 200 ", "GET /");
	buf_finish(&answer);
}

static void test_a_socket_that_is_answered_is_left_alone(void **state)
{
	struct place *place = *state;
	struct error error;
	struct stat info;
	int fd;

	make_socket_file(place, true, &fd);
	assert_int_equal(http_server_new(place->loop, place->path, true, handle, place,
					 &place->server, &error),
			 -EADDRINUSE);
	assert_non_null(strstr(error.text, place->path));
	assert_int_equal(lstat(place->path, &info), 0);
	close(fd);
	assert_int_equal(unlink(place->path), 0);
}

static void test_what_is_no_socket_is_never_removed(void **state)
{
	struct place *place = *state;
	struct error error;
	struct stat info;
	int fd;

	snprintf(place->path, sizeof(place->path), "%s/file", place->folder);
	fd = open(place->path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(http_server_new(place->loop, place->path, true, handle, place,
					 &place->server, &error),
			 -EEXIST);
	assert_int_equal(lstat(place->path, &info), 0);
	assert_true(S_ISREG(info.st_mode));
	assert_int_equal(unlink(place->path), 0);
}

static void test_a_socket_of_another_at_the_same_place_stays(void **state)
{
	struct place *place = *state;
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	struct stat info;
	int fd;

	serve(place);
	assert_int_equal(unlink(place->path), 0);
	snprintf(name.sun_path, sizeof(name.sun_path), "%s", place->path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	http_server_free(place->server);
	place->server = NULL;
	assert_int_equal(lstat(place->path, &info), 0);
	close(fd);
	assert_int_equal(unlink(place->path), 0);
}

static void test_addresses_that_can_not_be(void **state)
{
	static const char *const bad[] = {
		"",          "9477",       ":9477", "localhost:9477", "1.2.3:x",        "[::1]",
		"127.0.0.1", "127.0.0.1:", "::1",   "1.2.3.4.5:1",    "127.0.0.1:70000"};
	struct place *place = *state;
	struct error error;
	char path[256];

	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		if (http_server_new(place->loop, bad[i], false, handle, place, &place->server,
				    &error) != -EINVAL)
			fail_msg("'%s' was taken for an address", bad[i]);
	}
	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(
		http_server_new(place->loop, path, true, handle, place, &place->server, &error),
		-ENAMETOOLONG);
}

static void test_tcp_is_read_only(void **state)
{
	struct place *place = *state;
	uint16_t port = serve_tcp(place);
	struct buf answer = {0};

	ask(place, port, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", &answer);
	assert_answer(&answer, "HTTP/1.1 200 ", "GET / (none)");
	ask(place, port, "HEAD / HTTP/1.1\r\nHost: localhost:9477\r\n\r\n", &answer);
	assert_answer(&answer, "HTTP/1.1 200 ", "\r\n\r\n");
	assert_int_equal(place->handled, 2);
	ask(place, port, "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n",
	    &answer);
	assert_answer(&answer, "HTTP/1.1 405 ", "Allow: GET, HEAD\r\n");
	ask(place, port, "DELETE / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", &answer);
	assert_answer(&answer, "HTTP/1.1 405 ", "error");
	ask(place, port, "GET / HTTP/1.1\r\nHost: evil.example.com\r\n\r\n", &answer);
	assert_answer(&answer, "HTTP/1.1 403 ", "error");
	assert_int_equal(place->handled, 2);
	buf_finish(&answer);
}

static void test_hosts_that_a_name_server_had_no_hand_in(void **state)
{
	static const char *const plain[] = {"127.0.0.1",      "127.0.0.1:9477", "10.1.2.3:80",
					    "localhost",      "LocalHost:1",    "[::1]",
					    "[fe80::1]:9477", "0.0.0.0:9477"};
	static const char *const others[] = {"",
					     "example.com",
					     "localhost.example.com",
					     "127.0.0.1.example.com",
					     "127.0.0.1@example.com",
					     "[::1].example.com",
					     "[::1",
					     "[]",
					     "::1",
					     "evil:127.0.0.1"};

	(void)state;
	assert_false(listen_is_plain_host(NULL));
	for (size_t i = 0; i < ARRAY_LENGTH(plain); i++) {
		if (!listen_is_plain_host(plain[i]))
			fail_msg("'%s' was refused", plain[i]);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(others); i++) {
		if (listen_is_plain_host(others[i]))
			fail_msg("'%s' was taken", others[i]);
	}
}

static void test_a_large_answer_comes_whole(void **state)
{
	struct place *place = *state;
	struct buf answer = {0};

	serve(place);
	place->size = 20UL * 1024 * 1024;
	ask(place, 0, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", &answer);
	assert_true(answer.length > place->size);
	buf_finish(&answer);
}

static void test_large_requests_are_refused(void **state)
{
	struct place *place = *state;
	struct buf request = {0}, answer = {0};

	serve(place);
	ask(place, 0, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n", &answer);
	assert_answer(&answer, "HTTP/1.1 413 ", "error");
	ask(place, 0, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
	    &answer);
	assert_answer(&answer, "HTTP/1.1 413 ", "");
	buf_add_text(&request, "GET / HTTP/1.1\r\nHost: x\r\nX-Long: ");
	buf_add_repeat(&request, 'a', (size_t)LIMIT_SERVED_HEAD_BYTES * 2);
	buf_add_text(&request, "\r\n\r\n");
	ask(place, 0, buf_text(&request), &answer);
	assert_false(text_starts(buf_text(&answer), "HTTP/1.1 2"));
	assert_int_equal(place->handled, 0);
	buf_finish(&request);
	buf_finish(&answer);
}

/* Silent, or dripping, or without an end: when its time is over it goes, and others came through.
 */
static void test_a_slow_client_is_dropped_in_time(void **state)
{
	static const char *const slow[] = {
		"",
		"GET / HTT",
		"GET / HTTP/1.1\r\nX-Long: aaa",
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nnot all",
	};
	struct place *place = *state;
	struct buf answer = {0};

	serve(place);
	for (size_t i = 0; i < ARRAY_LENGTH(slow); i++) {
		int64_t end = place->now + LIMIT_SERVED_MS;
		int fd = connect_to(place, 0);

		write_all(place, fd, slow[i], strlen(slow[i]));
		for (; place->now < end; place->now += LIMIT_SERVED_MS / 4) {
			ask(place, 0, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", &answer);
			assert_answer(&answer, "HTTP/1.1 200 ", "GET /");
			write_all(place, fd, "a", slow[i][0] != '\0');
		}
		buf_clear(&answer);
		read_to_end(place, fd, &answer); /* or the test hangs */
	}
	buf_finish(&answer);
}

static void test_more_clients_than_there_is_room_for(void **state)
{
	struct place *place = *state;
	int fds[LIMIT_SERVED_CONNECTIONS + 8];
	struct buf answer = {0};
	int fd;

	serve(place);
	for (size_t i = 0; i < ARRAY_LENGTH(fds); i++) {
		fds[i] = connect_to(place, 0);
		turn(place);
	}
	/* One more waits in line until the others have had their time. */
	fd = connect_to(place, 0);
	write_all(place, fd, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 28);
	turn(place);
	for (int round = 0; round < 4 && !place->handled; round++) {
		place->now += LIMIT_SERVED_MS;
		for (int i = 0; i < 20 && !place->handled; i++)
			turn(place);
	}
	read_to_end(place, fd, &answer);
	assert_answer(&answer, "HTTP/1.1 200 ", "GET /");
	for (size_t i = 0; i < ARRAY_LENGTH(fds); i++)
		close(fds[i]);
	buf_finish(&answer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_request_is_answered_and_the_connection_closed),
		TEST(test_the_socket_file_is_for_the_group_and_goes_at_the_end),
		TEST(test_a_socket_that_nobody_answers_on_is_replaced),
		TEST(test_a_socket_that_is_answered_is_left_alone),
		TEST(test_what_is_no_socket_is_never_removed),
		TEST(test_a_socket_of_another_at_the_same_place_stays),
		TEST(test_addresses_that_can_not_be),
		TEST(test_tcp_is_read_only),
		TEST(test_hosts_that_a_name_server_had_no_hand_in),
		TEST(test_a_large_answer_comes_whole),
		TEST(test_large_requests_are_refused),
		TEST(test_a_slow_client_is_dropped_in_time),
		TEST(test_more_clients_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
