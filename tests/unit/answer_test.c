/* What is believed of the API's answers. */
#include "support/test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "twilio/answer.h"

#define ROW                                                                                        \
	"{\"sid\":\"PN00000000000000000000000000000001\",\"account_sid\":\"AC1\",\"phone_"         \
	"number\":\"+14155550100\","                                                               \
	"\"friendly_name\":\"Front desk\",\"voice_url\":\"\",\"sms_url\":null,"                    \
	"\"voice_method\":null,\"voice_caller_id_lookup\":true,\"capabilities\":{\"sms\":true},"   \
	"\"emergency_address_status\":\"pending-registration\",\"new_key\":[1,2]}"
#define PAGE(rows, next) "{\"incoming_phone_numbers\":[" rows "],\"next_page_uri\":" next "}"

static int decode(const char *body, struct actual *actual, struct answer_page *page,
		  struct error *error)
{
	return answer_decode_page(body, strlen(body), actual, page, error);
}

static void test_a_row_keeps_what_is_set(void **state)
{
	struct actual *actual = actual_new();
	struct answer_page page;
	struct error error;
	const struct record *record;

	(void)state;
	assert_int_equal(decode(PAGE(ROW, "\"/next\""), actual, &page, &error), 0);
	assert_string_equal(page.next, "/next");
	assert_int_equal(page.rows, 1);
	record = &actual->rows[0].record;
	assert_string_equal(record_value(record, FIELD_FRIENDLY_NAME), "Front desk");
	assert_null(record_value(record, FIELD_VOICE_URL));
	assert_null(record_value(record, FIELD_SMS_URL));
	assert_null(record_value(record, FIELD_STATUS_CALLBACK));
	assert_string_equal(record_value(record, FIELD_VOICE_METHOD), "POST");
	assert_string_equal(record_value(record, FIELD_VOICE_RECEIVE_MODE), "voice");
	assert_string_equal(record_value(record, FIELD_VOICE_CALLER_ID_LOOKUP), "true");
	assert_int_equal(actual->rows[0].emergency, EMERGENCY_PENDING_REGISTRATION);
	mem_free(page.next);
	actual_free(actual);
}

static void test_what_is_not_a_whole_page_adds_nothing(void **state)
{
	static const char *const bodies[] = {
		"",
		"null",
		"[]",
		"<html>Bad gateway</html>",
		PAGE(ROW, "null") "x",
		"{\"incoming_phone_numbers\":[" ROW "]}",
		"{\"incoming_phone_numbers\":[" ROW "],\"next_page_uri\":5}",
		"{\"next_page_uri\":null}",
		"{\"incoming_phone_numbers\":{},\"next_page_uri\":null}",
		PAGE(ROW ",{\"sid\":\"PN00000000000000000000000000000002\"}", "null"),
		PAGE(ROW ",5", "null"),
		PAGE("{\"sid\":\"../Calls\",\"account_sid\":\"AC1\",\"phone_number\":\"+1\"}",
		     "null"),
		PAGE("{\"sid\":\"PN00000000000000000000000000000001\",\"account_sid\":\"AC1\","
		     "\"phone_number\":\"+1\","
		     "\"voice_url\":7}",
		     "null"),
	};
	struct actual *actual = actual_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(bodies); i++) {
		struct answer_page page;
		struct error error = {0};

		assert_int_equal(decode(bodies[i], actual, &page, &error), -EBADMSG);
		assert_true(error.text[0] != '\0');
		assert_int_equal(actual->count, 0);
	}
	actual_free(actual);
}

static void test_every_cut_of_a_page_is_noticed(void **state)
{
	static const char body[] = PAGE(ROW "," ROW, "null");
	struct actual *actual = actual_new();
	struct answer_page page;
	struct error error;

	(void)state;
	for (size_t length = 0; length < sizeof(body) - 1; length++)
		assert_int_equal(answer_decode_page(body, length, actual, &page, &error), -EBADMSG);
	actual_free(actual);
}

static void test_hostile_values_are_refused_before_they_take_memory(void **state)
{
	struct actual *actual = actual_new();
	struct answer_page page;
	struct error error;
	struct buf body = {0};

	(void)state;
	buf_add_char(&body, '[');
	buf_add_repeat(&body, '[', 1000000);
	assert_int_equal(decode(body.bytes, actual, &page, &error), -EBADMSG);
	buf_clear(&body);
	buf_add_text(&body, "[0");
	for (int i = 0; i < LIMIT_ANSWER_VALUES; i++)
		buf_add_text(&body, ",0");
	buf_add_char(&body, ']');
	assert_int_equal(decode(body.bytes, actual, &page, &error), -EBADMSG);
	assert_non_null(strstr(error.text, "more values than a page can have"));
	buf_finish(&body);
	actual_free(actual);
}

static void test_errors_are_read_as_far_as_they_go(void **state)
{
	static const char body[] =
		"{\"code\": 21402, \"message\": \"VoiceUrl is not a valid URL\", \"status\": 400}";
	struct answer_error error;

	(void)state;
	answer_decode_error(body, sizeof(body) - 1, &error);
	assert_int_equal(error.code, 21402);
	assert_string_equal(error.message, "VoiceUrl is not a valid URL");
	answer_decode_error("<html>", 6, &error);
	assert_int_equal(error.code, 0);
	assert_string_equal(error.message, "");
	answer_decode_error("[]", 2, &error);
	assert_int_equal(error.code, 0);
}

static void test_rows_that_come_twice_are_one(void **state)
{
	struct actual *actual = actual_new();
	struct answer_page page;
	struct error error;

	(void)state;
	assert_int_equal(decode(PAGE(ROW "," ROW, "null"), actual, &page, &error), 0);
	actual_finish(actual);
	assert_int_equal(actual->count, 1);
	assert_non_null(actual_find(actual, "+14155550100"));
	assert_null(actual_find(actual, "+14155550101"));
	actual_free(actual);
}

static void test_respelling_is_told_from_another_value(void **state)
{
	static const struct {
		const char *sent, *stored;
		bool same;
	} cases[] = {
		{"https://Ivr.Example.com/a", "https://ivr.example.com/a", true},
		{"https://ivr.example.com", "https://ivr.example.com/", true},
		{"https://ivr.example.com:443/a", "https://ivr.example.com/a", true},
		{"http://ivr.example.com:80", "http://ivr.example.com/", true},
		{"HTTPS://ivr.example.com/", "https://ivr.example.com/", true},
		{"https://ivr.example.com/%2f", "https://ivr.example.com/%2F", true},
		{" https://ivr.example.com/a ", "https://ivr.example.com/a", true},
		{"https://ivr.example.com/A", "https://ivr.example.com/a", false},
		{"https://ivr.example.com/a/", "https://ivr.example.com/a", false},
		{"http://ivr.example.com/", "https://ivr.example.com/", false},
		{"https://ivr.example.com:8443/", "https://ivr.example.com/", false},
		{"https://a:B@ivr.example.com/", "https://a:b@ivr.example.com/", false},
		{"https://ivr.example.com/?A=b", "https://ivr.example.com/?a=b", false},
		{"https://ivr.example.com/", NULL, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
		assert_int_equal(
			field_is_respelling(FIELD_VOICE_URL, cases[i].sent, cases[i].stored),
			cases[i].same);
	assert_true(field_is_respelling(FIELD_FRIENDLY_NAME, "Desk ", "Desk"));
	assert_false(field_is_respelling(FIELD_FRIENDLY_NAME, "Desk", "desk"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_row_keeps_what_is_set),
		cmocka_unit_test(test_what_is_not_a_whole_page_adds_nothing),
		cmocka_unit_test(test_every_cut_of_a_page_is_noticed),
		cmocka_unit_test(test_hostile_values_are_refused_before_they_take_memory),
		cmocka_unit_test(test_errors_are_read_as_far_as_they_go),
		cmocka_unit_test(test_rows_that_come_twice_are_one),
		cmocka_unit_test(test_respelling_is_told_from_another_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
