#include "front.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <microhttpd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

#define BODY_CEILING (256UL * 1024 * 1024) /* 100,000 numbers as JSON to load */

enum stage { STAGE_READ, STAGE_ANSWERED, STAGE_SENDING };

/* One request and its answer. */
struct exchange {
	struct front *front;
	struct MHD_Connection *connection;
	int fd;
	char *target;
	struct buf body;
	struct twilio_response response;
	bool has_headers;
	enum stage stage;
	int64_t due;  /* monotonic; while it waits */
	bool waiting; /* its connection is suspended */
	bool gone;    /* the client hung up while it waited */
};

struct front {
	struct twilio *twilio;
	struct MHD_Daemon *daemon;
	uint16_t port;
	uint64_t connections;
	struct exchange **waiting;
	size_t waiting_count;
	size_t waiting_capacity;
	struct pollfd *polls;
	size_t poll_capacity;
};

static int64_t read_clock(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void wait_until(struct exchange *exchange, int64_t due)
{
	struct front *front = exchange->front;

	exchange->due = due;
	exchange->waiting = true;
	MHD_suspend_connection(exchange->connection);
	mem_grow(front->waiting, front->waiting_count, front->waiting_capacity);
	front->waiting[front->waiting_count++] = exchange;
}

static void resume(struct front *front, size_t i)
{
	struct exchange *exchange = front->waiting[i];

	front->waiting[i] = front->waiting[--front->waiting_count];
	exchange->waiting = false;
	MHD_resume_connection(exchange->connection);
}

static void *begin_exchange(void *context, const char *uri, struct MHD_Connection *connection)
{
	struct exchange *exchange = mem_zalloc(1, sizeof(*exchange));

	exchange->front = context;
	exchange->connection = connection;
	exchange->fd =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	exchange->target = mem_strdup(uri);
	buf_init(&exchange->body, BODY_CEILING);
	return exchange;
}

static void end_exchange(void *context, struct MHD_Connection *connection, void **slot,
			 enum MHD_RequestTerminationCode code)
{
	struct exchange *exchange = *slot;
	struct front *front = context;

	(void)connection;
	(void)code;
	if (!exchange)
		return;
	if (exchange->response.id)
		twilio_finish(front->twilio, exchange->response.id, read_clock(CLOCK_REALTIME));
	mem_free(exchange->target);
	buf_finish(&exchange->body);
	twilio_response_finish(&exchange->response);
	mem_free(exchange);
	*slot = NULL;
}

static void number_connection(void *context, struct MHD_Connection *connection, void **slot,
			      enum MHD_ConnectionNotificationCode code)
{
	struct front *front = context;

	(void)connection;
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		*slot = (void *)(uintptr_t)++front->connections;
}

/* Bytes of an answer that drips or breaks off. */
static ssize_t read_body(void *context, uint64_t position, char *bytes, size_t max)
{
	struct exchange *exchange = context;
	const struct twilio_response *response = &exchange->response;
	size_t end;
	int64_t now = read_clock(CLOCK_MONOTONIC);

	if (exchange->gone)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (response->effect == TWILIO_CUT) {
		end = (size_t)response->effect_value;
		if (position >= end)
			return MHD_CONTENT_READER_END_WITH_ERROR;
	} else {
		if (exchange->due > now) {
			wait_until(exchange, exchange->due);
			return 0;
		}
		exchange->due = now + response->effect_value;
		end = position + 1;
	}
	if (max > end - position)
		max = end - position;
	memcpy(bytes, response->body.bytes + position, max);
	return (ssize_t)max;
}

static struct MHD_Response *make_response(struct exchange *exchange)
{
	struct twilio_response *answer = &exchange->response;
	struct MHD_Response *response;
	size_t length = answer->body.length;

	if (answer->effect == TWILIO_DRIP || answer->effect == TWILIO_CUT)
		response =
			MHD_create_response_from_callback(length, 65536, read_body, exchange, NULL);
	else
		response = MHD_create_response_from_buffer(length, buf_take(&answer->body),
							   MHD_RESPMEM_MUST_FREE);
	for (size_t i = 0; i < answer->header_count; i++)
		MHD_add_response_header(response, answer->headers[i].name,
					answer->headers[i].value);
	return response;
}

/* connect() to nowhere takes a connection down with a reset, whatever is still to be sent. */
static enum MHD_Result reset_connection(const struct exchange *exchange)
{
	struct sockaddr nowhere = {.sa_family = AF_UNSPEC};

	(void)connect(exchange->fd, &nowhere, sizeof(nowhere));
	return MHD_NO;
}

static enum MHD_Result send_answer(struct exchange *exchange)
{
	struct MHD_Response *response;
	enum MHD_Result result;

	if (exchange->gone)
		return MHD_NO;
	if (exchange->response.effect == TWILIO_RESET)
		return reset_connection(exchange);
	if (exchange->response.effect == TWILIO_HANG) {
		int64_t limit = exchange->response.effect_value;

		if (exchange->stage == STAGE_SENDING)
			return MHD_NO;
		exchange->stage = STAGE_SENDING;
		wait_until(exchange, limit ? read_clock(CLOCK_MONOTONIC) + limit : NEVER);
		return MHD_YES;
	}
	exchange->due = 0;
	response = make_response(exchange);
	result = MHD_queue_response(exchange->connection, (unsigned int)exchange->response.status,
				    response);
	MHD_destroy_response(response);
	return result;
}

static void control(struct exchange *exchange, const char *method)
{
	struct twilio_response *response = &exchange->response;

	response->status = twilio_control(exchange->front->twilio, method, exchange->target,
					  buf_text(&exchange->body), exchange->body.length,
					  read_clock(CLOCK_REALTIME), &response->body);
	buf_add_char(&response->body, '\n');
	response->headers[0] = (struct twilio_header){"Content-Type", "application/json"};
	response->header_count = 1;
}

static void handle(struct exchange *exchange, const char *method)
{
	struct MHD_Connection *connection = exchange->connection;
	char *password = NULL;
	char *user = MHD_basic_auth_get_username_password(connection, &password);
	bool other =
		!user && MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Authorization");
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct twilio_request request = {
		.method = method,
		.target = exchange->target,
		.user = user ? user : (other ? "" : NULL), /* another scheme is no credential */
		.password = user && password ? password : (user || other ? "" : NULL),
		.body = exchange->body.length ? exchange->body.bytes : NULL,
		.body_length = exchange->body.length,
		.connection = (uint64_t)(uintptr_t)info->socket_context,
		.now_ms = read_clock(CLOCK_REALTIME),
	};

	twilio_handle(exchange->front->twilio, &request, &exchange->response);
	MHD_free(user);
	MHD_free(password);
}

static enum MHD_Result take(void *context, struct MHD_Connection *connection, const char *url,
			    const char *method, const char *version, const char *upload,
			    size_t *upload_length, void **slot)
{
	struct front *front = context;
	struct exchange *exchange = *slot;
	int64_t latency;

	(void)connection;
	(void)url;
	(void)version;
	/* First comes a call with the headers alone, then the body, then one without anything. */
	if (!exchange->has_headers) {
		exchange->has_headers = true;
		return MHD_YES;
	}
	if (*upload_length) {
		buf_add(&exchange->body, upload, *upload_length);
		*upload_length = 0;
		return MHD_YES;
	}
	if (exchange->stage != STAGE_READ)
		return send_answer(exchange);
	exchange->stage = STAGE_ANSWERED;
	if (text_starts(exchange->target, "/_sim/")) {
		control(exchange, method);
		return send_answer(exchange);
	}
	handle(exchange, method);
	latency = twilio_latency(front->twilio);
	if (!latency)
		return send_answer(exchange);
	wait_until(exchange, read_clock(CLOCK_MONOTONIC) + latency);
	return MHD_YES;
}

int front_new(struct twilio *twilio, uint16_t port, const struct certificate *certificate,
	      struct front **ret_front, struct error *error)
{
	struct front *front = mem_zalloc(1, sizeof(*front));
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons(port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct MHD_OptionItem tls[] = {
		{MHD_OPTION_HTTPS_MEM_KEY, 0, certificate ? certificate->key_pem : NULL},
		{MHD_OPTION_HTTPS_MEM_CERT, 0, certificate ? certificate->server_pem : NULL},
		{MHD_OPTION_END, 0, NULL},
	};
	unsigned int flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;

	front->twilio = twilio;
	front->daemon =
		MHD_start_daemon(flags | (certificate ? MHD_USE_TLS : 0), port, NULL, NULL, take,
				 front, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_URI_LOG_CALLBACK,
				 begin_exchange, front, MHD_OPTION_NOTIFY_COMPLETED, end_exchange,
				 front, MHD_OPTION_NOTIFY_CONNECTION, number_connection, front,
				 MHD_OPTION_ARRAY, certificate ? tls : &tls[2], MHD_OPTION_END);
	if (!front->daemon) {
		mem_free(front);
		return error_set(error, -EADDRINUSE, "can't listen on 127.0.0.1:%u", port);
	}
	front->port = MHD_get_daemon_info(front->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
	*ret_front = front;
	return 0;
}

void front_free(struct front *front)
{
	if (!front)
		return;
	while (front->waiting_count)
		resume(front, 0);
	MHD_run(front->daemon);
	MHD_stop_daemon(front->daemon);
	mem_free(front->waiting);
	mem_free(front->polls);
	mem_free(front);
}

uint16_t front_port(const struct front *front)
{
	return front->port;
}

static int poll_timeout(const struct front *front)
{
	MHD_UNSIGNED_LONG_LONG wanted;
	int64_t now = read_clock(CLOCK_MONOTONIC);
	int64_t timeout = 60000;

	if (MHD_get_timeout(front->daemon, &wanted) == MHD_YES && (int64_t)wanted < timeout)
		timeout = (int64_t)wanted;
	for (size_t i = 0; i < front->waiting_count; i++) {
		int64_t due = front->waiting[i]->due;

		if (due - now < timeout)
			timeout = due > now ? due - now : 0;
	}
	return (int)timeout;
}

/* Resumes what is due, and what nobody waits for any more. polls[2 + i] belongs to waiting[i]. */
static void wake(struct front *front)
{
	int64_t now = read_clock(CLOCK_MONOTONIC);

	for (size_t i = front->waiting_count; i > 0; i--) {
		struct exchange *exchange = front->waiting[i - 1];

		if (front->polls[i + 1].revents)
			exchange->gone = true;
		if (exchange->gone || exchange->due <= now)
			resume(front, i - 1);
	}
}

void front_run(struct front *front, int stop_fd)
{
	int epoll = MHD_get_daemon_info(front->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;

	for (;;) {
		size_t count = front->waiting_count + 2;

		if (count > front->poll_capacity) {
			front->poll_capacity = count * 2;
			front->polls = mem_resize(front->polls, front->poll_capacity,
						  sizeof(*front->polls));
		}
		front->polls[0] = (struct pollfd){.fd = stop_fd, .events = POLLIN};
		front->polls[1] = (struct pollfd){.fd = epoll, .events = POLLIN};
		for (size_t i = 0; i < front->waiting_count; i++)
			front->polls[i + 2] =
				(struct pollfd){.fd = front->waiting[i]->fd, .events = POLLRDHUP};
		if (poll(front->polls, count, poll_timeout(front)) < 0 && errno != EINTR)
			return;
		if (front->polls[0].revents)
			return;
		wake(front);
		MHD_run(front->daemon);
	}
}
