/*
 * Listening sockets, for sys/http/http_server.h: made, bound and safe to share with a group.
 */
#ifndef NUMBERD_SYS_HTTP_LISTEN_H
#define NUMBERD_SYS_HTTP_LISTEN_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/error.h"

/*
 * A descriptor, or negative with the reason. CLOEXEC, not blocking. Among the errors:
 *   -EADDRINUSE             another program answers there
 *   -EEXIST                 something that is no socket is there; it is left alone
 *   -ENAMETOOLONG, -EINVAL  there can be no such address, now or later
 * *ret_info, for listen_remove(), tells the socket file from others.
 */
int listen_unix(const char *path, struct stat *ret_info, struct error *error);
int listen_tcp(const char *address, struct error *error);

/* Removes the socket file, if it still is the one that was made. */
void listen_remove(const char *path, const struct stat *info);

/*
 * True for a Host header that no name server can have had a hand in: an IP address or localhost,
 * with or without a port.
 */
bool listen_is_plain_host(const char *host);

#endif
