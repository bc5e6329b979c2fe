#include "plan_fixture.h"

#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void fixture_init(struct plan_fixture *fixture)
{
	*fixture = (struct plan_fixture){.input = {.wall = 1000000000, .monotonic = 5000}};
	fixture_clear_live(fixture);
}

void fixture_finish(struct plan_fixture *fixture)
{
	plan_free(fixture->plan);
	memory_free(fixture->memory);
	wanted_free(fixture->wanted);
	live_finish(&fixture->live);
}

int fixture_setup(void **state)
{
	struct plan_fixture *fixture = mem_zalloc(1, sizeof(*fixture));

	fixture_init(fixture);
	*state = fixture;
	return 0;
}

int fixture_teardown(void **state)
{
	fixture_finish(*state);
	mem_free(*state);
	return 0;
}

void fixture_file(struct plan_fixture *fixture, const char *yaml)
{
	struct wanted_source source = {.name = "numbers.yaml"};
	struct buf text = {0}, found = {0};
	struct diag diag = {0};
	struct memory *memory;
	struct wanted *wanted;

	buf_printf(&text, "version: 1\naccount: " FIXTURE_ACCOUNT "\n%s", yaml);
	source.bytes = text.bytes;
	source.length = text.length;
	wanted = wanted_read(&source, 1, NULL, &diag);
	if (!wanted) {
		diag_print(&diag, &found, 0);
		fail_msg("%s", buf_text(&found));
	}
	plan_free(fixture->plan);
	fixture->plan = NULL;
	memory = memory_carry(fixture->memory, wanted);
	memory_free(fixture->memory);
	wanted_free(fixture->wanted);
	fixture->memory = memory;
	fixture->wanted = wanted;
	diag_finish(&diag);
	buf_finish(&text);
}

void fixture_clear_live(struct plan_fixture *fixture)
{
	plan_free(fixture->plan);
	fixture->plan = NULL;
	live_finish(&fixture->live);
	fixture->live.accounts = mem_zalloc(1, sizeof(*fixture->live.accounts));
	fixture->live.accounts[0] =
		(struct live_account){.sid = FIXTURE_ACCOUNT, .actual = actual_new()};
	fixture->live.count = 1;
}

void fixture_live_row(struct plan_fixture *fixture, const struct actual_row *row)
{
	actual_add(fixture->live.accounts[0].actual, row);
}

void fixture_live(struct plan_fixture *fixture, const char *number, ...)
{
	const char *pairs[FIELD_COUNT] = {0}, *values[FIELD_COUNT];
	struct actual_row row = {.number = number, .account = FIXTURE_ACCOUNT};
	char sid[64];
	va_list args;
	const char *key;
	unsigned count = 0;

	snprintf(sid, sizeof(sid), "PN%032lld", atoll(number + 1));
	row.sid = sid;
	va_start(args, number);
	while ((key = va_arg(args, const char *)))
		pairs[field_by_key(key)] = va_arg(args, const char *);
	va_end(args);
	pairs[FIELD_ACCOUNT_SID] = FIXTURE_ACCOUNT;
	for (enum field_id id = 0; id < FIELD_COUNT; id++) {
		if (!pairs[id])
			continue;
		row.record.set |= FIELD_BIT(id);
		values[count++] = pairs[id];
	}
	row.record.values = values;
	fixture_live_row(fixture, &row);
}

struct plan *fixture_plan(struct plan_fixture *fixture)
{
	plan_free(fixture->plan);
	actual_finish(fixture->live.accounts[0].actual);
	fixture->input.wanted = fixture->wanted;
	fixture->input.memory = fixture->memory;
	fixture->input.live = &fixture->live;
	fixture->plan = plan_make(&fixture->input);
	memory_account(fixture->memory, FIXTURE_ACCOUNT)->known = true;
	return fixture->plan;
}

struct difference *fixture_diff(struct plan_fixture *fixture, const char *number, const char *key)
{
	for (size_t i = 0; i < fixture->plan->count; i++) {
		struct difference *diff = &fixture->plan->differences[i];

		if (strcmp(diff->wanted->number, number) == 0 &&
		    strcmp(field_table[diff->field].key, key) == 0)
			return diff;
	}
	return NULL;
}
