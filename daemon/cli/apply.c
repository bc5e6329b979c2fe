#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/one_pass.h"
#include "cli/output.h"
#include "cli/plan_print.h"

#define MOST_PASSES 8 /* each after the first has a number's next course to send */

struct application {
	struct one_pass session;
	struct buf results; /* JSON: one object a number */
	uint32_t sent;      /* numbers that have come to an end, */
	uint32_t failed;    /* those of them that failed, */
	uint32_t underway;  /* those that Twilio is still at, */
	uint32_t untold; /* and those of these that were not sent, because the pass was stopped */
};

static void on_planned(void *context, struct pass *pass)
{
	struct application *application = context;

	(void)pass;
	application->session.waiting = false;
}

static void add_json_result(struct application *application, const struct sent_number *sent)
{
	struct buf *out = &application->results;

	buf_add_text(out, application->sent ? ",\n  " : "\n  ");
	buf_printf(out, "{\"number\": \"%s\", \"ok\": %s, \"fields\": [", sent->wanted->number,
		   sent->ok ? "true" : "false");
	for (size_t i = 0; i < sent->count; i++)
		buf_printf(out, "%s\"%s\"", i ? ", " : "",
			   field_table[sent->fields[i].diff->field].key);
	buf_add_text(out, "], \"error\": ");
	if (sent->ok)
		buf_add_text(out, "null");
	else
		text_add_json(out, sent->text);
	buf_add_text(out, ", \"request_id\": ");
	text_add_json(out, sent->request_id);
	buf_add_char(out, '}');
}

static bool sent_is_underway(const struct sent_number *sent)
{
	bool underway = false;

	for (size_t i = 0; i < sent->count; i++)
		underway |= sent->fields[i].state == SENT_UNDERWAY;
	return underway;
}

static void print_text_result(const struct sent_number *sent)
{
	struct buf done = {0}, failed = {0};
	bool underway = sent_is_underway(sent);

	for (size_t i = 0; i < sent->count; i++) {
		bool ok = sent->fields[i].state < SENT_NOT_STORED;
		struct buf *fields = ok ? &done : &failed;

		buf_printf(fields, "%s%s", fields->length ? ", " : "",
			   field_table[sent->fields[i].diff->field].key);
	}
	if (done.length)
		printf("%s: %s %s\n", sent->wanted->number,
		       underway ? "accepted, and under way at Twilio:" : "updated",
		       buf_text(&done));
	if (failed.length)
		output_error("%s: %s not updated: %s", sent->wanted->number, buf_text(&failed),
			     sent->text);
	buf_finish(&done);
	buf_finish(&failed);
}

static void on_sent(void *context, struct pass *pass, const struct sent_number *sent)
{
	struct application *application = context;

	(void)pass;
	one_pass_clear_line(&application->session);
	if (application->session.options->format == FORMAT_JSON)
		add_json_result(application, sent);
	else
		print_text_result(sent);
	application->sent++;
	application->failed += !sent->ok;
	application->underway += sent_is_underway(sent);
	application->untold += sent->stopped;
}

static void on_done(void *context, struct pass *pass)
{
	struct application *application = context;

	(void)pass;
	application->session.waiting = false;
}

static bool ask(const struct plan *plan)
{
	char answer[16];

	fprintf(stderr, "Send these updates to %u number%s? Only 'yes' is accepted: ", plan->posts,
		plan->posts == 1 ? "" : "s");
	fflush(stderr);
	if (!fgets(answer, sizeof(answer), stdin))
		return false;
	return strcmp(answer, "yes\n") == 0;
}

/* True, and said, if another plan than this was approved. */
static bool is_another(const struct options *options, const struct plan *plan)
{
	const char *approved = options->values[OPTION_APPROVE];

	if (!approved || !plan->waiting || text_equal(approved, plan->digest))
		return false;
	output_error("this is not the plan that was approved (%s), but %s: nothing was sent; read "
		     "it before you approve it",
		     approved, plan->digest);
	return true;
}

/* What is said of the pass as a whole, from the very plan that was printed. */
static int status_of(const struct application *application)
{
	const struct plan *plan = pass_plan(application->session.pass);

	if (plan->limit_count && !application->sent)
		return STATUS_BLOCKED;
	/* Nothing at all could be looked at, or nothing of it sent. */
	if (plan->unknown && plan->unknown == plan->declared)
		return STATUS_FAILED;
	if (application->sent && application->untold == application->sent)
		return STATUS_FAILED;
	if (application->failed || application->underway || plan->unknown || plan->missing_count ||
	    plan->limit_count || plan_is_unsettled(plan))
		return STATUS_PARTIAL;
	return 0;
}

static void print_plan(const struct application *application, struct buf *out)
{
	const struct one_pass *session = &application->session;
	const struct plan_view view = {
		.plan = pass_plan(session->pass),
		.input = pass_input(session->pass),
		.revision = session->snapshot->commit.revision,
		.gets = pass_counts(session->pass).gets,
		.color = output_has_color(1),
	};

	plan_print(&view, session->options->format, out);
}

/* Further passes, for what had to wait for the number's turn. */
static void send_all(struct application *application, const struct pass_events *events)
{
	struct one_pass *session = &application->session;

	one_pass_send(session);
	for (int i = 1;
	     i < MOST_PASSES && pass_counts(session->pass).changed &&
	     plan_has_turns(pass_plan(session->pass)) && !application->failed && !session->stopped;
	     i++) {
		one_pass_plan(session, events, false);
		one_pass_send(session);
	}
}

static int apply(struct application *application)
{
	struct one_pass *session = &application->session;
	const struct options *options = session->options;
	const struct pass_events events = {
		.planned = on_planned, .sent = on_sent, .done = on_done, .context = application};
	bool json = options->format == FORMAT_JSON;
	struct buf out = {0};
	int status;

	one_pass_plan(session, &events, false);
	if (json)
		buf_add_text(&out, "{\"format_version\": 1, \"plan\": ");
	print_plan(application, &out);
	status = json ? 0 : output_result(&out);
	one_pass_print_unknown(session);
	if (status == 0 && is_another(options, pass_plan(session->pass)))
		status = pass_plan(session->pass)->limit_count ? STATUS_BLOCKED : STATUS_FAILED;
	if (status == 0 && !json && pass_plan(session->pass)->posts && isatty(STDIN_FILENO) &&
	    !option_given(options, OPTION_YES) && !ask(pass_plan(session->pass))) {
		output_error("not confirmed: nothing was sent");
		status = STATUS_FAILED;
	}
	if (status == 0 && !session->stopped) {
		send_all(application, &events);
		status = status_of(application);
	}
	if (session->stopped) {
		output_error("stopped by a signal: what was in flight has come to its end");
		status = STATUS_FAILED;
	}
	if (json) {
		buf_printf(&out, ", \"results\": [%s], \"status\": %d}\n",
			   buf_text(&application->results), status);
		if (output_result(&out))
			status = STATUS_FAILED;
	} else if (application->sent) {
		printf("%u updated, %u failed.\n", application->sent - application->failed,
		       application->failed);
		if (application->underway)
			printf("Twilio is still at %u of them: run 'numberd apply' again in a "
			       "minute to see it through.\n",
			       application->underway);
	}
	buf_finish(&out);
	return status;
}

int command_apply(const struct options *options)
{
	struct application application = {0};
	int status;

	/* A question needs somebody to answer it, and a program that reads JSON is not one. */
	if (options->format == FORMAT_JSON && isatty(STDIN_FILENO) &&
	    !option_given(options, OPTION_YES)) {
		output_error("'apply --format json' on a terminal needs --yes");
		return STATUS_USAGE;
	}
	status = one_pass_open(&application.session, options, JOURNAL_WRITE);
	if (status == 0)
		status = apply(&application);
	buf_finish(&application.results);
	one_pass_close(&application.session);
	return status;
}
