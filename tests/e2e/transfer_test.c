/* account_sid: a number moves to another account of the same family. */
#include <stdio.h>
#include <string.h>

#include "support/daemon.h"
#include "support/test.h"

#define OWN     SIM_ACCOUNT
#define SUB     "AC00000000000000000000000000000002"
#define OWN_APP "AP00000000000000000000000000000001"
#define SUB_APP "AP00000000000000000000000000000002"
#define LEAVE   "allow_transfer: true\n"

static void make_family(struct scene *scene, size_t numbers)
{
	scene_numbers(scene, numbers);
	sim_post(scene->sim, "/_sim/load",
		 "{\"accounts\": [{\"sid\": \"" SUB "\", \"auth_token\": \"sub\", "
		 "\"parent\": \"" OWN "\", \"applications\": [\"" SUB_APP "\"]},"
		 "{\"sid\": \"AC00000000000000000000000000000009\", \"auth_token\": \"x\"}]}");
}

static void declare(struct scene *scene, const char *head, const char *fields)
{
	scene_declare(scene,
		      "version: 1\naccount: " OWN "\n%snumbers:\n  \"" SCENE_NUMBER "\": {%s}\n",
		      head, fields);
}

static void test_refused_without_leave(void **state)
{
	struct scene *scene = *state;

	make_family(scene, 3);
	declare(scene, "", "account_sid: " SUB);
	assert_int_equal(scene_run(scene, WORDS("check")), 1);
	assert_says(&scene->err, "allow_transfer");
	assert_int_equal(scene_run(scene, WORDS("apply")), 1);
	scene_assert_count(scene, "all", 0);
}

/* What belongs to the new account is sent there, after the number has moved. */
static void test_moves_there(void **state)
{
	struct scene *scene = *state;
	json_t *posts;

	make_family(scene, 3);
	declare(scene, "allow_transfer: true\n",
		"account_sid: " SUB ", voice_application_sid: " SUB_APP);
	assert_int_equal(scene_run(scene, WORDS("plan", "--format", "json")), 2);
	scene_assert_count(scene, "number.POST", 0);
	assert_int_equal(scene_run(scene, WORDS("apply")), 0);
	posts = scene_requests(scene, "number", "POST");
	assert_int_equal(json_array_size(posts), 2);
	assert_non_null(strstr(
		json_string_value(json_object_get(json_array_get(posts, 0), "target")), OWN));
	assert_non_null(strstr(
		json_string_value(json_object_get(json_array_get(posts, 1), "target")), SUB));
	json_decref(posts);
	scene_assert_value(scene, SCENE_NUMBER, "account_sid", SUB);
	scene_assert_value(scene, SCENE_NUMBER, "voice_application_sid", SUB_APP);
	assert_int_equal(scene_run(scene, WORDS("plan")), 0);
}

static void test_daemon_moves_it(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon;

	make_family(scene, 3);
	declare(scene, "allow_transfer: true\n",
		"account_sid: " SUB ", voice_url: https://new.example.com/");
	daemon = daemon_start(scene, NULL);
	scene_wait_count(scene, "number.POST", 2);
	daemon_wait(daemon, "applied", "field", "voice_url", NULL);
	daemon_wait(daemon, "pass", NULL);
	daemon_pass(daemon);
	daemon_pass(daemon);
	scene_assert_count(scene, "number.POST", 2);
	scene_assert_value(scene, SCENE_NUMBER, "account_sid", SUB);
	scene_assert_value(scene, SCENE_NUMBER, "voice_url", "https://new.example.com/");
	assert_int_equal(daemon_count(daemon, "missing", NULL), 0);
	daemon_stop(daemon);
}

/* The answer is lost, and the number is not where it was: what the transfer took away is set anew
 * all the same, and nobody is said to have changed it. */
static void test_an_answer_that_is_lost(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon;

	make_family(scene, 3);
	scene_edit(scene, SCENE_NUMBER, "\"voice_application_sid\": \"" OWN_APP "\"");
	declare(scene, LEAVE "on_drift: report\n", "voice_application_sid: " OWN_APP);
	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "pass", NULL);
	sim_post(scene->sim, "/_sim/faults",
		 "{\"fault\": \"reset-after\", \"kind\": \"number\", \"method\": \"POST\"}");
	declare(scene, LEAVE "on_drift: report\n",
		"account_sid: " SUB ", voice_application_sid: " SUB_APP);
	daemon_wait(daemon, "failed", NULL);
	daemon_wait(daemon, "pass", NULL);
	daemon_pass(daemon);
	daemon_pass(daemon);
	scene_assert_value(scene, SCENE_NUMBER, "account_sid", SUB);
	scene_assert_value(scene, SCENE_NUMBER, "voice_application_sid", SUB_APP);
	assert_int_equal(daemon_count(daemon, "drift", NULL), 0);
	assert_int_equal(daemon_count(daemon, "both", NULL), 0);
	daemon_stop(daemon);
}

/* A transfer doesn't take a url away; what somebody set, and policy protects, stays. */
static void test_a_reported_drift_moves_along(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon;

	make_family(scene, 3);
	declare(scene, LEAVE "on_drift: report\n", "voice_url: " SCENE_URL);
	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "pass", NULL);
	scene_edit(scene, SCENE_NUMBER, "\"voice_url\": \"https://hand.example.com/\"");
	daemon_pass(daemon);
	declare(scene, LEAVE "on_drift: report\n", "account_sid: " SUB ", voice_url: " SCENE_URL);
	daemon_wait(daemon, "applied", "field", "account_sid", NULL);
	daemon_wait(daemon, "pass", NULL);
	daemon_pass(daemon);
	scene_assert_count(scene, "number.POST", 1);
	scene_assert_value(scene, SCENE_NUMBER, "voice_url", "https://hand.example.com/");
	daemon_stop(daemon);
}

/* Twelve numbers move, approved, and lose their application: what comes next needs no approval. */
static void test_an_approved_transfer_is_not_left_half_way(void **state)
{
	struct scene *scene = *state;
	char digest[80];
	json_t *plan;

	make_family(scene, 12);
	scene_edit_numbers(scene, 0, 12, "\"voice_application_sid\": \"" OWN_APP "\"");
	scene_declare_numbers(scene, "limits: {max_changes: 100%}\n" LEAVE, 12,
			      "voice_application_sid: " OWN_APP);
	assert_int_equal(scene_run(scene, WORDS("apply")), 0);
	scene_declare_numbers(scene, LEAVE, 12,
			      "account_sid: " SUB ", voice_application_sid: " OWN_APP);
	assert_int_equal(scene_run(scene, WORDS("plan", "--format", "json")), 4);
	plan = scene_json(scene);
	snprintf(digest, sizeof(digest), "%s", json_string_value(json_object_get(plan, "digest")));
	json_decref(plan);
	/* The application is the old account's, so Twilio refuses it: but it is sent. */
	assert_int_equal(scene_run(scene, WORDS("apply", "--approve", digest)), 5);
	scene_assert_count(scene, "number.POST", 24);
	assert_says(&scene->err, "21420");
}

static void test_refused_by_twilio(void **state)
{
	struct scene *scene = *state;

	make_family(scene, 3);
	declare(scene, "allow_transfer: true\n", "account_sid: AC00000000000000000000000000000009");
	assert_int_not_equal(scene_run(scene, WORDS("apply")), 0);
	scene_assert_value(scene, SCENE_NUMBER, "account_sid", OWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(test_refused_without_leave),
		SCENE_TEST(test_moves_there),
		SCENE_TEST(test_daemon_moves_it),
		SCENE_TEST(test_an_answer_that_is_lost),
		SCENE_TEST(test_a_reported_drift_moves_along),
		SCENE_TEST(test_an_approved_transfer_is_not_left_half_way),
		SCENE_TEST(test_refused_by_twilio),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
