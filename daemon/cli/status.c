#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/history_print.h"
#include "cli/output.h"
#include "engine/consent.h"
#include "plan/memory.h"
#include "sys/http/local_http.h"
#include "sys/os/clock_system.h"

#define NUMBERS_SHOWN 8  /* of those with the same status for the same reason */
#define HISTORY_SHOWN 10 /* without a daemon */

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static int compare_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

/* By status and reason, so that equal ones stand together; then by number. */
static int compare(const void *a, const void *b)
{
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	int order = compare_text(text_of(x, "status"), text_of(y, "status"));

	if (!order)
		order = compare_text(text_of(x, "why"), text_of(y, "why"));
	return order ? order : compare_text(text_of(x, "number"), text_of(y, "number"));
}

static bool is_alike(const json_t *a, const json_t *b)
{
	return !compare_text(text_of(a, "status"), text_of(b, "status")) &&
	       !compare_text(text_of(a, "why"), text_of(b, "why"));
}

/* Numbers that are not in sync, in groups; all of them where one was asked for. */
static void add_numbers(struct buf *out, const json_t *numbers, bool all)
{
	size_t total = json_array_size(numbers), count = 0;
	json_t **list = mem_zalloc(total + 1, sizeof(*list));

	for (size_t i = 0; i < total; i++) {
		json_t *number = json_array_get(numbers, i);

		if (all || compare_text(text_of(number, "status"), "in sync"))
			list[count++] = number;
	}
	qsort(list, count, sizeof(*list), compare);
	for (size_t i = 0, end; i < count; i = end) {
		for (end = i; end < count && is_alike(list[i], list[end]);)
			end++;
		buf_printf(out, "\n%s: %zu number%s", text_of(list[i], "status"), end - i,
			   end - i == 1 ? "" : "s");
		if (text_of(list[i], "why"))
			buf_printf(out, ": %s", text_of(list[i], "why"));
		buf_add_text(out, "\n   ");
		for (size_t j = i; j < end && j < i + NUMBERS_SHOWN; j++)
			buf_printf(out, " %s", text_of(list[j], "number"));
		if (end - i > NUMBERS_SHOWN)
			buf_printf(out, " and %zu more (--format json lists all)",
				   end - i - NUMBERS_SHOWN);
		buf_add_char(out, '\n');
	}
	mem_free(list);
}

static void add_counts(struct buf *out, const json_t *counts)
{
	const char *key;
	json_t *value;
	bool first = true;

	json_object_foreach ((json_t *)counts, key, value) {
		if (!json_integer_value(value))
			continue;
		buf_printf(out, "%s%lld %s", first ? "" : ", ",
			   (long long)json_integer_value(value), key);
		first = false;
	}
	buf_add_text(out, first ? "no number is declared\n" : "\n");
}

static void add_commit(struct buf *out, const json_t *file)
{
	const char *author = text_of(file, "author"), *subject = text_of(file, "subject");

	buf_printf(out, "File in force: commit %s", text_of(file, "revision"));
	if (author)
		buf_printf(out, " by %s", author);
	if (subject)
		buf_printf(out, ": %s", subject);
	buf_add_char(out, '\n');
}

static void add_head(struct buf *out, const json_t *root)
{
	const json_t *file = json_object_get(root, "file");
	const json_t *pause = json_object_get(root, "pause");
	const json_t *counts = json_object_get(root, "counts");
	const char *last = text_of(root, "last_pass");

	buf_printf(out, "numberd %s%s, last whole pass: %s\n", text_of(root, "version"),
		   json_is_true(json_object_get(root, "observe")) ? " (--observe: sends nothing)"
								  : "",
		   last ? last : "none so far");
	if (text_of(file, "revision"))
		add_commit(out, file);
	if (text_of(file, "error"))
		buf_printf(out, "The file on disk is not acted on: %s\n", text_of(file, "error"));
	if (text_of(root, "pass_error"))
		buf_printf(out, "What is live could not be told: %s\n",
			   text_of(root, "pass_error"));
	if (json_is_object(pause))
		buf_printf(out, "Paused until %s: %s\n",
			   text_of(pause, "until") ? text_of(pause, "until") : "'numberd resume'",
			   text_of(pause, "reason"));
	if (json_is_true(json_object_get(root, "blocked")))
		buf_printf(out,
			   "Blocked by limits.max_changes. Read 'numberd plan'; to go on: numberd "
			   "approve %s\n",
			   text_of(root, "digest"));
	else if (!json_is_object(pause) && text_of(root, "digest") &&
		 json_integer_value(json_object_get(counts, number_status_name(NUMBER_HELD))))
		buf_printf(out, "Digest of the plan, for 'numberd approve': %s\n",
			   text_of(root, "digest"));
}

static int print_text(const struct options *options, const struct buf *body)
{
	json_t *root = json_loadb(buf_text(body), body->length, 0, NULL);
	const json_t *numbers = json_object_get(root, "numbers");
	struct buf out = {0};
	int status = 0;

	if (!root || !numbers) {
		output_error("the daemon's answer can't be read; is it another version?");
		status = STATUS_FAILED;
	} else if (options->word_count && !json_array_size(numbers)) {
		output_error("no file in force declares %s", options->words[0]);
		status = STATUS_FAILED;
	} else {
		add_head(&out, root);
		add_counts(&out, json_object_get(root, "counts"));
		add_numbers(&out, numbers, options->word_count > 0);
		status = output_result(&out);
	}
	buf_finish(&out);
	json_decref(root);
	return status;
}

static void add_row(void *context, const struct history_entry *entry)
{
	history_print_text(context, entry);
}

/* What is left to tell without a daemon. */
static void print_journal(const struct options *options)
{
	const struct history_filter filter = {
		.number = options->word_count ? options->words[0] : NULL,
		.outcome = -1,
		.limit = HISTORY_SHOWN,
	};
	struct journal *journal = NULL;
	struct buf out = {0};
	struct error error;

	if (journal_open(options->state_dir, JOURNAL_READ, NULL, clock_wall(&clock_system),
			 &journal, &error) == 0) {
		char *pause = consent_stored_pause(journal, clock_wall(&clock_system));

		buf_printf(&out, "The journal in %s knows, newest last:\n", options->state_dir);
		if (pause)
			buf_printf(&out, "Paused: %s\n", pause);
		if (history_read(journal, &filter, add_row, &out, &error) < 0)
			output_error("%s", error.text);
		output_result(&out);
		mem_free(pause);
	}
	journal_close(journal);
	buf_finish(&out);
}

int command_status(const struct options *options)
{
	struct buf path = {0}, body = {0};
	struct error error;
	int status;

	buf_add_text(&path, "/v1/status");
	if (options->word_count) {
		buf_add_text(&path, "?number=");
		buf_add_form(&path, options->words[0]);
	}
	status = local_http_request(options->socket, "GET", path.bytes, &body, &error);
	if (status < 0) {
		output_error("%s", error.text);
		if (status == -ENOENT && options->format == FORMAT_TEXT)
			print_journal(options);
		status = STATUS_FAILED;
	} else if (options->format == FORMAT_JSON) {
		status = output_result(&body);
	} else {
		status = print_text(options, &body);
	}
	buf_finish(&path);
	buf_finish(&body);
	return status;
}
