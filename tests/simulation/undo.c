#include <string.h>

#include "base/text.h"
#include "simulation/world.h"

#define HELD_MS 3600000

/* One of the changes that the history has, each as likely as the other. */
struct choice {
	struct world *world;
	int64_t id, count;
};

static int phone_of(const struct world *world, const char *number)
{
	int phone = world->spec.phones;

	while (phone-- > 0 && strcmp(spec_phone(phone), number) != 0)
		;
	return phone;
}

static void choose(void *context, const struct history_entry *entry)
{
	struct choice *choice = context;
	struct world *world = choice->world;
	int phone = phone_of(world, entry->number), field = sim_field_by_key(entry->field);

	if (phone < 0 || field < 0 || rng_upto(&world->rng, choice->count++))
		return;
	choice->id = entry->id;
	world->undo.phone = phone;
	world->undo.field = field;
	world->undo.from = sim_value_spelt(field, entry->after);
	world->undo.to = sim_value_spelt(field, entry->before);
	world->undo.exact = sim_value(field, entry->before);
}

/* The file in force allows not even one change. */
static bool is_over_limit(struct world *world, int phone)
{
	const struct version *version = host_in_force(world);
	const struct wish *wish = version ? &version->wishes[phone] : NULL;

	return wish && wish->declared &&
	       rules_exceeds(&version->files[wish->file], 1, version->declared[wish->file]);
}

void undo_ask(struct world *world)
{
	const struct history_filter filter = {.outcome = HISTORY_DONE, .limit = 20};
	struct choice choice = {.world = world};
	struct error error = {0};

	if (world->undo.open || host_is_dead(world) ||
	    history_read(world->journal, &filter, choose, &choice, &error) < 0 || !choice.id)
		return;
	if (reconcile_undo(world->reconcile, choice.id, &error) < 0) {
		life_trace(world, "undo %lld: %s", (long long)choice.id, error.text);
		if (!world->observe)
			life_fail(world, "undo: %s", error.text);
		return;
	}
	world->undo.open = true;
	world->undo.over_limit = is_over_limit(world, world->undo.phone);
	world->totals->undos++;
	life_trace(world, "undo %lld: %s", (long long)choice.id,
		   rules_name_of(world->undo.phone, world->undo.field));
}

/* Nothing but the one field, to the value that it had. */
static bool is_asked_for(const struct world *world, const struct flight *flight)
{
	struct form_reader reader = {.rest = flight->body};

	return world->undo.open && flight->phone == world->undo.phone && form_next(&reader) &&
	       reader.field == world->undo.field &&
	       sim_value(reader.field, reader.value) == world->undo.exact && !form_next(&reader);
}

bool undo_takes(struct world *world, struct flight *flight)
{
	struct known_number *number;

	if (!is_asked_for(world, flight))
		return false;
	number = &world->numbers[flight->phone];
	flight->undoes = true;
	if (world->observe)
		life_fail(world, "an undo is sent by an engine that only observes");
	if (number->posting || number->doubt)
		life_fail(world, "an undo of %s, which is written or was not looked at",
			  spec_phone(flight->phone));
	if (!world->lies && number->fields[world->undo.field].seen != world->undo.from)
		life_fail(world, "%s is undone, and has moved on since",
			  rules_name_of(flight->phone, world->undo.field));
	if (world->undo.over_limit && is_over_limit(world, flight->phone))
		life_fail(world, "an undo of %s is sent, over the limit of its file",
			  spec_phone(flight->phone));
	number->posting = number->posted = true;
	return true;
}

void undo_step(struct world *world)
{
	struct reconcile_undo_state state = reconcile_undo_state(world->reconcile);
	const struct version *version = host_in_force(world);
	struct known_field *known = &world->numbers[world->undo.phone].fields[world->undo.field];

	if (!world->undo.open || !state.over)
		return;
	world->undo.open = false;
	life_trace(world, "undo is over: %s; %s", state.text, state.outlook ? state.outlook : "-");
	if (!state.ok || !version)
		return;
	/* Only where the outlook says so: that it says so where it should is for other tests. */
	if (state.outlook && strstr(state.outlook, "wins again in 1h")) {
		fights_forget(known); /* a person has spoken */
		known->undone_until = world->now + HELD_MS;
		known->undone = world->undo.exact;
	}
}

void undo_check(struct world *world, int phone, int field)
{
	const struct known_field *known = &world->numbers[phone].fields[field];

	if (world->now < known->undone_until && known->seen_exact == known->undone &&
	    !world->lies && !world->forgetful)
		life_fail(world, "%s was undone, and the file's value is sent within the hour",
			  rules_name_of(phone, field));
}
