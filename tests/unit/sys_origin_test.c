/* Where requests go, and what the headers of an answer say. */
#include "test.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "sys/http/http_header.h"
#include "sys/http/origin.h"

static void test_region_and_edge_choose_the_host(void **state)
{
	static const struct {
		const char *region, *edge, *host;
	} cases[] = {
		{NULL, NULL, "api.twilio.com"},
		{"", "", "api.twilio.com"},
		{"us1", NULL, "api.ashburn.us1.twilio.com"},
		{"ie1", NULL, "api.dublin.ie1.twilio.com"},
		{"au1", "", "api.sydney.au1.twilio.com"},
		{NULL, "frankfurt", "api.frankfurt.us1.twilio.com"},
		{"ie1", "frankfurt", "api.frankfurt.ie1.twilio.com"},
		{"xx9", "nowhere", "api.nowhere.xx9.twilio.com"},
	};
	struct origin origin;
	struct error error;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		assert_int_equal(
			origin_build("api", NULL, cases[i].region, cases[i].edge, &origin, &error),
			0);
		assert_string_equal(origin.host, cases[i].host);
		assert_true(text_starts(origin.url, "https://"));
		assert_string_equal(origin.url + strlen("https://"), cases[i].host);
		assert_true(origin.secure);
	}
	assert_int_equal(origin_build("monitor", NULL, "ie1", NULL, &origin, &error), 0);
	assert_string_equal(origin.url, "https://monitor.dublin.ie1.twilio.com");
}

static void test_what_is_no_region_is_refused(void **state)
{
	static const struct {
		const char *region, *edge, *says;
	} cases[] = {
		{"br1", NULL, "TWILIO_EDGE"},    {"evil.example.com/", "x", "TWILIO_REGION"},
		{"IE1", NULL, "TWILIO_REGION"},  {"us1", "a.b", "TWILIO_EDGE"},
		{NULL, "x@evil", "TWILIO_EDGE"}, {"-a", "x", "TWILIO_REGION"},
	};
	struct origin origin = {.host = "untouched"};
	struct error error;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		assert_true(origin_build("api", NULL, cases[i].region, cases[i].edge, &origin,
					 &error) < 0);
		assert_non_null(strstr(error.text, cases[i].says));
		assert_string_equal(origin.host, "untouched");
	}
}

static void test_a_base_url_replaces_every_host(void **state)
{
	static const struct {
		const char *base, *url, *host;
		bool secure;
	} cases[] = {
		{"https://proxy.example.com", "https://proxy.example.com", "proxy.example.com",
		 true},
		{"https://proxy.example.com:8443/", "https://proxy.example.com:8443",
		 "proxy.example.com:8443", true},
		{"https://example.com/twilio//", "https://example.com/twilio", "example.com", true},
		{"http://127.0.0.1:8080", "http://127.0.0.1:8080", "127.0.0.1:8080", false},
		{"http://127.9.8.7", "http://127.9.8.7", "127.9.8.7", false},
		{"http://localhost:1/", "http://localhost:1", "localhost:1", false},
		{"http://[::1]:8080", "http://[::1]:8080", "[::1]:8080", false},
	};
	struct origin origin;
	struct error error;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		assert_int_equal(
			origin_build("api", cases[i].base, "ignored!", NULL, &origin, &error), 0);
		assert_string_equal(origin.url, cases[i].url);
		assert_string_equal(origin.host, cases[i].host);
		assert_int_equal(origin.secure, cases[i].secure);
	}
}

static void test_a_base_url_that_could_leak_is_refused(void **state)
{
	static const char *const bad[] = {
		"http://example.com",       "http://10.0.0.1",
		"http://128.0.0.1",         "http://localhost.example.com",
		"http://127.0.0.1.evil.io", "http://[::2]",
		"https://user:hunter2@h",   "https://user@h",
		"https://h/?a=hunter2",     "https://h/#hunter2",
		"ftp://localhost",          "file:///etc/passwd",
		"api.twilio.com",           "https://",
		"https://h:99999",          "https://a b",
	};
	struct origin origin;
	struct error error;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		assert_true(origin_build("api", bad[i], NULL, NULL, &origin, &error) < 0);
		assert_non_null(strstr(error.text, "base URL"));
		assert_null(strstr(error.text, "hunter2"));
	}
}

static void test_a_header_is_found_by_name(void **state)
{
	static const char line[] = "rEtRy-AFTER:\t 12 \r\n";
	char value[8];

	(void)state;
	assert_true(http_header_match(line, strlen(line), "Retry-After", value, sizeof(value)));
	assert_string_equal(value, "12");
	assert_false(http_header_match(line, strlen(line), "Retry", value, sizeof(value)));
	assert_false(http_header_match(line, 5, "Retry-After", value, sizeof(value)));
	assert_true(http_header_match("A:", 2, "A", value, sizeof(value)));
	assert_string_equal(value, "");
	assert_true(http_header_match("A: 0123456789", 13, "A", value, sizeof(value)));
	assert_string_equal(value, "0123456");
}

static void test_retry_after_in_every_form(void **state)
{
	const int64_t now = 784111777LL * 1000; /* Sun, 06 Nov 1994 08:49:37 GMT */
	const struct {
		const char *value;
		int64_t ms;
	} cases[] = {
		{"0", 0},
		{"1", 1000},
		{"60", 60000},
		{"86400", LIMIT_RETRY_MS},
		{"99999999999999999999999999999999", LIMIT_RETRY_MS},
		{"-1", 0},
		{"-99999999999999999999999999999999", 0},
		{"Sun, 06 Nov 1994 08:49:47 GMT", 10000},
		{"Sunday, 06-Nov-94 08:49:47 GMT", 10000},
		{"Sun, 06 Nov 1994 08:49:07 GMT", 0},
		{"Thu, 01 Jan 1970 00:00:00 GMT", 0},
		{"Fri, 31 Dec 9999 23:59:59 GMT", LIMIT_RETRY_MS},
		{"", -1},
		{"-", -1},
		{"soon", -1},
		{"1.5", -1},
		{"12 monkeys", -1},
		{"0x10", -1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
		assert_int_equal(http_header_retry_after(cases[i].value, now), cases[i].ms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_region_and_edge_choose_the_host),
		cmocka_unit_test(test_what_is_no_region_is_refused),
		cmocka_unit_test(test_a_base_url_replaces_every_host),
		cmocka_unit_test(test_a_base_url_that_could_leak_is_refused),
		cmocka_unit_test(test_a_header_is_found_by_name),
		cmocka_unit_test(test_retry_after_in_every_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
