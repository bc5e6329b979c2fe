/* Signals: when numberd ends, what it finishes first, and what makes it look again. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "support/daemon.h"
#include "support/test.h"

#define NUMBERS 9

static void declare(struct scene *scene, int round)
{
	char each[64];

	snprintf(each, sizeof(each), "voice_url: https://round-%d.example.com/", round);
	scene_declare_numbers(scene, "", NUMBERS, each);
}

/* Ends it by a signal, within the ten seconds of the contract. */
static void end_within(struct daemon *daemon, int signal, int64_t limit)
{
	int64_t start = scene_now();

	daemon_signal(daemon, signal);
	assert_int_equal(daemon_end(daemon), 0);
	assert_true(scene_now() - start < limit);
}

static uint64_t in_flight(struct scene *scene)
{
	struct buf answer = {0};
	json_t *root;
	uint64_t count;

	assert_int_equal(sim_request(scene->sim, "GET", "/_sim/counts", NULL, NULL, &answer), 200);
	root = json_loads(buf_text(&answer), 0, NULL);
	count = (uint64_t)json_integer_value(json_object_get(root, "in_flight"));
	json_decref(root);
	buf_finish(&answer);
	return count;
}

/*
 * After each request of a pass in turn: nothing in flight is broken off, each POST that Twilio got
 * is reported, and the next start finds and does the rest.
 */
static void test_any_moment(void **state)
{
	struct scene *scene = *state;

	scene_numbers(scene, NUMBERS);
	sim_post(scene->sim, "/_sim/switches", "{\"latency_ms\": 20}");
	for (int n = 0; n <= NUMBERS + 1; n++) {
		struct daemon *daemon;
		uint64_t posts;

		sim_forget(scene->sim);
		declare(scene, n);
		daemon = daemon_start(scene, WORDS("--concurrency", "2"));
		if (n == 0)
			daemon_wait(daemon, "started", NULL);
		else
			scene_wait_count(scene, "all", (uint64_t)n);
		end_within(daemon, n % 2 ? SIGTERM : SIGINT, 5000);
		assert_int_equal(in_flight(scene), 0);
		posts = sim_count(scene->sim, "number.POST");
		assert_int_equal(daemon_count(daemon, "applied", NULL), posts);
		assert_int_equal(daemon_count(daemon, "stopped", NULL), 1);
		assert_int_equal(daemon_count(daemon, "failed", NULL), 0);
		daemon_free(daemon);

		daemon = daemon_start(scene, NULL);
		daemon_wait(daemon, "pass", NULL);
		scene_assert_count(scene, "number.POST", NUMBERS);
		daemon_stop(daemon);
	}
}

static void test_reload(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon;

	scene_numbers(scene, NUMBERS);
	scene_declare_numbers(scene, "", NUMBERS, "voice_url: " SCENE_URL);
	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "pass", NULL);
	scene_edit(scene, SCENE_NUMBER, "\"voice_url\": \"https://other.example.com/\"");
	daemon_signal(daemon, SIGHUP);
	daemon_wait(daemon, "reload", NULL);
	daemon_wait(daemon, "repaired", NULL);
	daemon_wait(daemon, "pass", NULL);
	daemon_stop(daemon);
}

/* What failed waits longer each time, unless somebody asks for it now. */
static void test_sync_clears_waiting(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon;

	scene_numbers(scene, NUMBERS);
	declare(scene, 0);
	sim_post(scene->sim, "/_sim/faults",
		 "{\"fault\": \"400\", \"number\": \"" SCENE_NUMBER "\", \"count\": 1}");
	daemon = daemon_start(scene, WORDS("--interval", "200ms"));
	daemon_wait(daemon, "failed", "number", SCENE_NUMBER, NULL);
	for (int i = 0; i < 3; i++)
		daemon_wait(daemon, "pass", NULL);
	scene_assert_count(scene, "number.POST", NUMBERS);
	daemon_signal(daemon, SIGUSR1);
	daemon_wait(daemon, "applied", "number", SCENE_NUMBER, NULL);
	daemon_stop(daemon);
	scene_assert_count(scene, "number.POST", NUMBERS + 1);
}

/* So does a wait that Twilio asked for: five minutes at the most, and a person knows better. */
static void test_sync_cuts_waiting_short(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon;

	scene_numbers(scene, NUMBERS);
	declare(scene, 0);
	sim_post(scene->sim, "/_sim/faults",
		 "{\"fault\": \"429-retry-after-huge\", \"kind\": \"list\"}");
	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "unreachable", NULL);
	daemon_wait(daemon, "pass", NULL);
	scene_assert_count(scene, "number.POST", 0);
	daemon_pass(daemon);
	scene_assert_count(scene, "number.POST", NUMBERS);
	daemon_stop(daemon);
}

/* A storm of them merges into a few passes; a second SIGTERM changes nothing. */
static void test_many_signals(void **state)
{
	static const int signals[] = {SIGHUP, SIGUSR1, SIGPIPE};
	struct scene *scene = *state;
	struct daemon *daemon;

	scene_numbers(scene, NUMBERS);
	declare(scene, 0);
	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "pass", NULL);
	for (int i = 0; i < 300; i++)
		daemon_signal(daemon, signals[i % 3]);
	daemon_pass(daemon);
	scene_assert_count(scene, "number.POST", NUMBERS);
	daemon_signal(daemon, SIGTERM);
	daemon_signal(daemon, SIGTERM);
	daemon_signal(daemon, SIGINT);
	assert_int_equal(daemon_end(daemon), 0);
	daemon_free(daemon);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(test_any_moment),          SCENE_TEST(test_reload),
		SCENE_TEST(test_sync_clears_waiting), SCENE_TEST(test_sync_cuts_waiting_short),
		SCENE_TEST(test_many_signals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
