/*
 * The daemon's own HTTP interface, over libmicrohttpd on the event loop: one listening socket, a
 * Unix one (mode 0660, so its group decides who may speak) or a TCP one.
 *
 * Over TCP only GET is answered, and only where Host names this machine's loopback or the very
 * address listened on, so that no web page can make a browser ask. Bodies of requests are thrown
 * away: arguments stand in the query. Connections, their memory and their time are bounded.
 */
#ifndef NUMBERD_SYS_HTTP_SERVER_H
#define NUMBERD_SYS_HTTP_SERVER_H

#include "base/error.h"
#include "base/exchange.h"
#include "sys/loop.h"

struct http_server;

/*
 * `address`: a path that begins with '/', or "HOST:PORT" with a numeric host ("127.0.0.1:9477",
 * "[::1]:9477"). The folder of a path is made if it is missing; a socket that nobody answers on any
 * more is replaced, one that is in use is an error.
 */
int http_server_new(struct loop *loop, const char *address, exchange_handler *handler,
		    void *context, struct http_server **ret_server, struct error *error);
/* Ends its connections and takes a Unix socket away. */
void http_server_free(struct http_server *server);

#endif
