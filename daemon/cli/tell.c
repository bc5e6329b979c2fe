/* The commands that tell the running daemon something: approve, pause, resume, sync. */
#include "base/buf.h"
#include "cli/ask.h"
#include "cli/command.h"

static int tell(const struct options *options, const char *path, const char *done)
{
	int status = ask_command(options, path);

	return status ? status : ask_conclude(options, true, done);
}

int command_approve(const struct options *options)
{
	struct buf path = {0};
	int status;

	buf_add_text(&path, "/v1/approve?digest=");
	buf_add_form(&path, options->words[0]);
	status = tell(options, path.bytes,
		      "Approved, for an hour: the daemon sends exactly this plan now.");
	buf_finish(&path);
	return status;
}

int command_pause(const struct options *options)
{
	const char *length = options->values[OPTION_FOR];
	struct buf path = {0}, done = {0};
	int status;

	buf_add_text(&path, "/v1/pause?reason=");
	for (int i = 0; i < options->word_count; i++) {
		if (i)
			buf_add_form(&path, " ");
		buf_add_form(&path, options->words[i]);
	}
	if (length) {
		buf_add_text(&path, "&for=");
		buf_add_form(&path, length);
	}
	buf_printf(&done,
		   "Paused%s%s: nothing is sent, changes are still seen. 'numberd resume' ends it.",
		   length ? " for " : "", length ? length : "");
	status = tell(options, path.bytes, buf_text(&done));
	buf_finish(&path);
	buf_finish(&done);
	return status;
}

int command_resume(const struct options *options)
{
	return tell(options, "/v1/resume", "Resumed: a pass begins now.");
}

int command_sync(const struct options *options)
{
	return tell(options, "/v1/sync",
		    "A pass begins now, and what failed is tried again. 'numberd status' shows the "
		    "result.");
}
