#include "engine/undo.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "engine/chronicle.h"
#include "requests/caller.h"
#include "requests/send.h"
#include "twilio/answer.h"

/* What the history says of the change, as copies. */
struct change {
	struct arena arena;
	bool found;
	const char *account, *number, *sid, *before, *after;
	enum field_id field;
	enum history_outcome outcome;
};

struct undo {
	struct undo_options options;
	int64_t id;
	struct change change;
	struct caller *caller;
	struct actual *actual; /* the number as it is now */
	bool was_read;         /* and it is to be decided what to do */
	struct wanted_number wanted;
	struct plan *plan; /* of the one difference */
	struct send *send;
	struct history_entry entry; /* without a number: nothing was sent */
	bool done;                  /* and it is proved, */
	const char *stored;         /* as Twilio shows it */
	char source[64];
};

static void take_entry(void *context, const struct history_entry *entry)
{
	struct change *change = context;

	change->found = true;
	change->account = arena_strdup(&change->arena, entry->account);
	change->number = arena_strdup(&change->arena, entry->number);
	change->sid = arena_strdup(&change->arena, entry->sid);
	change->before = arena_strdup(&change->arena, entry->before);
	change->after = arena_strdup(&change->arena, entry->after);
	change->field = entry->field ? field_by_key(entry->field) : FIELD_COUNT;
	change->outcome = entry->outcome;
}

static int check_change(const struct change *change, int64_t id, struct error *error)
{
	if (!change->found)
		return error_set(error, -ENOENT, "the history has no entry %lld", (long long)id);
	if (change->outcome != HISTORY_DONE)
		return error_set(error, -EINVAL,
				 "entry %lld was not done (%s), so there is "
				 "nothing to undo",
				 (long long)id, history_outcome_name(change->outcome));
	if (change->field == FIELD_COUNT || !change->sid || !change->account || !change->number)
		return error_set(error, -EINVAL, "entry %lld is no change of a field",
				 (long long)id);
	if (field_table[change->field].course != FIELD_COURSE_PLAIN)
		return error_set(error, -EINVAL,
				 "%s can't be undone in one step; change it in the file",
				 field_table[change->field].key);
	if (!change->before && field_table[change->field].clear == FIELD_CLEAR_NEVER)
		return error_set(error, -EINVAL, "%s was unset before, and can't be cleared",
				 field_table[change->field].key);
	return 0;
}

/* One number more or less: a limit that forbids even that is meant. */
static int check_limit(const struct wanted *wanted, const char *number, struct error *error)
{
	size_t i = wanted_find(wanted, number);
	const struct wanted_file *file;
	struct buf allowed = {0};

	if (i == wanted->number_count)
		return 0;
	file = &wanted->files[wanted->numbers[i].file];
	if (!change_limit_exceeds(&file->limit, 1, file->declared))
		return 0;
	change_limit_add(&allowed, &file->limit);
	error_set(error, -EPERM,
		  "%s: limits.max_changes allows %s of %u numbers, so not even %s may be changed; "
		  "raise it in the file first",
		  file->name, buf_text(&allowed), file->declared, number);
	buf_finish(&allowed);
	return error->code;
}

static void finish(struct undo *undo, bool ok, const char *text)
{
	undo->options.done(undo->options.context, ok, text);
}

static void add_value(struct buf *text, const char *value)
{
	if (!value) {
		buf_add_text(text, "unset");
		return;
	}
	buf_add_char(text, '\'');
	text_add_shown(text, value);
	buf_add_char(text, '\'');
}

static void on_result(void *context, const struct sent_number *sent)
{
	struct undo *undo = context;
	struct buf text = {0};

	/* What became of a request without an answer, the next pass settles. */
	undo->entry.outcome = sent->ok        ? HISTORY_DONE
			      : sent->unknown ? HISTORY_PENDING
			      : sent->stopped ? HISTORY_DROPPED
					      : HISTORY_FAILED;
	undo->entry.detail = sent->ok ? NULL : arena_strdup(&undo->change.arena, sent->text);
	undo->entry.request = arena_strdup(&undo->change.arena, sent->request_id);
	undo->done = sent->ok;
	undo->stored = sent->ok ? arena_strdup(&undo->change.arena, sent->fields[0].stored) : NULL;
	if (sent->ok) {
		buf_printf(&text, "%s: %s is ", undo->change.number,
			   field_table[undo->change.field].key);
		add_value(&text, undo->change.before);
		buf_printf(&text, " again, as it was before change %lld", (long long)undo->id);
		finish(undo, true, buf_text(&text));
	} else {
		buf_printf(&text, "%s: %s was not put back: %s", undo->change.number,
			   field_table[undo->change.field].key, sent->text);
		finish(undo, false, buf_text(&text));
	}
	buf_finish(&text);
}

static void on_sent(void *context)
{
	(void)context; /* there was one number, and on_result() has told of it */
}

/* Writes the intent, then sends. */
static void put_back(struct undo *undo, const struct actual_row *row)
{
	struct difference *diff;

	undo->wanted = (struct wanted_number){.number = undo->change.number};
	undo->plan = mem_zalloc(1, sizeof(*undo->plan));
	undo->plan->differences = mem_zalloc(1, sizeof(*undo->plan->differences));
	undo->plan->count = undo->plan->posts = 1;
	diff = &undo->plan->differences[0];
	*diff = (struct difference){
		.wanted = &undo->wanted,
		.row = row,
		.field = undo->change.field,
		.action = ACTION_SEND,
		.want = undo->change.before ? undo->change.before
					    : field_table[undo->change.field].unset,
		.live = record_value(&row->record, undo->change.field),
	};
	diff->send = diff->want;
	undo->entry = (struct history_entry){
		.at = clock_wall(undo->options.clock),
		.account = undo->change.account,
		.number = undo->change.number,
		.sid = undo->change.sid,
		.field = field_table[undo->change.field].key,
		.kind = HISTORY_UNDO,
		.before = diff->live,
		.after = diff->send,
		.source = undo->source,
		.outcome = HISTORY_PENDING,
	};
	history_add(undo->options.journal, &undo->entry, 1);
	undo->send = send_start(undo->caller, undo->plan, on_result, on_sent, undo);
}

static int accept_number(void *context, const struct http_answer *answer, struct error *error)
{
	struct undo *undo = context;

	int result;

	actual_free(undo->actual);
	undo->actual = actual_new();
	result = answer_decode_number(answer->body, answer->body_length, undo->actual, error);
	if (result == 0 && strcmp(undo->actual->rows[0].sid, undo->change.sid) != 0)
		result = error_set(error, -EBADMSG, "the answer shows another number, %s",
				   undo->actual->rows[0].number);
	return result;
}

static void say_moved_on(struct undo *undo, const char *live)
{
	const struct change *change = &undo->change;
	struct buf text = {0};

	buf_printf(&text, "%s: %s is ", change->number, field_table[change->field].key);
	add_value(&text, live);
	if (text_equal(live, change->before)) {
		buf_add_text(&text, " already, as it was before; nothing was sent");
	} else {
		buf_printf(&text, " now, and has moved on since change %lld made it ",
			   (long long)undo->id);
		add_value(&text, change->after);
		buf_printf(&text, "; nothing was sent. 'numberd history %s' shows what came after",
			   change->number);
	}
	finish(undo, false, buf_text(&text));
	buf_finish(&text);
}

static void say_unreadable(struct undo *undo, const struct api_verdict *verdict)
{
	struct buf text = {0};

	if (verdict->class == API_GONE)
		buf_printf(&text, "%s is not in account %s any more; nothing was sent",
			   undo->change.number, undo->change.account);
	else
		buf_printf(&text, "%s can't be read, so nothing was sent: %s", undo->change.number,
			   verdict->text);
	finish(undo, false, buf_text(&text));
	buf_finish(&text);
}

static void on_read(void *context, const struct call_result *result)
{
	struct undo *undo = context;

	if (result->verdict.class == API_OK)
		undo->was_read = true;
	else
		say_unreadable(undo, &result->verdict);
}

/* What a crash or a stop left open of this field is settled first: the undo would hide it. */
static void settle_before(struct undo *undo, struct memory *memory)
{
	struct live_account account = {.sid = undo->change.account, .actual = undo->actual};
	const struct live live = {.accounts = &account, .count = 1};

	chronicle_settle(undo->options.journal, memory, &live, field_table[undo->change.field].key,
			 clock_wall(undo->options.clock));
}

/* An application and a trunk remove each other: one would be put back, and the other lost. */
static int check_removal(const struct undo *undo, struct error *error)
{
	const struct change *change = &undo->change;
	const struct record *live = &undo->actual->rows[0].record;
	field_mask lost = change->before ? field_table[change->field].removes & live->set : 0;
	enum field_id id;

	if (!lost)
		return 0;
	id = (enum field_id)__builtin_ctz(lost);
	return error_set(error, -EBUSY,
			 "%s: putting %s back would make Twilio remove its %s %s; nothing was "
			 "sent. Change the file instead",
			 change->number, field_table[change->field].key, field_table[id].key,
			 record_value(live, id));
}

static void decide(struct undo *undo, struct memory *memory)
{
	const struct change *change = &undo->change;
	const struct actual_row *row = &undo->actual->rows[0];
	const char *live = record_value(&row->record, change->field);
	struct error error;

	settle_before(undo, memory);
	/* Where Twilio spells what was sent as what was before, there is nothing to put back. */
	if (text_equal(live, change->before) ||
	    (!text_equal(live, change->after) &&
	     !field_is_respelling(change->field, change->after, live)))
		say_moved_on(undo, live);
	else if (check_removal(undo, &error) < 0 ||
		 (memory && check_limit(memory->wanted, change->number, &error) < 0))
		finish(undo, false, error.text);
	else
		put_back(undo, row);
}

struct undo *undo_start(const struct undo_options *options, int64_t id, struct error *error)
{
	const struct history_filter filter = {.id = id, .outcome = -1};
	struct undo *undo = mem_zalloc(1, sizeof(*undo));
	struct buf path = {0};

	undo->options = *options;
	undo->id = id;
	snprintf(undo->source, sizeof(undo->source), "undo of %lld", (long long)id);
	if (history_read(options->journal, &filter, take_entry, &undo->change, error) < 0 ||
	    check_change(&undo->change, id, error) < 0) {
		undo_free(undo);
		return NULL;
	}
	undo->caller = caller_new(options->transport, options->clock, options->rng, 1);
	api_add_number_path(&path, undo->change.account, undo->change.sid);
	caller_submit(undo->caller, &(struct call){
					    .method = HTTP_GET,
					    .account = undo->change.account,
					    .path = path.bytes,
					    .accept = accept_number,
					    .done = on_read,
					    .context = undo,
				    });
	buf_finish(&path);
	return undo;
}

void undo_free(struct undo *undo)
{
	if (!undo)
		return;
	caller_free(undo->caller);
	send_free(undo->send);
	plan_free(undo->plan);
	actual_free(undo->actual);
	arena_finish(&undo->change.arena);
	mem_free(undo);
}

int64_t undo_deadline(const struct undo *undo)
{
	return caller_deadline(undo->caller);
}

void undo_run(struct undo *undo, struct memory *memory)
{
	caller_run(undo->caller);
	if (!undo->was_read)
		return;
	undo->was_read = false;
	decide(undo, memory);
	caller_run(undo->caller);
}

void undo_stop(struct undo *undo, const char *why)
{
	caller_stop(undo->caller, why);
}

/* Keeps the file's value away for a while, as far as it would be sent; and what comes of it. */
static void hold(const struct undo *undo, struct memory *memory, struct buf *outlook)
{
	const struct change *change = &undo->change;
	const struct wanted *wanted = memory ? memory->wanted : NULL;
	size_t i = wanted ? wanted_find(wanted, change->number) : 0;
	int64_t wall = clock_wall(undo->options.clock);
	const struct wanted_number *number;
	const struct memory_value *value;
	struct mark mark;

	if (!wanted) {
		buf_add_text(outlook,
			     "No valid file is in force; one that declares the field wins again.");
		return;
	}
	if (i == wanted->number_count || !record_has(&wanted->numbers[i].record, change->field)) {
		buf_add_text(outlook, "The file does not declare it, so it stays.");
		return;
	}
	number = &wanted->numbers[i];
	mark = wanted_mark(number, change->field);
	if (text_equal(record_value(&number->record, change->field), change->before)) {
		buf_printf(outlook, "That is what %s:%u:%u asks for, so it stays.", mark.file,
			   mark.line, mark.column);
		return;
	}
	buf_printf(outlook, "%s:%u:%u asks for another value", mark.file, mark.line, mark.column);
	if (number->on_drift == ON_DRIFT_REPORT) {
		buf_add_text(outlook, "; with on_drift: report it is left alone.");
		return;
	}
	value = memory_value(&memory->numbers[i], change->field);
	if (!value || !value->synced ||
	    !text_equal(value->want, record_value(&number->record, change->field))) {
		buf_add_text(outlook, ", which was not sent yet: on_change says what becomes of "
				      "that.");
		return;
	}
	memory_hold(&memory->numbers[i], change->field, undo->stored, wall, wall + UNDO_HOLD_MS);
	buf_add_text(outlook, " and wins again in ");
	text_add_duration(outlook, UNDO_HOLD_MS);
	buf_add_text(outlook, ", unless the file is changed until then.");
}

void undo_settle(struct undo *undo, struct memory *memory, struct buf *outlook)
{
	struct journal *journal = undo->options.journal;

	if (undo->done)
		hold(undo, memory, outlook);
	/* The hold first: an entry that is still pending is settled once more, with the hold. */
	if (undo->entry.number &&
	    (!memory || journal_save(journal, memory, clock_wall(undo->options.clock)) == 0))
		history_finish(journal, &undo->entry, 1);
}
