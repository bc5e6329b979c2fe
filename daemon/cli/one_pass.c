#include "cli/one_pass.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/output.h"
#include "desired/load.h"
#include "engine/consent.h"
#include "sys/disk/source_disk.h"
#include "sys/os/clock_system.h"

#define PROGRESS_AFTER_MS 1000

static void on_signal(void *context, int number)
{
	struct one_pass *session = context;

	(void)number;
	session->stopped = true;
	if (session->pass)
		pass_stop(session->pass, "stopped by a signal");
}

/* What is wrong is said, unless `quiet`. */
static int read_wanted(struct one_pass *session, bool quiet)
{
	struct source_disk *disk = source_disk_new(session->options->config, NULL);
	const struct source *source = source_disk_source(disk);
	struct diag diag = {0};
	struct error error;
	int result;

	result = source->read(source->self, &session->snapshot, &error);
	if (result == 0)
		session->wanted =
			load_wanted(session->snapshot, getenv("TWILIO_ACCOUNT_SID"), &diag);
	else if (!quiet)
		output_error("%s", error.text);
	if (!quiet)
		output_diag(&diag);
	diag_finish(&diag);
	source_disk_free(disk);
	return session->wanted ? 0 : 1;
}

static int open_client(struct one_pass *session)
{
	const struct http_client_options options = {
		.base_url = session->options->values[OPTION_BASE_URL],
		.region = getenv("TWILIO_REGION"),
		.edge = getenv("TWILIO_EDGE"),
		.ca_file = session->options->values[OPTION_CA_FILE],
		.clock = session->clock,
	};
	struct error error;

	if (loop_new(&session->loop, &error) < 0 ||
	    signals_new(session->loop, on_signal, session, &session->signals, &error) < 0 ||
	    http_client_new(&options, &session->client, &error) < 0) {
		output_error("%s", error.text);
		return 1;
	}
	return 0;
}

/* A pause is the daemon's, and holds no person up; but who paused it may not know of this one. */
static void warn_of_pause(const struct one_pass *session)
{
	char *reason = consent_stored_pause(session->journal, clock_wall(session->clock));

	if (reason)
		output_warning(
			"numberd is paused: %s. That holds the daemon back, not this command",
			reason);
	mem_free(reason);
}

static int open_journal(struct one_pass *session, enum journal_mode mode)
{
	struct error error;
	const char *trouble;

	if (journal_open(session->options->state_dir, mode, NULL, clock_wall(session->clock),
			 &session->journal, &error) < 0) {
		output_error("%s", error.text);
		return 1;
	}
	if (session->wanted) {
		session->memory = memory_new(session->wanted);
		journal_load(session->journal, session->memory);
	}
	trouble = journal_trouble(session->journal);
	if (trouble)
		output_warning("%s", trouble);
	warn_of_pause(session);
	return 0;
}

static void begin(struct one_pass *session, const struct options *options)
{
	*session = (struct one_pass){
		.options = options,
		.clock = &clock_system,
		.started = clock_monotonic(&clock_system),
	};
	rng_init(&session->rng, (uint64_t)clock_wall(session->clock) ^ (uint64_t)getpid() << 40);
}

int one_pass_open(struct one_pass *session, const struct options *options, enum journal_mode mode)
{
	int status;

	begin(session, options);
	status = read_wanted(session, false);
	if (status == 0)
		status = open_client(session);
	if (status == 0)
		status = open_journal(session, mode);
	if (status == 0 && session->wanted->account_count == 0) {
		output_error("the files declare no account, so there is nothing to look at");
		status = 1;
	}
	return status;
}

int one_pass_open_without_file(struct one_pass *session, const struct options *options)
{
	int status;

	begin(session, options);
	read_wanted(session, true);
	status = open_client(session);
	return status ? status : open_journal(session, JOURNAL_WRITE);
}

int one_pass_open_account(struct one_pass *session, const struct options *options,
			  const char *account)
{
	static const char text[] = "version: 1\nnumbers: {}\n";
	const struct wanted_source nothing = {"no file", text, sizeof(text) - 1};
	struct diag diag = {0};

	begin(session, options);
	session->snapshot = mem_zalloc(1, sizeof(*session->snapshot));
	session->wanted = wanted_read(&nothing, 1, account, &diag);
	diag_finish(&diag);
	if (!session->wanted) {
		output_error("TWILIO_ACCOUNT_SID must be the SID of an account: 'AC' and 32 "
			     "hexadecimal digits");
		return 1;
	}
	session->memory = memory_new(session->wanted);
	return open_client(session);
}

void one_pass_close(struct one_pass *session)
{
	pass_free(session->pass);
	memory_free(session->memory);
	journal_close(session->journal);
	http_client_free(session->client);
	signals_free(session->signals);
	loop_free(session->loop);
	wanted_free(session->wanted);
	source_snapshot_free(session->snapshot);
}

static int timeout_of(const struct one_pass *session)
{
	int64_t now = clock_monotonic(session->clock);
	int64_t wait = pass_deadline(session->pass);
	int timeout = loop_timeout(session->loop, now);

	if (wait == NEVER)
		return timeout;
	wait = wait > now ? wait - now : 0;
	return wait < timeout ? (int)wait : timeout;
}

/* On a terminal, after a second: one line that is written over. */
static void show_progress(struct one_pass *session, const char *doing)
{
	struct pass_counts counts = pass_counts(session->pass);

	if (clock_monotonic(session->clock) - session->started < PROGRESS_AFTER_MS ||
	    !isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r\033[K%s: %u read, %u sent, %u failed", doing, counts.gets, counts.posts,
		counts.failed);
	fflush(stderr);
	session->progress_shown = true;
}

void one_pass_clear_line(struct one_pass *session)
{
	if (session->progress_shown)
		fputs("\r\033[K", stderr);
	session->progress_shown = false;
}

/* Turns until the event that somebody waits for has cleared `waiting`. */
static void run(struct one_pass *session, const char *doing)
{
	while (session->waiting) {
		show_progress(session, doing);
		pass_run(session->pass);
		if (!session->waiting)
			break;
		http_client_poll(session->client, session->loop, timeout_of(session));
		loop_dispatch(session->loop, clock_monotonic(session->clock));
	}
	one_pass_clear_line(session);
}

void one_pass_plan(struct one_pass *session, const struct pass_events *events, bool paused)
{
	const struct pass_options options = {
		.transport = http_client_transport(session->client),
		.clock = session->clock,
		.rng = &session->rng,
		.wanted = session->wanted,
		.memory = session->memory,
		.journal = session->journal,
		.commit = &session->snapshot->commit,
		.concurrency = session->options->concurrency,
		.interval = session->options->interval,
		.paused = paused,
		.approved = session->options->values[OPTION_APPROVE],
	};

	pass_free(session->pass);
	session->waiting = true;
	session->pass = pass_start(&options, events);
	run(session, "Reading what is live");
}

void one_pass_send(struct one_pass *session)
{
	session->waiting = true;
	pass_send(session->pass);
	run(session, "Sending updates");
}

void one_pass_print_unknown(const struct one_pass *session)
{
	const struct live *live = pass_live(session->pass);

	for (size_t i = 0; i < live->count; i++) {
		if (!live->accounts[i].actual)
			output_error("%s", live->accounts[i].error.text);
	}
}
