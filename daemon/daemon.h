/*
 * Wires the daemon together: the event loop, signals, the watch on the file, the HTTP client and
 * the service manager on one side, engine/reconcile.h on the other. The only place that knows both.
 */
#ifndef NUMBERD_DAEMON_H
#define NUMBERD_DAEMON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/log.h"

struct log_sink;

struct daemon_options {
	const char *config;                             /* file or folder */
	const char *base_url, *ca_file, *region, *edge; /* as in sys/http/http_client.h */
	const char *default_account;
	const char *state_dir;
	const char *socket; /* a path */
	const char *listen; /* "127.0.0.1:9477", or "off" */
	int64_t interval;
	unsigned concurrency;
	bool observe;
	const struct log *log;
	struct log_sink *sink; /* what the log writes to; drained by the daemon's loop */
};

/*
 * Runs until SIGTERM or SIGINT: requests in flight get LIMIT_SHUTDOWN_MS to end. Returns 0 after
 * that, or negative where it could not start, with the reason.
 */
int daemon_run(const struct daemon_options *options, struct error *error);

#endif
