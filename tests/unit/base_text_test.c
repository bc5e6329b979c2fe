#include "test.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

static void comparing(void **state)
{
	(void)state;
	assert_true(text_equal("a", "a"));
	assert_true(text_equal(NULL, NULL));
	assert_false(text_equal("a", "b"));
	assert_false(text_equal("", NULL));
	assert_false(text_equal(NULL, ""));
	assert_true(text_starts("voice_url", "voice"));
	assert_true(text_starts("voice", ""));
	assert_false(text_starts("voice", "voice_url"));
	assert_true(text_is_empty(NULL));
	assert_true(text_is_empty(""));
	assert_false(text_is_empty(" "));
}

static void trimming(void **state)
{
	static const struct {
		const char *text;
		size_t want;
	} rows[] = {{"secret\n", 6}, {"secret \t\r\n\v\f", 6}, {" a b ", 4}, {" \n", 0}, {"", 0}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
		assert_int_equal(text_trimmed_length(rows[i].text, strlen(rows[i].text)),
				 rows[i].want);
}

static void utf8_is_counted_or_refused(void **state)
{
	static const struct {
		const char *text;
		long characters; /* -1: not UTF-8 */
		size_t valid;    /* bytes before the first that is wrong */
	} rows[] = {
		{"", 0, 0},
		{"abc", 3, 3},
		{"h\xc3\xb4te", 4, 5},
		{"\xe2\x82\xac", 1, 3},
		{"\xf0\x9f\x93\x9e", 1, 4},
		{"\xf4\x8f\xbf\xbf", 1, 4}, /* U+10FFFF, the last */
		{"a\xff", -1, 1},
		{"\x80", -1, 0},
		{"\xc0\x80", -1, 0},         /* overlong NUL */
		{"\xc1\xbf", -1, 0},         /* overlong */
		{"\xe0\x9f\xbf", -1, 0},     /* overlong */
		{"\xf0\x8f\xbf\xbf", -1, 0}, /* overlong */
		{"\xed\xa0\x80", -1, 0},     /* half of a surrogate pair */
		{"\xf4\x90\x80\x80", -1, 0}, /* past U+10FFFF */
		{"\xf5\x80\x80\x80", -1, 0},
		{"ab\xc3", -1, 2},        /* cut */
		{"\xf0\x9f\x93", -1, 0},  /* cut */
		{"\xe2\x82z", -1, 0},     /* broken off */
		{"\xf0\x9f\x93z", -1, 0}, /* broken off */
		{"\xe2\x82\xac\xac", -1, 3},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		size_t length = strlen(rows[i].text);

		assert_int_equal(text_utf8_length(rows[i].text, length), rows[i].characters);
		assert_int_equal(text_utf8_valid_length(rows[i].text, length), rows[i].valid);
	}
	assert_int_equal(text_utf8_length("a\0b", 3), 3);
}

static const char *const names[] = {"voice_url", "sms_url", "friendly_name", "voice_method", NULL};

static const char *name(const void *context, size_t i)
{
	return ((const char *const *)context)[i];
}

static void the_nearest_name_is_suggested(void **state)
{
	static const struct {
		const char *word, *want;
	} rows[] = {
		{"voice_ulr", "voice_url"},       /* swapped */
		{"voiceurl", "voice_url"},        /* dropped */
		{"voice__url", "voice_url"},      /* doubled */
		{"voice_uri", "voice_url"},       /* replaced */
		{"fiendly_nam", "friendly_name"}, /* two */
		{"sms_url", "sms_url"},
		{"voice_methud", "voice_method"},
		{"colour", NULL},
		{"", NULL},
		{"x", NULL},
	};
	char longer[1000];

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		const char *got = text_suggest(rows[i].word, name, names);

		if (rows[i].want)
			assert_string_equal(got, rows[i].want);
		else
			assert_null(got);
	}
	memset(longer, 'v', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_null(text_suggest(longer, name, names));
	assert_null(text_suggest("voice", name, (const char *const[]){longer, NULL}));
	assert_null(text_suggest("voice", name, (const char *const[]){NULL}));
}

static void durations_are_read(void **state)
{
	static const struct {
		const char *text;
		int64_t want; /* -1: refused */
	} rows[] = {
		{"60s", 60000},
		{"250ms", 250},
		{"90", 90000},
		{"0", 0},
		{"0s", 0},
		{"5m", 300000},
		{"2h", 7200000},
		{"1d", 86400000},
		{"1h30m", 5400000},
		{"1m30s250ms", 90250},
		{"", -1},
		{"s", -1},
		{"-5s", -1},
		{"-5", -1},
		{"+5", -1},
		{"5 s", -1},
		{" 5s", -1},
		{"5s ", -1},
		{"1.5h", -1},
		{"5x", -1},
		{"5S", -1},
		{"5mm", -1},
		{"1h30", -1},
		{"9223372036854775807", -1},
		{"9999999999999999d", -1},
		{"999999999999999d", -1},
		{"106751991167d106751991167d", -1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		int64_t ms = 42;
		bool good = text_parse_duration(rows[i].text, &ms);

		assert_int_equal(good, rows[i].want >= 0);
		assert_int_equal(ms, good ? rows[i].want : 42);
	}
}

static void durations_are_spelt_shortly(void **state)
{
	static const struct {
		int64_t ms;
		const char *want;
	} rows[] = {{0, "0s"},       {-5, "0s"},       {1, "1ms"},
		    {60000, "1m"},   {90000, "1m30s"}, {90250, "1m30s250ms"},
		    {3600000, "1h"}, {86400000, "1d"}, {90000000, "1d1h"}};
	struct buf buf = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		buf_clear(&buf);
		text_add_duration(&buf, rows[i].ms);
		assert_string_equal(buf_text(&buf), rows[i].want);
	}
	buf_finish(&buf);
}

static void integers_are_whole_and_in_range(void **state)
{
	static const struct {
		const char *text;
		bool good;
		int64_t want;
	} rows[] = {
		{"0", true, 0},
		{"100", true, 100},
		{"-7", true, -7},
		{"007", true, 7},
		{"101", false, 0},
		{"-8", false, 0},
		{"", false, 0},
		{"-", false, 0},
		{"1x", false, 0},
		{" 1", false, 0},
		{"+1", false, 0},
		{"0x10", false, 0},
		{"99999999999999999999", false, 0},
		{"9223372036854775808", false, 0},
	};
	int64_t value;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		value = 42;
		assert_int_equal(text_parse_int(rows[i].text, -7, 100, &value), rows[i].good);
		assert_int_equal(value, rows[i].good ? rows[i].want : 42);
	}
	assert_true(text_parse_int("9223372036854775807", 0, INT64_MAX, &value));
	assert_int_equal(value, INT64_MAX);
}

static void moments_are_rfc_3339(void **state)
{
	struct buf buf = {0};

	(void)state;
	text_add_time(&buf, 0);
	buf_add_char(&buf, ' ');
	text_add_time(&buf, INT64_C(1795424400999));
	assert_string_equal(buf_text(&buf), "1970-01-01T00:00:00Z 2026-11-23T09:00:00Z");
	buf_finish(&buf);
}

static void secrets_and_controls_are_not_shown(void **state)
{
	static const struct {
		const char *value, *want;
	} rows[] = {
		{NULL, ""},
		{"", ""},
		{"Support, United States", "Support, United States"},
		{"https://ivr.example.com/support", "https://ivr.example.com/support"},
		{"https://ivr.example.com:8443/a@b", "https://ivr.example.com:8443/a@b"},
		{"http://[::1]:8080/a@b", "http://[::1]:8080/a@b"},
		{"mail me@home", "mail me@home"},
		{"https://bob:hunter2@x.example/v", "https://redacted@x.example/v"},
		{"https://bob@x.example", "https://redacted@x.example"},
		{"https://a@b:c@x.example/", "https://redacted@x.example/"},
		/* Not escaped as a URL asks, but a secret all the same. */
		{"https://bob:hun/ter2@x.example/v", "https://redacted@x.example/v"},
		{"https://bob:hun#ter2@x.example/v", "https://redacted@x.example/v"},
		{"https://bob:hun?ter2@x.example/v", "https://redacted@x.example/v"},
		{"https://x.example/?token=abc&x=&flag&y=1#top",
		 "https://x.example/?token=redacted&x=redacted&flag&y=redacted#top"},
		{"https://x.example?", "https://x.example?"},
		{"https://x.example/a?b=c?d=e", "https://x.example/a?b=redacted"},
		{"http://twimlets.com/forward?Url=https://bob:pw@y.example/",
		 "http://twimlets.com/forward?Url=redacted"},
		{"[https://x.example/, https://bob:pw@y.example/]",
		 "[https://x.example/, https://redacted@y.example/]"},
		{"https://x.example/?flag, https://bob:pw@y.example/",
		 "https://x.example/?flag, https://redacted@y.example/"},
		{"https://x.example/#a https://bob:pw@y.example/",
		 "https://x.example/#a https://redacted@y.example/"},
		{"a\nb\x1b[31m\x7f", "a\\x0ab\\x1b[31m\\x7f"},
		{"\xc2\x9b"
		 "31m \xc2\xa0",
		 "\\xc2\\x9b31m \xc2\xa0"}, /* C1, but not U+00A0 */
		{"h\xc3\xb4te \xff \xe2\x82", "h\xc3\xb4te \\xff \\xe2\\x82"},
		{"'https://x.example/?a=redacted&b=redacted' again, as before",
		 "'https://x.example/?a=redacted&b=redacted' again, as before"},
		{"sent 'https://x.example/?a=redacted', but stored 'https://x.example/?a=redacted'",
		 "sent 'https://x.example/?a=redacted', but stored "
		 "'https://x.example/?a=redacted'"},
		{"https://x.example/?a=redactedly&b=redacted-no",
		 "https://x.example/?a=redacted&b=redacted"},
		{"a\xe2\x80\xae"
		 "b\xe2\x80\xac\xe2\x80\x8b",
		 "a\\xe2\\x80\\xaeb\\xe2\\x80\\xac\\xe2\\x80\\x8b"},
		{"https://x.example/\n?a\n=b\n", "https://x.example/\\x0a?a\\x0a=redacted"},
	};
	struct buf buf = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		buf_clear(&buf);
		text_add_shown(&buf, rows[i].value);
		assert_string_equal(buf_text(&buf), rows[i].want);
	}
	buf_finish(&buf);
}

static void hostile_text_is_shown_in_no_time(void **state)
{
	static char text[65536];
	struct buf buf = {0};

	(void)state;
	/* Each repetition looks like the beginning of a URL with a password. */
	for (size_t i = 0; i + 6 < sizeof(text); i += 6)
		memcpy(text + i, "://a:b", 6);
	text_add_shown(&buf, text);
	assert_true(buf.length > 0);
	buf_finish(&buf);
}

static void json_is_escaped(void **state)
{
	struct buf buf = {0};

	(void)state;
	text_add_json(&buf, "say \"hi\" \\ \n\x01 h\xc3\xb4te \xff\xe2\x82");
	assert_string_equal(buf_text(&buf), "\"say \\\"hi\\\" \\\\ \\u000a\\u0001 h\xc3\xb4te "
					    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
	buf_clear(&buf);
	text_add_json(&buf, "");
	assert_string_equal(buf_text(&buf), "\"\"");
	buf_finish(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comparing),
		cmocka_unit_test(trimming),
		cmocka_unit_test(utf8_is_counted_or_refused),
		cmocka_unit_test(the_nearest_name_is_suggested),
		cmocka_unit_test(durations_are_read),
		cmocka_unit_test(durations_are_spelt_shortly),
		cmocka_unit_test(integers_are_whole_and_in_range),
		cmocka_unit_test(moments_are_rfc_3339),
		cmocka_unit_test(secrets_and_controls_are_not_shown),
		cmocka_unit_test(hostile_text_is_shown_in_no_time),
		cmocka_unit_test(json_is_escaped),
	};

	return cmocka_run_group_tests_name("base/text", tests, NULL, NULL);
}
