#include "sys/http/http_server.h"

#include <errno.h>
#include <microhttpd.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "sys/http/listen.h"

/* A client, from accept() to close(). */
struct client {
	struct client *next, *previous;
	int64_t ends_at; /* monotonic */
	int fd;
};

struct http_server {
	struct loop *loop;
	char *address;
	bool local;
	exchange_handler *handler;
	void *context;
	struct MHD_Daemon *daemon;
	struct loop_source source;
	struct loop_timer timer;
	struct stat file; /* the socket's, where it is local */
	struct client *clients;
	bool has_room; /* a client has gone since libmicrohttpd ran */
	int64_t now;   /* of the turn */
};

/* libmicrohttpd drops a client that is silent, but would keep for ever one that drips a byte now
 * and then. */
static void drop_late(struct http_server *server)
{
	for (struct client *client = server->clients; client; client = client->next) {
		if (client->ends_at > server->now)
			continue;
		shutdown(client->fd, SHUT_RDWR);
		client->ends_at = NEVER;
	}
}

/* libmicrohttpd wants to run again after a while, even if nothing comes in. */
static void arm_timer(struct http_server *server)
{
	MHD_UNSIGNED_LONG_LONG wait;
	int64_t at = NEVER;

	/* Where it was full, it listens again only with the next run, and nothing else calls it. */
	if (server->has_room)
		at = server->now;
	else if (MHD_get_timeout(server->daemon, &wait) == MHD_YES)
		at = server->now + (int64_t)wait;
	for (const struct client *client = server->clients; client; client = client->next) {
		if (client->ends_at < at)
			at = client->ends_at;
	}
	loop_timer_set(server->loop, &server->timer, at);
}

static void on_ready(void *context, int64_t now)
{
	struct http_server *server = context;

	server->now = now;
	drop_late(server);
	server->has_room = false;
	MHD_run(server->daemon);
	arm_timer(server);
}

static void on_client(void *context, struct MHD_Connection *connection, void **slot,
		      enum MHD_ConnectionNotificationCode code)
{
	struct http_server *server = context;
	struct client *client = *slot;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		client = mem_zalloc(1, sizeof(*client));
		client->fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)
				     ->connect_fd;
		client->ends_at = server->now + LIMIT_SERVED_MS;
		client->next = server->clients;
		if (client->next)
			client->next->previous = client;
		server->clients = *slot = client;
		return;
	}
	server->has_room = true;
	if (client->next)
		client->next->previous = client->previous;
	if (client->previous)
		client->previous->next = client->next;
	else
		server->clients = client->next;
	mem_free(client);
	*slot = NULL;
}

static const char *find_argument(const struct exchange *exchange, const char *name)
{
	return MHD_lookup_connection_value(exchange->self, MHD_GET_ARGUMENT_KIND, name);
}

static void refuse(struct exchange *exchange, int status, const char *why)
{
	exchange->status = status;
	buf_printf(&exchange->body, "{\"error\": \"%s\"}\n", why);
}

static enum MHD_Result respond(struct MHD_Connection *connection, struct exchange *exchange)
{
	size_t length = exchange->body.length;
	struct MHD_Response *response = MHD_create_response_from_buffer(
		length, buf_take(&exchange->body), MHD_RESPMEM_MUST_FREE);
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, "Content-Type", exchange->type);
	MHD_add_response_header(response, "Cache-Control", "no-store");
	MHD_add_response_header(response, "Connection", "close");
	if (exchange->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, "Allow",
					exchange->local ? "GET, HEAD, POST" : "GET, HEAD");
	result = MHD_queue_response(connection, (unsigned)exchange->status, response);
	MHD_destroy_response(response);
	return result;
}

static bool is_reading(const char *method)
{
	return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

static bool has_large_body(struct MHD_Connection *connection)
{
	const char *text =
		MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");
	int64_t length;

	return text && !text_parse_int(text, 0, LIMIT_SERVED_BODY_BYTES, &length);
}

static void answer(struct http_server *server, struct exchange *exchange)
{
	struct MHD_Connection *connection = exchange->self;

	if (!server->local &&
	    !listen_is_plain_host(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host")))
		refuse(exchange, MHD_HTTP_FORBIDDEN, "Host must be an IP address or localhost");
	else if (!server->local && !is_reading(exchange->method))
		refuse(exchange, MHD_HTTP_METHOD_NOT_ALLOWED,
		       "only GET is answered here; commands go to the Unix socket");
	else
		server->handler(server->context, exchange);
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_size, void **state)
{
	struct http_server *server = context;
	struct exchange exchange = {
		.method = method,
		.path = url,
		.local = server->local,
		.argument = find_argument,
		.self = connection,
		.status = MHD_HTTP_OK,
		.type = "application/json",
	};
	bool first = !*state;

	(void)version;
	(void)upload;
	/* The first call is for the headers alone; a body that follows is thrown away. */
	*state = server;
	if (first && has_large_body(connection)) {
		refuse(&exchange, MHD_HTTP_CONTENT_TOO_LARGE, "the body is too large");
		return respond(connection, &exchange);
	}
	if (first || *upload_size) {
		*upload_size = 0;
		return MHD_YES;
	}
	answer(server, &exchange);
	return respond(connection, &exchange);
}

static int start(struct http_server *server, struct error *error)
{
	int fd = server->local ? listen_unix(server->address, &server->file, error)
			       : listen_tcp(server->address, error);
	const union MHD_DaemonInfo *info;

	if (fd < 0)
		return fd;
	server->daemon = MHD_start_daemon(
		MHD_USE_EPOLL, 0, NULL, NULL, on_request, server, MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_NOTIFY_CONNECTION, on_client, server, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned)LIMIT_SERVED_CONNECTIONS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)LIMIT_SERVED_HEAD_BYTES, MHD_OPTION_CONNECTION_TIMEOUT,
		(unsigned)(LIMIT_SERVED_MS / 1000), MHD_OPTION_END);
	if (!server->daemon) {
		close(fd);
		return error_set(error, -EIO, "can't serve HTTP on %s", server->address);
	}
	info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	server->source =
		(struct loop_source){.fd = info->epoll_fd, .ready = on_ready, .context = server};
	server->timer = (struct loop_timer){.due = on_ready, .context = server, .at = NEVER};
	return loop_add(server->loop, &server->source, error);
}

int http_server_new(struct loop *loop, const char *address, bool local, exchange_handler *handler,
		    void *context, struct http_server **ret_server, struct error *error)
{
	struct http_server *server = mem_zalloc(1, sizeof(*server));
	int result;

	server->loop = loop;
	server->address = mem_strdup(address);
	server->local = local;
	server->handler = handler;
	server->context = context;
	result = start(server, error);
	if (result < 0) {
		http_server_free(server);
		return result;
	}
	*ret_server = server;
	return 0;
}

void http_server_free(struct http_server *server)
{
	if (!server)
		return;
	if (server->daemon) {
		loop_remove(server->loop, &server->source);
		loop_timer_set(server->loop, &server->timer, NEVER);
		MHD_stop_daemon(server->daemon);
		if (server->local)
			listen_remove(server->address, &server->file);
	}
	mem_free(server->address);
	mem_free(server);
}
