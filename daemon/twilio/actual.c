#include "twilio/actual.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

struct actual *actual_new(void)
{
	return mem_zalloc(1, sizeof(struct actual));
}

void actual_free(struct actual *actual)
{
	if (!actual)
		return;
	arena_finish(&actual->arena);
	mem_free(actual->rows);
	mem_free(actual);
}

struct actual_row *actual_add(struct actual *actual, const struct actual_row *row)
{
	unsigned count = (unsigned)__builtin_popcount(row->record.set);
	const char **values = arena_alloc(&actual->arena, count * sizeof(*values));
	struct actual_row *copy;

	for (unsigned i = 0; i < count; i++)
		values[i] = arena_strdup(&actual->arena, row->record.values[i]);
	mem_grow(actual->rows, actual->count, actual->capacity);
	copy = &actual->rows[actual->count++];
	*copy = (struct actual_row){
		.sid = arena_strdup(&actual->arena, row->sid),
		.number = arena_strdup(&actual->arena, row->number),
		.account = arena_strdup(&actual->arena, row->account),
		.record = {row->record.set, values},
		.emergency = row->emergency,
	};
	return copy;
}

static int compare(const void *a, const void *b)
{
	const struct actual_row *x = a, *y = b;
	int numbers = strcmp(x->number, y->number);

	return numbers ? numbers : strcmp(x->sid, y->sid);
}

/* FNV-1a, 64 bits. */
static uint64_t hash(const char *text)
{
	uint64_t value = UINT64_C(0xcbf29ce484222325);

	for (; *text; text++)
		value = (value ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return value;
}

void actual_finish(struct actual *actual)
{
	size_t kept = 0;

	if (actual->count)
		qsort(actual->rows, actual->count, sizeof(*actual->rows), compare);
	actual->fingerprint = 0;
	for (size_t i = 0; i < actual->count; i++) {
		if (kept && strcmp(actual->rows[kept - 1].sid, actual->rows[i].sid) == 0)
			continue;
		actual->fingerprint += hash(actual->rows[i].sid);
		actual->rows[kept++] = actual->rows[i];
	}
	actual->count = kept;
}

const struct actual_row *actual_find(const struct actual *actual, const char *number)
{
	size_t low = 0, high = actual->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(actual->rows[middle].number, number) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < actual->count && strcmp(actual->rows[low].number, number) == 0)
		return &actual->rows[low];
	return NULL;
}

void live_finish(struct live *live)
{
	for (size_t i = 0; i < live->count; i++)
		actual_free(live->accounts[i].actual);
	mem_free(live->accounts);
	*live = (struct live){0};
}

const struct live_account *live_find(const struct live *live, const char *sid)
{
	for (size_t i = 0; i < live->count; i++) {
		if (strcmp(live->accounts[i].sid, sid) == 0)
			return &live->accounts[i];
	}
	return NULL;
}

static const char *const emergency_names[] = {
	[EMERGENCY_UNREGISTERED] = "unregistered",
	[EMERGENCY_REGISTERED] = "registered",
	[EMERGENCY_PENDING_REGISTRATION] = "pending-registration",
	[EMERGENCY_REGISTRATION_FAILURE] = "registration-failure",
	[EMERGENCY_PENDING_UNREGISTRATION] = "pending-unregistration",
	[EMERGENCY_UNREGISTRATION_FAILURE] = "unregistration-failure",
	[EMERGENCY_UNKNOWN] = "unknown",
};

const char *emergency_state_name(enum emergency_state state)
{
	return emergency_names[state];
}

enum emergency_state emergency_state_parse(const char *name)
{
	if (text_is_empty(name))
		return EMERGENCY_UNREGISTERED;
	for (enum emergency_state state = 0; state < EMERGENCY_UNKNOWN; state++) {
		if (strcmp(emergency_names[state], name) == 0)
			return state;
	}
	return EMERGENCY_UNKNOWN;
}
