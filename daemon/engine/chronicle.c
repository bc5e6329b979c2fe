#include "engine/chronicle.h"

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/text.h"
#include "plan/learn.h"

struct entries {
	struct history_entry *list;
	size_t count;
	size_t capacity;
};

struct chronicle {
	struct journal *journal;
	const struct source_commit *commit;
	int64_t wall;
	struct arena arena;
	struct entries intended;         /* in the order of the plan's differences that are sent */
	const struct difference **diffs; /* parallel to intended */
	size_t diff_capacity;
	struct entries seen;
};

struct chronicle *chronicle_new(struct journal *journal, const struct source_commit *commit,
				int64_t wall)
{
	struct chronicle *chronicle = mem_zalloc(1, sizeof(*chronicle));

	chronicle->journal = journal;
	chronicle->commit = commit;
	chronicle->wall = wall;
	return chronicle;
}

void chronicle_free(struct chronicle *chronicle)
{
	if (!chronicle)
		return;
	arena_finish(&chronicle->arena);
	mem_free(chronicle->intended.list);
	mem_free(chronicle->seen.list);
	mem_free(chronicle->diffs);
	mem_free(chronicle);
}

static void add_entry(struct chronicle *chronicle, struct entries *entries,
		      const struct difference *diff, enum history_outcome outcome)
{
	struct mark mark = wanted_mark(diff->wanted, diff->field);

	mem_grow(entries->list, entries->count, entries->capacity);
	entries->list[entries->count++] = (struct history_entry){
		.at = chronicle->wall,
		.account = diff->row->account,
		.number = diff->wanted->number,
		.sid = diff->row->sid,
		.field = field_table[diff->field].key,
		.kind = diff_kind_name(diff->kind),
		.before = diff->live,
		.after = outcome == HISTORY_SEEN ? diff->want : diff->send,
		.known = diff->known,
		.source = arena_printf(&chronicle->arena, "%s:%u:%u", mark.file, mark.line,
				       mark.column),
		.revision = arena_strdup(&chronicle->arena, chronicle->commit->revision),
		.outcome = outcome,
	};
}

void chronicle_intend(struct chronicle *chronicle, const struct plan *plan)
{
	if (!chronicle->journal)
		return;
	for (size_t i = 0; i < plan->count; i++) {
		const struct difference *diff = &plan->differences[i];

		if (diff->action != ACTION_SEND)
			continue;
		mem_grow(chronicle->diffs, chronicle->intended.count, chronicle->diff_capacity);
		chronicle->diffs[chronicle->intended.count] = diff;
		add_entry(chronicle, &chronicle->intended, diff, HISTORY_PENDING);
	}
	history_add(chronicle->journal, chronicle->intended.list, chronicle->intended.count);
}

static const char *detail_of(struct chronicle *chronicle, const struct sent_number *sent,
			     const struct sent_field *field)
{
	switch (field->state) {
	case SENT_RESPELLED:
		return arena_printf(&chronicle->arena, "stored in another spelling: %s",
				    field->stored ? field->stored : "");
	case SENT_IGNORED:
		return "Twilio ignores this field";
	case SENT_UNDERWAY:
		return "accepted; Twilio is still at it";
	case SENT_STORED:
		return NULL;
	default:
		return arena_strdup(&chronicle->arena, sent->text);
	}
}

/* The first entry of a number: differences stand in the order of the plan, so by address. */
static struct history_entry *find_entry(const struct chronicle *chronicle,
					const struct difference *diff)
{
	size_t low = 0, high = chronicle->intended.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (chronicle->diffs[middle] < diff)
			low = middle + 1;
		else
			high = middle;
	}
	assert(low < chronicle->intended.count && chronicle->diffs[low] == diff);
	return &chronicle->intended.list[low];
}

static enum history_outcome outcome_of(const struct sent_number *sent, enum sent_state state)
{
	if (state < SENT_NOT_STORED)
		return HISTORY_DONE;
	/* What became of it, the next pass settles. */
	if (sent->unknown)
		return HISTORY_PENDING;
	if (sent->stopped)
		return HISTORY_DROPPED;
	return HISTORY_FAILED;
}

void chronicle_sent(struct chronicle *chronicle, const struct sent_number *sent)
{
	struct history_entry *entry;

	if (!chronicle->journal)
		return;
	/* A number's differences that are sent stand together, in the order of the fields. */
	entry = find_entry(chronicle, sent->fields[0].diff);
	for (size_t i = 0; i < sent->count; i++, entry++) {
		entry->outcome = outcome_of(sent, sent->fields[i].state);
		entry->detail = detail_of(chronicle, sent, &sent->fields[i]);
		entry->request = arena_strdup(&chronicle->arena, sent->request_id);
	}
}

void chronicle_seen(struct chronicle *chronicle, const struct difference *diff, const char *why)
{
	if (!chronicle->journal)
		return;
	add_entry(chronicle, &chronicle->seen, diff, HISTORY_SEEN);
	chronicle->seen.list[chronicle->seen.count - 1].detail =
		arena_strdup(&chronicle->arena, why);
}

void chronicle_close(struct chronicle *chronicle, struct memory *memory, int64_t now)
{
	bool saved;

	if (!chronicle->journal)
		return;
	if (chronicle->seen.count)
		history_add(chronicle->journal, chronicle->seen.list, chronicle->seen.count);
	/* Without its memory a done one stays pending, and is settled by the next pass. */
	saved = journal_save(chronicle->journal, memory, now) == 0;
	for (size_t i = 0; i < chronicle->intended.count && !saved; i++) {
		if (chronicle->intended.list[i].outcome == HISTORY_DONE)
			chronicle->intended.list[i].outcome = HISTORY_PENDING;
	}
	if (chronicle->intended.count)
		history_finish(chronicle->journal, chronicle->intended.list,
			       chronicle->intended.count);
	chronicle->intended.count = chronicle->seen.count = 0;
}

struct settling {
	int64_t now;
	struct memory *memory;
	const struct live *live;
	struct arena arena;
	struct entries entries;
	struct entries stale; /* number and field of what is to be forgotten */
};

static const struct actual_row *find_row(const struct live *live, const char *number)
{
	const struct actual_row *row = NULL;

	for (size_t i = 0; i < live->count && !row; i++) {
		if (live->accounts[i].actual)
			row = actual_find(live->accounts[i].actual, number);
	}
	return row;
}

/* No file declares the number now; should it come back, what was known before is not true. */
static void add_stale(struct settling *settling, const struct history_entry *entry)
{
	struct entries *stale = &settling->stale;

	mem_grow(stale->list, stale->count, stale->capacity);
	stale->list[stale->count++] = (struct history_entry){
		.number = arena_strdup(&settling->arena, entry->number),
		.field = arena_strdup(&settling->arena, entry->field),
	};
}

/*
 * The value was sent, and is there. Without remembering that, a file that went back meanwhile would
 * make numberd's own value look like somebody else's change. An emergency address that numberd took
 * away is to be followed by the one that the file asks for now.
 */
static void remember_done(struct settling *settling, const struct history_entry *entry,
			  const struct actual_row *row, enum field_id id)
{
	const char *live = record_value(&row->record, id);
	const struct wanted *wanted = settling->memory ? settling->memory->wanted : NULL;
	size_t i = wanted ? wanted_find(wanted, entry->number) : 0;
	struct proof proof = {
		.field = id,
		.drift = text_equal(entry->kind, diff_kind_name(DIFF_DRIFT)),
		.late = true,
		.want = entry->after,
		.live = live,
		.from = entry->before,
		.at = entry->at,
	};
	const char *want;

	if (!wanted || i == wanted->number_count) {
		add_stale(settling, entry);
		return;
	}
	want = record_value(&wanted->numbers[i].record, id);
	if (text_equal(entry->kind, HISTORY_UNDO)) {
		if (record_has(&wanted->numbers[i].record, id) &&
		    entry->at + UNDO_HOLD_MS > settling->now)
			memory_hold(&settling->memory->numbers[i], id, live, settling->now,
				    entry->at + UNDO_HOLD_MS);
		return;
	}
	if (field_table[id].course == FIELD_COURSE_EMERGENCY &&
	    (emergency_is_pending(row->emergency) || (!entry->after && (want || live)))) {
		proof.underway = true;
		proof.want = want;
	}
	learn_proved(settling->memory, &settling->memory->numbers[i], &proof);
}

/* Twilio has taken the request, and is at it. */
static bool is_underway(const struct history_entry *entry, const struct actual_row *row,
			enum field_id id)
{
	return field_table[id].course == FIELD_COURSE_EMERGENCY && !entry->after &&
	       row->emergency == EMERGENCY_PENDING_UNREGISTRATION;
}

static void settle_row(void *context, const struct history_entry *entry)
{
	struct settling *settling = context;
	const struct actual_row *row = find_row(settling->live, entry->number);
	enum field_id id = field_by_key(entry->field);
	struct history_entry settled = {.id = entry->id};
	const char *live;

	if (!row || id == FIELD_COUNT)
		return;
	live = record_value(&row->record, id);
	/* Unchanged first: what differs from the wish by spelling alone need not be an answer. */
	if (!text_equal(live, entry->after) && text_equal(live, entry->before) &&
	    !is_underway(entry, row, id)) {
		settled.outcome = HISTORY_DROPPED;
		settled.detail = "interrupted; found not done afterwards";
	} else if (text_equal(live, entry->after) || is_underway(entry, row, id) ||
		   field_is_respelling(id, entry->after, live)) {
		settled.outcome = HISTORY_DONE;
		settled.detail = "interrupted; found done afterwards";
		remember_done(settling, entry, row, id);
	} else {
		settled.outcome = HISTORY_FAILED;
		settled.detail = "interrupted; the number shows a third value afterwards";
	}
	settled.request = arena_strdup(&settling->arena, entry->request);
	mem_grow(settling->entries.list, settling->entries.count, settling->entries.capacity);
	settling->entries.list[settling->entries.count++] = settled;
}

static int save_settled(const struct settling *settling, struct journal *journal)
{
	int result = 0;

	for (size_t i = 0; i < settling->stale.count && result == 0; i++)
		result = journal_forget(journal, settling->stale.list[i].number,
					settling->stale.list[i].field);
	if (result == 0 && settling->memory)
		result = journal_save(journal, settling->memory, settling->now);
	return result;
}

void chronicle_settle(struct journal *journal, struct memory *memory, const struct live *live,
		      const char *field, int64_t now)
{
	struct history_filter filter = {.outcome = HISTORY_PENDING, .field = field};
	struct settling settling = {.memory = memory, .live = live, .now = now};
	struct error ignored;

	if (!journal)
		return;
	history_read(journal, &filter, settle_row, &settling, &ignored);
	/* What is remembered goes first: an entry that is settled is not looked at again. Where the
	 * memory can't be saved, it stays pending, and is settled once more. */
	if (settling.entries.count && save_settled(&settling, journal) == 0)
		history_finish(journal, settling.entries.list, settling.entries.count);
	mem_free(settling.entries.list);
	mem_free(settling.stale.list);
	arena_finish(&settling.arena);
}
