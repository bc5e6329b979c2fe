#include "engine/undo.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/command.h"
#include "cli/history_print.h"
#include "cli/one_pass.h"
#include "cli/output.h"
#include "sys/http/local_http.h"
#include "sys/os/clock_system.h"

#define PATIENCE_MS 120000 /* for the daemon: it may be at a request that hangs */
#define LOOK_MS     100

/* What came of it, and what will come next. The exit status. */
static int conclude(const struct options *options, bool ok, const char *text, const char *outlook)
{
	struct buf message = {0};
	int status;

	if (ok)
		buf_printf(&message, "%s. %s", text, outlook);
	else
		buf_printf(&message, "not undone: %s", text);
	status = ask_conclude(options, ok, buf_text(&message));
	buf_finish(&message);
	return status;
}

/* True where the daemon has come to the end of it; *ret_status is the exit status then. */
static bool look(const struct options *options, int64_t id, int *ret_status)
{
	struct buf body = {0};
	struct error error;
	int status = local_http_request(options->socket, "GET", "/v1/undo", &body, &error);
	json_t *root = json_loadb(buf_text(&body), body.length, 0, NULL);
	const char *text = json_string_value(json_object_get(root, "text")), *outlook;
	bool over = status < 0;

	if (status < 0) {
		output_error("%s; 'numberd history' will tell what became of the undo", error.text);
		*ret_status = STATUS_FAILED;
	} else if (status == 200 && text && json_is_true(json_object_get(root, "over")) &&
		   json_integer_value(json_object_get(root, "id")) == id) {
		over = true;
		outlook = json_string_value(json_object_get(root, "outlook"));
		*ret_status = conclude(options, json_is_true(json_object_get(root, "ok")), text,
				       outlook ? outlook : "");
	}
	json_decref(root);
	buf_finish(&body);
	return over;
}

/* The daemon does it, between two passes; we look until it has. */
static int undo_by_daemon(const struct options *options, int64_t id)
{
	int64_t end = clock_monotonic(&clock_system) + PATIENCE_MS;
	const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
	struct buf path = {0}, taken = {0};
	int status;

	buf_printf(&path, "/v1/undo?id=%lld", (long long)id);
	status = ask_command(options, path.bytes, &taken);
	buf_finish(&path);
	buf_finish(&taken);
	if (status)
		return status;
	while (clock_monotonic(&clock_system) < end) {
		if (look(options, id, &status))
			return status;
		nanosleep(&pause, NULL);
	}
	output_error("the daemon has not done it yet; 'numberd history' will tell");
	return STATUS_FAILED;
}

struct direct {
	struct one_pass session;
	bool ok;
	char *text;
};

static void on_done(void *context, bool ok, const char *text)
{
	struct direct *direct = context;

	direct->session.waiting = false;
	direct->ok = ok;
	direct->text = mem_strdup(text);
}

static void run(struct direct *direct, struct undo *undo)
{
	struct one_pass *session = &direct->session;
	bool stopping = false;

	for (;;) {
		int64_t now, wait;
		int timeout;

		undo_run(undo, session->memory);
		if (!session->waiting)
			return;
		now = clock_monotonic(session->clock);
		wait = undo_deadline(undo) > now ? undo_deadline(undo) - now : 0;
		timeout = loop_timeout(session->loop, now);
		http_client_poll(session->client, session->loop,
				 wait < timeout ? (int)wait : timeout);
		loop_dispatch(session->loop, clock_monotonic(session->clock));
		if (session->stopped && !stopping)
			undo_stop(undo, "stopped by a signal");
		stopping = session->stopped;
	}
}

static int settle(struct direct *direct, struct undo *undo)
{
	struct one_pass *session = &direct->session;
	struct buf outlook = {0};
	int status;

	undo_settle(undo, session->memory, &outlook);
	status = conclude(session->options, direct->ok, direct->text, buf_text(&outlook));
	buf_finish(&outlook);
	return status;
}

/* Without a daemon: this process is the one writer. */
static int undo_directly(const struct options *options, int64_t id)
{
	struct direct direct = {0};
	struct one_pass *session = &direct.session;
	int status = one_pass_open_without_file(session, options);
	struct undo *undo = NULL;
	struct error error;

	if (status == 0) {
		session->waiting = true;
		undo = undo_start(
			&(struct undo_options){
				.transport = http_client_transport(session->client),
				.clock = session->clock,
				.rng = &session->rng,
				.journal = session->journal,
				.done = on_done,
				.context = &direct,
			},
			id, &error);
		if (!undo)
			status = conclude(options, false, error.text, "");
	}
	if (undo) {
		run(&direct, undo);
		status = settle(&direct, undo);
	}
	undo_free(undo);
	mem_free(direct.text);
	one_pass_close(session);
	return status;
}

static void show_row(void *context, const struct history_entry *entry)
{
	history_print_text(context, entry);
}

/* Shows what is to be undone, as far as this user may read it; false if the person says no. */
static bool confirm(const struct options *options, int64_t id)
{
	const struct history_filter filter = {.id = id, .outcome = -1};
	struct journal *journal = NULL;
	struct buf shown = {0};
	struct error error;
	char answer[16] = "";

	if (journal_open(options->state_dir, JOURNAL_READ, NULL, clock_wall(&clock_system),
			 &journal, &error) == 0)
		history_read(journal, &filter, show_row, &shown, &error);
	journal_close(journal);
	fprintf(stderr,
		"%sPut back what change %lld replaced? Only 'yes' is accepted: ", buf_text(&shown),
		(long long)id);
	fflush(stderr);
	buf_finish(&shown);
	return fgets(answer, sizeof(answer), stdin) && strcmp(answer, "yes\n") == 0;
}

int command_undo(const struct options *options)
{
	struct buf body = {0};
	struct error error;
	int64_t id;
	int status;

	if (!text_parse_int(options->words[0], 1, INT64_MAX, &id)) {
		output_error("'%s' is no ID of the history", options->words[0]);
		return STATUS_USAGE;
	}
	if (isatty(STDIN_FILENO) && !option_given(options, OPTION_YES) && !confirm(options, id)) {
		output_error("not confirmed: nothing was sent");
		return STATUS_FAILED;
	}
	/* Whether a daemon answers decides who does it: there is one writer to a state directory.
	 */
	status = local_http_request(options->socket, "GET", "/healthz", &body, &error);
	buf_finish(&body);
	return status == -ENOENT ? undo_directly(options, id) : undo_by_daemon(options, id);
}
