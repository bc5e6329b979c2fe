#include <string.h>

#include "base/mem.h"
#include "desired/wanted_url.h"
#include "support/test.h"

static enum url_verdict check(const char *url)
{
	struct url_finding found;
	enum url_verdict verdict = wanted_url_check(url, &found);

	assert_int_equal(verdict == URL_GOOD, found.problem == NULL);
	assert_int_equal(verdict == URL_BAD, found.host == NULL);
	return verdict;
}

static void test_urls_as_people_have_them_are_good(void **state)
{
	static const char *const urls[] = {
		"https://ivr.example.com/voice",
		"http://ivr.example.com",
		"HTTPS://IVR.EXAMPLE.COM:8443/a?b=c&d=%20#rc=3",
		"https://webhooks.twilio.com/v1/Accounts/AC0/Flows/FW0",
		"http://twimlets.com/forward?Timeout=60&PhoneNumber=%2B14155550100",
		"https://user:password@ivr.example.com/",
		"https://8.8.8.8:65535/x",
		"https://eb3e303c.ngrok.io/x?next=http://localhost/",
		"https://xn--bcher-kva.example/",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(urls); i++) {
		if (check(urls[i]) != URL_GOOD)
			fail_msg("%s is good", urls[i]);
	}
}

static void test_what_twilio_refuses_is_refused(void **state)
{
	static const char *const urls[] = {
		"ivr.example.com/x",
		"ftp://ivr.example.com/",
		"//ivr.example.com/",
		"https:/ivr.example.com/",
		"https://",
		"https:///x",
		"http://localhost/x",
		"http://LOCALHOST:8080/",
		"https://host/",
		"http://x-.example.com/",
		"http://-x.example.com/",
		"https://a..example.com/",
		"https://example.com./",
		"https://exa$mple.com/",
		"https://ivr.example.com:0/",
		"https://ivr.example.com:65536/",
		"https://ivr.example.com:/",
		"https://ivr.example.com:80a/",
		"https://ivr.example.com/a b",
		" https://ivr.example.com/",
		"https://ivr.example.com/\n",
		"https://ivr.example.com/\x7f",
		"https://user@/",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(urls); i++) {
		if (check(urls[i]) != URL_BAD)
			fail_msg("%s is bad", urls[i]);
	}
}

static void test_what_nobody_knows_is_doubted(void **state)
{
	static const char *const urls[] = {
		"https://10.1.2.3/",       "https://192.168.0.1/",      "http://172.16.0.1/",
		"http://127.0.0.1:8080/",  "https://169.254.1.1/",      "https://pbx.internal/",
		"https://pbx.local/x",     "https://[2001:db8::1]/x",   "https://a_b.example.com/",
		"https://bücher.example/", "https://ivr.example.com/ü",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(urls); i++) {
		if (check(urls[i]) != URL_DOUBTFUL)
			fail_msg("%s is doubtful", urls[i]);
	}
	assert_int_equal(check("https://172.32.0.1/"), URL_GOOD);
}

static void test_labels_and_hosts_have_a_longest_length(void **state)
{
	char url[400] = "https://";

	(void)state;
	memset(url + 8, 'a', 63);
	strcpy(url + 8 + 63, ".example.com/");
	assert_int_equal(check(url), URL_GOOD);
	memset(url + 8, 'a', 64);
	strcpy(url + 8 + 64, ".example.com/");
	assert_int_equal(check(url), URL_BAD);
	for (size_t i = 0; i < 126; i++)
		strcpy(url + 8 + 2 * i, "a.");
	strcpy(url + 8 + 252, "b/");
	assert_int_equal(check(url), URL_GOOD);
	strcpy(url + 8 + 252, "bb/");
	assert_int_equal(check(url), URL_BAD);
}

static bool matches(const char *pattern, const char *host)
{
	return wanted_host_matches(pattern, host, strlen(host));
}

static void test_a_star_stands_for_every_name_below_a_domain(void **state)
{
	struct url_finding found;

	(void)state;
	assert_true(matches("ivr.example.com", "IVR.example.com"));
	assert_false(matches("ivr.example.com", "ivr.example.com.evil.example"));
	assert_true(matches("*.twil.io", "name-1234-dev.twil.io"));
	assert_true(matches("*.twil.io", "a.b.TWIL.io"));
	assert_false(matches("*.twil.io", "twil.io"));
	assert_false(matches("*.twil.io", ".twil.io"));
	assert_false(matches("*.twil.io", "eviltwil.io"));

	wanted_url_check("https://ivr.example.com@evil.example:8443/ivr.example.com", &found);
	assert_int_equal(found.host_length, strlen("evil.example"));
	assert_memory_equal(found.host, "evil.example", found.host_length);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_urls_as_people_have_them_are_good),
		cmocka_unit_test(test_what_twilio_refuses_is_refused),
		cmocka_unit_test(test_what_nobody_knows_is_doubted),
		cmocka_unit_test(test_labels_and_hosts_have_a_longest_length),
		cmocka_unit_test(test_a_star_stands_for_every_name_below_a_domain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
