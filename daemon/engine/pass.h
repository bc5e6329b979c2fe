/*
 * One pass: read what is live, plan, and send what the plan says, with the memory and the journal
 * kept up on the way. `plan` ends after the second step, `apply` goes on, the daemon does one after
 * the other; they all do it here.
 *
 * It never blocks. It prints and logs nothing: its owner is told by the events.
 */
#ifndef NUMBERD_ENGINE_PASS_H
#define NUMBERD_ENGINE_PASS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/rng.h"
#include "base/source.h"
#include "base/transport.h"
#include "engine/chronicle.h"
#include "journal/journal.h"
#include "plan/plan.h"
#include "requests/send.h"

struct pass;

struct pass_options {
	const struct transport *transport;
	const struct clock *clock;
	struct rng *rng;
	const struct wanted *wanted;
	struct memory *memory;
	struct journal *journal;            /* opened for writing, or NULL: nothing is written */
	const struct source_commit *commit; /* of the file; may be renewed while the pass is on */
	unsigned concurrency;
	int64_t interval; /* between passes, ms: what failed waits for one, then longer */
	bool observe;
	bool paused;
	const char *approved; /* a digest, or NULL */
};

struct pass_events {
	/* The plan is made: the owner calls pass_send() or pass_end(), now or later. */
	void (*planned)(void *context, struct pass *pass);
	/* One number was sent, or failed. */
	void (*sent)(void *context, struct pass *pass, const struct sent_number *sent);
	/* Over; pass_free() may be called from now on, but not from within. */
	void (*done)(void *context, struct pass *pass);
	void *context;
};

/* What is pointed to must outlive the pass. */
struct pass *pass_start(const struct pass_options *options, const struct pass_events *events);
void pass_free(struct pass *pass);

/* Valid from the event `planned` on. Its digest is of what is left, at the event `done`. */
const struct plan *pass_plan(const struct pass *pass);
const struct plan_input *pass_input(const struct pass *pass);
const struct live *pass_live(const struct pass *pass);
struct chronicle *pass_chronicle(const struct pass *pass);

/* Sends what the plan says, then remembers. `done` may come from within. */
void pass_send(struct pass *pass);

/* Ends without sending or remembering anything. `done` comes from within. */
void pass_end(struct pass *pass);

/* Tries at once what waits for a later try. */
void pass_hurry(struct pass *pass);

/* Gives up what is not in flight yet; `done` still comes. */
void pass_stop(struct pass *pass, const char *why);

/* By pass_stop(): what could not be told because of it means nothing. */
bool pass_is_stopped(const struct pass *pass);

int64_t pass_deadline(const struct pass *pass);
void pass_run(struct pass *pass);

struct pass_counts {
	uint32_t gets, posts; /* requests */
	uint32_t changed;     /* numbers whose update is proved */
	uint32_t failed;      /* numbers whose update is not */
	uint32_t stopped;     /* numbers that were not tried */
};

struct pass_counts pass_counts(const struct pass *pass);

#endif
