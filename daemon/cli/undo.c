#include "engine/undo.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/ask.h"
#include "cli/command.h"
#include "cli/history_print.h"
#include "cli/output.h"
#include "sys/clock_system.h"
#include "sys/http_client.h"
#include "sys/local_http.h"

#define PATIENCE_MS 120000 /* for the daemon: it may be at a long pass */
#define LOOK_MS     100

static int conclude(const struct options *options, bool ok, const char *text)
{
	struct buf out = {0};
	int status;

	if (options->format == FORMAT_JSON) {
		buf_printf(&out,
			   "{\"format_version\": 1, \"ok\": %s, \"text\": ", ok ? "true" : "false");
		text_add_json(&out, text);
		buf_add_text(&out, "}\n");
	} else if (ok) {
		buf_printf(
			&out,
			"%s\nThe file still asks for the other value: the next pass puts that "
			"back, unless the file is changed,\nor numberd is paused ('numberd pause "
			"REASON').\n",
			text);
	} else {
		output_error("not undone: %s", text);
	}
	status = output_result(&out);
	buf_finish(&out);
	return ok ? status : STATUS_FAILED;
}

/* The daemon does it, between two passes; we look until it has. */
static int wait_for_daemon(const struct options *options, int64_t id)
{
	int64_t end = clock_monotonic(&clock_system) + PATIENCE_MS;
	const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};

	while (clock_monotonic(&clock_system) < end) {
		struct buf body = {0};
		struct error error;
		int status = local_http_request(options->socket, "GET", "/v1/undo", &body, &error);
		json_t *root = json_loadb(buf_text(&body), body.length, 0, NULL);
		const char *text = json_string_value(json_object_get(root, "text"));

		if (status == 200 && text && json_is_true(json_object_get(root, "over")) &&
		    json_integer_value(json_object_get(root, "id")) == id) {
			status = conclude(options, json_is_true(json_object_get(root, "ok")), text);
			json_decref(root);
			buf_finish(&body);
			return status;
		}
		json_decref(root);
		buf_finish(&body);
		if (status < 0) {
			output_error("%s", error.text);
			return STATUS_FAILED;
		}
		nanosleep(&pause, NULL);
	}
	output_error("the daemon has not done it yet; 'numberd history' will tell");
	return STATUS_FAILED;
}

struct direct {
	const struct options *options;
	bool over;
	int status;
};

static void on_done(void *context, bool ok, const char *text)
{
	struct direct *direct = context;

	direct->over = true;
	direct->status = conclude(direct->options, ok, text);
}

static void run(struct undo *undo, struct http_client *client, struct loop *loop,
		const struct direct *direct)
{
	while (!direct->over) {
		int64_t now = clock_monotonic(&clock_system), deadline;

		undo_run(undo);
		if (direct->over)
			break;
		deadline = undo_deadline(undo);
		http_client_poll(client, loop,
				 deadline == NEVER ? LOOP_FOREVER
				 : deadline > now  ? (int)(deadline - now)
						   : 0);
	}
}

/* Without a daemon: this process is the one writer. */
static int undo_directly(const struct options *options, int64_t id)
{
	const struct http_client_options client_options = {
		.base_url = options->values[OPTION_BASE_URL],
		.region = getenv("TWILIO_REGION"),
		.edge = getenv("TWILIO_EDGE"),
		.ca_file = options->values[OPTION_CA_FILE],
		.clock = &clock_system,
	};
	struct undo_options undo_options = {.clock = &clock_system, .done = on_done};
	struct direct direct = {.options = options, .status = STATUS_FAILED};
	struct http_client *client = NULL;
	struct journal *journal = NULL;
	struct loop *loop = NULL;
	struct undo *undo = NULL;
	struct error error;
	struct rng rng;

	rng_init(&rng, (uint64_t)clock_wall(&clock_system));
	if (loop_new(&loop, &error) == 0 &&
	    http_client_new(&client_options, &client, &error) == 0 &&
	    journal_open(options->state_dir, JOURNAL_WRITE, NULL, clock_wall(&clock_system),
			 &journal, &error) == 0) {
		undo_options.transport = http_client_transport(client);
		undo_options.rng = &rng;
		undo_options.journal = journal;
		undo_options.context = &direct;
		undo = undo_start(&undo_options, id, &error);
	}
	if (undo)
		run(undo, client, loop, &direct);
	else
		output_error("%s", error.text);
	undo_free(undo);
	journal_close(journal);
	http_client_free(client);
	loop_free(loop);
	return direct.status;
}

struct shown {
	struct buf text;
};

static void show_row(void *context, const struct history_entry *entry)
{
	struct shown *shown = context;

	history_print_text(&shown->text, entry);
}

/* Shows what is to be undone; false if the person does not want it. */
static bool confirm(const struct options *options, int64_t id)
{
	const struct history_filter filter = {.id = id, .outcome = -1};
	struct journal *journal = NULL;
	struct shown shown = {0};
	struct error error;
	char answer[16] = "";

	if (journal_open(options->state_dir, JOURNAL_READ, NULL, clock_wall(&clock_system),
			 &journal, &error) == 0)
		history_read(journal, &filter, show_row, &shown, &error);
	journal_close(journal);
	fprintf(stderr, "%sPut the first of the two values back? Only 'yes' is accepted: ",
		buf_text(&shown.text));
	fflush(stderr);
	buf_finish(&shown.text);
	return fgets(answer, sizeof(answer), stdin) && strcmp(answer, "yes\n") == 0;
}

int command_undo(const struct options *options)
{
	struct buf path = {0}, body = {0};
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
	if (status == -ENOENT)
		return undo_directly(options, id);
	buf_printf(&path, "/v1/undo?id=%lld", (long long)id);
	status = ask_command(options->socket, path.bytes);
	buf_finish(&path);
	return status ? status : wait_for_daemon(options, id);
}
