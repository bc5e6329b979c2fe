#include "support/daemon.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "support/test.h"

struct daemon {
	pid_t pid; /* 0 after its end */
	int out, err;
	struct buf log;
	size_t parsed; /* bytes of the log */
	json_t *events;
	size_t seen; /* events */
	bool closed; /* it has ended, or closed its standard error */
};

struct daemon *daemon_start_under(struct scene *scene, const char *const *prefix,
				  const char *const *words)
{
	const char *all[24] = {"run", "--interval", "24h"};
	struct daemon *daemon = mem_zalloc(1, sizeof(*daemon));

	for (size_t i = 3; words && *words && i < ARRAY_LENGTH(all) - 1; i++)
		all[i] = *words++;
	daemon->events = json_array();
	daemon->pid = scene_spawn(scene, prefix, all, &daemon->out, &daemon->err);
	return daemon;
}

struct daemon *daemon_start(struct scene *scene, const char *const *words)
{
	return daemon_start_under(scene, NULL, words);
}

/* Lines of other programs around it, and a sanitizer's, are no events. */
static void parse(struct daemon *daemon)
{
	const char *line = buf_text(&daemon->log) + daemon->parsed;
	const char *end;

	while ((end = strchr(line, '\n'))) {
		json_t *event = json_loadb(line, (size_t)(end - line), 0, NULL);

		if (event)
			json_array_append_new(daemon->events, event);
		line = end + 1;
	}
	daemon->parsed = (size_t)(line - buf_text(&daemon->log));
}

/* Takes what comes within the time; false once nothing will come any more. */
static bool take(struct daemon *daemon, int timeout)
{
	struct pollfd fd = {.fd = daemon->err, .events = POLLIN};

	if (daemon->closed)
		return false;
	if (poll(&fd, 1, timeout) > 0 && !scene_read(daemon->err, &daemon->log))
		daemon->closed = true;
	parse(daemon);
	return true;
}

static void take_all(struct daemon *daemon)
{
	size_t before;

	do {
		before = daemon->log.length;
		take(daemon, 0);
	} while (daemon->log.length > before);
}

static bool matches(const json_t *event, const char *name, va_list fields)
{
	const char *key;
	va_list copy;
	bool same = text_equal(json_string_value(json_object_get(event, "event")), name);

	va_copy(copy, fields);
	while (same && (key = va_arg(copy, const char *)))
		same = text_equal(json_string_value(json_object_get(event, key)),
				  va_arg(copy, const char *));
	va_end(copy);
	return same;
}

/* cmocka cuts long messages. */
static void fail_with_log(const struct daemon *daemon, const char *what)
{
	fputs(buf_text(&daemon->log), stderr);
	fail_msg("%s; the log is above", what);
}

const json_t *daemon_wait(struct daemon *daemon, const char *event, ...)
{
	int64_t deadline = scene_now() + SCENE_WAIT_MS;
	const json_t *found = NULL;
	va_list fields;

	va_start(fields, event);
	while (!found) {
		while (!found && daemon->seen < json_array_size(daemon->events)) {
			const json_t *next = json_array_get(daemon->events, daemon->seen++);

			if (matches(next, event, fields))
				found = next;
		}
		if (found)
			break;
		if (scene_now() > deadline || !take(daemon, 100))
			fail_with_log(daemon, event);
	}
	va_end(fields);
	return found;
}

size_t daemon_count(struct daemon *daemon, const char *event, ...)
{
	size_t count = 0, i;
	va_list fields;
	json_t *one;

	take_all(daemon);
	va_start(fields, event);
	json_array_foreach (daemon->events, i, one)
		count += matches(one, event, fields);
	va_end(fields);
	return count;
}

void daemon_pass(struct daemon *daemon)
{
	daemon_signal(daemon, SIGUSR1);
	daemon_wait(daemon, "pass", NULL);
}

void daemon_hurry(struct daemon *daemon, size_t passes)
{
	size_t enough = daemon_count(daemon, "pass", NULL) + passes;
	int64_t deadline = scene_now() + SCENE_WAIT_MS;

	while (daemon_count(daemon, "pass", NULL) < enough) {
		if (scene_now() > deadline)
			fail_with_log(daemon, "no pass comes to its end");
		daemon_signal(daemon, SIGUSR1);
		take(daemon, 20);
	}
}

void daemon_signal(struct daemon *daemon, int signal)
{
	assert_int_equal(kill(daemon->pid, signal), 0);
}

pid_t daemon_pid(const struct daemon *daemon)
{
	return daemon->pid;
}

int daemon_end(struct daemon *daemon)
{
	int64_t deadline = scene_now() + SCENE_WAIT_MS;
	pid_t pid = daemon->pid;

	while (take(daemon, 100)) {
		if (scene_now() > deadline)
			fail_with_log(daemon, "numberd does not end");
	}
	daemon->pid = 0;
	return scene_reap(pid, &daemon->log);
}

const struct buf *daemon_log(struct daemon *daemon)
{
	take_all(daemon);
	return &daemon->log;
}

void daemon_free(struct daemon *daemon)
{
	assert_int_equal(daemon->pid, 0);
	close(daemon->out);
	close(daemon->err);
	json_decref(daemon->events);
	buf_finish(&daemon->log);
	mem_free(daemon);
}

void daemon_stop(struct daemon *daemon)
{
	int status;

	daemon_signal(daemon, SIGTERM);
	status = daemon_end(daemon);
	if (status != 0)
		fail_with_log(daemon, "numberd ended with a failure");
	daemon_free(daemon);
}
