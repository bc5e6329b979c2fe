/* A log that nobody reads, and what is in it once somebody does. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "support/daemon.h"
#include "support/test.h"
#include "support/web.h"

#define NUMBERS 3

static uint64_t dropped(const struct scene *scene)
{
	struct buf body = {0};
	uint64_t count;
	json_t *root;

	assert_int_equal(web_request(scene, 0, "GET", "/v1/status", NULL, &body), 200);
	root = json_loads(buf_text(&body), 0, NULL);
	assert_true(json_is_integer(json_object_get(root, "log_dropped")));
	count = (uint64_t)json_integer_value(json_object_get(root, "log_dropped"));
	json_decref(root);
	buf_finish(&body);
	return count;
}

static void wait_for_health(const struct scene *scene)
{
	struct buf body = {0};

	assert_int_equal(web_request(scene, 0, "GET", "/healthz", NULL, &body), 200);
	assert_string_equal(buf_text(&body), "ok\n");
	buf_finish(&body);
}

/* Files with long mistakes, one after the other, until lines of the log are lost. */
static void overflow_log(struct scene *scene)
{
	int64_t deadline = scene_now() + SCENE_WAIT_MS;
	struct buf text = {0};

	for (int round = 0; dropped(scene) == 0; round++) {
		if (scene_now() > deadline)
			fail_msg("no line of the log is dropped");
		buf_clear(&text);
		for (int i = 0; i < 100; i++) {
			buf_printf(&text, "wrong_%d_%d_", round, i);
			buf_add_repeat(&text, 'x', 950);
			buf_add_text(&text, ": 1\n");
		}
		scene_declare(scene, "version: 1\n%s", buf_text(&text));
		poll(NULL, 0, 20);
	}
	buf_finish(&text);
}

/* Its end by itself, while nobody reads what it has to say. */
static void assert_ends(const struct daemon *daemon)
{
	int64_t deadline = scene_now() + 10000;
	siginfo_t info = {0};

	while (info.si_pid == 0) {
		if (scene_now() > deadline)
			fail_msg("SIGTERM does not end it");
		assert_int_equal(
			waitid(P_PID, (id_t)daemon_pid(daemon), &info, WEXITED | WNOHANG | WNOWAIT),
			0);
		poll(NULL, 0, 10);
	}
}

static struct daemon *start_unread(struct scene *scene)
{
	struct daemon *daemon;

	scene_numbers(scene, NUMBERS);
	scene_declare_numbers(scene, "", NUMBERS, "voice_url: " SCENE_URL);
	daemon = daemon_start(scene, WORDS("--interval", "200ms"));
	daemon_wait(daemon, "pass", NULL);
	overflow_log(scene);
	scene_edit(scene, SCENE_NUMBER, "\"voice_url\": \"https://other.example.com/\"");
	scene_wait_count(scene, "number.POST", 1);
	wait_for_health(scene);
	return daemon;
}

static void test_a_log_that_nobody_reads(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon = start_unread(scene);

	daemon_signal(daemon, SIGTERM);
	assert_ends(daemon);
	assert_int_equal(daemon_end(daemon), 0);
	daemon_free(daemon);
	scene_assert_value(scene, SCENE_NUMBER, "voice_url", SCENE_URL);
}

static void test_what_is_missing_is_said(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon = start_unread(scene);
	const json_t *said = daemon_wait(daemon, "log_dropped", NULL);
	const char *lines = json_string_value(json_object_get(said, "lines"));

	assert_true(strtoull(lines, NULL, 10) > 0);
	assert_true(strtoull(lines, NULL, 10) <= dropped(scene));
	scene_edit(scene, SCENE_NUMBER, "\"voice_url\": \"https://other.example.com/\"");
	daemon_wait(daemon, "repaired", "number", SCENE_NUMBER, NULL);
	daemon_stop(daemon);
}

/* Standard error is closed, or its reader has gone: numberd goes on. */
static void test_a_log_that_is_closed(void **state)
{
	static const char *const ways[] = {"exec \"$@\" 2>&-", "exec \"$@\" 2> >(:)"};
	struct scene *scene = *state;

	scene_numbers(scene, NUMBERS);
	for (size_t i = 0; i < 2; i++) {
		struct daemon *daemon;

		scene_declare_numbers(scene, "", NUMBERS, "voice_url: " SCENE_URL);
		sim_forget(scene->sim);
		daemon = daemon_start_under(scene, WORDS("bash", "-c", ways[i], "sh"),
					    WORDS("--interval", "200ms"));
		scene_wait_count(scene, "list.GET", 2);
		scene_edit(scene, SCENE_NUMBER, "\"voice_url\": \"https://other.example.com/\"");
		scene_wait_count(scene, "number.POST", 1);
		wait_for_health(scene);
		daemon_stop(daemon);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(test_a_log_that_nobody_reads),
		SCENE_TEST(test_what_is_missing_is_said),
		SCENE_TEST(test_a_log_that_is_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
