/* A simulated Twilio begins, ends, and is looked at from outside. */
#include "twilio.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "log.h"
#include "state.h"

static void clear(struct twilio *twilio)
{
	log_clear(twilio);
	faults_clear(&twilio->faults);
	index_finish(&twilio->by_sid);
	index_finish(&twilio->by_phone);
	for (size_t i = 0; i < twilio->account_count; i++)
		mem_free(twilio->accounts[i]->numbers);
	arena_finish(&twilio->arena);
}

static void begin(struct twilio *twilio, uint64_t seed)
{
	twilio->seed = seed;
	rng_init(&twilio->rng, seed);
	switches_reset(&twilio->switches);
}

struct twilio *twilio_new(uint64_t seed)
{
	struct twilio *twilio = mem_zalloc(1, sizeof(*twilio));

	begin(twilio, seed);
	return twilio;
}

static void free_arrays(struct twilio *twilio)
{
	mem_free(twilio->accounts);
	mem_free(twilio->numbers);
	mem_free(twilio->events);
	mem_free(twilio->records);
	mem_free(twilio->flights);
	mem_free(twilio->violations);
}

void twilio_free(struct twilio *twilio)
{
	if (!twilio)
		return;
	clear(twilio);
	free_arrays(twilio);
	mem_free(twilio);
}

/* Ids of requests go on, so that an answer of the time before finishes nothing of the time after.
 */
void twilio_reset(struct twilio *twilio, uint64_t seed)
{
	uint64_t next_id = twilio->next_id;

	clear(twilio);
	free_arrays(twilio);
	*twilio = (struct twilio){.next_id = next_id};
	begin(twilio, seed);
}

size_t twilio_violation_count(const struct twilio *twilio)
{
	return twilio->violation_count;
}

const char *twilio_violation(const struct twilio *twilio, size_t i)
{
	return i < twilio->violation_count ? twilio->violations[i] : NULL;
}

const char *twilio_value(struct twilio *twilio, const char *name, const char *key, int64_t now_ms)
{
	struct number *number = state_number(twilio, name);
	enum key found = key_find(key);

	if (!number || found == KEY_COUNT)
		return NULL;
	state_settle(twilio, number, now_ms + twilio->offset);
	if (found == KEY_ACCOUNT_SID)
		return number->account->sid;
	return number->value[found] == value_absent ? NULL : number->value[found];
}

void twilio_advance(struct twilio *twilio, int64_t ms)
{
	twilio->offset += ms;
}

int64_t twilio_latency(const struct twilio *twilio)
{
	return twilio->switches.latency_ms;
}

const char *twilio_fault_name(size_t i)
{
	const struct fault_row *row = faults_row(i);

	return row ? row->name : NULL;
}

const char *twilio_switch_name(size_t i)
{
	return switches_name(i);
}

bool twilio_switch_set(struct twilio *twilio, const char *name, const char *value)
{
	return switches_set(&twilio->switches, name, value);
}
