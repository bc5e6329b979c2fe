/* The history of the journal against what Twilio stored. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "simulation/world.h"

static int phone_of(const struct world *world, const char *number)
{
	for (int i = 0; i < world->spec.phones; i++) {
		if (strcmp(spec_phone(i), number) == 0)
			return i;
	}
	return -1;
}

struct reading {
	struct world *world;
	int64_t last;
	size_t count, capacity;
	struct row {
		int phone, field;
		uint64_t before, after;
		bool drift;
		enum history_outcome outcome;
		int64_t id;
		bool matched;
	} * rows;
};

static void take_row(void *context, const struct history_entry *entry)
{
	struct reading *reading = context;
	struct row row = {.phone = phone_of(reading->world, entry->number),
			  .field = sim_field_by_key(entry->field),
			  .outcome = entry->outcome,
			  .id = entry->id};

	if (entry->id <= reading->last || row.phone < 0 || row.field < 0)
		return;
	row.before = sim_value(row.field, entry->before);
	row.after = sim_value(row.field, entry->after);
	row.drift = strcmp(entry->kind, "drift") == 0;
	mem_grow(reading->rows, reading->count, reading->capacity);
	reading->rows[reading->count++] = row;
}

static bool read_history(struct world *world, struct reading *reading, size_t limit)
{
	struct history_filter filter = {.outcome = -1, .limit = limit};
	struct error error = {0};

	return history_read(world->journal, &filter, take_row, reading, &error) == 0;
}

/* Whoever is said to have been somebody else was not numberd, nor nobody. */
static void check_drift(struct world *world, const struct row *row)
{
	const struct known_field *known = &world->numbers[row->phone].fields[row->field];

	world->totals->drifts++;
	if (world->lies || world->forgetful || known->seen_exact != row->before)
		return;
	if (known->seen_writer != WRITER_FOREIGN)
		life_fail(world, "%s of %s is called drift, but nobody else changed it",
			  sim_fields[row->field].key, spec_phone(row->phone));
}

void ledger_check_pass(struct world *world)
{
	struct reading reading = {.world = world, .last = world->last_history};

	if (!world->told_drift)
		return;
	world->told_drift = false;
	read_history(world, &reading, 100);
	for (size_t i = 0; i < reading.count; i++) {
		if (reading.rows[i].drift && reading.rows[i].outcome == HISTORY_SEEN)
			check_drift(world, &reading.rows[i]);
		if (reading.rows[i].id > world->last_history)
			world->last_history = reading.rows[i].id;
	}
	mem_free(reading.rows);
}

static const struct effect *find_effect(const struct world *world, const struct row *row)
{
	for (size_t i = 0; i < world->effect_count; i++) {
		const struct effect *effect = &world->effects[i];

		if (effect->phone == row->phone && effect->field == row->field &&
		    effect->value == row->after)
			return effect;
	}
	return NULL;
}

/* Each pass that had an effect has a row that says so. */
static void check_effect(struct world *world, struct reading *reading, const struct effect *effect)
{
	for (size_t i = 0; i < reading->count; i++) {
		struct row *row = &reading->rows[i];

		if (row->matched || row->phone != effect->phone || row->field != effect->field ||
		    row->after != effect->value || row->outcome == HISTORY_SEEN)
			continue;
		if (!world->hands && !world->lies && row->outcome != HISTORY_DONE &&
		    row->outcome != HISTORY_PENDING)
			continue;
		row->matched = true;
		return;
	}
	life_fail(world, "%s of %s was stored in pass %u, and the history does not have it",
		  sim_fields[effect->field].key, spec_phone(effect->phone), effect->pass);
}

static bool is_repeated(const struct world *world, size_t i)
{
	const struct effect *one = &world->effects[i];

	for (size_t j = i; j-- > 0;) {
		const struct effect *other = &world->effects[j];

		if (other->phone == one->phone && other->field == one->field && other->changed &&
		    other->value == one->value && other->pass == one->pass)
			return true;
	}
	return false;
}

static void check_row(struct world *world, const struct row *row)
{
	const struct version *version = host_in_force(world);
	const struct known_number *number = &world->numbers[row->phone];
	bool declared = version && version->wishes[row->phone].declared;

	if (row->outcome == HISTORY_PENDING && declared && number->exists && !number->gone)
		life_fail(world, "history %lld, %s of %s, is still pending", (long long)row->id,
			  sim_fields[row->field].key, spec_phone(row->phone));
	if (row->outcome == HISTORY_DONE && !world->lies && !world->hands &&
	    row->field != SIM_EMERGENCY_ADDRESS && row->field != SIM_EMERGENCY_STATUS &&
	    !find_effect(world, row))
		life_fail(world, "history %lld says that %s of %s was done, and it was not",
			  (long long)row->id, sim_fields[row->field].key, spec_phone(row->phone));
}

void ledger_check_life(struct world *world)
{
	struct reading reading = {.world = world};

	if (!read_history(world, &reading, 0)) {
		life_fail(world, "the history can't be read");
		return;
	}
	for (size_t i = 0; i < world->effect_count; i++) {
		if (world->effects[i].changed && world->effects[i].journal == world->journal_life &&
		    !is_repeated(world, i))
			check_effect(world, &reading, &world->effects[i]);
	}
	for (size_t i = 0; i < reading.count; i++)
		check_row(world, &reading.rows[i]);
	mem_free(reading.rows);
}
