#include "cli/command.h"
#include "cli/one_pass.h"
#include "cli/output.h"
#include "cli/plan_print.h"

static void on_planned(void *context, struct pass *pass)
{
	struct one_pass *session = context;

	(void)pass;
	session->waiting = false;
}

int command_plan(const struct options *options)
{
	struct one_pass session;
	const struct pass_events events = {.planned = on_planned, .context = &session};
	int status = one_pass_open(&session, options, JOURNAL_READ);
	struct buf text = {0};

	if (status == 0) {
		one_pass_plan(&session, &events, false);
		const struct plan_view view = {
			.plan = pass_plan(session.pass),
			.input = pass_input(session.pass),
			.revision = session.snapshot->commit.revision,
			.gets = pass_counts(session.pass).gets,
			.color = output_has_color(1),
		};

		plan_print(&view, options->format, &text);
		one_pass_print_unknown(&session);
		status = plan_status(view.plan);
		if (output_result(&text))
			status = STATUS_FAILED;
	}
	buf_finish(&text);
	one_pass_close(&session);
	return status;
}
