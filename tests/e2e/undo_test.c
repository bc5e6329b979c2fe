/* The history, and putting back what one change of it replaced: beside the daemon and without one.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "support/daemon.h"
#include "support/test.h"

#define OTHER "https://other.example.com/voice"
#define THIRD "https://third.example.com/voice"

static struct daemon *start(struct scene *scene, const char *const *words)
{
	struct daemon *daemon;

	scene_numbers(scene, 20);
	scene_declare_numbers(scene, "", 20, "voice_url: " SCENE_URL);
	daemon = daemon_start(scene, words);
	daemon_wait(daemon, "pass", NULL);
	return daemon;
}

/* The id of the newest entry of the number's history. */
static void newest_id(struct scene *scene, const char *number, char *id, size_t size)
{
	json_t *root, *list;

	assert_int_equal(scene_run(scene, WORDS("history", number, "--format", "json")), 0);
	root = scene_json(scene);
	list = json_object_get(root, "history");
	assert_true(json_array_size(list) > 0);
	snprintf(id, size, "%lld",
		 (long long)json_integer_value(
			 json_object_get(json_array_get(list, json_array_size(list) - 1), "id")));
	json_decref(root);
}

static void test_undo_beside_the_daemon(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon = start(scene, NULL);
	char id[32];

	scene_declare(scene,
		      "version: 1\nnumbers:\n  \"" SCENE_NUMBER "\": {voice_url: " OTHER "}\n"
		      "limits: {max_changes: 100%%}\n");
	daemon_wait(daemon, "applied", "number", SCENE_NUMBER, "new", OTHER, NULL);
	daemon_wait(daemon, "pass", NULL);
	assert_int_equal(scene_run(scene, WORDS("history")), 0);
	assert_says(&scene->out, "change, done");
	assert_says(&scene->out, "\"" SCENE_URL "\" -> \"" OTHER "\"");
	newest_id(scene, SCENE_NUMBER, id, sizeof(id));
	assert_int_equal(scene_run(scene, WORDS("undo", id)), 0);
	assert_says(&scene->out, "asks for another value and wins again in 1h");
	scene_assert_value(scene, SCENE_NUMBER, "voice_url", SCENE_URL);
	/* The same change can't be undone twice: the number has moved on. */
	assert_int_equal(scene_run(scene, WORDS("undo", id)), 1);
	assert_says(&scene->err, "already, as it was before; nothing was sent");
	assert_int_equal(scene_run(scene, WORDS("history", SCENE_NUMBER)), 0);
	assert_says(&scene->out, "undo, done");
	assert_int_equal(scene_run(scene, WORDS("undo", "999999")), 1);
	assert_int_equal(scene_run(scene, WORDS("undo", "x")), 64);
	/* There is time to change the file: until then nobody puts the other value back. */
	daemon_pass(daemon);
	scene_assert_value(scene, SCENE_NUMBER, "voice_url", SCENE_URL);
	assert_int_equal(scene_run(scene, WORDS("status", SCENE_NUMBER)), 0);
	assert_says(&scene->out, "held: 1 number");
	assert_says(&scene->out, "'numberd undo' put this value back; the file wins again in ");
	/* A restart does not forget it; a change of the file ends it. */
	daemon_stop(daemon);
	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "pass", NULL);
	scene_assert_value(scene, SCENE_NUMBER, "voice_url", SCENE_URL);
	scene_declare(scene,
		      "version: 1\nnumbers:\n  \"" SCENE_NUMBER "\": {voice_url: " THIRD "}\n"
		      "limits: {max_changes: 100%%}\n");
	daemon_wait(daemon, "pass", NULL);
	scene_assert_value(scene, SCENE_NUMBER, "voice_url", THIRD);
	/* What somebody else has changed since is theirs. */
	scene_edit(scene, SCENE_NUMBER, "\"voice_url\": \"" OTHER "\"");
	newest_id(scene, SCENE_NUMBER, id, sizeof(id));
	scene_edit(scene, SCENE_NUMBER, "\"voice_url\": \"https://x.trycloudflare.com/v\"");
	assert_int_equal(scene_run(scene, WORDS("undo", id)), 1);
	assert_says(&scene->err, "has moved on since change ");
	daemon_stop(daemon);
}

static void test_an_undo_is_not_sent_again_by_an_approval_given_before(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon = start(scene, NULL);
	char digest[128], id[32];
	const json_t *event;
	json_t *root;

	scene_declare_numbers(scene, "", 20, "voice_url: " OTHER);
	event = daemon_wait(daemon, "limit", NULL);
	snprintf(digest, sizeof(digest), "%s", json_string_value(json_object_get(event, "digest")));
	assert_int_equal(scene_run(scene, WORDS("approve", digest)), 0);
	scene_wait_count(scene, "number.POST", 20);
	daemon_wait(daemon, "approved", NULL);
	daemon_wait(daemon, "pass", NULL);
	newest_id(scene, SCENE_NUMBER, id, sizeof(id));
	assert_int_equal(scene_run(scene, WORDS("undo", id)), 0);
	daemon_pass(daemon);
	scene_assert_count(scene, "number.POST", 21);
	scene_assert_value(scene, SCENE_NUMBER, "voice_url", SCENE_URL);
	/* One that is given afterwards is meant. */
	assert_int_equal(scene_run(scene, WORDS("status", "--format", "json")), 0);
	root = scene_json(scene);
	snprintf(digest, sizeof(digest), "%s", json_string_value(json_object_get(root, "digest")));
	json_decref(root);
	assert_int_equal(scene_run(scene, WORDS("approve", digest)), 0);
	daemon_wait(daemon, "repaired", "number", SCENE_NUMBER, NULL);
	scene_assert_value(scene, SCENE_NUMBER, "voice_url", OTHER);
	daemon_stop(daemon);
}

static void test_undo_says_what_will_become_of_the_number(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon;
	char id[32];

	scene_numbers(scene, 1);
	scene_declare_numbers(scene, "", 1, "on_drift: report, voice_url: " OTHER);
	assert_int_equal(scene_run(scene, WORDS("apply")), 0);
	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "pass", NULL);
	scene_declare_numbers(scene, "", 1, "on_drift: report, voice_url: " THIRD);
	daemon_wait(daemon, "applied", NULL);
	daemon_wait(daemon, "pass", NULL);
	newest_id(scene, SCENE_NUMBER, id, sizeof(id));
	assert_int_equal(scene_run(scene, WORDS("undo", id, "--format", "json")), 0);
	assert_says(&scene->out, "{\"format_version\": 1, \"ok\": true, \"text\": \"" SCENE_NUMBER);
	assert_says(&scene->out, "with on_drift: report it is left alone");
	assert_int_equal(scene_run(scene, WORDS("history", SCENE_NUMBER)), 0);
	assert_says(&scene->out, "undo, done");
	daemon_stop(daemon);
}

static void test_an_undo_does_not_wait_for_a_long_pass(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon = start(scene, NULL);
	char id[32];

	scene_edit(scene, SCENE_NUMBER, "\"voice_url\": \"" OTHER "\"");
	daemon_pass(daemon);
	newest_id(scene, SCENE_NUMBER, id, sizeof(id));
	/* The list is told to come back in some minutes. */
	sim_post(scene->sim, "/_sim/faults",
		 "{\"fault\": \"429-retry-after-huge\", \"kind\": \"list\", \"count\": 0}");
	daemon_signal(daemon, SIGUSR1);
	scene_wait_count(scene, "list.GET", 3);
	assert_int_equal(scene_run(scene, WORDS("undo", id)), 0);
	scene_assert_value(scene, SCENE_NUMBER, "voice_url", OTHER);
	daemon_stop(daemon);
}

static void test_undo_and_status_without_a_daemon(void **state)
{
	struct scene *scene = *state;
	char id[32];

	scene_numbers(scene, 1);
	scene_declare_numbers(scene, "", 1, "voice_url: " OTHER);
	assert_int_equal(scene_run(scene, WORDS("history")), 0);
	assert_says(&scene->out, "No change is remembered");
	assert_int_equal(scene_run(scene, WORDS("apply")), 0);
	newest_id(scene, SCENE_NUMBER, id, sizeof(id));
	assert_int_equal(scene_run(scene, WORDS("status")), 1);
	assert_says(&scene->err, "no running daemon answers");
	assert_says(&scene->out, "new, done");
	assert_int_equal(scene_run(scene, WORDS("undo", id)), 0);
	scene_assert_value(scene, SCENE_NUMBER, "voice_url", SCENE_URL);
	/* The hold is there for whoever writes next. */
	assert_int_equal(scene_run(scene, WORDS("apply")), 0);
	scene_assert_value(scene, SCENE_NUMBER, "voice_url", SCENE_URL);
	assert_int_equal(scene_run(scene, WORDS("sync")), 1);
	assert_int_equal(scene_run(scene, WORDS("pause", "why")), 1);
}

/* What is held is what was put back; what somebody sets meanwhile is drift as any other. */
static void test_an_undo_holds_one_value(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon;
	char id[32];

	scene_numbers(scene, 1);
	scene_declare_numbers(scene, "", 1, "voice_url: " OTHER);
	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "pass", NULL);
	newest_id(scene, SCENE_NUMBER, id, sizeof(id));
	assert_int_equal(scene_run(scene, WORDS("undo", id)), 0);
	daemon_pass(daemon);
	scene_assert_value(scene, SCENE_NUMBER, "voice_url", SCENE_URL);
	scene_edit(scene, SCENE_NUMBER, "\"voice_url\": \"" THIRD "\"");
	daemon_signal(daemon, SIGUSR1);
	daemon_wait(daemon, "repaired", "old", THIRD, NULL);
	scene_assert_value(scene, SCENE_NUMBER, "voice_url", OTHER);
	daemon_stop(daemon);
}

/* A limit that allows no change at all is meant, with a daemon and without one. */
static void test_undo_heeds_the_limit(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon;
	char id[32];

	scene_numbers(scene, 1);
	scene_declare_numbers(scene, "", 1, "voice_url: " OTHER);
	assert_int_equal(scene_run(scene, WORDS("apply")), 0);
	newest_id(scene, SCENE_NUMBER, id, sizeof(id));
	scene_declare_numbers(scene, "limits: {max_changes: 0}\n", 1, "voice_url: " OTHER);
	assert_int_equal(scene_run(scene, WORDS("undo", id)), 1);
	assert_says(&scene->err, "limits.max_changes allows 0 of 1 numbers");
	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "pass", NULL);
	assert_int_equal(scene_run(scene, WORDS("undo", id)), 1);
	assert_says(&scene->err, "limits.max_changes allows 0 of 1 numbers");
	scene_assert_count(scene, "number.POST", 1);
	scene_declare_numbers(scene, "limits: {max_changes: 1}\n", 1, "voice_url: " OTHER);
	daemon_wait(daemon, "file_valid", NULL);
	assert_int_equal(scene_run(scene, WORDS("undo", id)), 0);
	scene_assert_value(scene, SCENE_NUMBER, "voice_url", SCENE_URL);
	daemon_stop(daemon);
}

/* An application that is put back would cost the number the trunk that took its place. */
static void test_undo_removes_nothing_else(void **state)
{
	struct scene *scene = *state;
	char id[32];

	scene_numbers(scene, 1);
	scene_edit(scene, SCENE_NUMBER,
		   "\"voice_application_sid\": \"AP00000000000000000000000000000001\"");
	scene_declare_numbers(scene, "", 1, "voice_application_sid: null");
	assert_int_equal(scene_run(scene, WORDS("apply")), 0);
	newest_id(scene, SCENE_NUMBER, id, sizeof(id));
	scene_edit(scene, SCENE_NUMBER, "\"trunk_sid\": \"TK00000000000000000000000000000001\"");
	assert_int_equal(scene_run(scene, WORDS("undo", id)), 1);
	assert_says(&scene->err, "would make Twilio remove its trunk_sid TK");
	scene_assert_count(scene, "number.POST", 1);
	scene_assert_value(scene, SCENE_NUMBER, "trunk_sid", "TK00000000000000000000000000000001");
}

static void test_observe_undoes_nothing(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon;
	char id[32];

	scene_numbers(scene, 1);
	scene_declare_numbers(scene, "", 1, "voice_url: " OTHER);
	assert_int_equal(scene_run(scene, WORDS("apply")), 0);
	newest_id(scene, SCENE_NUMBER, id, sizeof(id));
	daemon = daemon_start(scene, WORDS("--observe"));
	daemon_wait(daemon, "pass", NULL);
	assert_int_equal(scene_run(scene, WORDS("undo", id)), 1);
	assert_says(&scene->err, "--observe");
	scene_assert_count(scene, "number.POST", 1);
	daemon_stop(daemon);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(test_undo_beside_the_daemon),
		SCENE_TEST(test_an_undo_is_not_sent_again_by_an_approval_given_before),
		SCENE_TEST(test_undo_says_what_will_become_of_the_number),
		SCENE_TEST(test_an_undo_does_not_wait_for_a_long_pass),
		SCENE_TEST(test_undo_and_status_without_a_daemon),
		SCENE_TEST(test_an_undo_holds_one_value),
		SCENE_TEST(test_undo_heeds_the_limit),
		SCENE_TEST(test_undo_removes_nothing_else),
		SCENE_TEST(test_observe_undoes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
