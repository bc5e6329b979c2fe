/* A simulated Twilio with two related accounts, and short ways to ask it; for the core's own tests.
 */
#ifndef TWILIO_SIM_FIXTURE_H
#define TWILIO_SIM_FIXTURE_H

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/mem.h"
#include "support/test.h"
#include "twilio.h"

#define MAIN   "AC00000000000000000000000000000001"
#define SUB    "AC00000000000000000000000000000002"
#define OTHER  "AC00000000000000000000000000000003"
#define CLOSED "AC00000000000000000000000000000004"
#define KEY    "SK00000000000000000000000000000001"
#define APP    "AP00000000000000000000000000000001"
#define TRUNK  "TK00000000000000000000000000000001"
#define ADDR_A "AD00000000000000000000000000000001"
#define ADDR_B "AD00000000000000000000000000000002"
#define US_PN  "PN00000000000000000000000000000001" /* +14155550101 */
#define UK_PN  "PN00000000000000000000000000000002" /* +442071838750, no SMS, needs an address */

#define LIST(account)        "/2010-04-01/Accounts/" account "/IncomingPhoneNumbers.json"
#define NUMBER(account, sid) "/2010-04-01/Accounts/" account "/IncomingPhoneNumbers/" sid ".json"

static struct twilio *twilio;
static struct twilio_response response;
static int64_t now = INT64_C(1438298344000); /* Thu, 30 Jul 2015 23:19:04 +0000 */

static const char accounts_json[] =
	"{\"accounts\": ["
	"{\"sid\": \"" MAIN "\", \"auth_token\": \"token-1\", \"keys\": [{\"sid\": \"" KEY "\", "
	"\"secret\": \"secret\", \"permissions\": "
	"[\"/twilio/phone-numbers/active-numbers/read\"]}], \"numbers\": ["
	"{\"phone_number\": \"+442071838750\", \"sid\": \"" UK_PN "\", \"capabilities\": "
	"{\"voice\": true}, \"address_requirements\": \"any\", \"address_sid\": \"" ADDR_A "\"},"
	"{\"phone_number\": \"+14155550101\", \"sid\": \"" US_PN "\", \"voice_url\": null, "
	"\"sms_url\": \"\", \"absent\": [\"status_callback\"]}]},"
	"{\"sid\": \"" SUB "\", \"auth_token\": \"token-2\", \"parent\": \"" MAIN "\", "
	"\"numbers\": [{\"phone_number\": \"+14155550102\"}]},"
	"{\"sid\": \"" OTHER "\", \"auth_token\": \"token-3\"},"
	"{\"sid\": \"" CLOSED "\", \"auth_token\": \"token-4\", \"parent\": \"" MAIN "\", "
	"\"status\": \"closed\"}]}";

static inline const char *body(void)
{
	return buf_text(&response.body);
}

/* Says something on the control interface, which must take it. */
static inline void tell(const char *path, const char *json)
{
	struct buf answer = {0};

	if (twilio_control(twilio, "POST", path, json, strlen(json), now, &answer) != 200)
		fail_msg("%s: %s", path, buf_text(&answer));
	buf_finish(&answer);
}

static inline int begin_as(const char *user, const char *password, const char *method,
			   const char *target, const char *form)
{
	struct twilio_request request = {
		.method = method,
		.target = target,
		.user = user,
		.password = password,
		.body = form,
		.body_length = form ? strlen(form) : 0,
		.now_ms = now,
	};

	twilio_handle(twilio, &request, &response);
	return response.status;
}

static inline int ask_as(const char *user, const char *password, const char *method,
			 const char *target, const char *form)
{
	begin_as(user, password, method, target, form);
	twilio_finish(twilio, response.id, now);
	return response.status;
}

static inline int get(const char *target)
{
	return ask_as(MAIN, "token-1", "GET", target, NULL);
}

static inline int post(const char *target, const char *form)
{
	return ask_as(MAIN, "token-1", "POST", target, form);
}

/* The answer is this error of Twilio's. */
static inline void assert_error(int status, int code, const char *message)
{
	json_t *root = json_loads(body(), 0, NULL);
	char link[64];

	snprintf(link, sizeof(link), "https://www.twilio.com/docs/errors/%d", code);
	assert_int_equal(response.status, status);
	assert_non_null(root);
	assert_int_equal(json_integer_value(json_object_get(root, "status")), status);
	assert_int_equal(json_integer_value(json_object_get(root, "code")), code);
	assert_string_equal(json_string_value(json_object_get(root, "more_info")), link);
	if (message)
		assert_string_equal(json_string_value(json_object_get(root, "message")), message);
	json_decref(root);
}

static inline const char *value_of(const char *number, const char *key)
{
	const char *value = twilio_value(twilio, number, key, now);

	return value ? value : "(null)";
}

static inline int begin_test(void **state)
{
	(void)state;
	twilio = twilio_new(7);
	tell("/_sim/load", accounts_json);
	return 0;
}

static inline int end_test(void **state)
{
	(void)state;
	twilio_free(twilio);
	twilio_response_finish(&response);
	response = (struct twilio_response){0};
	return 0;
}

#define SIM_TEST(name) cmocka_unit_test_setup_teardown(name, begin_test, end_test)

#endif
