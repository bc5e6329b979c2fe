/*
 * A server for tests that misbehaves at the level of bytes, which no proper HTTP library would do:
 * each connection is a thread that runs the test's handler. Everything received is recorded.
 */
#ifndef NUMBERD_TESTS_WIRE_SERVER_H
#define NUMBERD_TESTS_WIRE_SERVER_H

#include <stdbool.h>
#include <stddef.h>

struct wire_server;

struct wire_connection {
	struct wire_server *server;
	int fd;
	int number; /* 0 for the first connection, then 1, ... */
	const void *context;
};

/* The connection is closed when it returns. */
typedef void wire_handler(struct wire_connection *connection);

struct wire_server *wire_server_new(wire_handler *handler, const void *context);
void wire_server_free(struct wire_server *server);

/* Takes no more connections: further ones are refused. */
void wire_server_stop_listening(struct wire_server *server);

/* "http://127.0.0.1:PORT" */
const char *wire_server_url(const struct wire_server *server);
int wire_server_port(const struct wire_server *server);

/* Reads one request with its body (by Content-Length); false at the end of the connection. */
bool wire_read_request(struct wire_connection *connection);
void wire_send(struct wire_connection *connection, const void *bytes, size_t length);
void wire_send_text(struct wire_connection *connection, const char *text);
/* Makes the close that follows a reset. */
void wire_reset(struct wire_connection *connection);
/* Until the client, or the end of the test, closes the connection. */
void wire_wait_closed(struct wire_connection *connection);

size_t wire_server_connections(struct wire_server *server);
size_t wire_server_requests(struct wire_server *server);
/* How often `text` is in what was received. */
size_t wire_server_seen(struct wire_server *server, const char *text);

#endif
