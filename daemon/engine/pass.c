#include "engine/pass.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "plan/judge.h"
#include "plan/learn.h"
#include "requests/caller.h"
#include "requests/fetch.h"

#define FAILED_LONGEST  3600000 /* between tries of an update that failed */
#define REFUSED_FACTOR  10      /* a refusal won't pass by itself as soon */
#define REFUSED_LONGEST (24 * 3600000LL)

struct pass {
	struct pass_options options;
	char *approved; /* a copy: a person may approve something else while the lists are read */
	struct pass_events events;
	struct caller *caller;
	struct live live;
	struct fetch *fetch;
	struct plan_input input;
	struct plan *plan;
	struct chronicle *chronicle;
	struct send *send;
	struct pass_counts counts;
	bool stopped;
	int64_t end; /* monotonic: then it is stopped, whatever it is at */
};

static void on_fetched(void *context)
{
	struct pass *pass = context;
	const struct pass_options *options = &pass->options;

	chronicle_settle(options->journal, options->memory, &pass->live, NULL,
			 clock_wall(options->clock));
	pass->input = (struct plan_input){
		.wanted = options->wanted,
		.memory = options->memory,
		.live = &pass->live,
		.observe = options->observe,
		.paused = options->paused,
		/* What is not sent needs no approval, and uses none. */
		.approved = pass->stopped || options->paused || options->observe ? NULL
										 : pass->approved,
		.wall = clock_wall(options->clock),
		.monotonic = clock_monotonic(options->clock),
	};
	pass->plan = plan_make(&pass->input);
	pass->chronicle = chronicle_new(options->journal, options->commit, pass->input.wall);
	pass->events.planned(pass->events.context, pass);
}

struct pass *pass_start(const struct pass_options *options, const struct pass_events *events)
{
	struct pass *pass = mem_zalloc(1, sizeof(*pass));

	pass->options = *options;
	pass->approved = mem_strdup(options->approved);
	pass->events = *events;
	pass->end = clock_monotonic(options->clock) + LIMIT_PASS_MS;
	pass->caller =
		caller_new(options->transport, options->clock, options->rng, options->concurrency);
	pass->fetch = fetch_start(&(struct fetch_options){.caller = pass->caller,
							  .wanted = options->wanted,
							  .memory = options->memory,
							  .clock = options->clock,
							  .interval = options->interval},
				  &pass->live, on_fetched, pass);
	return pass;
}

void pass_free(struct pass *pass)
{
	if (!pass)
		return;
	caller_free(pass->caller);
	fetch_free(pass->fetch);
	send_free(pass->send);
	chronicle_free(pass->chronicle);
	plan_free(pass->plan);
	live_finish(&pass->live);
	mem_free(pass->approved);
	mem_free(pass);
}

const struct plan *pass_plan(const struct pass *pass)
{
	return pass->plan;
}

const struct plan_input *pass_input(const struct pass *pass)
{
	return &pass->input;
}

const struct live *pass_live(const struct pass *pass)
{
	return &pass->live;
}

struct chronicle *pass_chronicle(const struct pass *pass)
{
	return pass->chronicle;
}

/* What was sent came to stay: from here on it is what is known of the field. */
static void remember_field(struct pass *pass, struct memory_number *memory,
			   const struct sent_field *field)
{
	struct difference *diff = &pass->plan->differences[field->diff - pass->plan->differences];

	if (field->state >= SENT_NOT_STORED)
		return;
	learn_proved(pass->options.memory, memory,
		     &(struct proof){
			     .field = diff->field,
			     .drift = diff->kind == DIFF_DRIFT,
			     .underway = field->state == SENT_UNDERWAY,
			     .want = diff->want,
			     .live = field->stored,
			     .from = diff->live,
			     .at = clock_wall(pass->options.clock),
		     });
	diff->done = true;
}

static int64_t wait_after(struct pass *pass, uint32_t failures, bool refused, int64_t retry_after)
{
	int64_t wait = pass->options.interval * (refused ? REFUSED_FACTOR : 1);
	int64_t longest = refused ? REFUSED_LONGEST : FAILED_LONGEST;

	for (uint32_t i = 1; i < failures && wait < longest; i++)
		wait *= 2;
	if (wait > longest)
		wait = longest;
	/* Not all at the same moment: up to a tenth less; but never before the time that is given.
	 */
	wait -= rng_upto(pass->options.rng, wait / 10);
	return wait > retry_after ? wait : retry_after;
}

/* One POST is of one course. */
static enum field_course course_of(const struct sent_number *sent)
{
	return field_table[sent->fields[0].diff->field].course;
}

static void note_failure(struct pass *pass, struct memory_number *memory,
			 const struct sent_number *sent)
{
	struct memory_try *last = memory_try_make(memory, course_of(sent));
	uint64_t posted = 0;

	for (size_t i = 0; i < sent->count; i++) {
		if (sent->fields[i].state >= SENT_NOT_STORED)
			posted += diff_cargo(sent->fields[i].diff);
	}
	last->failures = last->posted == posted ? last->failures + 1 : 1;
	last->posted = posted;
	last->next = clock_monotonic(pass->options.clock) +
		     wait_after(pass, last->failures, sent->refused, sent->retry_after);
}

/* True if nothing of the number is left to be sent or waited for. */
static bool is_complete(const struct pass *pass, const struct sent_number *sent)
{
	const struct difference *diff = sent->fields[0].diff;
	const struct difference *end = pass->plan->differences + pass->plan->count;

	for (size_t i = 0; i < sent->count; i++) {
		if (sent->fields[i].state == SENT_UNDERWAY)
			return false;
	}
	/* The differences of one number stand together. */
	while (diff > pass->plan->differences && diff[-1].memory == diff->memory)
		diff--;
	for (; diff < end && diff->memory == sent->fields[0].diff->memory; diff++) {
		if (diff->action != ACTION_SEND)
			return false;
	}
	return true;
}

static void on_sent(void *context, const struct sent_number *sent)
{
	struct pass *pass = context;
	struct memory_number *memory = sent->fields[0].diff->memory;

	for (size_t i = 0; i < sent->count; i++)
		remember_field(pass, memory, &sent->fields[i]);
	chronicle_sent(pass->chronicle, sent);
	pass->events.sent(pass->events.context, pass, sent);
	if (sent->stopped) {
		pass->counts.stopped++;
		return;
	}
	memory_set_failure(memory, course_of(sent), sent->ok ? NULL : sent->text);
	if (sent->ok) {
		pass->counts.changed++;
		if (memory->status == NUMBER_PENDING && is_complete(pass, sent))
			memory_set_status(memory, NUMBER_IN_SYNC, NULL);
		return;
	}
	pass->counts.failed++;
	memory_set_status(memory, NUMBER_FAILED, sent->text);
	note_failure(pass, memory, sent);
}

/* The accounts that this pass knows are known from now on, and what the files declare of them. */
static void remember_accounts(struct pass *pass)
{
	const struct wanted *wanted = pass->options.wanted;

	for (size_t i = 0; i < pass->options.memory->account_count; i++) {
		struct memory_account *account = &pass->options.memory->accounts[i];
		const struct live_account *live = live_find(&pass->live, account->sid);
		int64_t declared = 0;
		bool shrunk = false;

		for (size_t a = 0; a < wanted->account_count; a++) {
			if (strcmp(wanted->accounts[a].sid, account->sid) == 0)
				declared = wanted->accounts[a].count;
		}
		for (size_t l = 0; l < pass->plan->limit_count; l++)
			shrunk |= pass->plan->limits[l].kind == PLAN_LIMIT_SHRINK &&
				  strcmp(pass->plan->limits[l].file, account->sid) == 0;
		if (live && live->actual)
			account->known = true;
		if (!shrunk)
			account->declared = declared;
		account->dirty = true;
	}
}

static void finish(struct pass *pass)
{
	remember_accounts(pass);
	if (pass->counts.changed)
		judge_digest(pass->plan, &pass->input);
	chronicle_close(pass->chronicle, pass->options.memory, clock_wall(pass->options.clock));
	pass->events.done(pass->events.context, pass);
}

static void on_all_sent(void *context)
{
	finish(context);
}

void pass_send(struct pass *pass)
{
	/* What a person approved is to be sent, though a crash may come after the first of it. */
	if (pass->options.journal && text_equal(pass->input.approved, pass->plan->digest))
		journal_save(pass->options.journal, pass->options.memory, pass->input.wall);
	if (!pass->plan->posts) {
		finish(pass);
		return;
	}
	chronicle_intend(pass->chronicle, pass->plan);
	pass->send = send_start(pass->caller, pass->plan, on_sent, on_all_sent, pass);
}

void pass_end(struct pass *pass)
{
	pass->events.done(pass->events.context, pass);
}

void pass_hurry(struct pass *pass)
{
	caller_hurry(pass->caller);
}

void pass_stop(struct pass *pass, const char *why)
{
	pass->stopped = true;
	caller_stop(pass->caller, why);
}

bool pass_is_stopped(const struct pass *pass)
{
	return pass->stopped;
}

int64_t pass_deadline(const struct pass *pass)
{
	int64_t deadline = caller_deadline(pass->caller);

	return deadline < pass->end ? deadline : pass->end;
}

void pass_run(struct pass *pass)
{
	if (clock_monotonic(pass->options.clock) >= pass->end) {
		pass->end = NEVER;
		caller_stop(pass->caller, "the pass took longer than a pass may take");
	}
	caller_run(pass->caller);
}

struct pass_counts pass_counts(const struct pass *pass)
{
	struct pass_counts counts = pass->counts;

	counts.gets = caller_sent(pass->caller, HTTP_GET);
	counts.posts = caller_sent(pass->caller, HTTP_POST);
	return counts;
}
