#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "simulation/world.h"

#define HOUR 3600000

static bool is_approved(const struct world *world, const struct known_field *known)
{
	if (world->approved_at < 0 || world->now - world->approved_at > 2 * HOUR + SIM_INTERVAL)
		return false;
	for (int i = 0; i < 2; i++) {
		if (known->approved_want[i] == known->wanted &&
		    known->approved_live[i] == known->seen_exact && known->wanted)
			return true;
	}
	return false;
}

/* What was shown to a person with the last digest: this plan's differences, or the one before's. */
void rules_approved(struct world *world)
{
	world->approved_at = world->now;
	fights_end(world);
	for (int i = 0; i < world->spec.phones; i++) {
		for (int f = 0; f < SIM_FIELDS; f++) {
			struct known_field *known = &world->numbers[i].fields[f];

			known->approved_want[1] = known->approved_want[0];
			known->approved_live[1] = known->approved_live[0];
			known->approved_want[0] = known->wanted;
			known->approved_live[0] = known->seen_exact;
		}
	}
	for (int a = 0; a < SIM_ACCOUNTS; a++)
		world->accounts[a].acted_on = -1;
}

bool rules_exceeds(const struct spec_file *file, uint32_t numbers, uint32_t declared)
{
	if (file->limit_kind == LIMIT_COUNT)
		return numbers > file->limit;
	return declared >= 10 &&
	       numbers * 100 > declared * (file->limit_kind == LIMIT_SHARE ? file->limit : 30);
}

void rules_next_pass(struct world *world)
{
	world->pass++;
	world->pass_posted = false;
	memset(world->pass_changes, 0, sizeof(world->pass_changes));
	memset(world->pass_drifts, 0, sizeof(world->pass_drifts));
}

const char *rules_name_of(int phone, int field)
{
	static char text[96];

	snprintf(text, sizeof(text), "%s of %s", sim_fields[field].key, spec_phone(phone));
	return text;
}

static void check_field(struct world *world, int phone, const struct form_reader *reader,
			const struct wish *wish)
{
	int field = reader->field;
	struct known_field *known = &world->numbers[phone].fields[field];
	uint64_t value = sim_value(field, reader->value);
	bool clears_first = field == SIM_EMERGENCY_ADDRESS && !reader->value[0];

	if (!(wish->set & (UINT32_C(1) << field))) {
		life_fail(world, "%s is sent, which no file in force declares",
			  rules_name_of(phone, field));
		return;
	}
	if (value != sim_value(field, wish->want[field]) && !clears_first)
		life_fail(world, "%s is sent as '%s', but the file says '%s'",
			  rules_name_of(phone, field), reader->value, wish->want[field]);
	if (!world->lies && value == known->seen_exact)
		life_fail(world, "%s is sent, and is '%s' already", rules_name_of(phone, field),
			  reader->value);
	if (known->guarded && known->guarded == sim_value(field, wish->want[field]))
		life_fail(world, "%s was set by somebody, and on_drift: report protects it",
			  rules_name_of(phone, field));
	if (field == SIM_EMERGENCY_ADDRESS && reader->value[0] && !world->lies &&
	    known->seen_exact != sim_value(field, ""))
		life_fail(world, "%s is set before the old one is cleared",
			  rules_name_of(phone, field));
	if (wish->holds && field != SIM_EMERGENCY_ADDRESS && !world->lies) {
		bool was = false;

		for (size_t i = 0; i < ARRAY_LENGTH(known->was); i++)
			was |= known->was[i] == sim_value_spelt(field, reader->value);
		if (!was)
			life_fail(world, "%s gets a value it never had, and on_change is hold",
				  rules_name_of(phone, field));
	}
	if (!world->lies)
		fights_check(world, phone, field);
	undo_check(world, phone, field);
}

/* Each number counts once in a pass, on each side. */
static void count_number(struct world *world, int phone, const struct wish *wish, bool change,
			 bool drift, const struct version *version)
{
	struct known_number *number = &world->numbers[phone];
	const struct spec_file *file = &version->files[wish->file];

	if (number->counted != world->pass + 1) {
		number->counted = world->pass + 1;
		number->counted_change = number->counted_drift = false;
	}
	world->pass_changes[wish->file] += change && !number->counted_change;
	world->pass_drifts[wish->file] += drift && !number->counted_drift;
	number->counted_change |= change;
	number->counted_drift |= drift;
	if (world->lies || world->forgetful)
		return;
	if (rules_exceeds(file, world->pass_changes[wish->file], version->declared[wish->file]) ||
	    rules_exceeds(file, world->pass_drifts[wish->file], version->declared[wish->file]))
		life_fail(world,
			  "file %d: %u changes and %u drifts are sent in one pass, over "
			  "its limit, and nobody approved",
			  wish->file, world->pass_changes[wish->file],
			  world->pass_drifts[wish->file]);
}

static void check_shrunk(struct world *world, const struct version *version)
{
	for (int a = 0; a < world->spec.accounts; a++) {
		struct known_account *account = &world->accounts[a];
		uint32_t now = version->account_declared[a];
		int64_t before = account->acted_on;
		const struct spec_file *file = NULL;

		for (int f = SIM_FILES - 1; f >= 0; f--) {
			if (f < version->file_count && version->files[f].account == a)
				file = &version->files[f];
		}
		if (file && before > now &&
		    rules_exceeds(file, (uint32_t)before - now, (uint32_t)before))
			life_fail(world,
				  "the file lost %lld of %lld numbers of account %d, and "
				  "updates are sent all the same",
				  (long long)before - now, (long long)before, a);
		account->acted_on = now;
	}
}

static void check_allowed(struct world *world)
{
	if (world->observe)
		life_fail(world, "an update is sent by an engine that only observes");
	if (world->paused && world->pause_known &&
	    (!world->paused_until || host_wall(world) < world->paused_until))
		life_fail(world, "an update is sent during a pause");
}

/* The address that follows the one that numberd took away: half-way is no place to stop. */
static bool goes_on(const struct form_reader *reader, const struct known_field *known)
{
	return reader->field == SIM_EMERGENCY_ADDRESS && reader->value[0] &&
	       known->seen_writer == WRITER_NUMBERD;
}

static void on_post(struct world *world, struct flight *flight)
{
	const struct version *version = host_in_force(world);
	struct form_reader reader = {.rest = flight->body};
	struct known_number *number;
	const struct wish *wish;
	bool change = false, drift = false, status = false, address = false;

	world->totals->posts++;
	if (flight->phone >= 0 && undo_takes(world, flight))
		return;
	if (flight->phone < 0 || !version) {
		life_fail(world, "an update of a number that no file declares: %s", flight->path);
		return;
	}
	number = &world->numbers[flight->phone];
	wish = &version->wishes[flight->phone];
	if (!wish->declared) {
		life_fail(world, "an update of %s, which no file declares",
			  spec_phone(flight->phone));
		return;
	}
	check_allowed(world);
	if (number->posting)
		life_fail(world, "two updates of %s are in flight", spec_phone(flight->phone));
	if (number->doubt)
		life_fail(world, "%s is updated, and nobody has looked what it is like",
			  spec_phone(flight->phone));
	if (world->accounts[number->account].doubtful)
		life_fail(world, "%s is updated after a list that can't be believed",
			  spec_phone(flight->phone));
	check_shrunk(world, version);
	while (form_next(&reader)) {
		struct known_field *known;

		if (reader.field < 0) {
			life_fail(world, "an unknown parameter is sent: %s", flight->body);
			return;
		}
		status |= reader.field == SIM_EMERGENCY_STATUS;
		address |= reader.field == SIM_EMERGENCY_ADDRESS;
		check_field(world, flight->phone, &reader, wish);
		known = &number->fields[reader.field];
		if (is_approved(world, known) || goes_on(&reader, known))
			continue;
		change |= known->seen_writer != WRITER_FOREIGN;
		drift |= fights_is_sure_drift(world, known);
	}
	if (status && address)
		life_fail(world, "emergency address and status of %s are sent together",
			  spec_phone(flight->phone));
	number->posting = number->posted = true;
	count_number(world, flight->phone, wish, change, drift, version);
	world->pass_posted = true;
}

void rules_on_start(struct world *world, struct flight *flight)
{
	if (flight->method == HTTP_POST)
		on_post(world, flight);
	else if (flight->account >= 0 && !flight->filtered && world->pass_posted)
		rules_next_pass(world);
}

/* Rows that come twice count once. */
static void take_rows(struct known_account *account, const char *at)
{
	while ((at = strstr(at, "\"phone_number\": \""))) {
		uint64_t row = 0;
		size_t i = 0;

		for (at += 17; *at && *at != '"'; at++)
			row = row * 31 + (unsigned char)*at;
		while (i < account->row_count && account->rows[i] != row)
			i++;
		if (i == account->row_count && i < ARRAY_LENGTH(account->rows))
			account->rows[account->row_count++] = row;
	}
}

/* Whether the rows of a list may be taken for what is there; the rule of the contract, anew. */
static void judge_list(struct world *world, const struct flight *flight,
		       const struct http_answer *answer)
{
	struct known_account *account = &world->accounts[flight->account];
	const struct version *version = host_in_force(world);
	uint64_t set = 1;
	int64_t rows;

	if (!strstr(flight->path, "&Page=")) {
		/* The last one's pass had no end; a list it was all the same. */
		if (account->last_rows >= 0 && !account->doubtful &&
		    account->last_rows < account->believed)
			account->believed = account->last_rows;
		account->row_count = 0;
	}
	take_rows(account, answer->body);
	for (size_t i = 0; i < account->row_count; i++)
		set += account->rows[i] * account->rows[i];
	rows = (int64_t)account->row_count;
	account->doubtful =
		rows * 2 < account->believed || (rows == 0 && account->believed != 0 && version &&
						 version->account_declared[flight->account]);
	account->last_rows = rows;
	if (!account->doubtful)
		return;
	life_trace(world, "   %lld rows, where %lld were believed", (long long)rows,
		   (long long)account->believed);
	account->strange_seen = account->strange == set ? account->strange_seen + 1 : 1;
	account->strange = set;
	if (account->strange_seen >= 3)
		account->doubtful = false;
}

void rules_on_answer(struct world *world, const struct flight *flight,
		     const struct http_answer *answer)
{
	struct known_number *number = flight->phone >= 0 ? &world->numbers[flight->phone] : NULL;
	bool answered = answer->result == HTTP_ANSWERED && answer->status == 200;
	bool whole = answered && !flight->response.spoilt;

	if (flight->method == HTTP_GET) {
		if (whole && flight->account >= 0 && !flight->filtered)
			judge_list(world, flight, answer);
		return;
	}
	if (!number)
		return;
	number->posting = false;
	/* Not so where the answer shows the number; oracle_show() follows. */
	number->doubt |= answered || answer->result == HTTP_UNKNOWN || answer->status >= 500;
}

/* A list counts for the next ones when the pass could tell everything: a page that was not whole is
 * asked for again. */
static void believe_lists(struct world *world)
{
	for (int a = 0; a < world->spec.accounts; a++) {
		struct known_account *account = &world->accounts[a];

		bool told = !reconcile_state(world->reconcile).pass_error;

		/* Which account could not tell is not asked: the shorter list is the surer one. */
		if (account->last_rows >= 0 && (told || account->last_rows < account->believed))
			account->believed = account->last_rows;
		if (account->last_rows >= 0 && told)
			account->strange_seen = 0;
		account->last_rows = -1;
	}
}

/* What is said to be in sync was listed so; an address is when Twilio has registered it. */
static void check_in_sync(struct world *world, int phone)
{
	const struct known_number *number = &world->numbers[phone];
	const char *address = twilio_value(world->twilio, spec_phone(phone),
					   "emergency_address_status", net_time(world));

	for (int f = 0; f < SIM_FIELDS; f++) {
		const struct known_field *known = &number->fields[f];

		if (f != SIM_EMERGENCY_STATUS && !number->posted && known->wanted &&
		    known->seen != known->wanted)
			life_fail(world, "%s is said to be in sync, and is not",
				  rules_name_of(phone, f));
	}
	if (number->fields[SIM_EMERGENCY_ADDRESS].wanted && address &&
	    strncmp(address, "pending", 7) == 0)
		life_fail(world, "the address of %s is said to be in sync, and is %s",
			  spec_phone(phone), address);
}

/* The numbers of the pass, as the engine says that they are. */
static void check_statuses(struct world *world)
{
	struct reconcile_state state = reconcile_state(world->reconcile);

	if (world->lies || !world->passed || world->passed != host_in_force(world))
		return;
	for (size_t i = 0; i < state.wanted->number_count; i++) {
		for (int p = 0; p < world->spec.phones; p++) {
			if (state.memory->numbers[i].status == NUMBER_IN_SYNC &&
			    !world->numbers[p].doubt &&
			    strcmp(state.wanted->numbers[i].number, spec_phone(p)) == 0)
				check_in_sync(world, p);
		}
	}
}

void rules_on_pass(struct world *world)
{
	check_statuses(world);
	believe_lists(world);
	world->concluded++;
	world->totals->passes++;
	oracle_pass(world);
	ledger_check_pass(world);
}

void rules_on_step(struct world *world)
{
	undo_step(world);
	oracle_version_in_force(world);
	if (world->paused && world->paused_until && host_wall(world) >= world->paused_until)
		world->paused = false;
	if (twilio_violation_count(world->twilio))
		life_fail(world, "%s", twilio_violation(world->twilio, 0));
}
