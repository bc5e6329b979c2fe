/*
 * One HTTP request over a Unix socket, waited for: what a command asks of the running daemon.
 */
#ifndef NUMBERD_SYS_HTTP_LOCAL_HTTP_H
#define NUMBERD_SYS_HTTP_LOCAL_HTTP_H

#include "base/buf.h"
#include "base/error.h"

/*
 * `path` with its query. Returns the HTTP status, with the body added to *body; -ENOENT where
 * nobody answers on the socket, or another negative code, with the reason. Waits 10 s at most.
 */
int local_http_request(const char *socket, const char *method, const char *path, struct buf *body,
		       struct error *error);

#endif
