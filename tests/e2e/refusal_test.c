/* One field that Twilio refuses, beside others of the same number: it alone waits. */
#include <stdio.h>
#include <string.h>

#include "support/daemon.h"
#include "support/test.h"

#define NEW_URL "https://new.example.com/"
#define SMS_URL "https://sms.example.com/"

/* A number that can't take messages, and a file that asks for a url for them. */
static void make_number(struct scene *scene)
{
	sim_post(scene->sim, "/_sim/load",
		 "{\"accounts\": [{\"sid\": \"" SIM_ACCOUNT "\", \"numbers\": [{\"phone_number\": "
		 "\"" SCENE_NUMBER "\", \"voice_url\": \"" SCENE_URL
		 "\", \"capabilities\": {\"voice\": true, \"sms\": false}}]}]}");
	scene_declare(scene, "version: 1\nnumbers:\n  \"" SCENE_NUMBER "\": {voice_url: " NEW_URL
			     ", voice_fallback_url: " NEW_URL "down, sms_url: " SMS_URL
			     ", status_callback: " NEW_URL "status}\n");
}

static void assert_all_but_sms(struct scene *scene)
{
	scene_assert_value(scene, SCENE_NUMBER, "voice_url", NEW_URL);
	scene_assert_value(scene, SCENE_NUMBER, "voice_fallback_url", NEW_URL "down");
	scene_assert_value(scene, SCENE_NUMBER, "status_callback", NEW_URL "status");
}

static void test_apply_sends_the_others(void **state)
{
	struct scene *scene = *state;

	make_number(scene);
	assert_int_equal(scene_run(scene, WORDS("apply")), 5);
	assert_all_but_sms(scene);
	assert_says(&scene->out, "updated status_callback, voice_fallback_url, voice_url");
	assert_says(&scene->err, "sms_url not updated: ");
	assert_says(&scene->err, "21407");
	/* All; then what is refused, and the others. */
	scene_assert_count(scene, "number.POST", 3);
	assert_int_equal(scene_run(scene, WORDS("history")), 0);
	assert_says(&scene->out, "done");
	assert_says(&scene->out, "failed");
}

static void test_it_keeps_no_repair_waiting(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon;

	make_number(scene);
	daemon = daemon_start(scene, WORDS("--interval", "1s"));
	daemon_wait(daemon, "failed", "number", SCENE_NUMBER, "fields", "sms_url", NULL);
	daemon_wait(daemon, "pass", NULL);
	assert_all_but_sms(scene);
	for (int i = 0; i < 3; i++)
		daemon_wait(daemon, "pass", NULL);
	scene_assert_count(scene, "number.POST", 3);
	for (int i = 0; i < 2; i++) {
		scene_edit(scene, SCENE_NUMBER, "\"voice_url\": \"https://hand.example.com/\"");
		daemon_wait(daemon, "repaired", "field", "voice_url", NULL);
		daemon_wait(daemon, "pass", NULL);
		assert_all_but_sms(scene);
	}
	/* Each time both, then the repair, then what is refused. */
	scene_assert_count(scene, "number.POST", 9);
	assert_int_equal(daemon_count(daemon, "failed", NULL), 1);
	daemon_stop(daemon);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_apply_sends_the_others, scene_setup,
						scene_teardown),
		cmocka_unit_test_setup_teardown(test_it_keeps_no_repair_waiting, scene_setup,
						scene_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
