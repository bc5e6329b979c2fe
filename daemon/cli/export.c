/* numberd export: the live configuration as a file, proved to change nothing before it is shown. */
#include "desired/export.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/one_pass.h"
#include "cli/output.h"

static void on_planned(void *context, struct pass *pass)
{
	struct one_pass *session = context;

	(void)pass;
	session->waiting = false;
}

/* The account's list, which lives as long as the session; NULL after the error was printed. */
static const struct live *fetch_account(struct one_pass *session, const char *account)
{
	const struct pass_events events = {.planned = on_planned, .context = session};

	if (one_pass_open_account(session, session->options, account))
		return NULL;
	one_pass_plan(session, &events, false);
	if (session->stopped) {
		output_error("stopped by a signal: nothing was written");
		return NULL;
	}
	one_pass_print_unknown(session);
	return pass_live(session->pass)->accounts[0].actual ? pass_live(session->pass) : NULL;
}

/* What is written must be a valid file, and must ask for nothing but what is. */
static int prove(const struct buf *text, const struct live *live, uint32_t numbers)
{
	const struct wanted_source source = {"the exported file", buf_text(text), text->length};
	struct plan_input input = {.live = live};
	struct diag diag = {0};
	struct plan *plan;
	int status = STATUS_FAILED;

	input.wanted = wanted_read(&source, 1, NULL, &diag);
	if (!input.wanted) {
		output_diag(&diag);
		output_error("what is live can't be declared as it is: see above; nothing was "
			     "written. Please report this");
	} else {
		input.memory = memory_new(input.wanted);
		plan = plan_make(&input);
		if (plan->count == 0 && plan->missing_count == 0 && plan->in_sync == numbers)
			status = 0;
		else
			output_error("the plan of the exported file is not empty: %zu "
				     "difference%s; nothing was written. Please report this",
				     plan->count, plan->count == 1 ? "" : "s");
		plan_free(plan);
		memory_free(input.memory);
	}
	wanted_free((struct wanted *)input.wanted);
	diag_finish(&diag);
	return status;
}

static int already_there(const char *path)
{
	output_error("%s is there already; --force overwrites it", path);
	return STATUS_FAILED;
}

static int write_all(int fd, const struct buf *text)
{
	for (size_t at = 0; at < text->length;) {
		ssize_t count = write(fd, text->bytes + at, text->length - at);

		if (count < 0 && errno != EINTR)
			return -errno;
		at += count > 0 ? (size_t)count : 0;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

/* Whole or not at all: a daemon may be watching the path. */
static int write_file(const char *path, const struct buf *text, bool force)
{
	struct buf beside = {0};
	int fd, result;

	buf_printf(&beside, "%s.new-XXXXXX", path);
	fd = mkostemp(beside.bytes, O_CLOEXEC);
	if (fd < 0) {
		output_error("%s can't be written: %s", path, strerror(errno));
		buf_finish(&beside);
		return STATUS_FAILED;
	}
	result = write_all(fd, text);
	if (fchmod(fd, 0644) < 0 && result == 0)
		result = -errno;
	close(fd);
	if (result == 0 && (force ? rename(beside.bytes, path) : link(beside.bytes, path)) < 0)
		result = -errno;
	if (result < 0 || !force)
		unlink(beside.bytes);
	if (result == -EEXIST)
		already_there(path);
	else if (result < 0)
		output_error("%s can't be written: %s", path, strerror(-result));
	buf_finish(&beside);
	return result < 0 ? STATUS_FAILED : 0;
}

static int finish(const struct options *options, const struct buf *text,
		  const struct export_counts *counts)
{
	const char *path = options->values[OPTION_OUTPUT];
	int status = path ? write_file(path, text, option_given(options, OPTION_FORCE))
			  : output_result(text);

	if (status)
		return STATUS_FAILED;
	if (counts->secrets)
		output_warning("%u url%s seem%s to hold a secret; comments in the file say where. "
			       "Think twice before it goes to git",
			       counts->secrets, counts->secrets == 1 ? "" : "s",
			       counts->secrets == 1 ? "s" : "");
	if (counts->left_out)
		output_warning("%u value%s left out; comments in the file say why",
			       counts->left_out, counts->left_out == 1 ? " is" : "s are");
	fprintf(stderr, "%u number%s, %u group%s; read back: valid, and its plan is empty.\n",
		counts->numbers, counts->numbers == 1 ? "" : "s", counts->groups,
		counts->groups == 1 ? "" : "s");
	return 0;
}

int command_export(const struct options *options)
{
	const char *account = getenv("TWILIO_ACCOUNT_SID"), *path = options->values[OPTION_OUTPUT];
	struct one_pass session = {.options = options};
	struct export_counts counts;
	const struct live *live;
	struct buf text = {0};
	int status = STATUS_FAILED;

	if (text_is_empty(account)) {
		output_error("set TWILIO_ACCOUNT_SID to the account whose numbers are to be "
			     "exported");
		return STATUS_FAILED;
	}
	if (path && !option_given(options, OPTION_FORCE) && access(path, F_OK) == 0)
		return already_there(path);
	live = fetch_account(&session, account);
	if (live) {
		counts = export_write(&text, live->accounts[0].sid, live->accounts[0].actual,
				      option_given(options, OPTION_MINIMAL));
		status = prove(&text, live, counts.numbers);
		if (status == 0)
			status = finish(options, &text, &counts);
	}
	buf_finish(&text);
	one_pass_close(&session);
	return status;
}
