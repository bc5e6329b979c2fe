/*
 * `numberd run` as a child of a test, watched by its log. All calls block until what they wait for
 * is there, and fail the test with the whole log where it does not come in time.
 */
#ifndef NUMBERD_TESTS_DAEMON_H
#define NUMBERD_TESTS_DAEMON_H

#include "support/scene.h"

struct daemon;

/* `numberd run` with further words; its log is JSON at level debug, its interval a day. */
struct daemon *daemon_start(struct scene *scene, const char *const *words);

/* The same after another program with its arguments: strace, unshare. */
struct daemon *daemon_start_under(struct scene *scene, const char *const *prefix,
				  const char *const *words);

/*
 * Waits for the next event of this name, not seen by an earlier wait, whose fields are as said:
 * pairs of key and value up to a NULL. Events in between are passed over. Valid until
 * daemon_free().
 */
const json_t *daemon_wait(struct daemon *daemon, const char *event, ...) __attribute__((sentinel));

/* How often the event has been logged so far, fields as above. */
size_t daemon_count(struct daemon *daemon, const char *event, ...) __attribute__((sentinel));

/* A whole pass that begins now: SIGUSR1, while no pass is under way. */
void daemon_pass(struct daemon *daemon);

/* Further whole passes, without the waiting that failures bring: SIGUSR1 until they are over. */
void daemon_hurry(struct daemon *daemon, size_t passes);

/* Ends it with SIGTERM, asserts that it ended well, and frees it. */
void daemon_stop(struct daemon *daemon);

void daemon_signal(struct daemon *daemon, int signal);
pid_t daemon_pid(const struct daemon *daemon);

/* Waits for its end by itself or a signal sent before. The exit status; minus a signal's number. */
int daemon_end(struct daemon *daemon);

/* What it wrote to standard error so far, all of it. */
const struct buf *daemon_log(struct daemon *daemon);

/* After daemon_end(). */
void daemon_free(struct daemon *daemon);

#endif
