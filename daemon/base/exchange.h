/*
 * One request to the daemon's own HTTP interface and the answer to it, as the engine sees them. The
 * program serves it with libmicrohttpd (sys/http/http_server.h).
 */
#ifndef NUMBERD_BASE_EXCHANGE_H
#define NUMBERD_BASE_EXCHANGE_H

#include <stdbool.h>

#include "base/buf.h"

struct exchange {
	const char *method; /* "GET", "POST" */
	const char *path;   /* "/v1/status", without the query */
	bool local;         /* it came by the Unix socket */
	/* An argument of the query, decoded; NULL where it isn't given. */
	const char *(*argument)(const struct exchange *exchange, const char *name);
	void *self;

	/* The answer. */
	int status;       /* 200 before the handler is called */
	const char *type; /* static; "application/json" before */
	struct buf body;
};

/* Answers one exchange, at once. */
typedef void exchange_handler(void *context, struct exchange *exchange);

#endif
