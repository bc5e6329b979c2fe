/*
 * What `plan` and `apply` have in common: the file read and valid, the client with its credentials,
 * the journal and the memory, and one pass run to its end. Everything here ends with the process.
 *
 * It prints errors, and progress on a terminal, to standard error, and nothing to standard output.
 */
#ifndef NUMBERD_CLI_ONE_PASS_H
#define NUMBERD_CLI_ONE_PASS_H

#include "base/diag.h"
#include "base/rng.h"
#include "base/source.h"
#include "cli/options.h"
#include "engine/pass.h"
#include "journal/journal.h"
#include "sys/http/http_client.h"
#include "sys/os/loop.h"
#include "sys/os/signals.h"

struct one_pass {
	const struct options *options;
	const struct clock *clock;
	struct rng rng;
	struct loop *loop;
	struct signals *signals;
	struct http_client *client;
	struct source_snapshot *snapshot;
	struct wanted *wanted;
	struct journal *journal;
	struct memory *memory;
	struct pass *pass;
	bool stopped;    /* by a signal */
	bool waiting;    /* for the event that one_pass_run() returns at */
	int64_t started; /* monotonic */
	bool progress_shown;
};

/* 0, or the exit status after an error was printed. */
int one_pass_open(struct one_pass *session, const struct options *options, enum journal_mode mode);

/*
 * For a command that is about a number and not about the file: the client, and the journal for
 * writing. `wanted` and `memory` are there if the file is valid; nothing is said where it isn't.
 */
int one_pass_open_without_file(struct one_pass *session, const struct options *options);

/* For a command that looks at one account as if a file declared none of its numbers: nothing of it
 * is remembered. */
int one_pass_open_account(struct one_pass *session, const struct options *options,
			  const char *account);
void one_pass_close(struct one_pass *session);

/* Reads what is live and plans; afterwards pass_plan(session->pass) is there. */
void one_pass_plan(struct one_pass *session, const struct pass_events *events, bool paused);

/* Sends what the plan says; returns when all of it has an end. */
void one_pass_send(struct one_pass *session);

/* Says on standard error which accounts could not be looked at, and why. */
void one_pass_print_unknown(const struct one_pass *session);

/* Takes the line of progress away, before something else is printed. */
void one_pass_clear_line(struct one_pass *session);

#endif
