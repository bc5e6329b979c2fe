#include "daemon.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "engine/reconcile.h"
#include "faces/routes.h"
#include "sys/disk/source_disk.h"
#include "sys/disk/watch.h"
#include "sys/http/http_client.h"
#include "sys/http/http_server.h"
#include "sys/os/clock_system.h"
#include "sys/os/log_sink.h"
#include "sys/os/loop.h"
#include "sys/os/notify.h"
#include "sys/os/signals.h"

struct daemon {
	const struct daemon_options *options;
	const struct clock *clock;
	struct rng rng;
	struct loop *loop;
	struct signals *signals;
	struct http_client *client;
	struct watch *watch;
	struct source_disk *disk;
	struct journal *journal;
	struct reconcile *reconcile;
	struct routes control;
	struct http_server *socket, *listener;
	struct notify notify;
	struct loop_timer watchdog;
	int64_t stop_at; /* monotonic; NEVER while running */
};

static void on_signal(void *context, int number)
{
	struct daemon *daemon = context;

	switch (number) {
	case SIGHUP:
		log_event(daemon->options->log, LOG_LEVEL_NOTICE, "reload",
			  "reading the credentials and the file anew");
		notify_reloading(&daemon->notify);
		reconcile_reload(daemon->reconcile);
		notify_ready(&daemon->notify);
		break;
	case SIGUSR1:
		reconcile_sync(daemon->reconcile);
		break;
	default:
		if (daemon->stop_at != NEVER)
			break;
		daemon->stop_at = clock_monotonic(daemon->clock) + LIMIT_SHUTDOWN_MS;
		log_event(daemon->options->log, LOG_LEVEL_NOTICE, "stopping",
			  "stopping; requests in flight come to their end first");
		notify_stopping(&daemon->notify);
		reconcile_stop(daemon->reconcile);
	}
}

static void on_hint(void *context)
{
	struct daemon *daemon = context;

	reconcile_look(daemon->reconcile);
}

static void on_status(void *context, const char *text)
{
	struct daemon *daemon = context;

	notify_status(&daemon->notify, text);
}

static void on_watchdog(void *context, int64_t now)
{
	struct daemon *daemon = context;

	notify_watchdog(&daemon->notify);
	loop_timer_set(daemon->loop, &daemon->watchdog, now + daemon->notify.watchdog_ms);
}

static void report_watch(struct daemon *daemon)
{
	struct error problem;

	if (watch_take_problem(daemon->watch, &problem))
		log_event(daemon->options->log, LOG_LEVEL_WARNING, "watch", problem.text);
}

static int open_outside(struct daemon *daemon, struct error *error)
{
	const struct daemon_options *options = daemon->options;
	const struct http_client_options client = {
		.base_url = options->base_url,
		.region = options->region,
		.edge = options->edge,
		.ca_file = options->ca_file,
		.clock = daemon->clock,
	};
	int result = loop_new(&daemon->loop, error);

	if (result == 0)
		log_sink_attach(options->sink, daemon->loop);
	if (result == 0)
		result = signals_new(daemon->loop, on_signal, daemon, &daemon->signals, error);
	if (result == 0)
		result = http_client_new(&client, &daemon->client, error);
	if (result == 0)
		result = journal_open(options->state_dir, JOURNAL_WRITE, NULL,
				      clock_wall(daemon->clock), &daemon->journal, error);
	return result;
}

static int open_daemon(struct daemon *daemon, struct error *error)
{
	const struct daemon_options *options = daemon->options;
	int result = open_outside(daemon, error);

	if (result < 0)
		return result;
	daemon->watch = watch_new(daemon->loop, daemon->clock, options->config, on_hint, daemon);
	daemon->disk = source_disk_new(options->config, daemon->watch);
	daemon->reconcile = reconcile_new(&(struct reconcile_options){
		.source = source_disk_source(daemon->disk),
		.transport = http_client_transport(daemon->client),
		.clock = daemon->clock,
		.rng = &daemon->rng,
		.log = options->log,
		.journal = daemon->journal,
		.default_account = options->default_account,
		.interval = options->interval,
		.concurrency = options->concurrency,
		.observe = options->observe,
		.status = on_status,
		.context = daemon,
	});
	return 0;
}

/*
 * Where people and monitors ask. An address that there can't be is an error; one that can't be had
 * now is said, and numberd does its work without it.
 */
static int open_server(struct daemon *daemon, const char *address, bool local,
		       struct http_server **ret_server, struct error *error)
{
	int result = http_server_new(daemon->loop, address, local, routes_handle, &daemon->control,
				     ret_server, error);

	if (result == -EINVAL || result == -ENAMETOOLONG)
		return result;
	if (result < 0)
		log_event(daemon->options->log, LOG_LEVEL_WARNING, "listen", error->text,
			  {"address", address});
	return 0;
}

static int open_servers(struct daemon *daemon, struct error *error)
{
	const struct daemon_options *options = daemon->options;
	int result;

	daemon->control = (struct routes){
		.reconcile = daemon->reconcile,
		.journal = daemon->journal,
		.clock = daemon->clock,
		.interval = options->interval,
	};
	result = open_server(daemon, options->socket, true, &daemon->socket, error);
	if (result == 0 && strcmp(options->listen, "off") != 0)
		result = open_server(daemon, options->listen, false, &daemon->listener, error);
	return result;
}

static void open_notify(struct daemon *daemon)
{
	struct error error;

	if (notify_init(&daemon->notify, &error) < 0)
		log_event(daemon->options->log, LOG_LEVEL_WARNING, "notify", error.text);
	daemon->watchdog = (struct loop_timer){.due = on_watchdog, .context = daemon};
	if (daemon->notify.watchdog_ms)
		on_watchdog(daemon, clock_monotonic(daemon->clock));
}

static int timeout_of(const struct daemon *daemon)
{
	int64_t now = clock_monotonic(daemon->clock);
	int64_t deadline = reconcile_deadline(daemon->reconcile);
	int timeout = loop_timeout(daemon->loop, now);

	if (daemon->stop_at < deadline)
		deadline = daemon->stop_at;
	if (deadline <= now)
		return 0;
	return deadline - now < timeout ? (int)(deadline - now) : timeout;
}

static bool is_over(const struct daemon *daemon)
{
	if (daemon->stop_at == NEVER)
		return false;
	return reconcile_is_stopped(daemon->reconcile) ||
	       clock_monotonic(daemon->clock) >= daemon->stop_at;
}

static void turn(struct daemon *daemon)
{
	for (;;) {
		reconcile_run(daemon->reconcile);
		report_watch(daemon);
		if (is_over(daemon))
			return;
		http_client_poll(daemon->client, daemon->loop, timeout_of(daemon));
		loop_dispatch(daemon->loop, clock_monotonic(daemon->clock));
	}
}

static void close_daemon(struct daemon *daemon)
{
	http_server_free(daemon->listener);
	http_server_free(daemon->socket);
	reconcile_free(daemon->reconcile);
	source_disk_free(daemon->disk);
	watch_free(daemon->watch);
	journal_close(daemon->journal);
	http_client_free(daemon->client);
	signals_free(daemon->signals);
	log_sink_attach(daemon->options->sink, NULL);
	loop_free(daemon->loop);
}

int daemon_run(const struct daemon_options *options, struct error *error)
{
	struct daemon daemon = {
		.options = options,
		.clock = &clock_system,
		.notify = {.fd = -1},
		.stop_at = NEVER,
	};
	int result;

	rng_init(&daemon.rng, (uint64_t)clock_wall(daemon.clock) ^ (uint64_t)getpid() << 40);
	result = open_daemon(&daemon, error);
	if (result == 0)
		result = open_servers(&daemon, error);
	if (result == 0) {
		open_notify(&daemon);
		log_event(options->log, LOG_LEVEL_NOTICE, "started",
			  options->observe ? "started, with --observe: nothing is ever sent"
					   : "started",
			  {"version", NUMBERD_VERSION}, {"config", options->config});
		notify_ready(&daemon.notify);
		turn(&daemon);
		log_event(options->log, LOG_LEVEL_NOTICE, "stopped", "stopped");
		notify_finish(&daemon.notify);
	}
	close_daemon(&daemon);
	return result;
}
