/* The update call: what it stores, what it refuses, in which words. */
#include "fixture.h"

static void expect_refusal(const char *form, int code, const char *message)
{
	assert_int_equal(post(NUMBER(MAIN, US_PN), form), 400);
	assert_error(400, code, message);
}

static void changes_only_what_is_sent(void **state)
{
	(void)state;
	assert_int_equal(post(NUMBER(MAIN, US_PN), "VoiceUrl=https%3A%2F%2Fa.example.com%2F&Foo=1"),
			 200);
	assert_string_equal(value_of(US_PN, "voice_url"), "https://a.example.com/");
	assert_string_equal(value_of(US_PN, "sms_url"), "");
	assert_string_equal(value_of(US_PN, "status_callback"), "(null)");
	assert_non_null(strstr(body(), "\"voice_url\": \"https://a.example.com/\""));
	assert_int_equal(post(NUMBER(MAIN, US_PN), "VoiceUrl="), 200);
	assert_string_equal(value_of(US_PN, "voice_url"), "");
}

static void refuses_values_in_the_real_words(void **state)
{
	(void)state;
	expect_refusal("VoiceUrl=http://x-.example.com/", 21402,
		       "VoiceUrl is not a valid URL: http://x-.example.com/");
	expect_refusal("SmsUrl=http://localhost/sms", 21402,
		       "SmsUrl is not valid: http://localhost/sms");
	expect_refusal("VoiceUrl=ftp://a.example.com/", 21402, NULL);
	expect_refusal("VoiceMethod=PUT", 21403, "Valid Method values are GET or POST");
	expect_refusal("FriendlyName=", 20002, NULL);
	expect_refusal(
		"FriendlyName=01234567890123456789012345678901234567890123456789012345678901234",
		20002, NULL);
	expect_refusal("VoiceApplicationSid=AP1", 21420, NULL);
	assert_int_equal(post(NUMBER(MAIN, US_PN), "FriendlyName=%C3%A4&VoiceUrl=nonsense"), 400);
	assert_string_equal(value_of(US_PN, "friendly_name"), "(415) 555-0101");
}

static void refuses_what_a_number_cannot_do(void **state)
{
	(void)state;
	post(NUMBER(MAIN, UK_PN), "SmsUrl=https://a.example.com/");
	assert_error(400, 21407, NULL);
	post(NUMBER(MAIN, UK_PN), "VoiceCallerIdLookup=true");
	assert_error(400, 21409, NULL);
	post(NUMBER(MAIN, UK_PN), "AddressSid=");
	assert_error(400, 21631,
		     "Phone Number Requires an Address but the 'AddressSid' parameter was empty.");
	assert_int_equal(post(NUMBER(MAIN, US_PN), "AddressSid="), 200);
}

static void trunk_and_application_delete_each_other(void **state)
{
	(void)state;
	post(NUMBER(MAIN, US_PN), "VoiceApplicationSid=" APP "&VoiceUrl=https://a.example.com/");
	post(NUMBER(MAIN, US_PN), "TrunkSid=" TRUNK);
	assert_string_equal(value_of(US_PN, "voice_application_sid"), "");
	assert_string_equal(value_of(US_PN, "voice_url"), "https://a.example.com/");
	post(NUMBER(MAIN, US_PN), "VoiceApplicationSid=" APP);
	assert_string_equal(value_of(US_PN, "trunk_sid"), "(null)");
	assert_string_equal(value_of(US_PN, "voice_application_sid"), APP);
	assert_true(twilio_switch_set(twilio, "trunk_and_application", "refuse"));
	assert_int_equal(post(NUMBER(MAIN, US_PN), "VoiceApplicationSid=" APP "&TrunkSid=" TRUNK),
			 400);
	assert_true(twilio_switch_set(twilio, "trunk_and_application", "application"));
	post(NUMBER(MAIN, US_PN), "VoiceApplicationSid=" APP "&TrunkSid=" TRUNK);
	assert_string_equal(value_of(US_PN, "trunk_sid"), "(null)");
	assert_true(twilio_switch_set(twilio, "trunk_and_application", "trunk"));
	post(NUMBER(MAIN, US_PN), "VoiceApplicationSid=" APP "&TrunkSid=" TRUNK);
	assert_string_equal(value_of(US_PN, "trunk_sid"), TRUNK);
}

static void unknowns_are_switches(void **state)
{
	static const struct {
		const char *name;
		const char *sent;
		const char *stored;
	} spellings[] = {
		{"url_lower_host", "https://A.Example.com/X", "https://a.example.com/X"},
		{"url_trim", "%20https://a.example.com/%20", "https://a.example.com/"},
		{"url_add_slash", "https://a.example.com", "https://a.example.com/"},
		{"url_drop_slash", "https://a.example.com/x/", "https://a.example.com/x"},
	};
	char form[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(spellings); i++) {
		assert_true(twilio_switch_set(twilio, spellings[i].name, "true"));
		snprintf(form, sizeof(form), "VoiceUrl=%s", spellings[i].sent);
		assert_int_equal(post(NUMBER(MAIN, US_PN), form), 200);
		assert_string_equal(value_of(US_PN, "voice_url"), spellings[i].stored);
		assert_true(twilio_switch_set(twilio, spellings[i].name, "false"));
	}
	assert_int_equal(post(NUMBER(MAIN, US_PN), "SmsFallbackUrl=https://a.example.com/"), 200);
	assert_true(twilio_switch_set(twilio, "fallback_needs_primary", "true"));
	expect_refusal("SmsFallbackUrl=https://a.example.com/", 21406, NULL);
	post(NUMBER(MAIN, US_PN), "VoiceUrl=");
	expect_refusal("VoiceFallbackUrl=https://a.example.com/", 21405, NULL);
	assert_true(twilio_switch_set(twilio, "methods", "six"));
	assert_int_equal(post(NUMBER(MAIN, US_PN), "VoiceMethod=PUT"), 200);
	assert_false(twilio_switch_set(twilio, "methods", "seven"));
	assert_false(twilio_switch_set(twilio, "no_such_switch", "true"));
}

static void emergency_address_takes_its_course(void **state)
{
	static const char remove_first[] =
		"Please remove the emergency address on this number before performing this action.";

	(void)state;
	assert_int_equal(post(NUMBER(MAIN, US_PN), "EmergencyAddressSid=" ADDR_A), 200);
	assert_string_equal(value_of(US_PN, "emergency_address_status"), "pending-registration");
	expect_refusal("EmergencyAddressSid=", 21631, remove_first);
	twilio_advance(twilio, 30000);
	assert_string_equal(value_of(US_PN, "emergency_address_status"), "registered");
	expect_refusal("EmergencyAddressSid=" ADDR_B, 21631, remove_first);
	assert_int_equal(post(NUMBER(MAIN, US_PN), "EmergencyAddressSid="), 200);
	assert_string_equal(value_of(US_PN, "emergency_address_status"), "pending-unregistration");
	twilio_advance(twilio, 29999);
	assert_string_equal(value_of(US_PN, "emergency_address_status"), "pending-unregistration");
	twilio_advance(twilio, 1);
	assert_string_equal(value_of(US_PN, "emergency_address_status"), "unregistered");
	assert_true(twilio_switch_set(twilio, "emergency_register_fails", "true"));
	assert_int_equal(post(NUMBER(MAIN, US_PN), "EmergencyAddressSid=" ADDR_B), 200);
	twilio_advance(twilio, 30000);
	assert_string_equal(value_of(US_PN, "emergency_address_status"), "registration-failure");
}

static void emergency_status_is_dead(void **state)
{
	(void)state;
	assert_int_equal(post(NUMBER(MAIN, US_PN), "EmergencyStatus=Active"), 200);
	assert_string_equal(value_of(US_PN, "emergency_status"), "Inactive");
	expect_refusal("EmergencyStatus=Active&EmergencyAddressSid=" ADDR_A, 20001,
		       "Cannot modify both emergency address SID and emergency status in the same "
		       "request");
	assert_true(twilio_switch_set(twilio, "emergency_status_with_address", "ignore"));
	assert_int_equal(
		post(NUMBER(MAIN, US_PN), "EmergencyStatus=Active&EmergencyAddressSid=" ADDR_A),
		200);
}

static void numbers_move_within_the_family(void **state)
{
	(void)state;
	expect_refusal("AccountSid=AC1", 21470, NULL);
	expect_refusal("AccountSid=AC0000000000000000000000000000000f", 21471, NULL);
	expect_refusal("AccountSid=" CLOSED, 21472, NULL);
	expect_refusal("AccountSid=" OTHER, 21473, NULL);
	assert_int_equal(post(NUMBER(MAIN, US_PN), "AccountSid=" MAIN), 200);
	post(NUMBER(MAIN, US_PN), "VoiceApplicationSid=" APP);
	assert_int_equal(post(NUMBER(MAIN, US_PN), "AccountSid=" SUB "&FriendlyName=moved"), 200);
	assert_non_null(strstr(body(), "\"account_sid\": \"" SUB "\""));
	assert_string_equal(value_of(US_PN, "account_sid"), SUB);
	assert_string_equal(value_of(US_PN, "friendly_name"), "moved");
	assert_string_equal(value_of(US_PN, "voice_application_sid"), "");
	assert_int_equal(get(NUMBER(MAIN, US_PN)), 404);
	assert_int_equal(get(NUMBER(SUB, US_PN)), 200);
	ask_as(SUB, "token-2", "POST", NUMBER(SUB, US_PN), "AccountSid=" MAIN);
	assert_error(400, 21474, "API User must be the parent account");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SIM_TEST(changes_only_what_is_sent),
		SIM_TEST(refuses_values_in_the_real_words),
		SIM_TEST(refuses_what_a_number_cannot_do),
		SIM_TEST(trunk_and_application_delete_each_other),
		SIM_TEST(unknowns_are_switches),
		SIM_TEST(emergency_address_takes_its_course),
		SIM_TEST(emergency_status_is_dead),
		SIM_TEST(numbers_move_within_the_family),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
