/*
 * Asks the running daemon over its Unix socket, and waits for the answer.
 */
#ifndef NUMBERD_CLI_ASK_H
#define NUMBERD_CLI_ASK_H

#include "base/buf.h"
#include "base/error.h"

/*
 * `path` with its query. Returns the HTTP status with the body in *body; -ENOENT where no daemon
 * answers, or another negative code, with the reason.
 */
int ask(const char *socket, const char *method, const char *path, struct buf *body,
	struct error *error);

/* The same for a command: 0, or the exit status after the error was printed. */
int ask_command(const char *socket, const char *path);

#endif
