/*
 * The emergency address: cleared, forgotten by Twilio, set, registered, over passes and restarts.
 * And emergency_status, which Twilio ignores.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "support/daemon.h"
#include "support/test.h"

#define FIRST  "AD00000000000000000000000000000001"
#define SECOND "AD00000000000000000000000000000002"

static void declare(struct scene *scene, const char *fields)
{
	scene_declare(scene, "version: 1\nnumbers:\n  \"" SCENE_NUMBER "\": {%s}\n", fields);
}

/* Twilio takes half a minute for each step. */
static void let_time_pass(struct scene *scene)
{
	sim_post(scene->sim, "/_sim/clock", "{\"advance_ms\": 31000}");
}

/* The last POST carried this address, "" to clear it, and nothing else. */
static void assert_last_post(struct scene *scene, uint64_t count, const char *address)
{
	json_t *posts = scene_requests(scene, "number", "POST");
	const json_t *last = json_array_get(posts, json_array_size(posts) - 1);
	const json_t *params = json_object_get(last, "params");

	scene_assert_count(scene, "number.POST", count);
	assert_int_equal(json_object_size(params), 1);
	assert_string_equal(json_string_value(json_object_get(params, "EmergencyAddressSid")),
			    address);
	json_decref(posts);
}

static void register_first(struct scene *scene, struct daemon *daemon)
{
	daemon_wait(daemon, "pass", NULL);
	assert_last_post(scene, 1, FIRST);
	daemon_pass(daemon);
	scene_assert_count(scene, "number.POST", 1);
	let_time_pass(scene);
	daemon_pass(daemon);
	scene_assert_value(scene, SCENE_NUMBER, "emergency_address_status", "registered");
}

static void test_course(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon;

	scene_numbers(scene, 1);
	declare(scene, "emergency_address_sid: " FIRST);
	daemon = daemon_start(scene, NULL);
	register_first(scene, daemon);

	declare(scene, "emergency_address_sid: " SECOND);
	daemon_wait(daemon, "pass", NULL);
	assert_last_post(scene, 2, "");
	daemon_pass(daemon);
	daemon_pass(daemon);
	scene_assert_count(scene, "number.POST", 2);
	daemon_stop(daemon);

	let_time_pass(scene);
	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "pass", NULL);
	assert_last_post(scene, 3, SECOND);
	let_time_pass(scene);
	daemon_pass(daemon);
	scene_assert_value(scene, SCENE_NUMBER, "emergency_address_sid", SECOND);
	scene_assert_value(scene, SCENE_NUMBER, "emergency_address_status", "registered");

	declare(scene, "emergency_address_sid: null");
	daemon_wait(daemon, "pass", NULL);
	assert_last_post(scene, 4, "");
	let_time_pass(scene);
	daemon_pass(daemon);
	daemon_pass(daemon);
	scene_assert_count(scene, "number.POST", 4);
	scene_assert_value(scene, SCENE_NUMBER, "emergency_address_sid", NULL);
	daemon_stop(daemon);
}

/* Some accounts show the old address until it is unregistered. */
static void test_clearing_shows_the_old(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon;

	scene_numbers(scene, 1);
	sim_post(scene->sim, "/_sim/switches", "{\"emergency_clear_shows_old\": true}");
	declare(scene, "emergency_address_sid: " FIRST);
	daemon = daemon_start(scene, NULL);
	register_first(scene, daemon);
	declare(scene, "emergency_address_sid: " SECOND);
	daemon_wait(daemon, "pass", NULL);
	assert_last_post(scene, 2, "");
	daemon_pass(daemon);
	scene_assert_count(scene, "number.POST", 2);
	let_time_pass(scene);
	daemon_pass(daemon);
	assert_last_post(scene, 3, SECOND);
	let_time_pass(scene);
	daemon_pass(daemon);
	daemon_pass(daemon);
	scene_assert_count(scene, "number.POST", 3);
	daemon_stop(daemon);
}

/* What is pending or failed is said in the plan, and does not end in a hot loop. */
static void test_registration_fails(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon;

	scene_numbers(scene, 1);
	sim_post(scene->sim, "/_sim/switches", "{\"emergency_register_fails\": true}");
	declare(scene, "emergency_address_sid: " FIRST);
	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "pass", NULL);
	assert_last_post(scene, 1, FIRST);
	let_time_pass(scene);
	daemon_pass(daemon);
	scene_assert_value(scene, SCENE_NUMBER, "emergency_address_status", "registration-failure");
	daemon_pass(daemon);
	assert_int_equal(daemon_count(daemon, "failed", "number", SCENE_NUMBER, NULL), 1);
	assert_int_equal(scene_run(scene, WORDS("status")), 0);
	assert_says(&scene->out, "1 failed");
	assert_int_equal(scene_run(scene, WORDS("history")), 0);
	assert_says(&scene->out, "registration-failure");
	daemon_stop(daemon);
	/* Nobody is told that all is well, and nothing is tried again and again. */
	assert_int_equal(scene_run(scene, WORDS("plan")), 2);
	assert_says(&scene->out, "registration-failure");
	assert_int_equal(scene_run(scene, WORDS("apply")), 5);
	scene_assert_count(scene, "number.POST", 1);
}

/* The 200 is not the end of it: until Twilio has registered the address, nothing says that it has.
 */
static void test_it_takes_its_time(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon;

	scene_numbers(scene, 1);
	declare(scene, "emergency_address_sid: " FIRST);
	assert_int_equal(scene_run(scene, WORDS("apply")), 5);
	assert_says(&scene->out, "Twilio is still at 1 of them");
	assert_int_equal(scene_run(scene, WORDS("plan")), 2);
	assert_says(&scene->out, "pending-registration");
	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "pass", NULL);
	assert_int_equal(scene_run(scene, WORDS("status")), 0);
	assert_says(&scene->out, "1 pending");
	let_time_pass(scene);
	daemon_pass(daemon);
	assert_int_equal(daemon_count(daemon, "applied", "field", "emergency_address_sid", NULL),
			 1);
	assert_int_equal(daemon_count(daemon, "resolved", NULL), 0);
	daemon_stop(daemon);
	assert_int_equal(scene_run(scene, WORDS("plan")), 0);
	scene_assert_count(scene, "number.POST", 1);

	/* Its second step is still the file's change. */
	declare(scene, "emergency_address_sid: " SECOND);
	assert_int_equal(scene_run(scene, WORDS("apply")), 5);
	let_time_pass(scene);
	assert_int_equal(scene_run(scene, WORDS("plan", "--format", "json")), 2);
	assert_says(&scene->out, "\"kind\": \"change\"");
}

/* Killed between the POST and its answer: what Twilio was asked for is still the file's, is not
 * sent twice, and ends as what the file asked for, not as a drift that somebody put right. */
static void test_killed_before_the_answer(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon;

	scene_numbers(scene, 1);
	declare(scene, "emergency_address_sid: " FIRST);
	sim_post(scene->sim, "/_sim/faults", "{\"fault\": \"hang-after\", \"kind\": \"update\"}");
	daemon = daemon_start(scene, NULL);
	scene_wait_count(scene, "number.POST", 1);
	daemon_signal(daemon, SIGKILL);
	assert_int_equal(daemon_end(daemon), -SIGKILL);
	daemon_free(daemon);

	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "pass", NULL);
	let_time_pass(scene);
	daemon_pass(daemon);
	assert_int_equal(daemon_count(daemon, "applied", "field", "emergency_address_sid", NULL),
			 1);
	assert_int_equal(daemon_count(daemon, "resolved", NULL), 0);
	daemon_stop(daemon);
	scene_assert_count(scene, "number.POST", 1);
	assert_int_equal(scene_run(scene, WORDS("history")), 0);
	assert_says(&scene->out, "interrupted; found done afterwards");
}

/* Over the limit, what has begun goes on, and the plan says so; the rest waits for a person. */
static void test_a_limit_holds_what_is_new(void **state)
{
	static const char file[] = "version: 1\nlimits: {max_changes: %s}\nnumbers:\n"
				   "  \"" SCENE_NUMBER "\": {emergency_address_sid: " SECOND "}\n"
				   "  \"+14152000001\": {voice_url: \"https://%s.example.com/\"}\n";
	struct scene *scene = *state;
	struct daemon *daemon;

	scene_numbers(scene, 2);
	scene_edit(scene, SCENE_NUMBER,
		   "\"emergency_address_sid\": \"" FIRST
		   "\", \"emergency_address_status\": \"registered\"");
	scene_declare(scene, file, "2", "one");
	daemon = daemon_start(scene, NULL);
	scene_wait_count(scene, "number.POST", 2);
	daemon_wait(daemon, "pass", NULL);
	scene_declare(scene, file, "0", "two");
	daemon_wait(daemon, "limit", NULL);
	daemon_wait(daemon, "pass", NULL);
	let_time_pass(scene);
	assert_int_equal(scene_run(scene, WORDS("plan")), 4);
	assert_says(&scene->out, "So nothing is sent but the next steps of what has begun.");
	daemon_pass(daemon);
	daemon_stop(daemon);
	scene_assert_value(scene, SCENE_NUMBER, "emergency_address_sid", SECOND);
	scene_assert_value(scene, "+14152000001", "voice_url", "https://one.example.com/");
	scene_assert_count(scene, "number.POST", 3);
}

/* With other fields: each POST has the plain ones, the address or the status, never two of them. */
static void test_never_together(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon;
	json_t *posts, *post;
	size_t i;

	scene_numbers(scene, 1);
	declare(scene, "voice_url: https://new.example.com/, emergency_status: Active, "
		       "emergency_address_sid: " FIRST);
	daemon = daemon_start(scene, NULL);
	scene_wait_count(scene, "number.POST", 3);
	posts = scene_requests(scene, "number", "POST");
	json_array_foreach (posts, i, post)
		assert_int_equal(json_object_size(json_object_get(post, "params")), 1);
	json_decref(posts);
	let_time_pass(scene);
	daemon_wait(daemon, "ignored", "field", "emergency_status", NULL);
	daemon_stop(daemon);

	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "pass", NULL);
	daemon_pass(daemon);
	scene_assert_count(scene, "number.POST", 3);
	assert_int_equal(daemon_count(daemon, "ignored", NULL), 0);
	daemon_stop(daemon);
	scene_assert_value(scene, SCENE_NUMBER, "voice_url", "https://new.example.com/");
	scene_assert_value(scene, SCENE_NUMBER, "emergency_address_sid", FIRST);
}

/* Twelve addresses change at once, approved: none of them is left without one by the limit. */
static void test_an_approved_course_goes_to_its_end(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon;
	char digest[80];

	scene_numbers(scene, 12);
	scene_edit_numbers(scene, 0, 12,
			   "\"emergency_address_sid\": \"" FIRST
			   "\", \"emergency_address_status\": \"registered\"");
	scene_declare_numbers(scene, "", 12, "emergency_address_sid: " FIRST);
	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "pass", NULL);
	scene_declare_numbers(scene, "", 12, "emergency_address_sid: " SECOND);
	snprintf(digest, sizeof(digest), "%s",
		 json_string_value(json_object_get(daemon_wait(daemon, "limit", NULL), "digest")));
	daemon_wait(daemon, "pass", NULL);
	assert_int_equal(scene_run(scene, WORDS("approve", digest)), 0);
	scene_wait_count(scene, "number.POST", 12);
	daemon_wait(daemon, "pass", NULL);
	let_time_pass(scene);
	daemon_pass(daemon);
	scene_assert_count(scene, "number.POST", 24);
	for (size_t i = 0; i < 12; i++) {
		char number[24];

		scene_number(i, number);
		scene_assert_value(scene, number, "emergency_address_sid", SECOND);
	}
	daemon_stop(daemon);
}

/* Another program that insists on its address meets three reverts, each of two steps. */
static void test_a_fight_over_an_address(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon;

	scene_numbers(scene, 1);
	declare(scene, "emergency_address_sid: " FIRST);
	daemon = daemon_start(scene, NULL);
	register_first(scene, daemon);
	for (int i = 0; i < 5; i++) {
		scene_edit(scene, SCENE_NUMBER,
			   "\"emergency_address_sid\": \"" SECOND
			   "\", \"emergency_address_status\": \"registered\"");
		for (int step = 0; step < 2; step++) {
			daemon_pass(daemon);
			let_time_pass(scene);
		}
		daemon_pass(daemon);
	}
	assert_int_equal(daemon_count(daemon, "fight", "number", SCENE_NUMBER, NULL), 1);
	scene_assert_count(scene, "number.POST", 1 + 3 * 2);
	scene_assert_value(scene, SCENE_NUMBER, "emergency_address_sid", SECOND);
	daemon_stop(daemon);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(test_course),
		SCENE_TEST(test_clearing_shows_the_old),
		SCENE_TEST(test_registration_fails),
		SCENE_TEST(test_it_takes_its_time),
		SCENE_TEST(test_killed_before_the_answer),
		SCENE_TEST(test_a_limit_holds_what_is_new),
		SCENE_TEST(test_never_together),
		SCENE_TEST(test_an_approved_course_goes_to_its_end),
		SCENE_TEST(test_a_fight_over_an_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
