/* Each field: set, changed, cleared as far as it can be, and left alone where it is not declared.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "support/scene.h"
#include "support/test.h"

#define SID(prefix, digit) prefix "0000000000000000000000000000000" digit

/* What the API takes; account_sid, the emergency fields have tests of their own. */
static const struct row {
	const char *key, *param;
	const char *first, *second; /* two values */
	const char *cleared;        /* what is sent to clear it; NULL: it can't be */
} rows[] = {
	{"address_sid", "AddressSid", SID("AD", "1"), SID("AD", "2"), ""},
	{"api_version", "ApiVersion", "2008-08-01", "2010-04-01", "2010-04-01"},
	{"bundle_sid", "BundleSid", SID("BU", "1"), SID("BU", "2"), ""},
	{"friendly_name", "FriendlyName", "Support", "Support, nights", NULL},
	{"identity_sid", "IdentitySid", SID("RI", "1"), SID("RI", "2"), ""},
	{"sms_application_sid", "SmsApplicationSid", SID("AP", "1"), SID("AP", "2"), ""},
	{"sms_fallback_method", "SmsFallbackMethod", "GET", "POST", "POST"},
	{"sms_fallback_url", "SmsFallbackUrl", "https://a.example.com/1?x=1&y=%20",
	 "https://b.example.com/", ""},
	{"sms_method", "SmsMethod", "GET", "POST", "POST"},
	{"sms_url", "SmsUrl", "https://a.example.com/1", "https://b.example.com/", ""},
	{"status_callback", "StatusCallback", "https://a.example.com/1", "https://b.example.com/",
	 ""},
	{"status_callback_method", "StatusCallbackMethod", "GET", "POST", "POST"},
	{"trunk_sid", "TrunkSid", SID("TK", "1"), SID("TK", "2"), ""},
	{"voice_application_sid", "VoiceApplicationSid", SID("AP", "1"), SID("AP", "2"), ""},
	{"voice_caller_id_lookup", "VoiceCallerIdLookup", "true", "false", "false"},
	{"voice_fallback_method", "VoiceFallbackMethod", "GET", "POST", "POST"},
	{"voice_fallback_url", "VoiceFallbackUrl", "https://a.example.com/1",
	 "https://b.example.com/", ""},
	{"voice_method", "VoiceMethod", "GET", "POST", "POST"},
	{"voice_receive_mode", "VoiceReceiveMode", "fax", "voice", "voice"},
	{"voice_url", "VoiceUrl", "https://user:password@a.example.com/1", "https://b.example.com/",
	 ""},
};

/* The one POST since the last look carried `param` alone. */
static void assert_sent(struct scene *scene, const char *param, const char *value)
{
	json_t *posts = scene_requests(scene, "number", "POST");
	const json_t *params = json_object_get(json_array_get(posts, 0), "params");

	if (json_array_size(posts) != 1 || json_object_size(params) != 1 ||
	    !text_equal(json_string_value(json_object_get(params, param)), value))
		fail_msg("not one POST of %s=%s alone: %s", param, value,
			 json_dumps(posts, JSON_COMPACT));
	json_decref(posts);
	sim_forget(scene->sim);
}

static void apply(struct scene *scene)
{
	int status = scene_run(scene, WORDS("apply", "--format", "json"));

	if (status != 0)
		fail_msg("apply ended with %d: %s%s", status, buf_text(&scene->out),
			 buf_text(&scene->err));
}

/* `yaml` is what the file says of the number. */
static void declare(struct scene *scene, const char *key, const char *yaml)
{
	scene_declare(scene, "version: 1\nnumbers:\n  \"" SCENE_NUMBER "\":\n    %s: %s\n", key,
		      yaml);
}

static void declare_value(struct scene *scene, const char *key, const char *value)
{
	char yaml[256];

	snprintf(yaml, sizeof(yaml), "\"%s\"", value);
	declare(scene, key, yaml);
}

static void assert_in_sync(struct scene *scene)
{
	apply(scene);
	scene_assert_count(scene, "number.POST", 0);
}

static void clear(struct scene *scene, const struct row *row)
{
	static const char *const ways[] = {"null", "\"\""};

	for (size_t i = 0; i < ARRAY_LENGTH(ways); i++) {
		declare_value(scene, row->key, row->first);
		apply(scene);
		sim_forget(scene->sim);
		declare(scene, row->key, ways[i]);
		if (!row->cleared) {
			assert_int_equal(scene_run(scene, WORDS("apply")), 1);
			scene_assert_count(scene, "all", 0);
			continue;
		}
		apply(scene);
		assert_sent(scene, row->param, row->cleared);
		assert_in_sync(scene);
	}
}

static void test_field(void **state)
{
	struct scene *scene = *state;

	scene_numbers(scene, 1);
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		declare_value(scene, rows[i].key, rows[i].first);
		apply(scene);
		assert_sent(scene, rows[i].param, rows[i].first);
		declare_value(scene, rows[i].key, rows[i].second);
		apply(scene);
		assert_sent(scene, rows[i].param, rows[i].second);
		assert_in_sync(scene);
		clear(scene, &rows[i]);
	}
}

/* A value that the Console gave and the file does not mention outlives everything. */
static void test_untouched(void **state)
{
	struct scene *scene = *state;
	char members[160];

	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		const char *other = text_starts(rows[i].key, "sms") ? "voice_url" : "sms_url";
		bool flag = strcmp(rows[i].first, "true") == 0;

		sim_post(scene->sim, "/_sim/reset", "{}");
		sim_post(scene->sim, "/_sim/load",
			 "{\"accounts\": [{\"sid\": \"%s\", \"auth_token\": \"%s\"}]}", SIM_ACCOUNT,
			 SIM_TOKEN);
		scene_numbers(scene, 1);
		snprintf(members, sizeof(members), "\"%s\": %s%s%s", rows[i].key, flag ? "" : "\"",
			 rows[i].first, flag ? "" : "\"");
		scene_edit(scene, SCENE_NUMBER, members);
		snprintf(members, sizeof(members), "https://new.example.com/%zu", i);
		declare_value(scene, other, members);
		apply(scene);
		scene_assert_count(scene, "number.POST", 1);
		scene_assert_value(scene, SCENE_NUMBER, rows[i].key, rows[i].first);
	}
}

/* The three ways of being unset are one; so is an absent method, which means POST. */
static void test_unset_is_one(void **state)
{
	struct scene *scene = *state;

	sim_post(
		scene->sim, "/_sim/load",
		"{\"accounts\": [{\"sid\": \"%s\", \"numbers\": ["
		"{\"phone_number\": \"+14152000000\", \"voice_url\": \"\", \"sms_url\": \"\"},"
		"{\"phone_number\": \"+14152000001\", \"voice_url\": null, \"voice_method\": null},"
		"{\"phone_number\": \"+14152000002\", \"absent\": [\"voice_url\", \"sms_url\", "
		"\"voice_receive_mode\", \"voice_method\", \"trunk_sid\"]}]}]}",
		SIM_ACCOUNT);
	scene_declare_numbers(scene, "", 3,
			      "voice_url: null, sms_url: '', voice_method: POST, "
			      "voice_receive_mode: voice, trunk_sid: null");
	assert_int_equal(scene_run(scene, WORDS("plan")), 0);
	scene_assert_count(scene, "all", 1);
}

/* Spelling that Twilio changes on storing is learnt, and no difference afterwards. */
static void test_respelling(void **state)
{
	struct scene *scene = *state;

	sim_post(scene->sim, "/_sim/switches",
		 "{\"url_add_slash\": true, \"url_lower_host\": true}");
	scene_numbers(scene, 1);
	declare_value(scene, "voice_url", "https://IVR.Example.com");
	apply(scene);
	scene_assert_count(scene, "number.POST", 1);
	sim_forget(scene->sim);
	assert_in_sync(scene);
}

static void test_number_with_trunk_and_application(void **state)
{
	struct scene *scene = *state;

	scene_numbers(scene, 1);
	scene_edit(scene, SCENE_NUMBER, "\"trunk_sid\": \"" SID("TK", "1") "\"");
	declare_value(scene, "voice_url", "https://a.example.com/");
	assert_int_equal(scene_run(scene, WORDS("plan", "--format", "json")), 2);
	assert_says(&scene->out, "trunk_sid");

	scene_declare(scene, "version: 1\nnumbers:\n  \"" SCENE_NUMBER
			     "\": {voice_url: https://a.example.com/, trunk_sid: null, "
			     "voice_application_sid: null}\n");
	apply(scene);
	scene_assert_count(scene, "number.POST", 1);
	scene_assert_value(scene, SCENE_NUMBER, "trunk_sid", NULL);
	scene_assert_value(scene, SCENE_NUMBER, "voice_url", "https://a.example.com/");

	scene_declare(scene, "version: 1\nnumbers:\n  \"" SCENE_NUMBER "\": {trunk_sid: " SID(
				     "TK", "1") ", voice_application_sid: " SID("AP", "1") "}\n");
	assert_int_equal(scene_run(scene, WORDS("check")), 1);
	assert_says(&scene->err, "trunk_sid");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(test_field),
		SCENE_TEST(test_untouched),
		SCENE_TEST(test_unset_is_one),
		SCENE_TEST(test_respelling),
		SCENE_TEST(test_number_with_trunk_and_application),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
