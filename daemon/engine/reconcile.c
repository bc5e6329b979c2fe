#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "engine/reconcile_parts.h"

#define WAIT_FACTOR                                                                                \
	8 /* an API that gives no answer is asked again after this many intervals at most */

static void set_status(struct reconcile *reconcile, const char *text)
{
	if (text_equal(reconcile->status, text))
		return;
	mem_free(reconcile->status);
	reconcile->status = mem_strdup(text);
	if (reconcile->options.status)
		reconcile->options.status(reconcile->options.context, text);
}

static int64_t now_monotonic(const struct reconcile *reconcile)
{
	return clock_monotonic(reconcile->options.clock);
}

static void report_trouble(struct reconcile *reconcile)
{
	const char *trouble = NULL;

	if (reconcile->options.journal)
		trouble = journal_trouble(reconcile->options.journal);
	if (trouble)
		log_event(reconcile->options.log, LOG_LEVEL_ERROR, "journal", trouble);
}

struct reconcile *reconcile_new(const struct reconcile_options *options)
{
	struct reconcile *reconcile = mem_zalloc(1, sizeof(*reconcile));

	reconcile->options = *options;
	reconcile->declared = in_force_new(options->source, options->default_account, options->log);
	reconcile->consent = consent_new(options->journal, options->clock);
	reconcile->report = report_new(options->log);
	reconcile->undo = (struct undo_turn){
		.options = {.transport = options->transport,
			    .clock = options->clock,
			    .rng = options->rng,
			    .journal = options->journal},
		.log = options->log,
	};
	reconcile->next_pass = now_monotonic(reconcile);
	reconcile->last_good = NEVER;
	reconcile->look = true;
	report_trouble(reconcile);
	return reconcile;
}

void reconcile_free(struct reconcile *reconcile)
{
	if (!reconcile)
		return;
	pass_free(reconcile->pass);
	undo_turn_finish(&reconcile->undo);
	memory_free(reconcile->memory);
	in_force_free(reconcile->declared);
	consent_free(reconcile->consent);
	report_free(reconcile->report);
	mem_free(reconcile->pass_error);
	mem_free(reconcile->status);
	mem_free(reconcile);
}

/* The next valid file comes into force, with what is remembered of its numbers. */
static void take_file(struct reconcile *reconcile)
{
	struct memory *memory;

	if (!in_force_has_next(reconcile->declared))
		return;
	memory = memory_carry(reconcile->memory, in_force_next(reconcile->declared));
	memory_free(reconcile->memory);
	in_force_take(reconcile->declared);
	reconcile->memory = memory;
	if (reconcile->options.journal)
		journal_load(reconcile->options.journal, memory);
	reconcile->again = true;
}

static void read_file(struct reconcile *reconcile)
{
	reconcile->look = false;
	in_force_read(reconcile->declared, now_monotonic(reconcile));
	if (!in_force_has_next(reconcile->declared))
		return;
	if (reconcile->pass)
		pass_stop(reconcile->pass, "the file has changed");
	else
		take_file(reconcile);
}

static bool has_list(const struct live *live)
{
	for (size_t i = 0; i < live->count; i++) {
		if (live->accounts[i].actual)
			return true;
	}
	return false;
}

static void on_planned(void *context, struct pass *pass)
{
	struct reconcile *reconcile = context;
	const struct plan *plan = pass_plan(pass);
	bool approved;

	if (has_list(pass_live(pass)))
		reconcile->last_good = now_monotonic(reconcile);

	report_ends(reconcile->report, plan);
	if (pass_is_stopped(pass)) {
		pass_end(pass);
		return;
	}
	report_plan(reconcile->report, pass);
	/* What was approved since the pass began is for the next one. */
	approved = text_equal(pass_input(pass)->approved, plan->digest) &&
		   text_equal(consent_digest(reconcile->consent), plan->digest);
	if (approved)
		log_event(reconcile->options.log, LOG_LEVEL_NOTICE, "approved",
			  "the plan was approved and is sent", {"digest", plan->digest});
	memcpy(reconcile->digest, plan->digest, sizeof(reconcile->digest));
	reconcile->waits = plan->waiting > 0;
	reconcile->blocked = plan->limit_count > 0;
	pass_send(pass);
	/* From here on the memory has it, also on the disk. */
	if (approved)
		consent_is_used(reconcile->consent, reconcile->digest);
}

static void on_sent(void *context, struct pass *pass, const struct sent_number *sent)
{
	struct reconcile *reconcile = context;

	(void)pass;
	if (sent->ok)
		reconcile->last_good = now_monotonic(reconcile);
	report_sent(reconcile->report, sent);
}

static void on_done(void *context, struct pass *pass)
{
	struct reconcile *reconcile = context;

	(void)pass;
	reconcile->pass_over = true;
}

static void start_pass(struct reconcile *reconcile)
{
	const struct reconcile_options *options = &reconcile->options;
	const struct pass_events events = {
		.planned = on_planned, .sent = on_sent, .done = on_done, .context = reconcile};
	reconcile->pass = pass_start(
		&(struct pass_options){
			.transport = options->transport,
			.clock = options->clock,
			.rng = options->rng,
			.wanted = in_force_wanted(reconcile->declared),
			.memory = reconcile->memory,
			.journal = options->journal,
			.commit = in_force_commit(reconcile->declared),
			.concurrency = options->concurrency,
			.interval = options->interval,
			.observe = options->observe,
			.paused = consent_reason(reconcile->consent) != NULL,
			.approved = consent_digest(reconcile->consent),
		},
		&events);
}

/* The interval, longer while nothing can be told, with up to a tenth of jitter. */
static int64_t wait_for_next(struct reconcile *reconcile)
{
	int64_t wait = reconcile->options.interval;
	int64_t longest = wait * WAIT_FACTOR;

	for (uint32_t i = 1; i < reconcile->failures && wait < longest; i++)
		wait *= 2;
	return wait + rng_upto(reconcile->options.rng, wait / 10);
}

/* When the next pass is due. Where every account gave a time before which it is not to be asked, no
 * earlier than the first of these. */
static int64_t next_pass(struct reconcile *reconcile)
{
	int64_t next = now_monotonic(reconcile) + wait_for_next(reconcile), first = NEVER;
	const struct live *live = pass_live(reconcile->pass);

	for (size_t i = 0; i < live->count; i++) {
		int64_t account = memory_account(reconcile->memory, live->accounts[i].sid)->next;

		if (account < first)
			first = account;
	}
	return first != NEVER && first > next ? first : next;
}

/* Why the pass could not tell everything; NULL if it could. */
static const char *unknown_of(const struct live *live, bool *ret_all)
{
	const char *why = NULL;

	*ret_all = true;
	for (size_t i = 0; i < live->count; i++) {
		if (live->accounts[i].actual)
			*ret_all = false;
		else if (!why)
			why = live->accounts[i].error.text;
	}
	return why;
}

/* What the pass as a whole told. */
static void conclude(struct reconcile *reconcile)
{
	const struct plan *plan = pass_plan(reconcile->pass);
	bool all;
	const char *unknown = unknown_of(pass_live(reconcile->pass), &all);
	struct pass_counts counts = pass_counts(reconcile->pass);
	struct buf summary = {0};

	mem_free(reconcile->pass_error);
	reconcile->pass_error = mem_strdup(unknown);
	/* One account that can't be read, a suspended one, must not slow the others down. */
	reconcile->failures = unknown && all ? reconcile->failures + 1 : 0;
	if (!unknown)
		reconcile->last_pass = clock_wall(reconcile->options.clock);
	reconcile->again |= counts.changed && !counts.failed && plan_has_turns(plan);
	report_add_summary(&summary, reconcile->memory);
	if (plan->limit_count)
		buf_add_text(&summary, "; blocked by limits.max_changes");
	log_event(reconcile->options.log, LOG_LEVEL_DEBUG, "pass", buf_text(&summary));
	set_status(reconcile, buf_text(&summary));
	buf_finish(&summary);
}

/* Who is shown a digest between two passes may approve it: it has to be that of the next plan. */
static void take_digest(struct reconcile *reconcile)
{
	const struct plan *plan = pass_plan(reconcile->pass);

	if (!pass_counts(reconcile->pass).changed)
		return;
	consent_follow(reconcile->consent, reconcile->digest, plan->waiting ? plan->digest : NULL);
	memcpy(reconcile->digest, plan->digest, sizeof(reconcile->digest));
	reconcile->waits = plan->waiting > 0;
}

static void finish_pass(struct reconcile *reconcile)
{
	take_digest(reconcile);
	if (!pass_is_stopped(reconcile->pass))
		conclude(reconcile);
	reconcile->pass_over = false;
	reconcile->next_pass = next_pass(reconcile);
	pass_free(reconcile->pass);
	reconcile->pass = NULL;
	if (consent_save(reconcile->consent))
		log_event(reconcile->options.log, LOG_LEVEL_WARNING, "paused",
			  "numberd was paused before it started, which the journal could not tell "
			  "until now; 'numberd resume' ends it",
			  {"reason", consent_reason(reconcile->consent)});
	report_trouble(reconcile);
	take_file(reconcile);
}

/* The file is compared before every pass: not every change of it makes an event. */
static void begin_pass(struct reconcile *reconcile)
{
	reconcile->again = false;
	read_file(reconcile);
	if (!in_force_wanted(reconcile->declared)) {
		set_status(reconcile, "waiting for a valid file");
		reconcile->next_pass = now_monotonic(reconcile) + wait_for_next(reconcile);
		return;
	}
	if (in_force_wanted(reconcile->declared)->account_count == 0) {
		set_status(reconcile, "the file declares no account");
		reconcile->next_pass = now_monotonic(reconcile) + wait_for_next(reconcile);
		return;
	}
	if (reconcile->hurry)
		memory_forget_all_waits(reconcile->memory);
	reconcile->hurry = false;
	start_pass(reconcile);
	reconcile->again = false;
}

/* True while an undo keeps passes from beginning: one writer at a time. A pass follows. */
static bool run_undo(struct reconcile *reconcile)
{
	if (undo_turn_run(&reconcile->undo, reconcile->memory)) {
		reconcile->again = true;
		report_trouble(reconcile);
	}
	return undo_turn_is_open(&reconcile->undo);
}

/* When a pause ends by itself, by the clock that timers go by. */
static int64_t pause_end(const struct reconcile *reconcile)
{
	int64_t until = consent_paused_until(reconcile->consent);
	int64_t wall = clock_wall(reconcile->options.clock);

	if (!consent_reason(reconcile->consent) || !until)
		return NEVER;
	return now_monotonic(reconcile) + (until > wall ? until - wall : 0);
}

int64_t reconcile_deadline(const struct reconcile *reconcile)
{
	int64_t deadline = reconcile->stopping ? NEVER : in_force_retry_at(reconcile->declared);

	if (reconcile->look || reconcile->pass_over)
		return 0;
	if (reconcile->pass) {
		int64_t pass = pass_deadline(reconcile->pass);

		return pass < deadline ? pass : deadline;
	}
	if (undo_turn_is_open(&reconcile->undo))
		return undo_turn_deadline(&reconcile->undo);
	if (reconcile->stopping)
		return NEVER;
	if (reconcile->again)
		return 0;
	if (pause_end(reconcile) < deadline)
		deadline = pause_end(reconcile);
	return reconcile->next_pass < deadline ? reconcile->next_pass : deadline;
}

/* What was held in a pause that has come to its end is looked at again at once. */
static void end_pause(struct reconcile *reconcile)
{
	if (!consent_end_pause(reconcile->consent))
		return;
	log_event(reconcile->options.log, LOG_LEVEL_NOTICE, "resumed", "the pause is over");
	reconcile->again = true;
}

void reconcile_run(struct reconcile *reconcile)
{
	int64_t now = now_monotonic(reconcile);

	end_pause(reconcile);
	if (!reconcile->stopping &&
	    (reconcile->look || in_force_retry_at(reconcile->declared) <= now))
		read_file(reconcile);
	reconcile->look = false;
	if (reconcile->pass)
		pass_run(reconcile->pass);
	if (reconcile->pass_over)
		finish_pass(reconcile);
	if (reconcile->pass || run_undo(reconcile) || reconcile->stopping)
		return;
	if (reconcile->again || reconcile->next_pass <= now)
		begin_pass(reconcile);
	if (reconcile->pass)
		pass_run(reconcile->pass);
}

void reconcile_look(struct reconcile *reconcile)
{
	reconcile->look = true;
}

void reconcile_sync(struct reconcile *reconcile)
{
	reconcile->again = true;
	reconcile->hurry = true;
	if (reconcile->pass)
		pass_hurry(reconcile->pass);
}

void reconcile_reload(struct reconcile *reconcile)
{
	reconcile->options.transport->renew_credentials(reconcile->options.transport->self);
	reconcile->look = true;
	reconcile_sync(reconcile);
}

void reconcile_stop(struct reconcile *reconcile)
{
	reconcile->stopping = true;
	if (reconcile->pass)
		pass_stop(reconcile->pass, "numberd is stopping");
	undo_turn_stop(&reconcile->undo, "numberd is stopping");
}

bool reconcile_is_stopped(const struct reconcile *reconcile)
{
	return reconcile->stopping && !reconcile->pass && !undo_turn_is_open(&reconcile->undo);
}
