/* Did the file change, or somebody the number? And what is held back where acting is the disaster.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "support/daemon.h"
#include "support/test.h"

#define OTHER     "https://elsewhere.example.com/"
#define OTHER_URL "\"voice_url\": \"" OTHER "\""
#define OWN_URL   "\"voice_url\": \"" SCENE_URL "\""

static struct daemon *start_in_sync(struct scene *scene, size_t count, const char *head)
{
	struct daemon *daemon;

	scene_numbers(scene, count);
	scene_declare_numbers(scene, head, count, "voice_url: " SCENE_URL);
	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "pass", NULL);
	scene_assert_count(scene, "number.POST", 0);
	return daemon;
}

static void assert_kind(const json_t *plan, const char *number, const char *field, const char *kind,
			const char *known)
{
	const json_t *diff;
	size_t i;

	json_array_foreach (json_object_get(plan, "differences"), i, diff) {
		if (!text_equal(json_string_value(json_object_get(diff, "number")), number) ||
		    !text_equal(json_string_value(json_object_get(diff, "field")), field))
			continue;
		assert_string_equal(json_string_value(json_object_get(diff, "kind")), kind);
		if (!text_equal(json_string_value(json_object_get(diff, "known")), known))
			fail_msg("%s of %s: known", field, number);
		return;
	}
	fail_msg("%s of %s is no difference", field, number);
}

static void test_kinds(void **state)
{
	struct scene *scene = *state;
	json_t *plan;

	daemon_stop(start_in_sync(scene, 4, ""));
	scene_edit(scene, "+14152000001", OTHER_URL);
	scene_edit(scene, "+14152000002", OTHER_URL);
	scene_declare(scene, "version: 1\nnumbers:\n"
			     "  \"+14152000000\": {voice_url: https://new.example.com/}\n"
			     "  \"+14152000001\": {voice_url: " SCENE_URL "}\n"
			     "  \"+14152000002\": {voice_url: https://new.example.com/}\n"
			     "  \"+14152000003\": {sms_url: https://new.example.com/}\n");
	assert_int_equal(scene_run(scene, WORDS("plan", "--format", "json")), 3);
	plan = scene_json(scene);
	assert_int_equal(json_array_size(json_object_get(plan, "differences")), 4);
	assert_kind(plan, "+14152000000", "voice_url", "change", SCENE_URL);
	assert_kind(plan, "+14152000001", "voice_url", "drift", SCENE_URL);
	assert_kind(plan, "+14152000002", "voice_url", "both", SCENE_URL);
	assert_kind(plan, "+14152000003", "sms_url", "new", NULL);
	json_decref(plan);
}

static void test_revert(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon = start_in_sync(scene, 2, "");
	const json_t *drift;

	scene_edit(scene, SCENE_NUMBER, OTHER_URL);
	daemon_pass(daemon);
	assert_int_equal(daemon_count(daemon, "repaired", "number", SCENE_NUMBER, "old", OTHER,
				      "new", SCENE_URL, NULL),
			 1);
	assert_int_equal(daemon_count(daemon, "drift", "number", SCENE_NUMBER, "field", "voice_url",
				      "live", OTHER, "want", SCENE_URL, NULL),
			 1);
	scene_assert_value(scene, SCENE_NUMBER, "voice_url", SCENE_URL);
	scene_edit(scene, "+14152000001", OTHER_URL);
	daemon_signal(daemon, SIGUSR1);
	drift = daemon_wait(daemon, "drift", "number", "+14152000001", NULL);
	assert_non_null(
		strstr(json_string_value(json_object_get(drift, "source")), "numbers.yaml:4:"));
	daemon_stop(daemon);
}

/* Said once, left alone, across a restart too; said again when somebody puts it back. */
static void test_report(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon = start_in_sync(scene, 2, "on_drift: report\n");

	scene_edit(scene, SCENE_NUMBER, OTHER_URL);
	daemon_pass(daemon);
	daemon_pass(daemon);
	assert_int_equal(daemon_count(daemon, "drift", "action", "report", NULL), 1);
	daemon_stop(daemon);

	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "pass", NULL);
	assert_int_equal(daemon_count(daemon, "drift", NULL), 0);
	scene_edit(scene, SCENE_NUMBER, OWN_URL);
	daemon_pass(daemon);
	assert_int_equal(daemon_count(daemon, "resolved", "number", SCENE_NUMBER, NULL), 1);
	scene_assert_count(scene, "number.POST", 0);
	daemon_stop(daemon);
}

static void test_hold(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon = start_in_sync(scene, 2, "on_change: hold\n");

	scene_declare_numbers(scene, "on_change: hold\n", 2, "voice_url: " OTHER);
	daemon_wait(daemon, "change", "action", "hold", NULL);
	daemon_wait(daemon, "pass", NULL);
	scene_assert_count(scene, "number.POST", 0);
	scene_declare_numbers(scene, "", 2, "voice_url: " OTHER);
	daemon_wait(daemon, "applied", NULL);
	daemon_wait(daemon, "pass", NULL);
	scene_assert_count(scene, "number.POST", 2);
	daemon_stop(daemon);
}

/* Noticed after a restart, what moved while numberd was down is still drift. */
static void test_restart(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon = start_in_sync(scene, 2, "");

	daemon_stop(daemon);
	scene_edit(scene, SCENE_NUMBER, OTHER_URL);
	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "repaired", "number", SCENE_NUMBER, "old", OTHER, NULL);
	daemon_wait(daemon, "pass", NULL);
	scene_assert_count(scene, "number.POST", 1);
	daemon_stop(daemon);
}

static void lose_state(struct scene *scene)
{
	char command[128];

	snprintf(command, sizeof(command), "%s/lost", scene->folder);
	assert_int_equal(rename(scene->state, command), 0);
}

/* Without a memory nobody knows who moved; on_drift: report protects what may be somebody's. */
static void test_lost_memory(void **state)
{
	struct scene *scene = *state;

	daemon_stop(start_in_sync(scene, 2, "on_drift: report\n"));
	lose_state(scene);
	scene_edit(scene, SCENE_NUMBER, OTHER_URL);
	for (int i = 0; i < 2; i++) {
		struct daemon *daemon = daemon_start(scene, NULL);

		daemon_wait(daemon, "pass", NULL);
		daemon_pass(daemon);
		daemon_stop(daemon);
	}
	scene_assert_count(scene, "number.POST", 0);
	scene_assert_value(scene, SCENE_NUMBER, "voice_url", OTHER);
}

/* What a person at a terminal does who reads "numberd status". */
static void approve_what_status_shows(struct scene *scene)
{
	char digest[80];
	const char *at;

	assert_int_equal(scene_run(scene, WORDS("status")), 0);
	at = strstr(buf_text(&scene->out), "sha256:");
	assert_non_null(at);
	assert_int_equal(sscanf(at, "%79s", digest), 1);
	assert_int_equal(scene_run(scene, WORDS("approve", digest)), 0);
}

static void test_fight(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon = start_in_sync(scene, 2, "");

	for (int i = 0; i < 5; i++) {
		scene_edit(scene, SCENE_NUMBER, OTHER_URL);
		daemon_pass(daemon);
	}
	scene_assert_count(scene, "number.POST", 3);
	assert_int_equal(daemon_count(daemon, "repaired", NULL), 3);
	assert_int_equal(daemon_count(daemon, "fight", "number", SCENE_NUMBER, "live", OTHER, NULL),
			 1);
	scene_assert_value(scene, SCENE_NUMBER, "voice_url", OTHER);
	daemon_stop(daemon);

	/* It is not forgotten over a restart, and ends with an approval ... */
	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "pass", NULL);
	scene_assert_count(scene, "number.POST", 3);
	/* ... whose digest is that of what the last pass left. */
	scene_edit(scene, "+14152000001", OTHER_URL);
	daemon_pass(daemon);
	scene_assert_count(scene, "number.POST", 4);
	approve_what_status_shows(scene);
	daemon_wait(daemon, "repaired", "number", SCENE_NUMBER, NULL);
	scene_assert_count(scene, "number.POST", 5);
	daemon_stop(daemon);
}

static void test_fight_ends_with_the_file(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon = start_in_sync(scene, 2, "");

	for (int i = 0; i < 4; i++) {
		scene_edit(scene, SCENE_NUMBER, OTHER_URL);
		daemon_pass(daemon);
	}
	scene_assert_count(scene, "number.POST", 3);
	scene_declare_numbers(scene, "", 2, "voice_url: https://new.example.com/");
	daemon_wait(daemon, "applied", "new", "https://new.example.com/", NULL);
	daemon_stop(daemon);
}

static void test_many_drift(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon = start_in_sync(scene, 100, "");
	const json_t *limit;
	char *digest;

	scene_edit_numbers(scene, 0, 100, OTHER_URL);
	daemon_signal(daemon, SIGUSR1);
	limit = daemon_wait(daemon, "limit", NULL);
	digest = mem_strdup(json_string_value(json_object_get(limit, "digest")));
	assert_non_null(strstr(json_string_value(json_object_get(limit, "message")), digest));
	daemon_wait(daemon, "pass", NULL);
	daemon_pass(daemon);
	assert_int_equal(daemon_count(daemon, "drift", NULL), 1);
	assert_int_equal(daemon_count(daemon, "drift", "numbers", "100", "action", "blocked", NULL),
			 1);
	assert_int_equal(daemon_count(daemon, "limit", NULL), 1);
	scene_assert_count(scene, "number.POST", 0);
	daemon_stop(daemon);

	assert_int_equal(scene_run(scene, WORDS("apply")), 4);
	scene_assert_count(scene, "number.POST", 0);
	assert_int_equal(scene_run(scene, WORDS("apply", "--approve", digest)), 0);
	scene_assert_count(scene, "number.POST", 100);
	mem_free(digest);
	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "pass", NULL);
	scene_assert_count(scene, "number.POST", 100);
	daemon_stop(daemon);
}

/* A file that lost most of its numbers is more often a broken one than a wish. */
static void test_shrunken_file(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon = start_in_sync(scene, 20, "");

	scene_declare_numbers(scene, "", 5, "voice_url: " OTHER);
	daemon_wait(daemon, "limit", NULL);
	daemon_wait(daemon, "pass", NULL);
	scene_assert_count(scene, "number.POST", 0);
	scene_declare_numbers(scene, "", 20, "voice_url: " SCENE_URL);
	daemon_wait(daemon, "limit_ended", NULL);
	scene_assert_count(scene, "number.POST", 0);
	daemon_stop(daemon);
}

static void test_observe(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon;

	scene_numbers(scene, 2);
	scene_declare_numbers(scene, "", 2, "voice_url: " OTHER ", sms_method: GET");
	daemon = daemon_start(scene, WORDS("--observe"));
	daemon_wait(daemon, "new", "field", "voice_url", "action", "hold", NULL);
	daemon_wait(daemon, "pass", NULL);
	scene_edit(scene, SCENE_NUMBER, "\"sms_method\": \"GET\"");
	daemon_pass(daemon);
	scene_declare_numbers(scene, "", 2, "voice_url: https://new.example.com/");
	daemon_wait(daemon, "file_valid", NULL);
	daemon_wait(daemon, "pass", NULL);
	scene_assert_count(scene, "number.POST", 0);
	daemon_stop(daemon);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(test_kinds),      SCENE_TEST(test_revert),
		SCENE_TEST(test_report),     SCENE_TEST(test_hold),
		SCENE_TEST(test_restart),    SCENE_TEST(test_lost_memory),
		SCENE_TEST(test_fight),      SCENE_TEST(test_fight_ends_with_the_file),
		SCENE_TEST(test_many_drift), SCENE_TEST(test_shrunken_file),
		SCENE_TEST(test_observe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
