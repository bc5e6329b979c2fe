#include "engine/report.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "engine/report_lines.h"
#include "plan/group.h"

#define WARNING_LINES 5 /* of one pass; the rest is counted */

/* What was last said of things that have no number to keep it. */
struct saying {
	char *key;
	uint64_t said;
};

struct report {
	const struct log *log;
	struct saying *sayings;
	size_t count;
	size_t capacity;
};

struct report *report_new(const struct log *log)
{
	struct report *report = mem_zalloc(1, sizeof(*report));

	report->log = log;
	return report;
}

void report_free(struct report *report)
{
	if (!report)
		return;
	for (size_t i = 0; i < report->count; i++)
		mem_free(report->sayings[i].key);
	mem_free(report->sayings);
	mem_free(report);
}

/* Remembers `text` (NULL: nothing to say) under a key; true if that is news. */
static bool is_news(struct report *report, const char *key, const char *text)
{
	uint64_t value = text ? memory_fingerprint(text, NULL) : 0;
	struct saying *saying = NULL;

	for (size_t i = 0; i < report->count && !saying; i++) {
		if (strcmp(report->sayings[i].key, key) == 0)
			saying = &report->sayings[i];
	}
	if (!saying) {
		if (!value)
			return false;
		mem_grow(report->sayings, report->count, report->capacity);
		saying = &report->sayings[report->count++];
		*saying = (struct saying){.key = mem_strdup(key)};
	}
	if (saying->said == value)
		return false;
	saying->said = value;
	return true;
}

/* What stands for a difference as it was said: another value, kind or way to deal with it is news.
 */
static uint64_t saying_of(const struct difference *diff)
{
	uint64_t value = memory_fingerprint(diff->want, diff->live);

	value = value * 31 + diff->kind;
	/* Sent, failed and tried again are one thing here; their ends are reported by themselves.
	 */
	if (diff->action != ACTION_SEND && diff->action != ACTION_WAIT)
		value = value * 31 + diff->action * 16u + diff->reason + 1u;
	return value ? value : 1;
}

struct gathering {
	struct report *report;
	struct pass *pass;
};

static int take_news(void *context, const struct difference *diff)
{
	struct gathering *gathering = context;
	struct memory_value *value = memory_value_make(diff->memory, diff->field);
	uint64_t saying = saying_of(diff);
	struct buf why = {0};

	if (value->said == saying)
		return 0;
	value->said = saying;
	diff->memory->dirty = true;
	if (diff->action != ACTION_SEND && diff->action != ACTION_WAIT) {
		diff_add_reason(&why, diff, pass_input(gathering->pass));
		chronicle_seen(pass_chronicle(gathering->pass), diff, buf_text(&why));
	}
	buf_finish(&why);
	return 1;
}

/* A difference that was said, and is there no more without a doing of ours. */
static void report_gone(struct report *report, const struct plan *plan,
			const struct plan_input *input)
{
	size_t next = 0;

	for (size_t i = 0; i < input->wanted->number_count; i++) {
		const struct wanted_number *wanted = &input->wanted->numbers[i];
		struct memory_number *memory = &input->memory->numbers[i];
		field_mask open = 0, rest;
		enum field_id id;

		for (; next < plan->count && plan->differences[next].wanted == wanted; next++)
			open |= FIELD_BIT(plan->differences[next].field);
		if (memory->status == NUMBER_UNKNOWN || memory->status == NUMBER_MISSING)
			continue;
		FIELD_FOREACH (id, rest, memory->known & ~open) {
			struct memory_value *value = memory_value(memory, id);

			if (!value->said)
				continue;
			value->said = 0;
			memory->dirty = true;
			/* What left the file is no difference, and nobody's doing. */
			if (record_has(&wanted->record, id))
				report_line_gone(report->log, wanted, id);
		}
	}
}

static void report_missing(struct report *report, const struct plan *plan,
			   const struct plan_input *input)
{
	for (size_t i = 0; i < plan->missing_count; i++) {
		const struct plan_missing *missing = &plan->missing[i];

		if (!missing->memory->said_missing)
			report_line_missing(report->log, input, missing);
		missing->memory->said_missing = true;
	}
	for (size_t i = 0; i < input->wanted->number_count; i++) {
		struct memory_number *memory = &input->memory->numbers[i];

		if (!memory->said_missing || memory->status == NUMBER_MISSING ||
		    memory->status == NUMBER_UNKNOWN)
			continue;
		memory->said_missing = false;
		log_event(report->log, LOG_LEVEL_NOTICE, "found", "a missing number is back",
			  {"number", input->wanted->numbers[i].number});
	}
}

static void report_accounts(struct report *report, const struct live *live)
{
	for (size_t i = 0; i < live->count; i++) {
		const struct live_account *account = &live->accounts[i];

		if (!is_news(report, account->sid, account->actual ? NULL : account->error.text))
			continue;
		if (account->actual)
			log_event(report->log, LOG_LEVEL_NOTICE, "reachable",
				  "the numbers of the account can be read again",
				  {"account", account->sid});
		else
			log_event(report->log, LOG_LEVEL_ERROR, "unreachable", account->error.text,
				  {"account", account->sid});
	}
}

/* The warnings of one number, from `first` to before `end`, as one thing said of it. */
static uint64_t saying_of_warnings(const struct plan *plan, size_t first, size_t end)
{
	uint64_t saying = 0;

	for (size_t i = first; i < end; i++)
		saying += memory_fingerprint(plan->warnings[i].text, NULL);
	return saying;
}

/* Warnings stand in the order of the numbers. */
static void report_warnings(struct report *report, const struct plan *plan,
			    const struct plan_input *input)
{
	size_t news = 0, end = 0;
	char more[96];

	for (size_t i = 0; i < input->wanted->number_count; i++) {
		const struct wanted_number *wanted = &input->wanted->numbers[i];
		struct memory_number *memory = &input->memory->numbers[i];
		size_t first = end;
		uint64_t saying;

		while (end < plan->warning_count && plan->warnings[end].wanted == wanted)
			end++;
		saying = saying_of_warnings(plan, first, end);
		if (memory->said_warnings == saying)
			continue;
		memory->said_warnings = saying;
		for (size_t w = first; w < end && ++news <= WARNING_LINES; w++)
			log_event(report->log, LOG_LEVEL_WARNING, "warning", plan->warnings[w].text,
				  {"number", wanted->number});
	}
	if (news <= WARNING_LINES)
		return;
	snprintf(more, sizeof(more), "and more warnings; 'numberd plan' shows all of the %zu",
		 plan->warning_count);
	log_event(report->log, LOG_LEVEL_WARNING, "warnings", more);
}

static void report_limits(struct report *report, const struct plan *plan)
{
	struct buf text = {0};

	for (size_t i = 0; i < plan->limit_count; i++) {
		buf_add_text(&text, i ? "; " : plan_limit_words(plan));
		buf_add_text(&text, i ? "" : ": ");
		plan_add_limit(&text, &plan->limits[i]);
	}
	if (plan->limit_count)
		buf_printf(&text,
			   ". If this is what you want: 'numberd approve %s', or raise "
			   "limits.max_changes in the file",
			   plan->digest);
	if (is_news(report, "limit", plan->limit_count ? buf_text(&text) : NULL)) {
		if (plan->limit_count)
			log_event(report->log, LOG_LEVEL_ERROR, "limit", buf_text(&text),
				  {"digest", plan->digest});
		else
			log_event(report->log, LOG_LEVEL_NOTICE, "limit_ended",
				  "limits.max_changes is no longer exceeded");
	}
	buf_finish(&text);
}

void report_ends(struct report *report, const struct plan *plan)
{
	for (size_t i = 0; i < plan->end_count; i++)
		report_line_end(report->log, &plan->ends[i]);
}

void report_plan(struct report *report, struct pass *pass)
{
	struct gathering gathering = {report, pass};
	const struct plan *plan = pass_plan(pass);
	const struct plan_input *input = pass_input(pass);
	struct groups groups;

	report_accounts(report, input->live);
	groups_make(&groups, plan, take_news, &gathering);
	report_lines_found(report->log, &groups, input);
	groups_finish(&groups);
	report_gone(report, plan, input);
	report_missing(report, plan, input);
	report_warnings(report, plan, input);
	report_limits(report, plan);
}

void report_sent(struct report *report, const struct sent_number *sent)
{
	struct memory_number *memory = sent->fields[0].diff->memory;

	for (size_t i = 0; i < sent->count; i++) {
		if (sent->fields[i].state < SENT_NOT_STORED)
			report_line_sent(report->log, sent, &sent->fields[i]);
	}
	/* The memory still has the failure before. */
	if (!sent->ok && !sent->stopped &&
	    !text_equal(memory_failure(memory, field_table[sent->fields[0].diff->field].course),
			sent->text))
		report_line_failed(report->log, sent);
}

void report_add_summary(struct buf *buf, const struct memory *memory)
{
	size_t counts[NUMBER_STATUSES] = {0};

	for (size_t i = 0; i < memory->wanted->number_count; i++)
		counts[memory->numbers[i].status]++;
	buf_printf(buf, "%zu of %zu numbers in sync", counts[NUMBER_IN_SYNC],
		   memory->wanted->number_count);
	for (enum number_status status = 0; status < NUMBER_STATUSES; status++) {
		if (status != NUMBER_IN_SYNC && counts[status])
			buf_printf(buf, ", %zu %s", counts[status], number_status_name(status));
	}
}
