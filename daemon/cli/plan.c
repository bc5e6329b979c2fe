#include "cli/command.h"
#include "cli/output.h"
#include "cli/plan_print.h"
#include "cli/session.h"

static void on_planned(void *context, struct pass *pass)
{
	struct session *session = context;

	(void)pass;
	session->waiting = false;
}

int command_plan(const struct options *options)
{
	struct session session;
	const struct pass_events events = {.planned = on_planned, .context = &session};
	int status = session_open(&session, options, JOURNAL_READ);
	struct buf text = {0};

	if (status == 0) {
		session_plan(&session, &events, false);
		const struct plan_view view = {
			.plan = pass_plan(session.pass),
			.input = pass_input(session.pass),
			.revision = session.snapshot->revision,
			.gets = pass_counts(session.pass).gets,
			.color = output_has_color(1),
		};

		plan_print(&view, options->format, &text);
		session_print_unknown(&session);
		status = plan_status(view.plan);
		if (output_result(&text))
			status = STATUS_FAILED;
	}
	buf_finish(&text);
	session_close(&session);
	return status;
}
