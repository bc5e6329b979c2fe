/* The commands that tell the running daemon something: approve, pause, resume, sync. */
#include <stdio.h>

#include "base/buf.h"
#include "cli/ask.h"
#include "cli/command.h"

int command_approve(const struct options *options)
{
	struct buf path = {0};
	int status;

	buf_add_text(&path, "/v1/approve?digest=");
	buf_add_form(&path, options->words[0]);
	status = ask_command(options->socket, path.bytes);
	buf_finish(&path);
	if (status == 0)
		puts("Approved, for an hour: the daemon sends exactly this plan now.");
	return status;
}

int command_pause(const struct options *options)
{
	struct buf path = {0};
	int status;

	buf_add_text(&path, "/v1/pause?reason=");
	for (int i = 0; i < options->word_count; i++) {
		if (i)
			buf_add_form(&path, " ");
		buf_add_form(&path, options->words[i]);
	}
	if (option_given(options, OPTION_FOR)) {
		buf_add_text(&path, "&for=");
		buf_add_form(&path, options->values[OPTION_FOR]);
	}
	status = ask_command(options->socket, path.bytes);
	buf_finish(&path);
	if (status == 0)
		printf("Paused%s%s: nothing is sent, changes are still seen. 'numberd resume' ends "
		       "it.\n",
		       option_given(options, OPTION_FOR) ? " for " : "",
		       option_given(options, OPTION_FOR) ? options->values[OPTION_FOR] : "");
	return status;
}

int command_resume(const struct options *options)
{
	int status = ask_command(options->socket, "/v1/resume");

	if (status == 0)
		puts("Resumed: a pass begins now.");
	return status;
}

int command_sync(const struct options *options)
{
	int status = ask_command(options->socket, "/v1/sync");

	if (status == 0)
		puts("A pass begins now, and what failed is tried again. 'numberd status' shows "
		     "the "
		     "result.");
	return status;
}
