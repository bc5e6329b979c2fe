/* What the HTTP client does when the other side is broken, hostile or silent. */
#include "test.h"

#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "http_fixture.h"
#include "sys/os/clock_system.h"
#include "wire_server.h"

static void serve_cut(struct wire_connection *connection)
{
	if (wire_read_request(connection))
		wire_send_text(connection, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":");
}

static void serve_endless_headers(struct wire_connection *connection)
{
	char line[1024];

	if (!wire_read_request(connection))
		return;
	memset(line, 'x', sizeof(line));
	memcpy(line, "X-Junk: ", 8);
	memcpy(line + sizeof(line) - 2, "\r\n", 2);
	wire_send_text(connection, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 200; i++)
		wire_send(connection, line, sizeof(line));
	wire_wait_closed(connection);
}

static void serve_endless_body(struct wire_connection *connection)
{
	static const char block[65536];

	if (!wire_read_request(connection))
		return;
	wire_send_text(connection, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
	for (int i = 0; i < 200; i++)
		wire_send(connection, block, sizeof(block));
}

/* Bits of a deflate stream, as RFC 1951 packs them. */
struct bits {
	unsigned char bytes[256 * 1024];
	size_t count;
};

static void add_bit(struct bits *bits, int bit)
{
	bits->bytes[bits->count / 8] |= (unsigned char)(bit << bits->count % 8);
	bits->count++;
}

/* A Huffman code: its highest bit first. */
static void add_code(struct bits *bits, unsigned code, int length)
{
	while (length--)
		add_bit(bits, code >> length & 1);
}

/* 25 MB of zeros in 160 kB: one zero, then "258 more of what was one byte before", 100,000 times.
 */
static void serve_gzip_bomb(struct wire_connection *connection)
{
	static const unsigned char head[10] = {0x1f, 0x8b, 8, [9] = 3};
	static struct bits bits;

	if (!wire_read_request(connection))
		return;
	bits = (struct bits){0};
	add_code(&bits, 2, 3);    /* not the last block; fixed codes */
	add_code(&bits, 0x30, 8); /* the byte 0 */
	for (int i = 0; i < 100000; i++) {
		add_code(&bits, 0xc5, 8); /* length 258 */
		add_code(&bits, 0, 5);    /* distance 1 */
	}
	wire_send_text(connection, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
				   "Connection: close\r\n\r\n");
	wire_send(connection, head, sizeof(head));
	wire_send(connection, bits.bytes, bits.count / 8);
	wire_wait_closed(connection);
}

static void serve_nothing(struct wire_connection *connection)
{
	if (wire_read_request(connection))
		wire_wait_closed(connection);
}

/* A byte a while: slower than the time-out, without ever being silent. */
static void serve_drip(struct wire_connection *connection)
{
	if (!wire_read_request(connection))
		return;
	wire_send_text(connection, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
	for (int i = 0; i < 100; i++) {
		wire_send_text(connection, " ");
		usleep(20000);
	}
}

static struct fixture_heard ask_handler(wire_handler *handler, int64_t request_ms)
{
	struct wire_server *server = wire_server_new(handler, NULL);
	struct fixture_heard heard;

	fixture_open_with((struct http_client_options){.base_url = wire_server_url(server),
						       .request_ms = request_ms});
	heard = fixture_request(HTTP_POST);
	fixture_close(NULL);
	wire_server_free(server);
	return heard;
}

static void test_answers_that_are_not_whole(void **state)
{
	static const struct {
		wire_handler *handler;
		const char *text;
	} cases[] = {
		{serve_cut, "no whole answer from 127.0.0.1"},
		{serve_endless_headers, "headers are larger"},
		{serve_endless_body, "body is larger"},
		{serve_gzip_bomb, "body is larger"},
		{serve_nothing, "timed out"},
		{serve_drip, "timed out"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct fixture_heard heard = ask_handler(cases[i].handler, 500);

		assert_int_equal(heard.result, HTTP_UNKNOWN);
		assert_non_null(strstr(heard.error, cases[i].text));
		assert_int_equal(heard.body_length, 0);
	}
}

/*
 * libcurl's resolver threads find this in place of the C library's. A name under .hang is looked up
 * until the test says otherwise.
 */
static pthread_mutex_t hang_lock = PTHREAD_MUTEX_INITIALIZER;

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
		struct addrinfo **result)
{
	int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) =
		(int (*)(const char *, const char *, const struct addrinfo *,
			 struct addrinfo **))dlsym(RTLD_NEXT, "getaddrinfo");

	if (name && strstr(name, ".hang")) {
		pthread_mutex_lock(&hang_lock);
		pthread_mutex_unlock(&hang_lock);
		return EAI_AGAIN;
	}
	return real(name, service, hints, result);
}

static int ticks;
static struct loop_timer ticker;

static void tick(void *context, int64_t now)
{
	(void)context;
	ticks++;
	loop_timer_set(fixture_loop, &ticker, now + 10);
}

static void test_a_name_server_that_hangs_stops_nothing(void **state)
{
	struct fixture_heard heard, given_up;
	int64_t begin, end;

	(void)state;
	pthread_mutex_lock(&hang_lock);
	fixture_open_with((struct http_client_options){
		.base_url = "https://api.hang", .request_ms = 400, .connect_ms = 400});
	ticker = (struct loop_timer){.due = tick};
	ticks = 0;
	loop_timer_set(fixture_loop, &ticker, 0);
	fixture_start(HTTP_POST, &heard);
	fixture_wait(&heard);
	assert_int_equal(heard.result, HTTP_NOT_SENT);
	assert_non_null(strstr(heard.error, "api.hang"));
	assert_in_range(ticks, 10, 100);
	fixture_start(HTTP_POST, &given_up);
	fixture_turn();
	begin = clock_monotonic(&clock_system);
	fixture_close(NULL);
	end = clock_monotonic(&clock_system);
	assert_in_range(end - begin, 0, 300);
	pthread_mutex_unlock(&hang_lock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_answers_that_are_not_whole, fixture_close),
		cmocka_unit_test_teardown(test_a_name_server_that_hangs_stops_nothing,
					  fixture_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
