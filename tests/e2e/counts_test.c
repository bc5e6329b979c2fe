/* What a pass costs: one GET a thousand numbers, one POST a changed number, and nothing else. */
#include <stdio.h>
#include <string.h>

#include "support/daemon.h"
#include "support/test.h"

#define EACH "voice_url: " SCENE_URL

static void assert_numbers(struct scene *scene, json_int_t declared, json_int_t live,
			   json_int_t unmanaged)
{
	json_t *plan = scene_json(scene);
	json_t *numbers = json_object_get(plan, "numbers");

	assert_int_equal(json_integer_value(json_object_get(numbers, "declared")), declared);
	assert_int_equal(json_integer_value(json_object_get(numbers, "live")), live);
	assert_int_equal(json_integer_value(json_object_get(numbers, "unmanaged")), unmanaged);
	json_decref(plan);
}

static void test_in_sync(void **state)
{
	struct scene *scene = *state;

	scene_numbers(scene, 10000);
	scene_declare_numbers(scene, "", 10000, EACH);
	assert_int_equal(scene_run(scene, WORDS("apply")), 0);
	scene_assert_count(scene, "list.GET", 10);
	scene_assert_count(scene, "all", 10);
}

static void assert_one_post(const json_t *post, const char *url)
{
	const json_t *params = json_object_get(post, "params");

	assert_int_equal(json_object_size(params), 1);
	assert_string_equal(json_string_value(json_object_get(params, "VoiceUrl")), url);
}

static void test_changed(void **state)
{
	struct scene *scene = *state;
	json_t *posts, *post;
	size_t i;

	scene_numbers(scene, 10000);
	scene_declare_numbers(scene, "", 10000, EACH ", sms_url: ''");
	scene_edit_numbers(scene, 5000, 137, "\"voice_url\": \"https://elsewhere.example.com/x\"");
	assert_int_equal(scene_run(scene, WORDS("apply")), 0);
	scene_assert_count(scene, "list.GET", 10);
	scene_assert_count(scene, "number.POST", 137);
	scene_assert_count(scene, "all", 147);
	posts = scene_requests(scene, "number", "POST");
	json_array_foreach (posts, i, post)
		assert_one_post(post, SCENE_URL);
	json_decref(posts);
	assert_int_equal(scene_run(scene, WORDS("plan")), 0);
	scene_assert_count(scene, "all", 157);
}

static void test_last_page_is_not_full(void **state)
{
	struct scene *scene = *state;

	scene_numbers(scene, 2500);
	scene_declare_numbers(scene, "", 2500, EACH);
	assert_int_equal(scene_run(scene, WORDS("plan")), 0);
	scene_assert_count(scene, "list.GET", 3);
	scene_assert_count(scene, "all", 3);
}

static void test_unmanaged(void **state)
{
	struct scene *scene = *state;
	char number[24];

	scene_numbers(scene, 30);
	scene_declare_numbers(scene, "limits: {max_changes: 100%}\n", 10,
			      "voice_url: https://ivr.example.com/new");
	assert_int_equal(scene_run(scene, WORDS("plan", "--format", "json")), 2);
	assert_numbers(scene, 10, 30, 20);
	assert_int_equal(scene_run(scene, WORDS("apply")), 0);
	scene_assert_count(scene, "number.POST", 10);
	for (size_t i = 0; i < 30; i++) {
		scene_number(i, number);
		scene_assert_value(scene, number, "voice_url",
				   i < 10 ? "https://ivr.example.com/new" : SCENE_URL);
	}
}

/* Confirmed once by a filtered list; from then on the list alone is asked. */
static void test_missing(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon;

	scene_numbers(scene, 9);
	scene_declare_numbers(scene, "", 10, EACH ", sms_url: ''");
	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "missing", "number", "+14152000009", NULL);
	daemon_wait(daemon, "pass", NULL);
	scene_assert_count(scene, "list.GET", 2);
	daemon_pass(daemon);
	daemon_pass(daemon);
	scene_assert_count(scene, "list.GET", 4);
	scene_assert_count(scene, "all", 4);
	assert_int_equal(daemon_count(daemon, "missing", NULL), 1);

	sim_post(scene->sim, "/_sim/load",
		 "{\"accounts\": [{\"sid\": \"%s\", \"numbers\": [{\"phone_number\": "
		 "\"+14152000009\", \"voice_url\": \"https://old.example.com/\"}]}]}",
		 SIM_ACCOUNT);
	daemon_pass(daemon);
	assert_int_equal(daemon_count(daemon, "found", "number", "+14152000009", NULL), 1);
	scene_assert_value(scene, "+14152000009", "voice_url", SCENE_URL);
	scene_assert_count(scene, "number.POST", 1);
	daemon_stop(daemon);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(test_in_sync),
		SCENE_TEST(test_changed),
		SCENE_TEST(test_last_page_is_not_full),
		SCENE_TEST(test_unmanaged),
		SCENE_TEST(test_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
