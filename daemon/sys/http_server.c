#include "sys/http_server.h"

#include <errno.h>
#include <microhttpd.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "sys/listen.h"

#define CONNECTIONS      32
#define CONNECTION_BYTES 32768
#define CONNECTION_S     10

struct http_server {
	struct loop *loop;
	char *address;
	bool local;
	exchange_handler *handler;
	void *context;
	struct MHD_Daemon *daemon;
	struct loop_source source;
	struct loop_timer timer;
};

/* libmicrohttpd wants to run again after this, even if nothing comes in. */
static void arm_timer(struct http_server *server, int64_t now)
{
	MHD_UNSIGNED_LONG_LONG wait;

	loop_timer_set(server->loop, &server->timer,
		       MHD_get_timeout(server->daemon, &wait) == MHD_YES ? now + (int64_t)wait
									 : NEVER);
}

static void on_ready(void *context, int64_t now)
{
	struct http_server *server = context;

	MHD_run(server->daemon);
	arm_timer(server, now);
}

static const char *find_argument(const struct exchange *exchange, const char *name)
{
	return MHD_lookup_connection_value(exchange->self, MHD_GET_ARGUMENT_KIND, name);
}

/* A browser that was led here by a name of somebody else's must get no answer. */
static bool is_host_ours(const struct http_server *server, struct MHD_Connection *connection)
{
	static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};
	const char *host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host");

	if (server->local)
		return true;
	if (text_equal(host, server->address))
		return true;
	for (size_t i = 0; host && i < ARRAY_LENGTH(names); i++) {
		size_t length = strlen(names[i]);

		if (strncmp(host, names[i], length) == 0 &&
		    (host[length] == '\0' || host[length] == ':'))
			return true;
	}
	return false;
}

static void refuse(struct exchange *exchange, int status, const char *why)
{
	exchange->status = status;
	buf_printf(&exchange->body, "{\"error\": \"%s\"}\n", why);
}

static enum MHD_Result respond(struct MHD_Connection *connection, struct exchange *exchange)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		exchange->body.length, (void *)buf_text(&exchange->body), MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, "Content-Type", exchange->type);
	MHD_add_response_header(response, "Cache-Control", "no-store");
	if (exchange->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, "Allow", "GET");
	result = MHD_queue_response(connection, (unsigned)exchange->status, response);
	MHD_destroy_response(response);
	return result;
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
	enum MHD_Result result;

	(void)version;
	(void)upload;
	/* The first call is for the headers alone; a body that follows is thrown away. */
	if (!*state || *upload_size) {
		*state = server;
		*upload_size = 0;
		return MHD_YES;
	}
	if (!is_host_ours(server, connection))
		refuse(&exchange, MHD_HTTP_FORBIDDEN, "Host does not name this machine");
	else if (!server->local && strcmp(method, "GET") != 0)
		refuse(&exchange, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET is answered here");
	else
		server->handler(server->context, &exchange);
	result = respond(connection, &exchange);
	buf_finish(&exchange.body);
	return result;
}

static int start(struct http_server *server, struct error *error)
{
	int fd = server->local ? listen_unix(server->address, error)
			       : listen_tcp(server->address, error);
	const union MHD_DaemonInfo *info;

	if (fd < 0)
		return fd;
	server->daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, server,
					  MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
					  CONNECTIONS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
					  (size_t)CONNECTION_BYTES, MHD_OPTION_CONNECTION_TIMEOUT,
					  CONNECTION_S, MHD_OPTION_END);
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

int http_server_new(struct loop *loop, const char *address, exchange_handler *handler,
		    void *context, struct http_server **ret_server, struct error *error)
{
	struct http_server *server = mem_zalloc(1, sizeof(*server));
	int result;

	server->loop = loop;
	server->address = mem_strdup(address);
	server->local = address[0] == '/';
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
			unlink(server->address);
	}
	mem_free(server->address);
	mem_free(server);
}
