#include "engine/report_lines.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

#define SINGLE_LINES  3 /* numbers of one variant that get a line each */
#define VARIANT_LINES 5 /* of one group */
#define NUMBERS_SHOWN 5

static const char *const found_words[] = {
	[DIFF_CHANGE] = "the file asks for another value",
	[DIFF_DRIFT] = "somebody changed it at Twilio",
	[DIFF_BOTH] = "the file and the number both changed",
	[DIFF_NEW] = "it was never in sync so far",
};

static const char *const action_words[] = {
	[ACTION_SEND] = "putting it right", [ACTION_HOLD] = "held",
	[ACTION_REPORT] = "left alone",     [ACTION_BLOCKED] = "blocked",
	[ACTION_WAIT] = "waiting",
};

/* A value for a field of the log: redacted, and "" for an unset one. */
struct shown {
	struct buf buf;
};

static const char *show(struct shown *shown, const char *value)
{
	text_add_shown(&shown->buf, value);
	return buf_text(&shown->buf);
}

static void add_mark(struct buf *buf, const struct wanted_number *wanted, enum field_id id)
{
	struct mark mark = wanted_mark(wanted, id);

	buf_printf(buf, "%s:%u:%u", mark.file, mark.line, mark.column);
}

/* Held against somebody who insists, not by a person's undo. */
static bool is_fight(const struct difference *diff)
{
	return diff->reason == REASON_FIGHT && !memory_is_held(diff->memory, diff->field);
}

static enum log_level level_of(const struct difference *diff)
{
	if (diff->reason == REASON_REFUSED)
		return LOG_LEVEL_ERROR;
	if (diff->kind == DIFF_DRIFT || diff->kind == DIFF_BOTH)
		return LOG_LEVEL_WARNING;
	return diff->action == ACTION_SEND ? LOG_LEVEL_INFO : LOG_LEVEL_NOTICE;
}

static const char *event_of(const struct difference *diff)
{
	if (diff->reason == REASON_REFUSED)
		return "failed";
	return is_fight(diff) ? "fight" : diff_kind_name(diff->kind);
}

/* One line for `count` numbers, of one variant or, with `values` > 1, of that many. */
static void line_found(const struct log *log, const struct difference *diff, const char *who,
		       size_t count, size_t values, const struct plan_input *input)
{
	struct shown live = {0}, want = {0}, known = {0};
	struct buf message = {0}, source = {0}, reason = {0};
	char numbers[32], different[32];

	diff_add_reason(&reason, diff, input);
	add_mark(&source, diff->wanted, diff->field);
	snprintf(numbers, sizeof(numbers), "%zu", count);
	snprintf(different, sizeof(different), "%zu", values);
	if (count == 1)
		buf_printf(&message, "%s: ", diff->wanted->number);
	else
		buf_printf(&message, "%zu numbers: ", count);
	buf_printf(&message, "%s: %s; %s", field_table[diff->field].key,
		   diff->unsettled ? "it is as the file says, and not in force"
				   : found_words[diff->kind],
		   action_words[diff->action]);
	if (reason.length)
		buf_printf(&message, ": %s", buf_text(&reason));
	log_event(
		log, level_of(diff), event_of(diff), buf_text(&message),
		{count == 1 ? "number" : "numbers", count == 1 ? diff->wanted->number : numbers},
		{"first", count == 1 ? NULL : who}, {"field", field_table[diff->field].key},
		{"live", values > 1 ? NULL : show(&live, diff->live)},
		{"want", values > 1 ? NULL : show(&want, diff->want)},
		{"known", values > 1 || diff->kind == DIFF_NEW ? NULL : show(&known, diff->known)},
		{"values", values > 1 ? different : NULL}, {"kind", diff_kind_name(diff->kind)},
		{"action", diff_action_name(diff->action)}, {"source", buf_text(&source)});
	buf_finish(&live.buf);
	buf_finish(&want.buf);
	buf_finish(&known.buf);
	buf_finish(&message);
	buf_finish(&source);
	buf_finish(&reason);
}

static void lines_of_variant(const struct log *log, const struct variant *variant,
			     const struct plan_input *input)
{
	struct buf first = {0};

	if (variant->count <= SINGLE_LINES) {
		for (size_t i = 0; i < variant->count; i++)
			line_found(log, variant->members[i], NULL, 1, 1, input);
		return;
	}
	for (size_t i = 0; i < variant->count && i < NUMBERS_SHOWN; i++)
		buf_printf(&first, "%s%s", i ? "," : "", variant->members[i]->wanted->number);
	line_found(log, variant_first(variant), buf_text(&first), variant->count, 1, input);
	buf_finish(&first);
}

void report_lines_found(const struct log *log, const struct groups *groups,
			const struct plan_input *input)
{
	for (size_t i = 0; i < groups->count; i++) {
		const struct group *group = &groups->list[i];
		const struct difference *first = group_first(group);

		if (group->variant_count > VARIANT_LINES) {
			line_found(log, first, first->wanted->number, group->count,
				   group->variant_count, input);
			continue;
		}
		for (size_t j = 0; j < group->variant_count; j++)
			lines_of_variant(log, &group->variants[j], input);
	}
}

void report_line_end(const struct log *log, const struct plan_end *end)
{
	struct buf message = {0}, source = {0};

	buf_printf(&message, "%s: %s is in force, as the file says", end->wanted->number,
		   field_table[end->field].key);
	add_mark(&source, end->wanted, end->field);
	log_event(log, LOG_LEVEL_NOTICE, "applied", buf_text(&message),
		  {"number", end->wanted->number}, {"field", field_table[end->field].key},
		  {"source", buf_text(&source)});
	buf_finish(&message);
	buf_finish(&source);
}

void report_line_gone(const struct log *log, const struct wanted_number *wanted, enum field_id id)
{
	struct buf message = {0};

	buf_printf(&message, "%s: %s is as the file says again, without a doing of numberd",
		   wanted->number, field_table[id].key);
	log_event(log, LOG_LEVEL_NOTICE, "resolved", buf_text(&message), {"number", wanted->number},
		  {"field", field_table[id].key});
	buf_finish(&message);
}

void report_line_missing(const struct log *log, const struct plan_input *input,
			 const struct plan_missing *missing)
{
	const char *account = input->wanted->accounts[missing->wanted->account].sid;
	struct mark mark = missing->wanted->mark;
	struct buf message = {0}, source = {0};

	buf_printf(&message, "%s is declared, and account %s does not have it",
		   missing->wanted->number, account);
	if (missing->elsewhere)
		buf_printf(&message, "; account %s has", missing->elsewhere);
	buf_printf(&source, "%s:%u:%u", mark.file, mark.line, mark.column);
	log_event(log, LOG_LEVEL_ERROR, "missing", buf_text(&message),
		  {"number", missing->wanted->number}, {"account", account},
		  {"elsewhere", missing->elsewhere}, {"source", buf_text(&source)});
	buf_finish(&message);
	buf_finish(&source);
}

static const struct {
	const char *event, *words;
} sent_words[] = {
	[SENT_STORED] = {"applied", "is as the file says"},
	[SENT_RESPELLED] = {"learnt", "is as the file says; Twilio spells it in its own way"},
	[SENT_IGNORED] = {"ignored", "was sent, and Twilio ignores it; it is not sent again"},
	[SENT_UNDERWAY] = {"underway", "was accepted, and Twilio is still at it"},
};

void report_line_sent(const struct log *log, const struct sent_number *sent,
		      const struct sent_field *field)
{
	const struct difference *diff = field->diff;
	bool repaired = diff->kind == DIFF_DRIFT && field->state == SENT_STORED;
	struct shown before = {0}, stored = {0};
	struct buf message = {0}, source = {0};

	buf_printf(&message, "%s: %s %s", sent->wanted->number, field_table[diff->field].key,
		   repaired ? "was put back as the file says" : sent_words[field->state].words);
	add_mark(&source, diff->wanted, diff->field);
	log_event(log, LOG_LEVEL_NOTICE, repaired ? "repaired" : sent_words[field->state].event,
		  buf_text(&message), {"number", sent->wanted->number},
		  {"field", field_table[diff->field].key}, {"old", show(&before, diff->live)},
		  {"new", show(&stored, field->stored)}, {"kind", diff_kind_name(diff->kind)},
		  {"source", buf_text(&source)},
		  {"request", sent->request_id[0] ? sent->request_id : NULL});
	buf_finish(&before.buf);
	buf_finish(&stored.buf);
	buf_finish(&message);
	buf_finish(&source);
}

void report_line_failed(const struct log *log, const struct sent_number *sent)
{
	struct buf message = {0}, fields = {0}, source = {0};

	for (size_t i = 0; i < sent->count; i++) {
		const struct sent_field *field = &sent->fields[i];

		if (field->state < SENT_NOT_STORED)
			continue;
		if (!fields.length)
			add_mark(&source, sent->wanted, field->diff->field);
		buf_printf(&fields, "%s%s", fields.length ? "," : "",
			   field_table[field->diff->field].key);
	}
	buf_printf(&message, "%s: not updated: %s", sent->wanted->number, sent->text);
	log_event(log, LOG_LEVEL_ERROR, "failed", buf_text(&message),
		  {"number", sent->wanted->number}, {"fields", buf_text(&fields)},
		  {"source", buf_text(&source)},
		  {"request", sent->request_id[0] ? sent->request_id : NULL});
	buf_finish(&message);
	buf_finish(&fields);
	buf_finish(&source);
}
