/*
 * A small world for tests of the plan: a file as text, live numbers by key and value, the memory
 * from one plan to the next, and a clock that the test sets.
 */
#ifndef NUMBERD_TESTS_PLAN_FIXTURE_H
#define NUMBERD_TESTS_PLAN_FIXTURE_H

#include "plan/plan.h"

#define FIXTURE_ACCOUNT "AC00000000000000000000000000000001"

struct plan_fixture {
	struct wanted *wanted;
	struct memory *memory;
	struct live live;
	struct plan_input
		input; /* observe, paused, approved and the clocks are the test's to set */
	struct plan *plan;
};

void fixture_init(struct plan_fixture *fixture);
void fixture_finish(struct plan_fixture *fixture);

/* The same for cmocka: *state is a fixture of its own for each test. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* A new file; "version" and "account" lines are put before it. It must be valid. */
void fixture_file(struct plan_fixture *fixture, const char *yaml);

/* Forgets all that is live; the account is known and empty. */
void fixture_clear_live(struct plan_fixture *fixture);

/* A live number with pairs of key and value, ended by NULL. */
void fixture_live(struct plan_fixture *fixture, const char *number, ...) __attribute__((sentinel));
void fixture_live_row(struct plan_fixture *fixture, const struct actual_row *row);

/* Makes the plan, and marks the account as known, as a pass that ended does. */
struct plan *fixture_plan(struct plan_fixture *fixture);

/* The one difference of a number's field; NULL where there is none. */
struct difference *fixture_diff(struct plan_fixture *fixture, const char *number, const char *key);

#endif
