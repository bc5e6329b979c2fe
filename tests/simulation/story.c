/* What happens in a life: one thing after the other, as the seed says. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "simulation/world.h"

static void control(struct world *world, const char *method, const char *path, struct buf *body)
{
	struct buf answer = {0};

	if (twilio_control(world->twilio, method, path, buf_text(body), body->length,
			   net_time(world), &answer) != 200)
		life_fail(world, "%s: %s", path, buf_text(&answer));
	buf_finish(&answer);
	buf_finish(body);
}

/* What a hand changes against a wish that on_drift: report protects is not to be overwritten. */
void story_guard(struct world *world, int phone)
{
	const struct version *version = world->reconcile ? host_in_force(world) : NULL;
	const struct wish *wish = version ? &version->wishes[phone] : NULL;

	for (int f = 0; wish && wish->declared && wish->reports && f < SIM_FIELDS; f++) {
		struct known_field *known = &world->numbers[phone].fields[f];

		if (!(wish->set & (UINT32_C(1) << f)) || world->lies ||
		    f == SIM_EMERGENCY_ADDRESS || f == SIM_EMERGENCY_STATUS)
			continue;
		if (known->spelt == sim_value_spelt(f, wish->want[f]))
			known->guarded = 0;
		else if (known->synced == sim_value(f, wish->want[f]) &&
			 known->writer == WRITER_FOREIGN)
			known->guarded = sim_value(f, wish->want[f]);
	}
}

void story_hand(struct world *world, int phone, int field, const char *value, bool person)
{
	struct buf body = {0};

	oracle_look(world, phone, WRITER_NOBODY);
	buf_printf(&body, "{\"number\": \"%s\", \"source\": \"%s\", \"%s\": ", spec_phone(phone),
		   person ? "web" : "api", sim_fields[field].key);
	if (field == SIM_CALLER_ID_LOOKUP)
		buf_add_text(&body, value);
	else
		text_add_json(&body, value);
	buf_add_char(&body, '}');
	life_trace(world, "hand: %s", buf_text(&body));
	control(world, "POST", "/_sim/edit", &body);
	oracle_look(world, phone, WRITER_FOREIGN);
	story_guard(world, phone);
	world->totals->hands++;
}

static int pick_number(struct world *world)
{
	int phone = (int)rng_upto(&world->rng, world->spec.phones - 1);
	const struct known_number *number = &world->numbers[phone];

	return number->exists && !number->gone ? phone : -1;
}

static const char *pick_foreign(struct world *world, int field)
{
	int count = 0;

	while (count < SIM_VALUES && sim_fields[field].foreign[count])
		count++;
	return sim_fields[field].foreign[rng_upto(&world->rng, count - 1)];
}

static void do_hand(struct world *world)
{
	int phone = pick_number(world);
	int field = spec_pick_field(world->spec.fields, &world->rng);

	/* The Console has its own ways with emergency addresses. */
	if (phone < 0 || field == SIM_EMERGENCY_ADDRESS || field == SIM_EMERGENCY_STATUS)
		return;
	story_hand(world, phone, field, pick_foreign(world, field), chance(&world->rng, 500));
}

static void do_many_hands(struct world *world)
{
	int field = spec_pick_field(world->spec.fields, &world->rng);
	const char *value = pick_foreign(world, field);

	if (field == SIM_EMERGENCY_ADDRESS || field == SIM_EMERGENCY_STATUS)
		return;
	for (int i = 0; i < world->spec.phones; i++) {
		if (world->numbers[i].exists && !world->numbers[i].gone && chance(&world->rng, 700))
			story_hand(world, i, field, value, false);
	}
}

static void do_rival(struct world *world)
{
	int phone = pick_number(world);
	int field = spec_pick_field(world->spec.fields, &world->rng);

	if (phone < 0 || field == SIM_EMERGENCY_ADDRESS || field == SIM_EMERGENCY_STATUS)
		return;
	world->numbers[phone].fields[field].rival = chance(&world->rng, 800) ? 1 : 0;
}

/* Other programs insist on what they want. */
static void let_rivals(struct world *world)
{
	for (int i = 0; i < world->spec.phones; i++) {
		const struct known_number *number = &world->numbers[i];

		for (int f = 0; f < SIM_FIELDS; f++) {
			const char *value = sim_fields[f].foreign[0];

			if (number->fields[f].rival && number->exists && !number->gone &&
			    number->fields[f].live != sim_value(f, value))
				story_hand(world, i, f, value, false);
		}
	}
}

static void do_move(struct world *world)
{
	int phone = (int)rng_upto(&world->rng, world->spec.phones - 1);
	struct known_number *number = &world->numbers[phone];
	struct buf body = {0};

	/* Taken away into an account that nobody looks at, or brought back from it. */
	if (!number->exists || !world->hands)
		return;
	buf_printf(&body, "{\"number\": \"%s\", \"to\": \"%s\"}", spec_phone(phone),
		   number->gone ? spec_account_sid(number->account) : SIM_ELSEWHERE);
	life_trace(world, "moved: %s", buf_text(&body));
	control(world, "POST", "/_sim/remove", &body);
	number->gone = !number->gone;
	for (int f = 0; number->gone && f < SIM_FIELDS; f++)
		number->fields[f].guarded = number->fields[f].synced = 0;
}

static void do_edit(struct world *world)
{
	int times = 1 + (int)(chance(&world->rng, 300) ? rng_upto(&world->rng, 20) : 0);

	world->totals->edits++;
	while (times--)
		spec_edit(&world->spec, &world->rng);
	if (chance(&world->rng, 60))
		spec_shrink(&world->spec, &world->rng);
	host_write_files(world, chance(&world->rng, 750));
	world->being_written = chance(&world->rng, 150);
	if (chance(&world->rng, 700))
		reconcile_look(world->reconcile);
}

static void do_written(struct world *world)
{
	if (!world->versions[world->on_disk]->valid)
		host_write_files(world, true);
	world->being_written = false;
	if (chance(&world->rng, 500))
		reconcile_look(world->reconcile);
}

static void lose_journal(struct world *world)
{
	if (world->lies && chance(&world->rng, 400)) {
		sim_vfs_damage(world->disk, "/sim/numberd.db", rng_next(&world->rng));
	} else {
		sim_vfs_free(world->disk);
		world->disk = sim_vfs_new("sim");
		world->fault_last = 0;
	}
}

static void die(struct world *world)
{
	bool power = chance(&world->rng, 300), lost;

	host_crash(world, power);
	lost = chance(&world->rng, 150);
	if (lost) {
		life_trace(world, "the journal is lost");
		lose_journal(world);
	}
	world->now += rng_upto(&world->rng, chance(&world->rng, 800) ? 5000 : 7200000);
	world->observe = chance(&world->rng, 30);
	oracle_restarted(world, power, lost);
	host_start(world);
}

static void do_crash(struct world *world)
{
	/* At once, or at a call of the disk that is still to come. */
	if (chance(&world->rng, 500)) {
		die(world);
		return;
	}
	if (world->killed_at)
		return;
	world->killed_at = sim_vfs_calls(world->disk) + 1 + (uint64_t)rng_upto(&world->rng, 60);
	sim_vfs_kill(world->disk, world->killed_at - sim_vfs_calls(world->disk));
}

static void do_disk_fault(struct world *world)
{
	static const enum sim_fault faults[] = {SIM_FAULT_NONE, SIM_FAULT_FULL, SIM_FAULT_READ_ONLY,
						SIM_FAULT_READ, SIM_FAULT_IO};
	enum sim_fault fault = faults[rng_upto(&world->rng, ARRAY_LENGTH(faults) - 1)];

	uint64_t count = 1 + (uint64_t)rng_upto(&world->rng, 200);

	life_trace(world, "disk: fault %d for %llu calls", fault, (unsigned long long)count);
	sim_vfs_fault(world->disk, fault, 1, count);
	world->fault_last = sim_vfs_calls(world->disk) + count;
	world->disk_shaky = true;
	world->disk_calm = false;
	/* What the history has of the time before is not sure any more. */
	world->journal_life++;
}

static void do_jump(struct world *world)
{
	static const int64_t reach[] = {60000, 3600000, 30 * 86400000LL};
	int64_t most = reach[rng_upto(&world->rng, ARRAY_LENGTH(reach) - 1)];

	world->wall_offset += rng_upto(&world->rng, 2 * most) - most;
	world->jumps++;
	fights_end(world);
	life_trace(world, "the wall clock is set to %+lld s",
		   (long long)(world->wall_offset / 1000));
}

static void do_pause(struct world *world)
{
	int64_t until = chance(&world->rng, 500)
				? host_wall(world) + 1000 + rng_upto(&world->rng, 600000)
				: 0;
	struct buf text = {0};
	struct error error;

	reconcile_pause(world->reconcile, until, "a test of the simulation", &text, &error);
	buf_finish(&text);
	world->paused = true;
	world->pause_known = !host_is_dead(world);
	world->paused_until = until;
	life_trace(world, "pause");
}

static void do_resume(struct world *world)
{
	struct buf text = {0};
	struct error error;

	reconcile_resume(world->reconcile, &text, &error);
	buf_finish(&text);
	world->paused = false;
	world->pause_known = !host_is_dead(world);
	life_trace(world, "resume");
}

static void do_approve(struct world *world)
{
	struct reconcile_state state = reconcile_state(world->reconcile);
	struct buf text = {0};
	struct error error;

	if (!state.digest || world->observe)
		return;
	if (chance(&world->rng, 300)) {
		const char *wrong = world->old_digest[0] ? world->old_digest : "sha256:0";

		if (strcmp(wrong, state.digest) != 0 &&
		    reconcile_approve(world->reconcile, wrong, &text, &error) == 0)
			life_fail(world, "a digest was approved that is not the plan's");
		return;
	}
	snprintf(world->old_digest, sizeof(world->old_digest), "%s", state.digest);
	life_trace(world, "approve %s", world->old_digest);
	rules_approved(world);
	reconcile_approve(world->reconcile, world->old_digest, &text, &error);
	buf_finish(&text);
	world->totals->approvals++;
}

static void do_rotate(struct world *world)
{
	struct buf body = {0};

	snprintf(world->real_token, sizeof(world->real_token), "token%d",
		 (int)rng_upto(&world->rng, 9));
	buf_printf(&body, "{\"accounts\": [{\"sid\": \"%s\", \"auth_token\": \"%s\"}]}",
		   spec_account_sid(0), world->real_token);
	control(world, "POST", "/_sim/load", &body);
}

void story_faults(struct world *world, int permille)
{
	static const char truthful[] =
		"\"400\", \"401\", \"401-permission\", \"403\", \"404\", \"409\", "
		"\"409-conflicting\", \"429\", \"429-retry-after\", \"429-retry-after-huge\", "
		"\"429-retry-after-date\", \"500\", \"500-empty\", \"502\", \"503\", "
		"\"503-json\", \"503-retry-after\", \"504\", \"500-after\", \"503-after\", "
		"\"504-after\", \"301\", \"307\", \"reset-before\", \"reset-after\", "
		"\"hang-before\", \"hang-after\", \"drip\", \"cut-body\", \"cut-json\", "
		"\"garbled-json\", \"bad-utf8\", \"wrong-content\", \"empty-body\", "
		"\"page-loop\", \"page-endless\", \"foreign-host\", \"foreign-scheme\", "
		"\"foreign-account\", \"empty-list\", \"halved-list\", \"duplicate-rows\", "
		"\"missed-rows\", \"not-stored\", \"partly-stored\"";
	struct buf body = {0};

	buf_printf(&body, "{\"seed\": %lld, \"permille\": %d, \"faults\": [%s%s]}",
		   (long long)rng_upto(&world->rng, INT32_MAX), permille, truthful,
		   world->lies ? ", \"no-url-fields\", \"stale-list\", \"stale-number\", "
				 "\"echo-only\", \"deep-json\""
			       : "");
	control(world, "POST", "/_sim/faults", &body);
}

static void do_weather(struct world *world)
{
	static const int permilles[] = {0, 0, 30, 100, 300, 900};

	world->loss = permilles[rng_upto(&world->rng, ARRAY_LENGTH(permilles) - 1)];
	world->slow = chance(&world->rng, 150);
	story_faults(world, permilles[rng_upto(&world->rng, ARRAY_LENGTH(permilles) - 1)]);
	life_trace(world, "weather: loss %d%s", world->loss, world->slow ? ", slow" : "");
}

static void do_sync(struct world *world)
{
	life_trace(world, "sync");
	reconcile_sync(world->reconcile);
}

static void do_reload(struct world *world)
{
	reconcile_reload(world->reconcile);
}

static const struct {
	void (*run)(struct world *world);
	int weight;
	bool foreign;
} deeds[] = {
	{do_edit, 30, false},     {do_written, 15, false},   {do_hand, 30, true},
	{do_many_hands, 3, true}, {do_rival, 6, true},       {do_move, 4, true},
	{do_crash, 10, false},    {do_disk_fault, 4, false}, {do_jump, 3, false},
	{do_pause, 3, false},     {do_resume, 5, false},     {do_approve, 12, false},
	{do_rotate, 2, false},    {do_weather, 10, false},   {do_sync, 20, false},
	{do_reload, 4, false},    {undo_ask, 6, false},
};

static void do_something(struct world *world)
{
	int64_t all = 0, at;

	for (size_t i = 0; i < ARRAY_LENGTH(deeds); i++)
		all += deeds[i].weight;
	at = rng_upto(&world->rng, all - 1);
	for (size_t i = 0; i < ARRAY_LENGTH(deeds); i++) {
		at -= deeds[i].weight;
		if (at >= 0)
			continue;
		if (world->hands || !deeds[i].foreign)
			deeds[i].run(world);
		return;
	}
}

void story_advance(struct world *world, int64_t until)
{
	int64_t net = net_deadline(world), engine = reconcile_deadline(world->reconcile);
	int64_t next = net < engine ? net : engine;

	if (next > until)
		next = until;
	if (next > world->now)
		world->now = next;
	net_run(world);
	reconcile_run(world->reconcile);
	if (world->pending && !host_is_dead(world)) {
		world->pending = false;
		rules_on_pass(world);
	}
}

void story_tell(struct world *world)
{
	for (int i = 0; world->rivalry && i < 4; i++)
		do_rival(world);
	while (world->step < world->steps && !world->failed) {
		world->step++;
		world->totals->steps++;
		if (chance(&world->rng, 150))
			do_something(world);
		if (chance(&world->rng, world->rivalry ? 300 : 50))
			let_rivals(world);
		if (host_is_dead(world))
			die(world);
		if (!world->failed)
			story_advance(world, NEVER - 1);
		if (host_is_dead(world))
			die(world);
		if (!world->failed)
			rules_on_step(world);
	}
}
