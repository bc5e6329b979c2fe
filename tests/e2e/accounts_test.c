/* Accounts and numbers in trouble beside healthy ones: nobody else waits, and nobody is blamed. */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "support/daemon.h"
#include "support/test.h"
#include "support/web.h"

#define FIRST  SIM_ACCOUNT
#define SECOND "AC00000000000000000000000000000002"
#define THIRD  "AC00000000000000000000000000000003"

#define SECOND_NUMBER "+14152000901"
#define THIRD_NUMBER  "+14152000902"

#define NEW_URL "https://new.example.com/"

static void add_file(struct scene *scene, const char *name, const char *account, const char *number)
{
	char path[160];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", scene->config, name);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fprintf(file,
			    "version: 1\naccount: %s\nnumbers:\n  \"%s\": {voice_url: " NEW_URL
			    "}\n",
			    account, number) > 0);
	assert_int_equal(fclose(file), 0);
}

/* Three accounts of one family, with a number each, and a folder that declares them. */
static void make_family(struct scene *scene)
{
	scene_numbers(scene, 1);
	sim_post(scene->sim, "/_sim/load",
		 "{\"accounts\": [{\"sid\": \"" SECOND "\", \"auth_token\": \"b\", \"parent\": "
		 "\"" FIRST "\", \"numbers\": [{\"phone_number\": \"" SECOND_NUMBER
		 "\", \"voice_url\": \"" SCENE_URL "\"}]}, {\"sid\": \"" THIRD
		 "\", \"auth_token\": \"c\", \"parent\": \"" FIRST
		 "\", \"numbers\": [{\"phone_number\": \"" THIRD_NUMBER
		 "\", \"voice_url\": \"" SCENE_URL "\"}]}]}");
	snprintf(scene->config, sizeof(scene->config), "%s/conf", scene->folder);
	assert_int_equal(mkdir(scene->config, 0755), 0);
	add_file(scene, "a.yaml", FIRST, SCENE_NUMBER);
	add_file(scene, "b.yaml", SECOND, SECOND_NUMBER);
	add_file(scene, "c.yaml", THIRD, THIRD_NUMBER);
}

static void spoil(struct scene *scene, const char *fault, const char *account)
{
	sim_post(scene->sim, "/_sim/faults",
		 "{\"fault\": \"%s\", \"account\": \"%s\", \"count\": 0, \"value\": 3600}", fault,
		 account);
}

static void test_a_suspended_account_stops_nobody(void **state)
{
	static const char *const faults[] = {"401", "403-suspended", "401-permission",
					     "429-retry-after", "500"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(faults); i++) {
		struct scene scene;

		scene_begin(&scene, NULL);
		make_family(&scene);
		/* The first one asked is the sick one. */
		spoil(&scene, faults[i], i % 2 ? SECOND : FIRST);
		assert_int_equal(scene_run(&scene, WORDS("apply")), 5);
		scene_assert_count(&scene, "number.POST", 2);
		scene_assert_value(&scene, THIRD_NUMBER, "voice_url", NEW_URL);
		assert_says(&scene.err, i % 2 ? SECOND : FIRST);
		assert_silent_of(&scene.err, "not updated");
		scene_end(&scene);
	}
}

static void test_it_is_the_account_that_is_blamed(void **state)
{
	struct scene *scene = *state;

	make_family(scene);
	spoil(scene, "401", FIRST);
	assert_int_equal(scene_run(scene, WORDS("plan")), 1);
	assert_says(&scene->err, "does not take the credentials that other accounts take");
	assert_silent_of(&scene->err, "check the account sid");
	spoil(scene, "401", SECOND);
	spoil(scene, "401", THIRD);
	assert_int_equal(scene_run(scene, WORDS("plan")), 1);
	assert_silent_of(&scene->err, "that other accounts take");
	assert_says(&scene->err, "check the account sid");
}

static void test_it_comes_back_by_itself(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon;
	struct buf body = {0};

	make_family(scene);
	spoil(scene, "401", SECOND);
	daemon = daemon_start(scene, WORDS("--interval", "1s"));
	daemon_wait(daemon, "unreachable", "account", SECOND, NULL);
	daemon_wait(daemon, "applied", "number", THIRD_NUMBER, NULL);
	for (int i = 0; i < 5; i++)
		daemon_wait(daemon, "pass", NULL);
	assert_int_equal(web_request(scene, 0, "GET", "/readyz", NULL, &body), 200);
	buf_finish(&body);
	scene_edit(scene, THIRD_NUMBER, "\"voice_url\": \"https://hand.example.com/\"");
	daemon_wait(daemon, "repaired", "number", THIRD_NUMBER, NULL);
	scene_assert_value(scene, THIRD_NUMBER, "voice_url", NEW_URL);
	assert_int_equal(daemon_count(daemon, "unreachable", NULL), 1);
	sim_request(scene->sim, "DELETE", "/_sim/faults", NULL, NULL, NULL);
	daemon_wait(daemon, "reachable", "account", SECOND, NULL);
	daemon_wait(daemon, "applied", "number", SECOND_NUMBER, NULL);
	scene_assert_value(scene, SECOND_NUMBER, "voice_url", NEW_URL);
	daemon_stop(daemon);
}

/* 50 accounts, the first and one in the middle sick. */
static void test_fifty_accounts_two_sick(void **state)
{
	struct scene *scene = *state;
	struct buf accounts = {0};

	snprintf(scene->config, sizeof(scene->config), "%s/conf", scene->folder);
	assert_int_equal(mkdir(scene->config, 0755), 0);
	for (int i = 100; i < 150; i++) {
		char sid[40], number[24], name[24];

		snprintf(sid, sizeof(sid), "AC%032d", i);
		snprintf(number, sizeof(number), "+1415300%04d", i);
		snprintf(name, sizeof(name), "%d.yaml", i);
		buf_printf(&accounts,
			   "%s{\"sid\": \"%s\", \"auth_token\": \"t\", \"parent\": \"" FIRST
			   "\", \"numbers\": [{\"phone_number\": \"%s\"}]}",
			   accounts.length ? ", " : "", sid, number);
		add_file(scene, name, sid, number);
	}
	sim_post(scene->sim, "/_sim/load", "{\"accounts\": [%s]}", buf_text(&accounts));
	buf_finish(&accounts);
	spoil(scene, "401", "AC00000000000000000000000000000100");
	spoil(scene, "403-suspended", "AC00000000000000000000000000000123");
	assert_int_equal(scene_run(scene, WORDS("apply")), 5);
	scene_assert_count(scene, "number.POST", 48);
}

/* The number that is to wait for an hour waits alone, and is not asked for meanwhile. */
static void test_a_number_that_must_wait_waits_alone(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon;
	char other[24];

	scene_numbers(scene, 2);
	scene_number(1, other);
	sim_post(scene->sim, "/_sim/faults",
		 "{\"fault\": \"429-retry-after\", \"kind\": \"update\", \"number\": "
		 "\"" SCENE_NUMBER "\", \"count\": 0, \"value\": 3600}");
	scene_declare_numbers(scene, "", 2, "voice_url: " NEW_URL);
	daemon = daemon_start(scene, WORDS("--interval", "1s"));
	daemon_wait(daemon, "failed", "number", SCENE_NUMBER, NULL);
	daemon_wait(daemon, "pass", NULL);
	scene_assert_value(scene, other, "voice_url", NEW_URL);
	for (int i = 0; i < 2; i++) {
		scene_edit(scene, other, "\"voice_url\": \"https://hand.example.com/\"");
		daemon_wait(daemon, "repaired", "number", other, NULL);
	}
	scene_assert_count(scene, "number.POST", 4);
	daemon_stop(daemon);
}

/* The others are put right before its answer is given up a second time. */
static void test_a_list_that_hangs_keeps_nobody(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon;
	int64_t start = scene_now();

	make_family(scene);
	sim_post(scene->sim, "/_sim/faults",
		 "{\"fault\": \"hang-before\", \"account\": \"" FIRST
		 "\", \"kind\": \"list\", \"count\": 0}");
	daemon = daemon_start(scene, NULL);
	/* An answer is waited for as long as anything else of a test; so this takes longer. */
	while (sim_count(scene->sim, "number.POST") < 2) {
		if (scene_now() - start > 2 * SCENE_WAIT_MS)
			fail_msg("the other accounts still wait");
		poll(NULL, 0, 20);
	}
	scene_assert_value(scene, SECOND_NUMBER, "voice_url", NEW_URL);
	scene_assert_value(scene, THIRD_NUMBER, "voice_url", NEW_URL);
	daemon_stop(daemon);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_suspended_account_stops_nobody),
		cmocka_unit_test_setup_teardown(test_it_is_the_account_that_is_blamed, scene_setup,
						scene_teardown),
		cmocka_unit_test_setup_teardown(test_it_comes_back_by_itself, scene_setup,
						scene_teardown),
		cmocka_unit_test_setup_teardown(test_fifty_accounts_two_sick, scene_setup,
						scene_teardown),
		cmocka_unit_test_setup_teardown(test_a_number_that_must_wait_waits_alone,
						scene_setup, scene_teardown),
		cmocka_unit_test_setup_teardown(test_a_list_that_hangs_keeps_nobody, scene_setup,
						scene_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
