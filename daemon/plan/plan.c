#include "plan/plan.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "plan/judge.h"
#include "plan/warn.h"

/* An address that is as declared may still be on its way, or have been refused afterwards. */
static bool is_settled(enum field_id id, const struct actual_row *row)
{
	return field_table[id].course != FIELD_COURSE_EMERGENCY ||
	       (!emergency_is_pending(row->emergency) && !emergency_is_refused(row->emergency));
}

static enum diff_kind kind_of(const struct memory_value *value, const char *want, const char *live)
{
	bool file_moved, number_moved;

	/* Its first step has changed the number; what is left is the file's wish all the same. */
	if (value && value->underway)
		return DIFF_CHANGE;
	if (!value || !value->synced)
		return DIFF_NEW;
	file_moved = !text_equal(want, value->want);
	number_moved = !text_equal(live, value->live);
	if (file_moved && number_moved)
		return DIFF_BOTH;
	return file_moved ? DIFF_CHANGE : DIFF_DRIFT;
}

/* The value that this pass sends: an emergency address must be cleared before a new one is set. */
static const char *step_of(enum field_id id, const char *want, const char *live)
{
	if (field_table[id].course == FIELD_COURSE_EMERGENCY && live)
		return NULL;
	return want;
}

static struct difference *add_difference(struct plan *plan, const struct wanted_number *wanted,
					 struct memory_number *memory, const struct actual_row *row,
					 enum field_id id, enum diff_kind kind)
{
	const struct memory_value *value = memory_value(memory, id);
	const char *want = record_value(&wanted->record, id);
	const char *live = record_value(&row->record, id);
	struct difference *diff;

	mem_grow(plan->differences, plan->count, plan->capacity);
	diff = &plan->differences[plan->count++];
	*diff = (struct difference){
		.wanted = wanted,
		.memory = memory,
		.row = row,
		.field = id,
		.kind = kind,
		.want = want,
		.send = step_of(id, want, live),
		.live = live,
		.known = value && value->synced ? arena_strdup(&plan->arena, value->live) : NULL,
		.underway = value && value->underway,
	};
	plan->counts[diff->kind]++;
	return diff;
}

/* The value is as wanted; whether it is in force is another question. */
static void add_unsettled(struct plan *plan, const struct wanted_number *wanted,
			  struct memory_number *memory, const struct actual_row *row,
			  enum field_id id)
{
	struct difference *diff = add_difference(plan, wanted, memory, row, id, DIFF_CHANGE);

	diff->unsettled = true;
	diff->action = emergency_is_refused(row->emergency) ? ACTION_REPORT : ACTION_WAIT;
	diff->reason = emergency_is_refused(row->emergency) ? REASON_REFUSED : REASON_EMERGENCY;
}

static void add_end(struct plan *plan, const struct wanted_number *wanted,
		    struct memory_value *value, enum field_id id)
{
	mem_grow(plan->ends, plan->end_count, plan->end_capacity);
	plan->ends[plan->end_count++] = (struct plan_end){wanted, id};
	value->said = 0;
}

/* Nothing is left to be sent of the field. */
static void settle_field(struct plan *plan, const struct wanted_number *wanted,
			 struct memory_number *memory, const struct actual_row *row,
			 enum field_id id)
{
	struct memory_value *value = memory_value(memory, id);

	if (!is_settled(id, row)) {
		add_unsettled(plan, wanted, memory, row, id);
		if (value && value->underway)
			return;
	} else if (value && value->underway) {
		add_end(plan, wanted, value, id);
	}
	memory_sync(memory, id, record_value(&wanted->record, id), record_value(&row->record, id));
}

/* What a course took away comes back as the file asks for it now: another wish than the one that it
 * began with does not end it half-way. Where nothing is taken away, it does. */
static void follow_course(struct memory_number *memory, enum field_id id, const char *want,
			  const char *live)
{
	const struct memory_value *value = memory_value(memory, id);

	if (value && value->underway && value->want && want && !live)
		memory_begin_course(memory, id, want);
}

static void compare_number(struct plan *plan, const struct wanted_number *wanted,
			   struct memory_number *memory, const struct actual_row *row, bool fresh)
{
	size_t before = plan->count;
	enum field_id id;
	field_mask rest;

	memory->dirty |= memory->missing;
	memory->missing = false;
	memory_set_status(memory, NUMBER_IN_SYNC, NULL);
	if (!text_equal(memory->sid, row->sid)) {
		mem_free(memory->sid);
		memory->sid = mem_strdup(row->sid);
		memory->dirty = true;
	}
	FIELD_FOREACH (id, rest, wanted->record.set) {
		const char *want = record_value(&wanted->record, id);
		const char *live = record_value(&row->record, id);
		const struct memory_value *value = memory_value(memory, id);
		enum diff_kind kind;

		if (memory_agrees(value, want, live)) {
			settle_field(plan, wanted, memory, row, id);
			continue;
		}
		kind = kind_of(value, want, live);
		follow_course(memory, id, want, live);
		memory_wish(memory, id, want, fresh);
		add_difference(plan, wanted, memory, row, id, kind);
	}
	/* A course towards what the file asks for no more is none. */
	FIELD_FOREACH (id, rest, memory->known & ~wanted->record.set) {
		memory->dirty |= memory_value(memory, id)->underway;
		memory_value(memory, id)->underway = false;
	}
	plan_warn_of_row(plan, wanted, row);
	if (plan->count == before) {
		plan->in_sync++;
		memory_forget_failures(memory);
	}
}

/* Where nothing is known of the account yet, its fields are guarded as those of the others: the
 * number may show up when more is known. */
static void guard(const struct wanted_number *wanted, struct memory_number *memory)
{
	enum field_id id;
	field_mask rest;

	FIELD_FOREACH (id, rest, wanted->record.set)
		memory_wish(memory, id, record_value(&wanted->record, id), true);
}

static void add_unknown(struct plan *plan, struct memory_number *memory, const char *why)
{
	plan->unknown++;
	memory_set_status(memory, NUMBER_UNKNOWN, why);
}

/* A number that its account doesn't have, or not in this list. */
static void add_absent(struct plan *plan, const struct plan_input *input,
		       const struct wanted_number *wanted, struct memory_number *memory)
{
	const char *elsewhere = NULL;

	if (!memory->missing) {
		add_unknown(plan, memory, "not in the list; whether it is gone is not confirmed");
		plan_warn(plan, wanted,
			  arena_printf(
				  &plan->arena,
				  "%s is not in the list of its account, and whether it is gone "
				  "could not be confirmed; it is looked for again at the next pass",
				  wanted->number));
		return;
	}
	memory_set_status(memory, NUMBER_MISSING, "the account does not have this number");
	for (size_t i = 0; i < input->live->count && !elsewhere; i++) {
		const struct live_account *account = &input->live->accounts[i];

		if (account->actual && actual_find(account->actual, wanted->number))
			elsewhere = account->sid;
	}
	mem_grow(plan->missing, plan->missing_count, plan->missing_capacity);
	plan->missing[plan->missing_count++] = (struct plan_missing){
		.wanted = wanted,
		.memory = memory,
		.elsewhere = elsewhere,
	};
}

static void compare_account(struct plan *plan, const struct plan_input *input, size_t index)
{
	const struct wanted_account *account = &input->wanted->accounts[index];
	const struct live_account *live = live_find(input->live, account->sid);
	bool fresh = !memory_account(input->memory, account->sid)->known;
	uint32_t matched = 0;

	plan->declared += account->count;
	if (!live || !live->actual) {
		for (uint32_t i = account->first; i < account->first + account->count; i++)
			add_unknown(plan, &input->memory->numbers[i],
				    "the numbers of its account could not be read");
		return;
	}
	for (uint32_t i = account->first; i < account->first + account->count; i++) {
		const struct wanted_number *wanted = &input->wanted->numbers[i];
		struct memory_number *memory = &input->memory->numbers[i];
		const char *target = record_value(&wanted->record, FIELD_ACCOUNT_SID);
		const struct actual_row *row = actual_find(live->actual, wanted->number);
		const struct live_account *moved = NULL;

		matched += row != NULL;
		if (!row && target)
			moved = live_find(input->live, target);
		if (moved && moved->actual)
			row = actual_find(moved->actual, wanted->number);
		if (row) {
			compare_number(plan, wanted, memory, row, fresh);
			continue;
		}
		if (fresh)
			guard(wanted, memory);
		if (moved && !moved->actual)
			add_unknown(plan, memory,
				    "the numbers of the account it moves to could not be read");
		else
			add_absent(plan, input, wanted, memory);
	}
	plan->live += (uint32_t)live->actual->count;
	plan->unmanaged += (uint32_t)live->actual->count - matched;
}

static enum number_status status_of(const struct difference *diff)
{
	static const enum number_status statuses[] = {
		[ACTION_SEND] = NUMBER_PENDING, [ACTION_WAIT] = NUMBER_PENDING,
		[ACTION_HOLD] = NUMBER_HELD,    [ACTION_BLOCKED] = NUMBER_HELD,
		[ACTION_REPORT] = NUMBER_DRIFT,
	};

	if (diff->reason == REASON_FAILED || diff->reason == REASON_REFUSED)
		return NUMBER_FAILED;
	return statuses[diff->action];
}

/* "voice_url, sms_url: drift, the file says on_drift: report; and 1 more field" */
static void add_why(struct buf *why, const struct difference *worst, const struct difference *first,
		    const struct difference *end, const struct plan_input *input)
{
	size_t more = 0;

	for (const struct difference *diff = first; diff < end; diff++) {
		if (diff->kind != worst->kind || diff->action != worst->action ||
		    diff->reason != worst->reason)
			more++;
		else
			buf_printf(why, "%s%s", why->length ? ", " : "",
				   field_table[diff->field].key);
	}
	buf_printf(why, ": %s", diff_kind_name(worst->kind));
	if (worst->reason != REASON_NONE)
		buf_add_text(why, ", ");
	diff_add_reason(why, worst, input);
	if (more)
		buf_printf(why, "; and %zu more field%s", more, more == 1 ? "" : "s");
}

/* The worst that is to be said of a number's differences becomes its status. */
static void raise_status(const struct difference *first, const struct difference *end,
			 const struct plan_input *input)
{
	const struct difference *worst = first;
	struct buf why = {0};

	for (const struct difference *diff = first; diff < end; diff++) {
		if (status_of(diff) > status_of(worst))
			worst = diff;
	}
	if (status_of(worst) <= first->memory->status)
		return;
	add_why(&why, worst, first, end, input);
	memory_set_status(first->memory, status_of(worst), buf_text(&why));
	buf_finish(&why);
}

struct plan *plan_make(const struct plan_input *input)
{
	struct plan *plan = mem_zalloc(1, sizeof(*plan));

	for (size_t i = 0; i < input->wanted->account_count; i++)
		compare_account(plan, input, i);
	judge_plan(plan, input);
	for (size_t i = 0, end; i < plan->count; i = end) {
		for (end = i; end < plan->count &&
			      plan->differences[end].wanted == plan->differences[i].wanted;)
			end++;
		raise_status(&plan->differences[i], &plan->differences[end], input);
	}
	return plan;
}

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	arena_finish(&plan->arena);
	mem_free(plan->differences);
	mem_free(plan->missing);
	mem_free(plan->ends);
	mem_free(plan->warnings);
	mem_free(plan->limits);
	mem_free(plan);
}

bool plan_has_turns(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct difference *diff = &plan->differences[i];

		if (diff->reason == REASON_TURN || (diff->done && diff->field == FIELD_ACCOUNT_SID))
			return true;
	}
	return false;
}

bool plan_is_unsettled(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		if (plan->differences[i].reason == REASON_EMERGENCY ||
		    plan->differences[i].reason == REASON_REFUSED)
			return true;
	}
	return false;
}

uint64_t diff_cargo(const struct difference *diff)
{
	return memory_fingerprint(diff->want, diff->live) * (diff->field + 1u);
}

uint32_t plan_differing(const struct plan *plan)
{
	uint32_t numbers = 0;

	for (size_t i = 0; i < plan->count; i++)
		numbers += i == 0 || plan->differences[i].wanted != plan->differences[i - 1].wanted;
	return numbers;
}

int plan_status(const struct plan *plan)
{
	if (plan->unknown)
		return 1;
	if (plan->limit_count)
		return 4;
	/* A number that is gone is something that the live side did. */
	if (plan->counts[DIFF_DRIFT] || plan->counts[DIFF_BOTH] || plan->missing_count)
		return 3;
	return plan->count ? 2 : 0;
}
