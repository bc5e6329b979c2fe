/* Nothing is written after a list that is broken, loops, comes back empty or halved. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "support/daemon.h"
#include "support/test.h"

#define NUMBERS 9

/* In sync; then the list meets the fault for good, and the file asks for something. */
static struct daemon *start(struct scene *scene, const char *fault)
{
	struct daemon *daemon;

	scene_declare_numbers(scene, "", NUMBERS, "voice_url: " SCENE_URL);
	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "pass", NULL);
	scene_assert_count(scene, "number.POST", 0);
	sim_post(scene->sim, "/_sim/faults",
		 "{\"fault\": \"%s\", \"kind\": \"list\", \"count\": 0}", fault);
	scene_declare_numbers(scene, "", NUMBERS, "voice_url: https://new.example.com/");
	return daemon;
}

/* The fault is over: everything is as before, and what the file asks for is done. */
static void recover(struct scene *scene, struct daemon *daemon)
{
	sim_request(scene->sim, "DELETE", "/_sim/faults", NULL, NULL, NULL);
	daemon_hurry(daemon, 2);
	assert_int_equal(daemon_count(daemon, "reachable", NULL), 1);
	scene_assert_count(scene, "number.POST", NUMBERS);
	daemon_stop(daemon);
}

static void test_broken(void **state)
{
	static const char *const faults[] = {
		"page-loop", "foreign-host", "foreign-scheme", "foreign-account", "403", "404",
		"301",       "401",
	};
	struct scene *scene = *state;

	for (size_t i = 0; i < ARRAY_LENGTH(faults); i++) {
		struct daemon *daemon;

		sim_post(scene->sim, "/_sim/reset", "{}");
		sim_post(scene->sim, "/_sim/load",
			 "{\"accounts\": [{\"sid\": \"%s\", \"auth_token\": \"%s\"}]}", SIM_ACCOUNT,
			 SIM_TOKEN);
		scene_numbers(scene, NUMBERS);
		daemon = start(scene, faults[i]);
		daemon_wait(daemon, "file_valid", NULL);
		daemon_hurry(daemon, 5);
		scene_assert_count(scene, "number.POST", 0);
		assert_int_equal(daemon_count(daemon, "unreachable", "account", SIM_ACCOUNT, NULL),
				 1);
		assert_int_equal(daemon_count(daemon, "missing", NULL), 0);
		recover(scene, daemon);
	}
}

/* Pages without end: there is a ceiling. */
static void test_endless(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon;

	scene_numbers(scene, NUMBERS);
	daemon = start(scene, "page-endless");
	daemon_hurry(daemon, 2);
	assert_int_equal(daemon_count(daemon, "unreachable", NULL), 1);
	scene_assert_count(scene, "number.POST", 0);
	recover(scene, daemon);
}

/* Believed once it has come three passes in a row, so that nothing is stuck for good. */
static void test_empty(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon;

	scene_numbers(scene, NUMBERS);
	daemon = start(scene, "empty-list");
	daemon_wait(daemon, "unreachable", NULL);
	daemon_wait(daemon, "pass", NULL);
	daemon_pass(daemon);
	assert_int_equal(daemon_count(daemon, "missing", NULL), 0);
	daemon_pass(daemon);
	assert_int_equal(daemon_count(daemon, "reachable", NULL), 1);
	assert_true(daemon_count(daemon, "missing", NULL) > 0);
	scene_assert_count(scene, "number.POST", 0);
	daemon_stop(daemon);
}

static void test_halved(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon;
	uint64_t posts;

	scene_numbers(scene, NUMBERS);
	daemon = start(scene, "halved-list");
	daemon_wait(daemon, "unreachable", NULL);
	daemon_wait(daemon, "pass", NULL);
	daemon_pass(daemon);
	scene_assert_count(scene, "number.POST", 0);
	assert_int_equal(daemon_count(daemon, "missing", NULL), 0);
	daemon_pass(daemon);
	posts = sim_count(scene->sim, "number.POST");
	assert_true(posts > 0 && posts < NUMBERS);
	assert_int_equal(daemon_count(daemon, "missing", NULL), NUMBERS - posts);
	daemon_stop(daemon);
}

/* Two different strange lists are no confirmation of each other. */
static void test_changing(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon;

	scene_numbers(scene, NUMBERS);
	daemon = start(scene, "empty-list");
	daemon_wait(daemon, "unreachable", NULL);
	daemon_wait(daemon, "pass", NULL);
	daemon_pass(daemon);
	sim_request(scene->sim, "DELETE", "/_sim/faults", NULL, NULL, NULL);
	sim_post(scene->sim, "/_sim/faults",
		 "{\"fault\": \"halved-list\", \"kind\": \"list\", \"count\": 0}");
	daemon_pass(daemon);
	scene_assert_count(scene, "number.POST", 0);
	assert_int_equal(daemon_count(daemon, "missing", NULL), 0);
	recover(scene, daemon);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(test_broken), SCENE_TEST(test_endless),  SCENE_TEST(test_empty),
		SCENE_TEST(test_halved), SCENE_TEST(test_changing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
