/*
 * Tells the running daemon something, and prints what it refuses.
 */
#ifndef NUMBERD_CLI_ASK_H
#define NUMBERD_CLI_ASK_H

#include <stdbool.h>

#include "base/buf.h"
#include "cli/options.h"

/* A POST to `path` with its query: 0, and what the daemon says of it is added to `text`; or the
 * exit status after the error was printed. */
int ask_command(const struct options *options, const char *path, struct buf *text);

/* What came of it, in the format that the options ask for. The exit status. */
int ask_conclude(const struct options *options, bool ok, const char *text);

#endif
