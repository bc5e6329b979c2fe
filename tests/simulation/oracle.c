#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "simulation/world.h"

void oracle_init(struct world *world)
{
	for (int i = 0; i < world->spec.phones; i++) {
		struct known_number *number = &world->numbers[i];

		number->exists = chance(&world->rng, 930);
		number->account = spec_account_of(&world->spec, i);
		number->doubt = true;
		if (number->exists)
			snprintf(number->sid, sizeof(number->sid),
				 "PN0000000000000000000000000000%04d", i + 1);
	}
	for (int a = 0; a < SIM_ACCOUNTS; a++)
		world->accounts[a] =
			(struct known_account){.believed = -1, .last_rows = -1, .acted_on = -1};
	world->approved_at = -1;
	world->pause_known = true;
}

const char *oracle_live(struct world *world, int phone, int field)
{
	return twilio_value(world->twilio, spec_phone(phone), sim_fields[field].key,
			    net_time(world));
}

static void note_value(struct known_field *known, uint64_t value)
{
	size_t i = 0;

	while (i < ARRAY_LENGTH(known->was) - 1 && known->was[i] && known->was[i] != value)
		i++;
	known->was[i] = value;
}

void oracle_look(struct world *world, int phone, enum writer who)
{
	struct known_number *number = &world->numbers[phone];

	if (!number->exists || number->gone)
		return;
	for (int i = 0; i < SIM_FIELDS; i++) {
		struct known_field *known = &number->fields[i];
		uint64_t live;

		if (!(world->spec.fields & (UINT32_C(1) << i)))
			continue;
		live = sim_value(i, oracle_live(world, phone, i));
		if (live == known->live)
			continue;
		/* An emergency address changes by itself a while after somebody asked for it. */
		if (who != WRITER_NOBODY || !known->live)
			known->writer = who;
		known->live = live;
		known->spelt = sim_value_spelt(i, oracle_live(world, phone, i));
		note_value(known, known->spelt);
	}
}

struct shown *oracle_take(struct world *world, const struct buf *body)
{
	struct shown *shown = mem_zalloc(SIM_PHONES, sizeof(*shown));

	for (int i = 0; i < world->spec.phones; i++) {
		const struct known_number *number = &world->numbers[i];

		if (!number->exists || number->gone || !body->length ||
		    !memmem(body->bytes, body->length, number->sid, 34))
			continue;
		oracle_look(world, i, WRITER_NOBODY);
		shown[i].there = true;
		for (int f = 0; f < SIM_FIELDS; f++) {
			shown[i].live[f] = number->fields[f].live;
			shown[i].spelt[f] = number->fields[f].spelt;
			shown[i].writer[f] = number->fields[f].writer;
		}
	}
	return shown;
}

void oracle_show(struct world *world, const struct flight *flight)
{
	const struct shown *shown = flight->shown;
	bool further = strstr(flight->path, "&Page=") != NULL;
	const struct version *version = host_in_force(world);

	if (flight->account >= 0 && !flight->filtered && !further)
		world->accounts[flight->account].listing++;
	for (int i = 0; i < world->spec.phones; i++) {
		struct known_number *number = &world->numbers[i];

		/* Of a row that comes twice the first counts. */
		if (!shown[i].there ||
		    (further && number->listing == world->accounts[number->account].listing))
			continue;
		number->listing = world->accounts[number->account].listing;
		number->doubt = false;
		number->posted &= flight->account < 0;
		for (int f = 0; f < SIM_FIELDS; f++) {
			struct known_field *known = &number->fields[f];
			const struct wish *wish = version ? &version->wishes[i] : NULL;
			bool wished = wish && wish->declared && (wish->set & (UINT32_C(1) << f));

			known->seen_exact = shown[i].live[f];
			known->seen = shown[i].spelt[f];
			known->seen_writer = shown[i].writer[f];
			known->wanted = wished ? sim_value_spelt(f, wish->want[f]) : 0;
			known->wanted_exact = wished ? sim_value(f, wish->want[f]) : 0;
		}
	}
}

/* What holds of a wish ends where the file asks for something else. */
void oracle_version_in_force(struct world *world)
{
	const struct version *version = host_in_force(world);

	if (!version)
		return;
	for (int i = 0; i < world->spec.phones; i++) {
		const struct wish *wish = &version->wishes[i];

		for (int f = 0; f < SIM_FIELDS; f++) {
			struct known_field *known = &world->numbers[i].fields[f];
			bool wished = wish->declared && (wish->set & (UINT32_C(1) << f));
			uint64_t exact = wished ? sim_value(f, wish->want[f]) : 0;

			if (known->guarded != exact || !wish->reports)
				known->guarded = 0;
			if (known->synced != exact)
				known->synced = 0;
			if (known->put_back_want != exact) {
				fights_forget(known);
				known->put_back_want = exact;
			}
		}
	}
}

static void forget_field(struct known_field *known, bool power, bool lost, bool saved)
{
	if (power || lost || !saved)
		fights_forget(known);
	/* Without power, the last passes may not be on the disk; then a guard is not sure. */
	if (power && !lost) {
		known->synced = 0;
		known->guarded = 0;
	}
}

void oracle_pass(struct world *world)
{
	const struct version *version = world->passed;

	for (int i = 0; i < world->spec.phones; i++) {
		for (int f = 0; f < SIM_FIELDS; f++) {
			struct known_field *known = &world->numbers[i].fields[f];

			if (!known->wanted || world->disk_shaky || world->numbers[i].doubt ||
			    reconcile_state(world->reconcile).pass_error)
				continue;
			if (known->seen == known->wanted && known->spelt == known->wanted &&
			    known->seen_exact == known->wanted_exact) {
				known->synced = known->wanted_exact;
				known->synced_life = world->journal_life;
			}
		}
	}
	for (int a = 0; version && a < world->spec.accounts; a++)
		world->accounts[a].acted_on = version->account_declared[a];
	/* The fault may have ended within this very pass, and what it kept from the disk goes there
	 * with the next. */
	if (sim_vfs_calls(world->disk) > world->fault_last) {
		world->disk_shaky &= !world->disk_calm;
		world->disk_calm = true;
	}
}

void oracle_restarted(struct world *world, bool power, bool lost)
{
	/* A pass that has sent something is remembered when it is over. */
	bool saved = !world->disk_shaky && !world->pass_posted;

	world->undo.open = false;
	world->pending = false;
	for (int i = 0; i < world->spec.phones; i++) {
		struct known_number *number = &world->numbers[i];

		number->doubt = true;
		number->posting = false;
		for (int f = 0; f < SIM_FIELDS; f++)
			forget_field(&number->fields[f], power, lost, saved);
	}
	for (int a = 0; a < SIM_ACCOUNTS; a++) {
		struct known_account *account = &world->accounts[a];

		/* One that was believed to be empty may be so again. */
		if (account->believed || lost)
			account->believed = -1;
		account->last_rows = -1;
		account->doubtful = false;
		if (power || lost || world->disk_shaky || world->pass_posted)
			account->acted_on = -1;
	}
	if (lost || world->disk_shaky)
		world->pause_known = false;
	if (lost) {
		world->journal_life++;
		world->last_history = 0;
		world->totals->lost_journals++;
	}
	rules_next_pass(world);
}

void oracle_effect(struct world *world, int phone, int field, uint64_t value, bool changed)
{
	life_trace(world, "   stored: %s of %s", sim_fields[field].key, spec_phone(phone));
	world->forgetful |= world->disk_shaky;
	mem_grow(world->effects, world->effect_count, world->effect_capacity);
	world->effects[world->effect_count++] =
		(struct effect){.phone = phone,
				.field = field,
				.value = value,
				.changed = changed,
				.pass = world->pass,
				.journal = world->disk_shaky ? UINT32_MAX : world->journal_life};
}
