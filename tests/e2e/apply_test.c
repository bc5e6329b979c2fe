/* numberd apply and check: exit statuses, limits and approval, and the question on a terminal. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "support/scene.h"
#include "support/test.h"

#define ANOTHER "sha256:0000000000000000000000000000000000000000000000000000000000000000"
#define CHANGED "voice_url: https://ivr.example.com/new"

/* Twenty numbers, all of which the file wants to be otherwise. */
static void begin_over_limit(struct scene *scene)
{
	scene_numbers(scene, 20);
	scene_declare_numbers(scene, "", 20, CHANGED);
}

static char *plan_digest(struct scene *scene)
{
	json_t *plan;
	char *digest;

	assert_int_equal(scene_run(scene, WORDS("plan", "--format", "json")), 4);
	plan = scene_json(scene);
	digest = mem_strdup(json_string_value(json_object_get(plan, "digest")));
	json_decref(plan);
	return digest;
}

static void test_limit(void **state)
{
	struct scene *scene = *state;

	begin_over_limit(scene);
	assert_int_equal(scene_run(scene, WORDS("apply")), 4);
	scene_assert_count(scene, "number.POST", 0);
	assert_says(&scene->out, "30 %");
	assert_says(&scene->out, "limits.max_changes");
	scene_declare_numbers(scene, "limits: {max_changes: 20}\n", 20, CHANGED);
	assert_int_equal(scene_run(scene, WORDS("apply")), 0);
	scene_assert_count(scene, "number.POST", 20);
}

/* A share counts from ten numbers up: nine of nine may change. */
static void test_few_numbers(void **state)
{
	struct scene *scene = *state;

	scene_numbers(scene, 9);
	scene_declare_numbers(scene, "", 9, CHANGED);
	assert_int_equal(scene_run(scene, WORDS("apply")), 0);
	scene_assert_count(scene, "number.POST", 9);
}

static void test_approval(void **state)
{
	struct scene *scene = *state;
	char *digest;

	begin_over_limit(scene);
	digest = plan_digest(scene);
	scene_edit(scene, SCENE_NUMBER, "\"voice_url\": \"https://other.example.com/\"");
	assert_int_equal(scene_run(scene, WORDS("apply", "--approve", digest)), 4);
	scene_assert_count(scene, "number.POST", 0);
	mem_free(digest);
	digest = plan_digest(scene);
	assert_int_equal(scene_run(scene, WORDS("apply", "--approve", digest)), 0);
	scene_assert_count(scene, "number.POST", 20);
	mem_free(digest);
	assert_int_equal(scene_run(scene, WORDS("plan")), 0);
}

/* Approved was what somebody has read: another plan is not sent, not even within the limit. */
static void test_approval_of_another_plan(void **state)
{
	struct scene *scene = *state;

	scene_numbers(scene, 2);
	scene_declare_numbers(scene, "", 2, CHANGED);
	assert_int_equal(scene_run(scene, WORDS("apply", "--approve", ANOTHER)), 1);
	assert_says(&scene->err, "not the plan that was approved");
	assert_int_equal(scene_run(scene, WORDS("apply", "--approve", "sha256:00")), 64);
	scene_assert_count(scene, "number.POST", 0);
	assert_int_equal(scene_run(scene, WORDS("apply")), 0);
	/* There is nothing left that could be another one. */
	assert_int_equal(scene_run(scene, WORDS("apply", "--approve", ANOTHER)), 0);
	scene_assert_count(scene, "number.POST", 2);
}

/* One number is refused; the others are done, and the message names number, code and line. */
static void test_some_fail(void **state)
{
	struct scene *scene = *state;
	json_t *root;

	scene_numbers(scene, 5);
	scene_declare_numbers(scene, "", 5, CHANGED);
	sim_post(scene->sim, "/_sim/faults",
		 "{\"fault\": \"400\", \"number\": \"+14152000002\", \"count\": 0}");
	assert_int_equal(scene_run(scene, WORDS("apply", "--format", "json")), 5);
	root = scene_json(scene);
	assert_int_equal(json_integer_value(json_object_get(root, "status")), 5);
	assert_int_equal(json_array_size(json_object_get(root, "results")), 5);
	json_decref(root);
	assert_says(&scene->out, "20001");
	scene_assert_count(scene, "number.POST", 5);
	scene_assert_value(scene, "+14152000002", "voice_url", SCENE_URL);
	scene_assert_value(scene, "+14152000003", "voice_url", "https://ivr.example.com/new");
}

/* A success that stored something else is a failure that names both values. */
static void test_not_stored(void **state)
{
	struct scene *scene = *state;

	scene_numbers(scene, 1);
	scene_declare_numbers(scene, "", 1, CHANGED);
	sim_post(scene->sim, "/_sim/faults", "{\"fault\": \"not-stored\", \"count\": 0}");
	assert_int_equal(scene_run(scene, WORDS("apply")), 5);
	assert_says(&scene->out, "voice_url");
	assert_says(&scene->out, SCENE_URL);
	assert_says(&scene->out, "https://ivr.example.com/new");
	scene_assert_count(scene, "number.POST", 1);
}

static void test_could_not_run(void **state)
{
	struct scene *scene = *state;

	begin_over_limit(scene);
	scene->variables[0] = "TWILIO_AUTH_TOKEN=not-the-token";
	assert_int_equal(scene_run(scene, WORDS("apply")), 1);
	scene->variables[0] = NULL;
	scene_declare(scene, "version: 1\nnumbers: [\n");
	assert_int_equal(scene_run(scene, WORDS("apply")), 1);
	scene_assert_count(scene, "number.POST", 0);
}

/* apply with a terminal as its input, on which `typed` was typed. */
static int apply_on_terminal(struct scene *scene, const char *typed, const char *const *words)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	int status;

	assert_true(master >= 0);
	assert_int_equal(grantpt(master), 0);
	assert_int_equal(unlockpt(master), 0);
	scene->input = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(scene->input > 0);
	assert_int_equal(write(master, typed, strlen(typed)), strlen(typed));
	status = scene_run(scene, words);
	close(scene->input);
	close(master);
	scene->input = 0;
	return status;
}

static void test_terminal(void **state)
{
	static const char *const no[] = {"no\n", "\n", "y\n", "YES\n", "yes please\n", "\004"};
	struct scene *scene = *state;

	scene_numbers(scene, 3);
	scene_declare_numbers(scene, "", 3, CHANGED);
	for (size_t i = 0; i < ARRAY_LENGTH(no); i++) {
		assert_int_equal(apply_on_terminal(scene, no[i], WORDS("apply")), 1);
		assert_says(&scene->out, "Plan: 3 numbers to update");
		assert_says(&scene->err, "3 numbers?");
		assert_says(&scene->err, "nothing was sent");
	}
	assert_int_equal(apply_on_terminal(scene, "yes\n", WORDS("apply", "--format", "json")), 64);
	scene_assert_count(scene, "number.POST", 0);
	assert_int_equal(apply_on_terminal(scene, "yes\n", WORDS("apply")), 0);
	scene_assert_count(scene, "number.POST", 3);
	scene_declare_numbers(scene, "", 3, "voice_url: https://ivr.example.com/newer");
	assert_int_equal(apply_on_terminal(scene, "", WORDS("apply", "--yes")), 0);
	assert_silent_of(&scene->err, "?");
	scene_assert_count(scene, "number.POST", 6);
	/* Nothing to send, nothing to ask. */
	assert_int_equal(apply_on_terminal(scene, "", WORDS("apply")), 0);
	assert_silent_of(&scene->err, "?");
}

static void test_check(void **state)
{
	struct scene *scene = *state;

	scene->variables[0] = "TWILIO_AUTH_TOKEN";
	scene->variables[1] = "NUMBERD_BASE_URL=https://127.0.0.1:1";
	scene_declare(scene, "version: 1\nnumbers:\n  \"+14155550100\": {voice_url: null}\n");
	assert_int_equal(scene_run(scene, WORDS("check")), 0);
	scene_declare(scene, "version: 1\nnumbers:\n  \"+14155550100\":\n    voice_ulr: x\n"
			     "    sms_url: ftp://example.com/\n  \"14155550101\": {}\n");
	assert_int_equal(scene_run(scene, WORDS("check")), 1);
	assert_says(&scene->err, "numbers.yaml:4:5: error: unknown field 'voice_ulr'");
	assert_says(&scene->err, "numbers.yaml:5:14: error: ");
	assert_says(&scene->err, "numbers.yaml:6:3: error: ");
	assert_int_equal(scene_run(scene, WORDS("check", scene->config, "/nonexistent")), 1);
	assert_says(&scene->err, "/nonexistent");
	assert_int_equal(scene_run(scene, WORDS("check", "--format", "json")), 1);
	json_decref(scene_json(scene));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(test_limit),         SCENE_TEST(test_few_numbers),
		SCENE_TEST(test_approval),      SCENE_TEST(test_approval_of_another_plan),
		SCENE_TEST(test_some_fail),     SCENE_TEST(test_not_stored),
		SCENE_TEST(test_could_not_run), SCENE_TEST(test_terminal),
		SCENE_TEST(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
