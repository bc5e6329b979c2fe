/* When everything that goes wrong has stopped. */
#include <string.h>

#include "base/mem.h"
#include "simulation/world.h"

#define PASSES_DUE   2
#define PASSES_SLOW  6
#define PASSES_QUIET 10

/* Lets a whole pass go by; false if none comes to its end in an hour. */
static bool let_pass(struct world *world)
{
	uint32_t before = world->concluded;
	int64_t until = world->now + 3600000;
	struct buf text = {0};
	struct error error;

	/* A journal that can be read again may know of a pause. */
	reconcile_resume(world->reconcile, &text, &error);
	buf_finish(&text);

	while (world->concluded == before && world->now < until && !world->failed) {
		story_advance(world, until);
		rules_on_step(world);
	}
	return world->concluded != before;
}

static void sync_pass(struct world *world)
{
	reconcile_sync(world->reconcile);
	if (!let_pass(world))
		life_fail(world, "no pass comes to an end any more");
	/* A pass that was under way when sync came is none. */
	if (!world->failed && !let_pass(world))
		life_fail(world, "no pass comes to an end any more");
}

static void approve(struct world *world)
{
	struct reconcile_state state = reconcile_state(world->reconcile);
	struct buf text = {0};
	char digest[72];
	struct error error;

	if (!state.digest)
		return;
	strcpy(digest, state.digest);
	life_trace(world, "approve %s", digest);
	rules_approved(world);
	if (reconcile_approve(world->reconcile, digest, &text, &error) < 0)
		life_fail(world, "approve: %s", error.text);
	buf_finish(&text);
}

static void make_peace(struct world *world)
{
	struct buf text = {0};
	struct error error;

	world->peace = true;
	world->loss = 0;
	world->slow = false;
	story_faults(world, 0);
	sim_vfs_fault(world->disk, SIM_FAULT_NONE, 1, 0);
	world->fault_last = 0;
	if (world->killed_at || world->observe) {
		host_crash(world, false);
		world->observe = false;
		oracle_restarted(world, false, false);
		host_start(world);
	}
	memset(world->token, 0, sizeof(world->token));
	memcpy(world->token, world->real_token, sizeof(world->token));
	if (!world->versions[world->on_disk]->valid || world->being_written)
		host_write_files(world, true);
	world->being_written = false;
	reconcile_look(world->reconcile);
	reconcile_resume(world->reconcile, &text, &error);
	buf_finish(&text);
	world->paused = false;
	world->pause_known = true;
}

static bool is_like(struct world *world, int phone, int field, const struct wish *wish)
{
	/* Twilio ignores the status. */
	return field == SIM_EMERGENCY_STATUS || !(wish->set & (UINT32_C(1) << field)) ||
	       world->numbers[phone].fields[field].spelt ==
		       sim_value_spelt(field, wish->want[field]);
}

/* A field that is not as the file says, though policy lets it be; false: there is none. */
static bool find_unlike(struct world *world, int *ret_phone, int *ret_field)
{
	const struct version *version = world->versions[world->on_disk];

	for (int i = 0; i < world->spec.phones; i++) {
		const struct wish *wish = &version->wishes[i];

		if (!wish->declared || wish->holds || wish->reports || !world->numbers[i].exists ||
		    world->numbers[i].gone)
			continue;
		oracle_look(world, i, WRITER_NOBODY);
		for (int f = 0; f < SIM_FIELDS; f++) {
			if (is_like(world, i, f, wish))
				continue;
			*ret_phone = i;
			*ret_field = f;
			return true;
		}
	}
	return false;
}

/* It waits for a person, and says so: a limit, a fight, an undo. */
static bool waits_for_a_person(const struct world *world, int phone)
{
	struct reconcile_state state = reconcile_state(world->reconcile);

	for (size_t i = 0; i < state.wanted->number_count; i++) {
		if (strcmp(state.wanted->numbers[i].number, spec_phone(phone)) == 0)
			return state.memory->numbers[i].status == NUMBER_HELD;
	}
	return false;
}

/* The pass that is under way, and a whole one. True where all is as the file says then. */
static bool converges(struct world *world)
{
	int phone, field;

	for (int i = 0; i < PASSES_DUE && !world->failed; i++) {
		if (!find_unlike(world, &phone, &field))
			return true;
		if (!let_pass(world))
			life_fail(world, "no pass comes to an end any more");
	}
	return !find_unlike(world, &phone, &field);
}

static void check_converged(struct world *world)
{
	int phone, field;

	if (world->failed || !find_unlike(world, &phone, &field))
		return;
	life_fail(world, "at the end %s is '%s', and the file says '%s'",
		  rules_name_of(phone, field), oracle_live(world, phone, field),
		  world->versions[world->on_disk]->wishes[phone].want[field]);
}

/* An address is cleared, unregistered, set and registered, which takes its time. */
static void wait_for_addresses(struct world *world)
{
	for (int i = 0; i < PASSES_SLOW && !world->failed; i++) {
		sync_pass(world);
		world->now += 31000;
		if (!world->failed)
			approve(world);
	}
}

static void converge(struct world *world)
{
	bool slow = world->spec.fields & (UINT32_C(1) << SIM_EMERGENCY_ADDRESS);
	int phone, field;

	reconcile_sync(world->reconcile);
	if (!converges(world) && !world->failed && find_unlike(world, &phone, &field) &&
	    waits_for_a_person(world, phone)) {
		approve(world);
		converges(world);
	}
	if (slow)
		wait_for_addresses(world);
	check_converged(world);
}

static void check_quiet(struct world *world)
{
	uint64_t posts = world->totals->posts;
	uint32_t lines = world->lines;

	for (int i = 0; i < PASSES_QUIET && !world->failed; i++) {
		if (!let_pass(world))
			life_fail(world, "no pass comes to an end any more");
	}
	if (world->totals->posts != posts)
		life_fail(world, "all is done, and %llu updates are sent all the same",
			  (unsigned long long)(world->totals->posts - posts));
	if (world->lines != lines)
		life_fail(world, "nothing happens, and %u lines are logged all the same",
			  world->lines - lines);
}

void end_check(struct world *world)
{
	life_trace(world, "peace");
	make_peace(world);
	/* A list that was short for good is believed by the third time. */
	for (int i = 0; i < (world->hands ? 2 : 0) && !world->failed; i++)
		sync_pass(world);
	if (!world->failed)
		converge(world);
	/* What is held yet, as by an undo where on_change is hold, would end by itself later. */
	if (!world->failed)
		sync_pass(world);
	if (!world->failed)
		approve(world);
	if (!world->failed)
		sync_pass(world);
	if (!world->failed)
		check_quiet(world);
	if (!world->failed)
		ledger_check_life(world);
}
