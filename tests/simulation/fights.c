#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "simulation/world.h"

#define HOUR       3600000
#define FIRST_HOLD (15 * 60000)
#define DAY        (24 * (int64_t)HOUR)

bool fights_is_sure_drift(const struct world *world, const struct known_field *known)
{
	return known->seen_writer == WRITER_FOREIGN && known->synced &&
	       known->synced == known->wanted_exact && known->synced_life == world->journal_life;
}

/* The n-th hold, from 1. */
static int64_t hold_length(int n)
{
	int64_t length = FIRST_HOLD;

	while (--n > 0 && length < DAY)
		length *= 2;
	return length < DAY ? length : DAY;
}

static bool is_fight(const struct known_field *known)
{
	return known->holds ||
	       (known->put_back[2] && known->put_back[0] - known->put_back[2] <= HOUR);
}

/* After so long without the rival a fight is over. */
static int64_t quiet_after(int holds)
{
	int64_t last = holds ? hold_length(holds) : 0;

	return last > HOUR ? last : HOUR;
}

/* The next hold has passed since the last time, or there was quiet. */
void fights_check(struct world *world, int phone, int field)
{
	const struct known_field *known = &world->numbers[phone].fields[field];
	int64_t hold = hold_length(known->holds + 1), quiet = quiet_after(known->holds);
	int64_t since = world->now - known->put_back[0];

	if (!is_fight(known) || !fights_is_sure_drift(world, known) || world->forgetful)
		return;
	if (since < (hold < quiet ? hold : quiet))
		life_fail(world,
			  "%s is put back %lld s after the last time, in a fight with %d "
			  "holds so far",
			  rules_name_of(phone, field), (long long)since / 1000, known->holds);
}

static void note_one(struct world *world, struct known_field *known)
{
	int64_t since = world->now - known->put_back[0];

	if (known->put_back[0] && since > quiet_after(known->holds))
		fights_forget(known);
	known->holds += is_fight(known);
	memmove(&known->put_back[1], &known->put_back[0],
		sizeof(known->put_back) - sizeof(known->put_back[0]));
	known->put_back[0] = world->now;
	known->undone_until = 0; /* it was another value that was put back */
}

/* "event=repaired number=+1... field=voice_url ..." */
void fights_note(struct world *world, const char *line)
{
	const char *number = strstr(line, " number=+"), *key = strstr(line, " field=");
	char name[40];

	for (int i = 0; number && i < world->spec.phones; i++) {
		if (strncmp(number + 8, spec_phone(i), strlen(spec_phone(i))) != 0)
			continue;
		if (key && sscanf(key + 7, "%39[a-z_]", name) == 1 && sim_field_by_key(name) >= 0)
			note_one(world, &world->numbers[i].fields[sim_field_by_key(name)]);
	}
}

void fights_forget(struct known_field *known)
{
	memset(known->put_back, 0, sizeof(known->put_back));
	known->holds = 0;
	known->undone_until = 0;
}

void fights_end(struct world *world)
{
	for (int i = 0; i < SIM_PHONES; i++) {
		for (int f = 0; f < SIM_FIELDS; f++)
			fights_forget(&world->numbers[i].fields[f]);
	}
}
