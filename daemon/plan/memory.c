#include "plan/memory.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"

static const char *const status_names[] = {
	[NUMBER_UNKNOWN] = "unknown", [NUMBER_IN_SYNC] = "in sync", [NUMBER_PENDING] = "pending",
	[NUMBER_DRIFT] = "drift",     [NUMBER_HELD] = "held",       [NUMBER_FAILED] = "failed",
	[NUMBER_MISSING] = "missing",
};

const char *number_status_name(enum number_status status)
{
	return status_names[status];
}

static void value_finish(struct memory_value *value)
{
	if (value->live != value->want)
		mem_free(value->live);
	mem_free(value->want);
	mem_free(value->fight);
}

static void number_finish(struct memory_number *number)
{
	for (int i = 0; i < __builtin_popcount(number->known); i++)
		value_finish(&number->values[i]);
	mem_free(number->values);
	mem_free(number->sid);
	memory_forget_failures(number);
	mem_free(number->why);
}

struct memory *memory_new(const struct wanted *wanted)
{
	struct memory *memory = mem_zalloc(1, sizeof(*memory));

	memory->wanted = wanted;
	memory->numbers = mem_zalloc(wanted->number_count + 1, sizeof(*memory->numbers));
	return memory;
}

void memory_free(struct memory *memory)
{
	if (!memory)
		return;
	for (size_t i = 0; i < memory->wanted->number_count; i++)
		number_finish(&memory->numbers[i]);
	for (size_t i = 0; i < memory->account_count; i++) {
		mem_free(memory->accounts[i].sid);
		mem_free(memory->accounts[i].why);
	}
	mem_free(memory->accounts);
	mem_free(memory->numbers);
	mem_free(memory);
}

/* Order of wanted->numbers: by account, then by number. */
static int compare(const struct wanted *a, size_t i, const struct wanted *b, size_t j)
{
	const struct wanted_number *x = &a->numbers[i], *y = &b->numbers[j];
	int accounts = strcmp(a->accounts[x->account].sid, b->accounts[y->account].sid);

	return accounts ? accounts : strcmp(x->number, y->number);
}

struct memory *memory_carry(struct memory *old, const struct wanted *wanted)
{
	struct memory *memory = memory_new(wanted);
	size_t i = 0, j = 0;

	if (!old)
		return memory;
	while (i < old->wanted->number_count && j < wanted->number_count) {
		int order = compare(old->wanted, i, wanted, j);

		if (order == 0) {
			memory->numbers[j] = old->numbers[i];
			old->numbers[i] = (struct memory_number){0};
		}
		i += order <= 0;
		j += order >= 0;
	}
	memory->accounts = old->accounts;
	memory->account_count = old->account_count;
	memory->account_capacity = old->account_capacity;
	old->accounts = NULL;
	old->account_count = old->account_capacity = 0;
	return memory;
}

struct memory_account *memory_account(struct memory *memory, const char *sid)
{
	struct memory_account *account;

	for (size_t i = 0; i < memory->account_count; i++) {
		if (strcmp(memory->accounts[i].sid, sid) == 0)
			return &memory->accounts[i];
	}
	mem_grow(memory->accounts, memory->account_count, memory->account_capacity);
	account = &memory->accounts[memory->account_count++];
	*account = (struct memory_account){.sid = mem_strdup(sid), .live = -1, .declared = -1};
	return account;
}

void memory_set_unread(struct memory_account *account, const char *why, int64_t next)
{
	char *text = mem_strdup(why);

	mem_free(account->why);
	account->why = text;
	account->next = next;
	account->failures = why ? account->failures + 1 : 0;
}

struct memory_value *memory_value(const struct memory_number *number, enum field_id id)
{
	if (!(number->known & FIELD_BIT(id)))
		return NULL;
	return &number->values[record_index(number->known, id)];
}

struct memory_value *memory_value_make(struct memory_number *number, enum field_id id)
{
	unsigned at = record_index(number->known, id);
	unsigned count = (unsigned)__builtin_popcount(number->known);

	if (number->known & FIELD_BIT(id))
		return &number->values[at];
	number->values = mem_resize(number->values, count + 1, sizeof(*number->values));
	memmove(&number->values[at + 1], &number->values[at],
		(count - at) * sizeof(*number->values));
	number->values[at] = (struct memory_value){0};
	number->known |= FIELD_BIT(id);
	return &number->values[at];
}

static void set_pair(struct memory_value *value, const char *want, const char *live)
{
	char *new_want = mem_strdup(want);
	char *new_live = text_equal(want, live) ? new_want : mem_strdup(live);

	if (value->live != value->want)
		mem_free(value->live);
	mem_free(value->want);
	value->want = new_want;
	value->live = new_live;
}

/* A field that was in sync before it left the file, and that is gone since. */
static void forget_removed(struct memory_number *number, enum field_id id)
{
	enum field_id other;
	field_mask rest;

	FIELD_FOREACH (other, rest, field_table[id].removes & number->known) {
		struct memory_value *value = memory_value(number, other);

		if (value->live)
			value->synced = false;
	}
}

void memory_sync(struct memory_number *number, enum field_id id, const char *want, const char *live)
{
	struct memory_value *value = memory_value_make(number, id);

	if (value->approved_until) {
		value->approved = 0;
		value->approved_until = 0;
		number->dirty = true;
	}
	if (value->synced && text_equal(value->want, want) && text_equal(value->live, live))
		return;
	if (value->synced && !text_equal(value->want, want))
		memory_fight_end(number, id);
	set_pair(value, want, live);
	value->synced = true;
	value->guarded = false;
	value->underway = false;
	number->dirty = true;
	if (live)
		forget_removed(number, id);
}

void memory_wish(struct memory_number *number, enum field_id id, const char *want, bool guarded)
{
	struct memory_value *value = memory_value(number, id);

	if (value && (value->synced || text_equal(value->want, want)))
		return;
	/* A wish that replaces an earlier one is the file's own move: nothing to guard. */
	guarded = guarded && !value;
	value = memory_value_make(number, id);
	set_pair(value, want, want);
	value->guarded = guarded;
	value->underway = false;
	number->dirty = true;
}

void memory_begin_course(struct memory_number *number, enum field_id id, const char *want)
{
	struct memory_value *value = memory_value_make(number, id);

	set_pair(value, want, want);
	value->synced = false;
	value->guarded = false;
	value->underway = true;
	number->dirty = true;
}

bool memory_agrees(const struct memory_value *value, const char *want, const char *live)
{
	if (text_equal(want, live))
		return true;
	return value && value->synced && text_equal(value->want, want) &&
	       text_equal(value->live, live);
}

uint64_t memory_fingerprint(const char *want, const char *live)
{
	const char *const texts[] = {want, live};
	uint64_t value = UINT64_C(0xcbf29ce484222325); /* FNV-1a, 64 bits */

	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
		for (const char *c = texts[i] ? texts[i] : ""; *c; c++)
			value = (value ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
		/* Ends each text, and tells an unset one from an empty one. */
		value = (value ^ (texts[i] ? 0x100 : 0x200)) * UINT64_C(0x100000001b3);
	}
	return value ? value : 1;
}

void memory_put_back(struct memory_number *number, enum field_id id, int64_t now)
{
	struct memory_value *value = memory_value_make(number, id);
	struct memory_fight *fight = value->fight;

	if (!fight)
		fight = value->fight = mem_zalloc(1, sizeof(*fight));
	memmove(&fight->put_back[1], &fight->put_back[0],
		sizeof(fight->put_back) - sizeof(fight->put_back[0]));
	fight->put_back[0] = now;
	number->dirty = true;
}

static int64_t hold_length(uint32_t holds)
{
	int64_t length = FIGHT_HOLD_MS;

	while (holds-- && length < FIGHT_LONGEST_MS)
		length *= 2;
	return length < FIGHT_LONGEST_MS ? length : FIGHT_LONGEST_MS;
}

/* A clock that was set back must not hold a line for longer than a hold can be, nor hide the next
 * fight behind what was to come. */
static void forget_future(struct memory_fight *fight, int64_t now)
{
	int kept = 0;

	if (fight->held_until - now > FIGHT_LONGEST_MS) {
		fight->held_until = 0;
		fight->holds = 0;
	}
	for (int i = 0; i < FIGHT_ROUNDS; i++) {
		if (fight->put_back[i] <= now)
			fight->put_back[kept++] = fight->put_back[i];
	}
	while (kept < FIGHT_ROUNDS)
		fight->put_back[kept++] = 0;
}

int64_t memory_fight_until(struct memory_number *number, enum field_id id, int64_t now)
{
	struct memory_value *value = memory_value(number, id);
	struct memory_fight *fight = value ? value->fight : NULL;
	int64_t oldest, last, quiet;

	if (!fight)
		return 0;
	forget_future(fight, now);
	if (fight->held_until > now)
		return fight->held_until;
	if (memory_is_held(number, id)) {
		memory_fight_end(number, id);
		return 0;
	}
	/* Quiet is counted from the end of a hold: while it lasted nothing was put back. */
	last = fight->put_back[0] > fight->held_until ? fight->put_back[0] : fight->held_until;
	quiet = fight->holds ? hold_length(fight->holds - 1) : 0;
	if (quiet < FIGHT_WINDOW_MS)
		quiet = FIGHT_WINDOW_MS;
	if (now - last > quiet) {
		memory_fight_end(number, id);
		return 0;
	}
	oldest = fight->put_back[FIGHT_ROUNDS - 1];
	/* After a hold, one more round is enough to know that the rival is still there. */
	if (fight->holds ? fight->put_back[0] < fight->held_until
			 : !oldest || fight->put_back[0] - oldest > FIGHT_WINDOW_MS)
		return 0;
	fight->held_until = now + hold_length(fight->holds++);
	number->dirty = true;
	return fight->held_until;
}

void memory_set_status(struct memory_number *number, enum number_status status, const char *why)
{
	number->status = status;
	mem_free(number->why);
	number->why = mem_strdup(why);
}

void memory_hold(struct memory_number *number, enum field_id id, const char *live, int64_t now,
		 int64_t until)
{
	struct memory_value *value = memory_value_make(number, id);

	if (!value->fight)
		value->fight = mem_alloc(sizeof(*value->fight));
	*value->fight = (struct memory_fight){
		.put_back = {now}, .held_until = until, .held_for = memory_fingerprint(live, NULL)};
	value->approved = 0;
	value->approved_until = 0;
	number->dirty = true;
}

bool memory_is_held(const struct memory_number *number, enum field_id id)
{
	const struct memory_value *value = memory_value(number, id);

	return value && value->fight && value->fight->held_until && !value->fight->holds;
}

bool memory_hold_fits(const struct memory_number *number, enum field_id id, const char *live)
{
	return !memory_is_held(number, id) ||
	       memory_value(number, id)->fight->held_for == memory_fingerprint(live, NULL);
}

void memory_fight_end(struct memory_number *number, enum field_id id)
{
	struct memory_value *value = memory_value(number, id);

	if (!value || !value->fight)
		return;
	mem_free(value->fight);
	value->fight = NULL;
	number->dirty = true;
}

struct memory_try *memory_try_make(struct memory_number *number, enum field_course course)
{
	if (!number->tries)
		number->tries = mem_zalloc(FIELD_COURSES, sizeof(*number->tries));
	return &number->tries[course];
}

void memory_forget_waits(struct memory_number *number)
{
	for (int i = 0; number->tries && i < FIELD_COURSES; i++)
		number->tries[i].next = 0;
}

void memory_forget_all_waits(struct memory *memory)
{
	for (size_t i = 0; i < memory->wanted->number_count; i++)
		memory_forget_waits(&memory->numbers[i]);
	for (size_t i = 0; i < memory->account_count; i++)
		memory->accounts[i].next = 0;
}

void memory_set_failure(struct memory_number *number, enum field_course course, const char *failure)
{
	struct memory_try *last;

	if (!failure && !number->tries)
		return;
	last = memory_try_make(number, course);
	mem_free(last->failure);
	last->failure = mem_strdup(failure);
	if (!failure)
		*last = (struct memory_try){0};
}

const char *memory_failure(const struct memory_number *number, enum field_course course)
{
	return number->tries ? number->tries[course].failure : NULL;
}

void memory_forget_failures(struct memory_number *number)
{
	for (int i = 0; number->tries && i < FIELD_COURSES; i++)
		mem_free(number->tries[i].failure);
	mem_free(number->tries);
	number->tries = NULL;
}
