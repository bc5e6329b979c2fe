/* The list and the audit log: order, pages, filters; and who may ask. */
#include "fixture.h"

static json_t *parsed(void)
{
	json_t *root = json_loads(body(), 0, NULL);

	assert_non_null(root);
	return root;
}

static void assert_order(const char *const *names, size_t count)
{
	const char *at = body();

	for (size_t i = 0; i < count; i++) {
		char quoted[64];

		snprintf(quoted, sizeof(quoted), "\"%s\": ", names[i]);
		at = strstr(at, quoted);
		if (!at) {
			fail_msg("%s is missing or comes too early", names[i]);
			return;
		}
	}
}

static void keys_come_in_their_real_order(void **state)
{
	static const char *const row[] = {
		"first_page_uri",
		"end",
		"previous_page_uri",
		"incoming_phone_numbers",
		"sid",
		"account_sid",
		"friendly_name",
		"phone_number",
		"voice_url",
		"voice_method",
		"voice_fallback_url",
		"voice_fallback_method",
		"voice_caller_id_lookup",
		"date_created",
		"date_updated",
		"sms_url",
		"sms_method",
		"sms_fallback_url",
		"sms_fallback_method",
		"address_requirements",
		"beta",
		"capabilities",
		"status_callback",
		"status_callback_method",
		"api_version",
		"voice_application_sid",
		"sms_application_sid",
		"origin",
		"trunk_sid",
		"emergency_status",
		"emergency_address_sid",
		"emergency_address_status",
		"address_sid",
		"identity_sid",
		"bundle_sid",
		"uri",
		"status",
		"type",
	};
	static const char *const tail[] = {"uri", "page_size", "start", "next_page_uri", "page"};

	(void)state;
	assert_int_equal(get(LIST(MAIN)), 200);
	assert_order(row, ARRAY_LENGTH(row));
	assert_order(tail, ARRAY_LENGTH(tail));
	assert_non_null(strstr(body(), "\"date_created\": \"Thu, 30 Jul 2015 23:19:04 +0000\""));
	assert_string_equal(twilio_response_header(&response, "Content-Type"),
			    "application/json;charset=utf-8");
	assert_int_equal(strlen(twilio_response_header(&response, "Twilio-Request-Id")), 34);
}

/* Follows the pages; returns how many there were. */
static size_t walk(const char *first, size_t *ret_rows)
{
	char *next = mem_strdup(first);
	size_t pages = 0;

	*ret_rows = 0;
	while (next) {
		const char *uri;
		json_t *root;

		assert_int_equal(get(next), 200);
		mem_free(next);
		root = parsed();
		*ret_rows += json_array_size(json_object_get(root, "incoming_phone_numbers"));
		uri = json_string_value(json_object_get(root, "next_page_uri"));
		if (uri)
			assert_non_null(strstr(uri, "&PageToken=PAID"));
		next = mem_strdup(uri);
		json_decref(root);
		assert_true(++pages < 20);
	}
	return pages;
}

static void pages_hold_every_number_once(void **state)
{
	size_t rows;

	(void)state;
	tell("/_sim/generate", "{\"account\": \"" OTHER "\", \"numbers\": 2500, \"seed\": 5}");
	tell("/_sim/load", "{\"accounts\": [{\"sid\": \"" OTHER "\", \"parent\": \"" MAIN "\"}]}");
	assert_int_equal(walk(LIST(OTHER) "?PageSize=1000", &rows), 3);
	assert_int_equal(rows, 2500);
	assert_int_equal(walk(LIST(MAIN) "?PageSize=1", &rows), 2);
	assert_int_equal(rows, 2);
}

static void the_previous_page_leads_back(void **state)
{
	char back[300];
	json_t *root;

	(void)state;
	get(LIST(MAIN) "?PageSize=1");
	root = parsed();
	get(json_string_value(json_object_get(root, "next_page_uri")));
	json_decref(root);
	assert_non_null(strstr(body(), "+14155550101"));
	root = parsed();
	assert_int_equal(json_integer_value(json_object_get(root, "start")), 1);
	assert_int_equal(json_integer_value(json_object_get(root, "end")), 1);
	snprintf(back, sizeof(back), "%s",
		 json_string_value(json_object_get(root, "previous_page_uri")));
	json_decref(root);
	assert_non_null(strstr(back, "PageToken=PBID"));
	get(back);
	assert_non_null(strstr(body(), "+442071838750"));
	assert_null(strstr(body(), "+14155550101"));
}

static void bad_pages_are_refused(void **state)
{
	(void)state;
	get(LIST(MAIN) "?PageSize=1001");
	assert_error(400, 20007, NULL);
	get(LIST(MAIN) "?PageSize=5&Page=1&PageToken=PAID00000000000000000000000000000001");
	assert_error(400, 21481, NULL);
}

static void filters_are_partial(void **state)
{
	(void)state;
	get(LIST(MAIN) "?PhoneNumber=%2B1415");
	assert_non_null(strstr(body(), "+14155550101"));
	assert_null(strstr(body(), "+442071838750"));
	assert_non_null(
		strstr(body(), "IncomingPhoneNumbers.json?PhoneNumber=%2B1415&PageSize=50"));
	get(LIST(MAIN) "?PhoneNumber=207*838");
	assert_non_null(strstr(body(), "+442071838750"));
	get(LIST(MAIN) "?FriendlyName=nobody");
	assert_non_null(strstr(body(), "\"incoming_phone_numbers\": []"));
}

static void credentials_decide(void **state)
{
	(void)state;
	ask_as(MAIN, "wrong", "GET", LIST(MAIN), NULL);
	assert_error(401, 20003, "Authenticate");
	ask_as(MAIN, "token-1\n", "GET", LIST(MAIN), NULL);
	assert_error(401, 20003, "Authentication Error - invalid username");
	ask_as(KEY, "secret", "GET", LIST(MAIN), NULL);
	assert_error(401, 70051,
		     "Authorization Error: required permission "
		     "twilio/phone-numbers/active-numbers/list is missing");
	assert_int_equal(ask_as(KEY, "secret", "GET", NUMBER(MAIN, US_PN), NULL), 200);
	assert_int_equal(get(LIST(SUB)), 200);
	assert_int_equal(get(LIST(OTHER)), 401);
	get(LIST(CLOSED));
	assert_error(403, 20005, NULL);
	get(NUMBER(MAIN, "PN0000000000000000000000000000000f"));
	assert_error(404, 20404,
		     "The requested resource " NUMBER(
			     MAIN, "PN0000000000000000000000000000000f") " was not found");
	assert_int_equal(twilio_violation_count(twilio), 0);
}

static void violations_are_noted(void **state)
{
	(void)state;
	assert_int_equal(post(LIST(MAIN), "PhoneNumber=%2B14155550199"), 400);
	assert_int_equal(twilio_violation_count(twilio), 1);
	assert_int_equal(ask_as(MAIN, "token-1", "DELETE", NUMBER(MAIN, US_PN), NULL), 204);
	assert_int_equal(twilio_violation_count(twilio), 2);
	assert_int_equal(get(NUMBER(MAIN, US_PN)), 200);
	ask_as(NULL, NULL, "GET", LIST(MAIN), NULL);
	assert_error(401, 20003, "Authenticate");
	assert_int_equal(twilio_violation_count(twilio), 3);
	begin_as(MAIN, "token-1", "POST", NUMBER(MAIN, US_PN), "FriendlyName=a");
	begin_as(MAIN, "token-1", "POST", NUMBER(MAIN, US_PN), "FriendlyName=b");
	assert_error(409, 20409, NULL);
	assert_int_equal(twilio_violation_count(twilio), 4);
}

static void concurrent_requests_have_a_limit(void **state)
{
	uint64_t first;

	(void)state;
	assert_true(twilio_switch_set(twilio, "concurrency_limit", "1"));
	assert_int_equal(begin_as(MAIN, "token-1", "GET", LIST(MAIN), NULL), 200);
	first = response.id;
	assert_int_equal(get(LIST(MAIN)), 429);
	assert_error(429, 20429, "Too Many Requests");
	twilio_finish(twilio, first, now);
	assert_int_equal(get(LIST(MAIN)), 200);
}

static void the_console_saves_a_whole_page(void **state)
{
	(void)state;
	get(NUMBER(MAIN, US_PN));
	assert_non_null(strstr(body(), "\"voice_url\": null"));
	assert_null(strstr(body(), "status_callback\":"));
	tell("/_sim/edit", "{\"number\": \"+14155550101\", \"sms_url\": \"https://x.ngrok.io/\", "
			   "\"actor\": \"US00000000000000000000000000000009\"}");
	get(NUMBER(MAIN, US_PN));
	assert_non_null(strstr(body(), "\"voice_url\": \"\""));
	assert_non_null(strstr(body(), "\"status_callback\": \"\""));
	get("/v1/Events?EventType=phone-number.updated");
	assert_non_null(strstr(body(), "\"actor_sid\": \"US00000000000000000000000000000009\", "
				       "\"actor_type\": \"user\", \"source\": \"web\""));
	assert_non_null(strstr(body(), "{\"resource_properties\": {\"sms_url\": {\"previous\": "
				       "\"\", \"updated\": \"https://x.ngrok.io/\"}}}"));
}

static void events_are_newest_first_in_pages(void **state)
{
	const char *next;
	json_t *root;

	(void)state;
	post(NUMBER(MAIN, US_PN), "FriendlyName=one");
	post(NUMBER(MAIN, US_PN), "FriendlyName=one");
	post(NUMBER(MAIN, US_PN), "FriendlyName=two");
	get("/v1/Events?ResourceSid=" US_PN "&StartDate=2015-07-30T23:19:04Z&PageSize=1");
	root = parsed();
	assert_non_null(strstr(body(), "\"updated\": \"two\""));
	next = json_string_value(json_object_get(json_object_get(root, "meta"), "next_page_url"));
	assert_int_equal(strncmp(next, "https://monitor.twilio.com/v1/Events?", 37), 0);
	get(next + strlen("https://monitor.twilio.com"));
	json_decref(root);
	assert_non_null(strstr(body(), "\"updated\": \"one\""));
	assert_non_null(strstr(body(), "\"next_page_url\": null"));
	assert_int_equal(get("/v1/Events?ResourceSid=" US_PN "&EventType=x"), 400);
	get("/v1/Events?StartDate=2015-07-31");
	assert_non_null(strstr(body(), "\"events\": []"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SIM_TEST(keys_come_in_their_real_order),
		SIM_TEST(pages_hold_every_number_once),
		SIM_TEST(the_previous_page_leads_back),
		SIM_TEST(bad_pages_are_refused),
		SIM_TEST(filters_are_partial),
		SIM_TEST(credentials_decide),
		SIM_TEST(violations_are_noted),
		SIM_TEST(concurrent_requests_have_a_limit),
		SIM_TEST(the_console_saves_a_whole_page),
		SIM_TEST(events_are_newest_first_in_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
