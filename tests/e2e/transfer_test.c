/* account_sid: a number moves to another account of the same family. */
#include <stdio.h>
#include <string.h>

#include "support/daemon.h"
#include "support/test.h"

#define OWN     SIM_ACCOUNT
#define SUB     "AC00000000000000000000000000000002"
#define SUB_APP "AP00000000000000000000000000000002"

static void make_family(struct scene *scene)
{
	scene_numbers(scene, 3);
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

	make_family(scene);
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

	make_family(scene);
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

	make_family(scene);
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

static void test_refused_by_twilio(void **state)
{
	struct scene *scene = *state;

	make_family(scene);
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
		SCENE_TEST(test_refused_by_twilio),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
