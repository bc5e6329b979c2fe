/* The commands that tell the running daemon something: approve, pause, resume, sync. */
#include <stdio.h>

#include "base/buf.h"
#include "cli/ask.h"
#include "cli/command.h"

/* The command was taken: one sentence, or an object for programs. */
static void print_taken(const struct options *options, const char *sentence)
{
	puts(options->format == FORMAT_JSON ? "{\"format_version\": 1, \"ok\": true}" : sentence);
}

int command_approve(const struct options *options)
{
	struct buf path = {0};
	int status;

	buf_add_text(&path, "/v1/approve?digest=");
	buf_add_form(&path, options->words[0]);
	status = ask_command(options->socket, path.bytes);
	buf_finish(&path);
	if (status == 0)
		print_taken(options,
			    "Approved, for an hour: the daemon sends exactly this plan now.");
	return status;
}

int command_pause(const struct options *options)
{
	const char *duration = options->values[OPTION_FOR];
	struct buf path = {0}, sentence = {0};
	int status;

	buf_add_text(&path, "/v1/pause?reason=");
	for (int i = 0; i < options->word_count; i++) {
		if (i)
			buf_add_form(&path, " ");
		buf_add_form(&path, options->words[i]);
	}
	if (duration) {
		buf_add_text(&path, "&for=");
		buf_add_form(&path, duration);
	}
	status = ask_command(options->socket, path.bytes);
	buf_printf(&sentence,
		   "Paused%s%s: nothing is sent, changes are still seen. 'numberd resume' ends it.",
		   duration ? " for " : "", duration ? duration : "");
	if (status == 0)
		print_taken(options, sentence.bytes);
	buf_finish(&sentence);
	buf_finish(&path);
	return status;
}

int command_resume(const struct options *options)
{
	int status = ask_command(options->socket, "/v1/resume");

	if (status == 0)
		print_taken(options, "Resumed: a pass begins now.");
	return status;
}

int command_sync(const struct options *options)
{
	int status = ask_command(options->socket, "/v1/sync");

	if (status == 0)
		print_taken(options, "A pass begins now, and what failed is tried again. 'numberd "
				     "status' shows the result.");
	return status;
}
