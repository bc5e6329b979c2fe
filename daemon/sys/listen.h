/*
 * Listening sockets, for sys/http_server.c: made, bound and safe to share with a group.
 */
#ifndef NUMBERD_SYS_LISTEN_H
#define NUMBERD_SYS_LISTEN_H

#include "base/error.h"

/* A descriptor, or negative with the reason. CLOEXEC, not blocking. */
int listen_unix(const char *path, struct error *error);
int listen_tcp(const char *address, struct error *error);

#endif
