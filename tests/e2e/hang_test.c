/*
 * Answers that never come, or drip. Each takes as long as numberd waits for an answer, so they are
 * tried side by side; and SIGTERM ends numberd in ten seconds all the same.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "support/daemon.h"
#include "support/test.h"

#define NUMBERS 5

struct trial {
	struct scene scene;
	struct daemon *daemon;
};

static void begin(struct trial *trial, const char *fault, const char *kind)
{
	scene_begin(&trial->scene, NULL);
	scene_numbers(&trial->scene, NUMBERS);
	scene_declare_numbers(&trial->scene, "", NUMBERS, "voice_url: https://new.example.com/");
	sim_post(trial->scene.sim, "/_sim/faults", "{\"fault\": \"%s\", \"kind\": \"%s\"}", fault,
		 kind);
	trial->daemon = daemon_start(&trial->scene, NULL);
}

static void assert_all_done(struct trial *trial)
{
	char number[24];

	for (size_t i = 0; i < NUMBERS; i++) {
		scene_number(i, number);
		scene_assert_value(&trial->scene, number, "voice_url", "https://new.example.com/");
	}
}

static void test_hangs(void **state)
{
	static const struct {
		const char *fault, *kind;
		uint64_t most; /* POSTs: no repeat where the write was made */
	} rows[] = {
		{"hang-before", "list", NUMBERS},  {"hang-after", "list", NUMBERS},
		{"drip", "list", NUMBERS},         {"hang-before", "update", NUMBERS + 1},
		{"hang-after", "update", NUMBERS}, {"drip", "update", NUMBERS},
	};
	struct trial trials[ARRAY_LENGTH(rows)];

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
		begin(&trials[i], rows[i].fault, rows[i].kind);
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct trial *trial = &trials[i];

		daemon_wait(trial->daemon, "pass", NULL);
		daemon_pass(trial->daemon);
		assert_all_done(trial);
		if (sim_count(trial->scene.sim, "number.POST") > rows[i].most)
			fail_msg("%s on %s: a POST too many", rows[i].fault, rows[i].kind);
		daemon_stop(trial->daemon);
		scene_end(&trial->scene);
	}
}

static void test_ends_all_the_same(void **state)
{
	static const char *const kinds[] = {"list", "update"};
	struct trial trials[ARRAY_LENGTH(kinds)];
	int64_t start;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
		begin(&trials[i], "hang-after", kinds[i]);
		scene_wait_count(&trials[i].scene, i ? "number.POST" : "list.GET", i ? NUMBERS : 1);
	}
	start = scene_now();
	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
		daemon_signal(trials[i].daemon, SIGTERM);
	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
		assert_int_equal(daemon_end(trials[i].daemon), 0);
		daemon_free(trials[i].daemon);
	}
	assert_true(scene_now() - start < 10000);
	/* What its fate was is seen by the next start, which sends nothing twice. */
	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
		trials[i].daemon = daemon_start(&trials[i].scene, NULL);
		daemon_wait(trials[i].daemon, "pass", NULL);
		assert_all_done(&trials[i]);
		scene_assert_count(&trials[i].scene, "number.POST", NUMBERS);
		daemon_stop(trials[i].daemon);
		scene_end(&trials[i].scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hangs),
		cmocka_unit_test(test_ends_all_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
