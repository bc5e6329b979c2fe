/*
 * The daemon's own HTTP interface, over libmicrohttpd on the event loop: one listening socket, a
 * Unix one (mode 0660, so its group decides who may speak) or a TCP one.
 *
 * Over TCP only GET and HEAD are answered, and only where Host is an IP address or localhost, so
 * that no web page can make a browser ask under a name of its own. Bodies of requests are thrown
 * away: arguments stand in the query. One request a connection. However slow, large or many the
 * clients are, the loop goes on: connections, their memory and their time are bounded.
 */
#ifndef NUMBERD_SYS_HTTP_HTTP_SERVER_H
#define NUMBERD_SYS_HTTP_HTTP_SERVER_H

#include <stdbool.h>

#include "base/error.h"
#include "base/exchange.h"
#include "sys/os/loop.h"

struct http_server;

/*
 * `address`: where `local`, the path of a Unix socket: its folder is made if it is missing, a
 * socket that nobody answers on any more is replaced, one that is in use is an error, and so is
 * anything else at that place. Else "HOST:PORT" with a numeric host ("127.0.0.1:9477",
 * "[::1]:9477"). Errors as of sys/http/listen.h.
 */
int http_server_new(struct loop *loop, const char *address, bool local, exchange_handler *handler,
		    void *context, struct http_server **ret_server, struct error *error);
/* Ends its connections and takes a Unix socket away. */
void http_server_free(struct http_server *server);

#endif
