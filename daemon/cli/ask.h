/*
 * Tells the running daemon something, and prints what it refuses.
 */
#ifndef NUMBERD_CLI_ASK_H
#define NUMBERD_CLI_ASK_H

/* A POST to `path` with its query: 0, or the exit status after the error was printed. */
int ask_command(const char *socket, const char *path);

#endif
