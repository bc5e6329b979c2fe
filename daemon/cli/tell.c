/* The commands that tell the running daemon something: approve, pause, resume, sync. */
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/command.h"
#include "cli/output.h"

static int tell(const struct options *options, const char *path)
{
	struct buf text = {0};
	int status = ask_command(options, path, &text);

	if (status == 0)
		status = ask_conclude(options, true, buf_text(&text));
	buf_finish(&text);
	return status;
}

int command_approve(const struct options *options)
{
	struct buf path = {0};
	int status;

	if (!options_is_digest(options->words[0])) {
		output_error("'%s' is no digest of a plan (sha256: and 64 digits); 'numberd plan' "
			     "shows it",
			     options->words[0]);
		return STATUS_USAGE;
	}
	buf_add_text(&path, "/v1/approve?digest=");
	buf_add_form(&path, options->words[0]);
	status = tell(options, path.bytes);
	buf_finish(&path);
	return status;
}

int command_pause(const struct options *options)
{
	const char *length = options->values[OPTION_FOR];
	struct buf path = {0}, reason = {0};
	int status;

	for (int i = 0; i < options->word_count; i++)
		buf_printf(&reason, "%s%s", i ? " " : "", options->words[i]);
	if (text_is_blank(buf_text(&reason))) {
		output_error("a pause needs a reason, for whoever finds it");
		buf_finish(&reason);
		return STATUS_USAGE;
	}
	buf_add_text(&path, "/v1/pause?reason=");
	buf_add_form(&path, buf_text(&reason));
	if (length) {
		buf_add_text(&path, "&for=");
		buf_add_form(&path, length);
	}
	status = tell(options, path.bytes);
	buf_finish(&path);
	buf_finish(&reason);
	return status;
}

int command_resume(const struct options *options)
{
	return tell(options, "/v1/resume");
}

int command_sync(const struct options *options)
{
	return tell(options, "/v1/sync");
}
