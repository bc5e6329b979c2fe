#include "plan/judge.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

static void hold(struct difference *diff, enum diff_action action, enum diff_reason reason)
{
	diff->action = action;
	diff->reason = reason;
}

/* What the file's policies say of this difference alone. */
static void judge_policy(struct difference *diff)
{
	const struct memory_value *value = memory_value(diff->memory, diff->field);
	bool change_holds = diff->wanted->on_change == ON_CHANGE_HOLD;
	bool drift_reports = diff->wanted->on_drift == ON_DRIFT_REPORT;

	diff->allowed = false;
	if (diff->unsettled)
		return;
	if (diff->underway) {
		diff->allowed = true;
		return;
	}
	switch (diff->kind) {
	case DIFF_CHANGE:
		if (change_holds)
			hold(diff, ACTION_HOLD, REASON_ON_CHANGE);
		break;
	case DIFF_DRIFT:
		if (drift_reports)
			hold(diff, ACTION_REPORT, REASON_ON_DRIFT);
		break;
	case DIFF_BOTH:
		if (drift_reports)
			hold(diff, ACTION_REPORT, REASON_ON_DRIFT);
		else if (change_holds)
			hold(diff, ACTION_HOLD, REASON_ON_CHANGE);
		break;
	default:
		if (change_holds)
			hold(diff, ACTION_HOLD, REASON_ON_CHANGE);
		else if (drift_reports && value && value->guarded)
			hold(diff, ACTION_REPORT, REASON_GUARDED);
		break;
	}
	diff->allowed = diff->action == ACTION_SEND;
}

static bool is_drift(const struct difference *diff)
{
	return diff->kind == DIFF_DRIFT || diff->kind == DIFF_BOTH;
}

static bool is_approved(const struct difference *diff, const struct plan_input *input)
{
	const struct memory_value *value = memory_value(diff->memory, diff->field);

	/* A clock that was set back must not make an approval last. */
	return value && value->approved_until > input->wall &&
	       value->approved_until - input->wall <= APPROVAL_MS &&
	       value->approved == memory_fingerprint(diff->want, diff->live);
}

/* Everything but policy and limits that can keep an allowed difference from being sent now. */
static void judge_moment(struct difference *diff, const struct plan_input *input)
{
	struct memory_number *memory = diff->memory;

	if (input->observe) {
		hold(diff, ACTION_HOLD, REASON_OBSERVE);
		return;
	}
	if (input->paused) {
		hold(diff, ACTION_HOLD, REASON_PAUSED);
		return;
	}
	if (is_approved(diff, input) || (diff->kind != DIFF_DRIFT && !diff->underway) ||
	    !memory_hold_fits(memory, diff->field, diff->live)) {
		memory_fight_end(memory, diff->field);
	} else if (diff->kind == DIFF_DRIFT) {
		diff->until = memory_fight_until(memory, diff->field, input->wall);
		if (diff->until) {
			hold(diff, ACTION_HOLD, REASON_FIGHT);
			return;
		}
	}
	if (field_table[diff->field].course != FIELD_COURSE_EMERGENCY)
		return;
	/* One address at a time: while Twilio works on one, every further change of it fails. */
	if (emergency_is_pending(diff->row->emergency))
		hold(diff, ACTION_WAIT, REASON_EMERGENCY);
	else if (diff->underway && diff->row->emergency == EMERGENCY_UNREGISTRATION_FAILURE)
		hold(diff, ACTION_REPORT, REASON_REFUSED);
}

/* The next difference of another number, from `i` on. */
static size_t number_end(const struct plan *plan, size_t i)
{
	const struct wanted_number *wanted = plan->differences[i].wanted;

	while (i < plan->count && plan->differences[i].wanted == wanted)
		i++;
	return i;
}

/* What the POST of a turn would carry, as a fingerprint; 0: nothing. A failure holds for this
 * alone. */
static uint64_t cargo(const struct plan *plan, size_t first, size_t end, enum field_course turn)
{
	uint64_t value = 0;

	for (size_t i = first; i < end; i++) {
		const struct difference *diff = &plan->differences[i];

		if (diff->action == ACTION_SEND && field_table[diff->field].course == turn)
			value += diff_cargo(diff);
	}
	return value;
}

static void hold_turn(struct plan *plan, size_t first, size_t end, enum field_course turn,
		      enum diff_reason reason, int64_t until)
{
	for (size_t i = first; i < end; i++) {
		struct difference *diff = &plan->differences[i];

		if (diff->action != ACTION_SEND || field_table[diff->field].course != turn)
			continue;
		hold(diff, ACTION_WAIT, reason);
		diff->until = until;
	}
}

/* When this very POST, which has failed, may be tried again; 0: it has not, or may be now. */
static int64_t wait_until(const struct memory_number *memory, enum field_course turn,
			  uint64_t posted, int64_t now)
{
	struct memory_try *last = memory->tries ? &memory->tries[turn] : NULL;

	/* Where the file or the number has moved since, nothing speaks against trying. */
	return last && last->posted == posted && last->next > now ? last->next : 0;
}

static bool has_underway_address(const struct plan *plan, size_t first, size_t end)
{
	while (first < end && (plan->differences[first].field != FIELD_EMERGENCY_ADDRESS_SID ||
			       !plan->differences[first].underway))
		first++;
	return first < end;
}

/*
 * One POST a number and pass. A transfer goes first, because application and address sids belong to
 * an account, but after the old emergency address, with which a number can't move; then the plain
 * fields together; then each field with a course of its own, so that a refused address can't keep
 * a dead line dead. A turn that failed lets the next ones go.
 */
static void judge_turns(struct plan *plan, const struct plan_input *input, size_t first, size_t end)
{
	static const enum field_course usual[] = {FIELD_COURSE_TRANSFER, FIELD_COURSE_PLAIN,
						  FIELD_COURSE_EMERGENCY, FIELD_COURSE_ALONE};
	static const enum field_course moving[] = {FIELD_COURSE_EMERGENCY, FIELD_COURSE_TRANSFER,
						   FIELD_COURSE_PLAIN, FIELD_COURSE_ALONE};
	const struct difference *diff = &plan->differences[first];
	bool moves = cargo(plan, first, end, FIELD_COURSE_TRANSFER) != 0;
	bool has_address = record_has(&diff->row->record, FIELD_EMERGENCY_ADDRESS_SID);
	const enum field_course *turns = usual;
	/* The transfer, and what comes after it, waits for Twilio to forget the old address. */
	bool taken = moves && emergency_is_pending(diff->row->emergency);

	/* An address that was taken away comes back before all else, which a limit may block. */
	if (moves ? has_address : has_underway_address(plan, first, end))
		turns = moving;
	for (size_t i = 0; i < ARRAY_LENGTH(usual); i++) {
		uint64_t posted = cargo(plan, first, end, turns[i]);
		int64_t until;

		if (!posted)
			continue;
		until = wait_until(diff->memory, turns[i], posted, input->monotonic);
		if (taken)
			hold_turn(plan, first, end, turns[i], REASON_TURN, 0);
		else if (until)
			hold_turn(plan, first, end, turns[i], REASON_FAILED, until);
		else
			taken = true;
	}
}

static void add_limit(struct plan *plan, struct plan_limit limit)
{
	mem_grow(plan->limits, plan->limit_count, plan->limit_capacity);
	plan->limits[plan->limit_count++] = limit;
}

/* Numbers that would be changed, a file; changes and drift are counted apart. */
static void judge_limits(struct plan *plan, const struct plan_input *input)
{
	size_t files = input->wanted->file_count;
	uint32_t *counts = mem_zalloc(files * 2 + 1, sizeof(*counts));

	for (size_t i = 0, end; i < plan->count; i = end) {
		bool change = false, drift = false;
		uint32_t file = plan->differences[i].wanted->file;

		end = number_end(plan, i);
		for (size_t j = i; j < end; j++) {
			const struct difference *diff = &plan->differences[j];

			if (diff->action != ACTION_SEND || is_approved(diff, input) ||
			    diff->underway)
				continue;
			change |= diff->kind != DIFF_DRIFT;
			drift |= is_drift(diff);
		}
		counts[file * 2 + PLAN_LIMIT_CHANGE] += change;
		counts[file * 2 + PLAN_LIMIT_DRIFT] += drift;
	}
	for (size_t i = 0; i < files * 2; i++) {
		const struct wanted_file *file = &input->wanted->files[i / 2];

		if (change_limit_exceeds(&file->limit, counts[i], file->declared))
			add_limit(plan, (struct plan_limit){.kind = (enum plan_limit_kind)(i % 2),
							    .file = file->name,
							    .limit = file->limit,
							    .numbers = counts[i],
							    .declared = file->declared});
	}
	mem_free(counts);
}

/* Numbers that the account's files declare now, and the limit of the first of them. */
static uint32_t declared_now(const struct wanted *wanted, const char *sid,
			     struct change_limit *ret_limit)
{
	*ret_limit = (struct change_limit){.permille = CHANGE_SHARE_DEFAULT};
	for (size_t i = 0; i < wanted->account_count; i++) {
		if (strcmp(wanted->accounts[i].sid, sid) != 0)
			continue;
		for (size_t f = wanted->file_count; f-- > 0;) {
			if (wanted->files[f].account == i)
				*ret_limit = wanted->files[f].limit;
		}
		return wanted->accounts[i].count;
	}
	return 0;
}

/* A file that lost most of its numbers is more often a broken one than a wish. */
static void judge_shrinking(struct plan *plan, const struct plan_input *input)
{
	for (size_t i = 0; i < input->memory->account_count; i++) {
		const struct memory_account *account = &input->memory->accounts[i];
		struct change_limit limit;
		uint32_t now = declared_now(input->wanted, account->sid, &limit);
		uint32_t before = account->declared > 0 ? (uint32_t)account->declared : 0;

		if (before > now && change_limit_exceeds(&limit, before - now, before))
			add_limit(plan, (struct plan_limit){.kind = PLAN_LIMIT_SHRINK,
							    .file = account->sid,
							    .limit = limit,
							    .numbers = before - now,
							    .declared = before});
	}
}

static void digest_text(EVP_MD_CTX *context, const char *text)
{
	/* The NUL ends each text, and one byte before it tells an unset value from an empty one. */
	EVP_DigestUpdate(context, text ? "=" : "-", 1);
	EVP_DigestUpdate(context, text ? text : "", text ? strlen(text) + 1 : 1);
}

void judge_digest(struct plan *plan, const struct plan_input *input)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned length = 0;
	size_t used;

	EVP_DigestInit_ex(context, EVP_sha256(), NULL);
	plan->waiting = 0;
	for (size_t i = 0; i < plan->count; i++) {
		const struct difference *diff = &plan->differences[i];

		if (!diff->allowed || diff->done || diff->underway)
			continue;
		plan->waiting++;
		digest_text(context, input->wanted->accounts[diff->wanted->account].sid);
		digest_text(context, diff->wanted->number);
		digest_text(context, field_table[diff->field].key);
		digest_text(context, diff->live);
		digest_text(context, diff->want);
	}
	for (size_t i = 0; i < plan->limit_count; i++) {
		char left[16];

		if (plan->limits[i].kind != PLAN_LIMIT_SHRINK)
			continue;
		plan->waiting++;
		snprintf(left, sizeof(left), "%u", plan->limits[i].numbers);
		digest_text(context, plan->limits[i].file);
		digest_text(context, left);
	}
	EVP_DigestFinal_ex(context, sum, &length);
	EVP_MD_CTX_free(context);
	used = (size_t)snprintf(plan->digest, sizeof(plan->digest), "sha256:");
	for (unsigned i = 0; i < length; i++)
		used += (size_t)snprintf(plan->digest + used, sizeof(plan->digest) - used, "%02x",
					 sum[i]);
}

/*
 * The person who approves a digest approves each of its differences: what of them is left when an
 * update fails needs no second approval within the hour. Fights end, and the file may have shrunk.
 */
static void take_approval(struct plan *plan, const struct plan_input *input)
{
	for (size_t i = 0; i < plan->count; i++) {
		struct difference *diff = &plan->differences[i];
		struct memory_value *value;

		if (!diff->allowed)
			continue;
		value = memory_value_make(diff->memory, diff->field);
		value->approved = memory_fingerprint(diff->want, diff->live);
		value->approved_until = input->wall + APPROVAL_MS;
		memory_forget_waits(diff->memory);
		diff->memory->dirty = true;
	}
	for (size_t i = 0; i < input->memory->account_count; i++) {
		struct memory_account *account = &input->memory->accounts[i];
		struct change_limit limit;

		account->declared = declared_now(input->wanted, account->sid, &limit);
		account->dirty = true;
	}
}

static void judge_numbers(struct plan *plan, const struct plan_input *input)
{
	for (size_t i = 0, end; i < plan->count; i = end) {
		end = number_end(plan, i);
		for (size_t j = i; j < end; j++) {
			if (plan->differences[j].allowed)
				judge_moment(&plan->differences[j], input);
		}
		judge_turns(plan, input, i, end);
	}
}

/* Nothing of the number is sent but the next step of what has begun, whose turn it may be now. */
static void block_number(struct plan *plan, const struct plan_input *input, size_t first,
			 size_t end)
{
	for (size_t i = first; i < end; i++) {
		struct difference *diff = &plan->differences[i];

		if (diff->action != ACTION_SEND && diff->reason != REASON_TURN &&
		    diff->reason != REASON_FAILED)
			continue;
		diff->until = 0;
		if (diff->underway)
			hold(diff, ACTION_SEND, REASON_NONE);
		else
			hold(diff, ACTION_BLOCKED, REASON_LIMIT);
	}
	judge_turns(plan, input, first, end);
}

void judge_plan(struct plan *plan, const struct plan_input *input)
{
	for (size_t i = 0; i < plan->count; i++)
		judge_policy(&plan->differences[i]);
	judge_shrinking(plan, input);
	judge_digest(plan, input);
	if (input->approved && strcmp(input->approved, plan->digest) == 0) {
		take_approval(plan, input);
		plan->limit_count = 0;
	}
	judge_numbers(plan, input);
	judge_limits(plan, input);
	for (size_t i = 0, end; i < plan->count; i = end) {
		bool sends = false;

		end = number_end(plan, i);
		if (plan->limit_count)
			block_number(plan, input, i, end);
		for (size_t j = i; j < end; j++)
			sends |= plan->differences[j].action == ACTION_SEND;
		plan->posts += sends;
	}
}
