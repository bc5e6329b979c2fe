/* numberd export: what it writes is valid, changes nothing, and is what a person would write. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "support/scene.h"
#include "support/test.h"

#define FILE_LINES 250

static size_t lines(const struct buf *text)
{
	size_t count = 0;

	for (const char *at = buf_text(text); (at = strchr(at, '\n')); at++)
		count++;
	return count;
}

static void load(struct scene *scene, const char *numbers)
{
	sim_post(scene->sim, "/_sim/load", "{\"accounts\": [{\"sid\": \"%s\", \"numbers\": [%s]}]}",
		 SIM_ACCOUNT, numbers);
}

/* Exports twice to the same bytes, without a POST; what was written is valid and in sync. */
static void assert_exports(struct scene *scene)
{
	char *first;

	scene->variables[0] = "TWILIO_ACCOUNT_SID=" SIM_ACCOUNT;
	assert_int_equal(scene_run(scene, WORDS("export")), 0);
	first = mem_strdup(buf_text(&scene->out));
	assert_int_equal(scene_run(scene, WORDS("export")), 0);
	assert_string_equal(first, buf_text(&scene->out));
	scene_declare(scene, "%s", first);
	mem_free(first);
	assert_int_equal(scene_run(scene, WORDS("check")), 0);
	assert_int_equal(scene_run(scene, WORDS("plan")), 0);
	assert_says(&scene->out, "In sync");
	scene_assert_count(scene, "number.POST", 0);
}

static void test_three(void **state)
{
	struct scene *scene = *state;

	load(scene,
	     "{\"phone_number\": \"+14155550100\", \"friendly_name\": \"Front desk\","
	     " \"voice_url\": \"https://ivr.example.com/support\","
	     " \"sms_url\": \"https://user:hush@ivr.example.com/sms\"},"
	     "{\"phone_number\": \"+14155550101\", \"friendly_name\": \"(415) 555-0101\","
	     " \"voice_url\": \"https://ivr.example.com/support\", \"voice_method\": \"GET\"},"
	     "{\"phone_number\": \"+4593751435\", \"friendly_name\": \"(459) 375-1435\"}");
	assert_exports(scene);
	assert_int_equal(scene_run(scene, WORDS("export")), 0);
	assert_says(&scene->out, " # Front desk\n");
	assert_says(&scene->out, "# sms_url seems to hold a secret: a user name or password");
	assert_says(&scene->err, "1 url seems to hold a secret");
	assert_says(&scene->out, "  \"+14155550101\": {voice_method: GET, voice_url: "
				 "https://ivr.example.com/support}\n");
	assert_says(&scene->out, "  \"+4593751435\": {}\n");
	assert_silent_of(&scene->out, "375-1435");
	assert_silent_of(&scene->out, "voice_method: POST");
}

/* The i-th number: one of six patterns; what is unset is "", null, or no key. */
static void add_patterned(struct buf *numbers, size_t i)
{
	static const char *const patterns[] = {
		"\"voice_url\": \"https://ivr.example.com/support\","
		" \"voice_fallback_url\": \"https://ivr.example.com/down\"",
		"\"voice_url\": \"https://webhooks.twilio.com/v1/Accounts/" SIM_ACCOUNT
		"/Flows/FW00000000000000000000000000000001\"",
		"\"voice_application_sid\": \"AP00000000000000000000000000000001\","
		" \"voice_url\": \"https://ivr.example.com/inert\"",
		"\"trunk_sid\": \"TK00000000000000000000000000000001\"",
		"\"voice_url\": \"https://calls-1234-dev.twil.io/incoming\","
		" \"voice_method\": \"GET\", \"voice_caller_id_lookup\": true",
		"\"voice_url\": \"https://fax.example.com/\", \"origin\": \"hosted\","
		" \"sms_method\": null, \"sms_fallback_method\": null,"
		" \"capabilities\": {\"voice\": true, \"sms\": false, \"mms\": false, "
		"\"fax\": false}",
	};
	static const char *const unset[] = {
		", \"status_callback\": \"\"",
		", \"status_callback\": null",
		", \"absent\": [\"status_callback\", \"voice_receive_mode\"]",
	};

	buf_printf(numbers,
		   "%s{\"phone_number\": \"+1415%07zu\", \"friendly_name\": \"Line %zu\", "
		   "\"emergency_status\": \"Active\", %s%s}",
		   i ? ", " : "", 2000000 + i, i, patterns[i % ARRAY_LENGTH(patterns)],
		   unset[i / ARRAY_LENGTH(patterns) % ARRAY_LENGTH(unset)]);
}

static void test_six_patterns(void **state)
{
	static const char *const groups[] = {
		"\n  ivr-support:\n",
		"\n  flows-000001:\n",
		"\n  application-000001:\n",
		"\n  trunk-000001:\n",
		"\n  calls-1234-dev-incoming:\n",
		"\n  group-fax:\n",
	};
	struct scene *scene = *state;
	struct buf numbers = {0};

	for (size_t i = 0; i < 180; i++)
		add_patterned(&numbers, i);
	load(scene, buf_text(&numbers));
	buf_finish(&numbers);
	assert_exports(scene);
	assert_int_equal(scene_run(scene, WORDS("export")), 0);
	assert_true(lines(&scene->out) < FILE_LINES);
	for (size_t i = 0; i < ARRAY_LENGTH(groups); i++)
		assert_says(&scene->out, groups[i]);
	assert_says(&scene->out, "Left out: 180 values (Twilio ignores them");
	assert_says(&scene->out, "Left out: 30 values (an application or trunk");
	assert_silent_of(&scene->out, "emergency_status: Active");
	assert_silent_of(&scene->out, "/inert");
	assert_says(&scene->err, "180 numbers, 6 groups");
	assert_int_equal(scene_run(scene, WORDS("export", "--minimal")), 0);
	assert_silent_of(&scene->out, "groups:");
	assert_silent_of(&scene->out, "voice_method");
}

static void test_many(void **state)
{
	struct scene *scene = *state;

	sim_post(scene->sim, "/_sim/generate",
		 "{\"account\": \"%s\", \"auth_token\": \"%s\", \"numbers\": 2500, \"seed\": 7}",
		 SIM_ACCOUNT, SIM_TOKEN);
	assert_exports(scene);
	/* Two exports and a plan, three pages each. */
	scene_assert_count(scene, "list.GET", 9);
	scene_assert_count(scene, "all", 9);
}

/* What the reader would refuse is left out, and the file says so. */
static void test_what_cannot_be_said(void **state)
{
	struct scene *scene = *state;

	load(scene, "{\"phone_number\": \"+14155550100\", \"voice_url\": \"not-a-url\","
		    " \"friendly_name\": \"a\\nnumbers: {}\","
		    " \"sms_url\": \"https://ivr.example.com/a,b?c=1,2#rc=2,ct=1\"}");
	assert_exports(scene);
	assert_int_equal(scene_run(scene, WORDS("export")), 0);
	assert_says(&scene->out, "  # voice_url left out: ");
	assert_says(&scene->out, "sms_url: \"https://ivr.example.com/a,b?c=1,2#rc=2,ct=1\"");
	assert_says(&scene->err, "1 value is left out");
}

static void test_output(void **state)
{
	struct scene *scene = *state;
	struct stat info;

	scene_numbers(scene, 2);
	scene->variables[0] = "TWILIO_ACCOUNT_SID=" SIM_ACCOUNT;
	assert_int_equal(scene_run(scene, WORDS("export", "--output", scene->config)), 0);
	assert_int_equal(scene->out.length, 0);
	assert_int_equal(scene_run(scene, WORDS("plan")), 0);
	sim_forget(scene->sim);
	scene_declare(scene, "# mine\n");
	assert_int_equal(scene_run(scene, WORDS("export", "--output", scene->config)), 1);
	assert_says(&scene->err, "--force");
	scene_assert_count(scene, "all", 0);
	assert_int_equal(stat(scene->config, &info), 0);
	assert_int_equal(info.st_size, 7);
	assert_int_equal(scene_run(scene, WORDS("export", "--output", scene->config, "--force")),
			 0);
	assert_int_equal(scene_run(scene, WORDS("plan")), 0);
	assert_int_equal(scene_run(scene, WORDS("export", "--output", "/nonexistent/numbers.yaml")),
			 1);
	assert_says(&scene->err, "/nonexistent/numbers.yaml");
}

/* A list that can't be had, or not whole, is never written as a file. */
static void test_no_list(void **state)
{
	struct scene *scene = *state;

	scene_numbers(scene, 3);
	scene->variables[0] = "TWILIO_ACCOUNT_SID=" SIM_ACCOUNT;
	sim_post(scene->sim, "/_sim/faults", "{\"fault\": \"403\", \"count\": 0}");
	assert_int_equal(scene_run(scene, WORDS("export", "--output", scene->config)), 1);
	assert_int_equal(access(scene->config, F_OK), -1);
	assert_true(scene->err.length > 0);
	scene->variables[0] = "TWILIO_ACCOUNT_SID";
	assert_int_equal(scene_run(scene, WORDS("export")), 1);
	assert_says(&scene->err, "TWILIO_ACCOUNT_SID");
	assert_int_equal(scene->out.length, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(test_three),  SCENE_TEST(test_six_patterns),
		SCENE_TEST(test_many),   SCENE_TEST(test_what_cannot_be_said),
		SCENE_TEST(test_output), SCENE_TEST(test_no_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
