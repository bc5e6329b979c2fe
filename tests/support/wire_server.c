#include "wire_server.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST_CONNECTIONS 64

struct wire_server {
	int listen_fd;
	int port;
	char url[64];
	wire_handler *handler;
	const void *context;
	pthread_t acceptor;
	pthread_mutex_t lock; /* for all below */
	bool listening;
	struct wire_connection connections[MOST_CONNECTIONS];
	pthread_t threads[MOST_CONNECTIONS];
	size_t connection_count;
	size_t requests;
	char seen[1 << 20];
	size_t seen_length;
};

static void require(bool condition, const char *what)
{
	if (!condition) {
		perror(what);
		abort();
	}
}

static void *serve(void *argument)
{
	struct wire_connection *connection = argument;

	connection->server->handler(connection);
	pthread_mutex_lock(&connection->server->lock);
	close(connection->fd);
	connection->fd = -1;
	pthread_mutex_unlock(&connection->server->lock);
	return NULL;
}

static void *accept_all(void *argument)
{
	struct wire_server *server = argument;
	int fd;

	while ((fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		struct wire_connection *connection;

		pthread_mutex_lock(&server->lock);
		require(server->connection_count < MOST_CONNECTIONS, "too many connections");
		connection = &server->connections[server->connection_count];
		*connection = (struct wire_connection){.server = server,
						       .fd = fd,
						       .number = (int)server->connection_count,
						       .context = server->context};
		require(pthread_create(&server->threads[server->connection_count++], NULL, serve,
				       connection) == 0,
			"pthread_create");
		pthread_mutex_unlock(&server->lock);
	}
	return NULL;
}

struct wire_server *wire_server_new(wire_handler *handler, const void *context)
{
	struct wire_server *server = calloc(1, sizeof(*server));
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);

	require(server != NULL, "calloc");
	server->handler = handler;
	server->context = context;
	server->listening = true;
	pthread_mutex_init(&server->lock, NULL);
	server->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	require(bind(server->listen_fd, (struct sockaddr *)&address, length) == 0, "bind");
	require(listen(server->listen_fd, 64) == 0, "listen");
	getsockname(server->listen_fd, (struct sockaddr *)&address, &length);
	server->port = ntohs(address.sin_port);
	snprintf(server->url, sizeof(server->url), "http://127.0.0.1:%d", server->port);
	require(pthread_create(&server->acceptor, NULL, accept_all, server) == 0, "pthread_create");
	return server;
}

void wire_server_stop_listening(struct wire_server *server)
{
	bool listening;

	pthread_mutex_lock(&server->lock);
	listening = server->listening;
	server->listening = false;
	pthread_mutex_unlock(&server->lock);
	if (listening)
		shutdown(server->listen_fd, SHUT_RDWR);
}

void wire_server_free(struct wire_server *server)
{
	wire_server_stop_listening(server);
	pthread_join(server->acceptor, NULL);
	close(server->listen_fd);
	pthread_mutex_lock(&server->lock);
	for (size_t i = 0; i < server->connection_count; i++)
		if (server->connections[i].fd >= 0)
			shutdown(server->connections[i].fd, SHUT_RDWR);
	pthread_mutex_unlock(&server->lock);
	for (size_t i = 0; i < server->connection_count; i++)
		pthread_join(server->threads[i], NULL);
	pthread_mutex_destroy(&server->lock);
	free(server);
}

const char *wire_server_url(const struct wire_server *server)
{
	return server->url;
}

int wire_server_port(const struct wire_server *server)
{
	return server->port;
}

static void record(struct wire_server *server, const char *bytes, size_t length, size_t requests)
{
	pthread_mutex_lock(&server->lock);
	require(server->seen_length + length < sizeof(server->seen), "too much received");
	memcpy(server->seen + server->seen_length, bytes, length);
	server->seen_length += length;
	server->requests += requests;
	pthread_mutex_unlock(&server->lock);
}

bool wire_read_request(struct wire_connection *connection)
{
	char head[16384];
	size_t length = 0, want = SIZE_MAX;

	while (length < want) {
		ssize_t n = recv(connection->fd, head + length, sizeof(head) - 1 - length, 0);
		const char *end, *header;

		if (n <= 0)
			return false;
		record(connection->server, head + length, (size_t)n, 0);
		length += (size_t)n;
		head[length] = '\0';
		end = strstr(head, "\r\n\r\n");
		if (!end)
			continue;
		header = strcasestr(head, "\r\nContent-Length:");
		want = (size_t)(end + 4 - head);
		if (header && header < end)
			want += strtoul(header + strlen("\r\nContent-Length:"), NULL, 10);
	}
	record(connection->server, "", 0, 1);
	return true;
}

void wire_send(struct wire_connection *connection, const void *bytes, size_t length)
{
	const char *at = bytes;

	while (length > 0) {
		ssize_t n = send(connection->fd, at, length, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		at += n;
		length -= (size_t)n;
	}
}

void wire_send_text(struct wire_connection *connection, const char *text)
{
	wire_send(connection, text, strlen(text));
}

void wire_reset(struct wire_connection *connection)
{
	const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

	setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

void wire_wait_closed(struct wire_connection *connection)
{
	char bytes[4096];
	ssize_t n;

	while ((n = recv(connection->fd, bytes, sizeof(bytes), 0)) > 0)
		record(connection->server, bytes, (size_t)n, 0);
}

size_t wire_server_connections(struct wire_server *server)
{
	size_t count;

	pthread_mutex_lock(&server->lock);
	count = server->connection_count;
	pthread_mutex_unlock(&server->lock);
	return count;
}

size_t wire_server_requests(struct wire_server *server)
{
	size_t count;

	pthread_mutex_lock(&server->lock);
	count = server->requests;
	pthread_mutex_unlock(&server->lock);
	return count;
}

size_t wire_server_seen(struct wire_server *server, const char *text)
{
	size_t count = 0, length = strlen(text);

	pthread_mutex_lock(&server->lock);
	for (const char *at = server->seen, *end = at + server->seen_length;
	     (at = memmem(at, (size_t)(end - at), text, length)); at += length)
		count++;
	pthread_mutex_unlock(&server->lock);
	return count;
}
