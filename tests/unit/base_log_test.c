#include "test.h"

#include <jansson.h>
#include <stddef.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"

static int64_t frozen(void *context)
{
	return *(const int64_t *)context;
}

static void keep(void *context, const char *line, size_t length)
{
	buf_add(context, line, length);
}

/* One log with everything that it needs, on a clock that stands still. */
struct fixture {
	int64_t now;
	struct clock clock;
	struct buf lines;
	struct log log;
	bool refuses; /* keep_entry() */
};

static bool keep_entry(void *context, const char *entry, size_t length)
{
	const struct fixture *fixture =
		(const struct fixture *)((const char *)context - offsetof(struct fixture, lines));

	if (!fixture->refuses)
		buf_add(context, entry, length);
	return !fixture->refuses;
}

static int setup(void **state)
{
	static struct fixture fixture;

	fixture.now = INT64_C(1795424400000); /* 2026-11-23T09:00:00Z */
	fixture.clock = (struct clock){frozen, frozen, &fixture.now};
	fixture.refuses = false;
	fixture.log = (struct log){.level = LOG_LEVEL_INFO,
				   .format = LOG_FORMAT_TEXT,
				   .clock = &fixture.clock,
				   .write = keep,
				   .context = &fixture.lines};
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	buf_finish(&fixture->lines);
	return 0;
}

static void text_is_one_line_with_time_and_fields(void **state)
{
	struct fixture *fixture = *state;

	log_event(&fixture->log, LOG_LEVEL_WARNING, "drift", "+14155550100: voice_url was changed",
		  {"number", "+14155550100"}, {"live", "a b"}, {"want", NULL}, {"source", ""});
	assert_string_equal(
		buf_text(&fixture->lines),
		"2026-11-23T09:00:00Z warning: +14155550100: voice_url was changed event=drift "
		"number=+14155550100 live=\"a b\" source=\"\"\n");
}

static void the_journal_gets_a_priority_and_no_time(void **state)
{
	struct fixture *fixture = *state;

	fixture->log.format = LOG_FORMAT_JOURNAL;
	log_event(&fixture->log, LOG_LEVEL_ERROR, "api", "unreachable");
	log_event(&fixture->log, LOG_LEVEL_INFO, "pass", "in sync", {"numbers", "40"});
	assert_string_equal(buf_text(&fixture->lines), "<3>unreachable event=api\n"
						       "<6>in sync event=pass numbers=40\n");
}

static void an_entry_of_the_journal_has_the_fields_apart(void **state)
{
	struct fixture *fixture = *state;

	fixture->log.format = LOG_FORMAT_JOURNAL;
	fixture->log.entry = keep_entry;
	log_event(&fixture->log, LOG_LEVEL_WARNING, "drift", "changed\nby hand",
		  {"number", "+14155550100"}, {"want", NULL}, {"request_id", "a b\nPRIORITY=0"});
	assert_string_equal(buf_text(&fixture->lines),
			    "MESSAGE=changed\\x0aby hand event=drift number=+14155550100 "
			    "request_id=\"a b\\x0aPRIORITY=0\"\n"
			    "PRIORITY=4\n"
			    "SYSLOG_IDENTIFIER=numberd\n"
			    "NUMBERD_EVENT=drift\n"
			    "NUMBERD_NUMBER=+14155550100\n"
			    "NUMBERD_REQUEST_ID=a b\\x0aPRIORITY=0\n");
}

static void where_no_entry_is_taken_a_line_goes(void **state)
{
	struct fixture *fixture = *state;

	fixture->log.format = LOG_FORMAT_JOURNAL;
	fixture->log.entry = keep_entry;
	fixture->refuses = true;
	log_event(&fixture->log, LOG_LEVEL_ERROR, "api", "unreachable", {"a", "b"});
	assert_string_equal(buf_text(&fixture->lines), "<3>unreachable event=api a=b\n");
}

static void json_is_one_object_a_line(void **state)
{
	struct fixture *fixture = *state;
	json_t *object;

	fixture->log.format = LOG_FORMAT_JSON;
	log_event(&fixture->log, LOG_LEVEL_NOTICE, "drift", "say \"hi\"\n\x1b",
		  {"live", "a\\b\xff"}, {"want", NULL});
	assert_ptr_equal(strchr(buf_text(&fixture->lines), '\n'),
			 fixture->lines.bytes + fixture->lines.length - 1);
	object = json_loads(buf_text(&fixture->lines), 0, NULL);
	assert_non_null(object);
	assert_int_equal(json_object_size(object), 5);
	assert_string_equal(json_string_value(json_object_get(object, "time")),
			    "2026-11-23T09:00:00Z");
	assert_string_equal(json_string_value(json_object_get(object, "level")), "notice");
	assert_string_equal(json_string_value(json_object_get(object, "event")), "drift");
	assert_string_equal(json_string_value(json_object_get(object, "message")),
			    "say \"hi\"\n\x1b");
	assert_string_equal(json_string_value(json_object_get(object, "live")), "a\\b\xef\xbf\xbd");
	json_decref(object);
}

static void events_above_the_level_are_dropped(void **state)
{
	struct fixture *fixture = *state;

	fixture->log.level = LOG_LEVEL_WARNING;
	log_event(&fixture->log, LOG_LEVEL_NOTICE, "a", "dropped");
	assert_int_equal(fixture->lines.length, 0);
	log_event(&fixture->log, LOG_LEVEL_WARNING, "b", "kept");
	assert_true(fixture->lines.length > 0);
}

static void nothing_foreign_breaks_the_line_or_steers_a_terminal(void **state)
{
	struct fixture *fixture = *state;

	fixture->log.format = LOG_FORMAT_JOURNAL;
	log_event(&fixture->log, LOG_LEVEL_INFO, "a", "one\ntwo\x1b[2J\xc2\x9b", {"v", "x\r\ny"},
		  {"w", "\x7f \xff"});
	assert_string_equal(buf_text(&fixture->lines), "<6>one\\x0atwo\\x1b[2J\\xc2\\x9b event=a "
						       "v=x\\x0d\\x0ay w=\"\\x7f \\xff\"\n");
}

static void quoted_values_can_be_read_back(void **state)
{
	struct fixture *fixture = *state;

	fixture->log.format = LOG_FORMAT_JOURNAL;
	log_event(&fixture->log, LOG_LEVEL_INFO, "a", "m", {"v", "say \"hi\" \\ \xc3\xa9"},
		  {"w", "k=v"}, {"x", "h\xc3\xb4te"});
	assert_string_equal(buf_text(&fixture->lines),
			    "<6>m event=a v=\"say \\\"hi\\\" \\\\ \xc3\xa9\" w=\"k=v\" "
			    "x=h\xc3\xb4te\n");
}

static void level_names_go_both_ways(void **state)
{
	enum log_level level = LOG_LEVEL_DEBUG;
	int count = 0;

	(void)state;
	for (; log_level_name((enum log_level)count); count++) {
		assert_true(log_level_parse(log_level_name((enum log_level)count), &level));
		assert_int_equal(level, count);
	}
	assert_int_equal(count, 5);
	assert_false(log_level_parse("verbose", &level));
	assert_false(log_level_parse("", &level));
	assert_int_equal(level, LOG_LEVEL_DEBUG); /* written on success only */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(text_is_one_line_with_time_and_fields, setup,
						teardown),
		cmocka_unit_test_setup_teardown(the_journal_gets_a_priority_and_no_time, setup,
						teardown),
		cmocka_unit_test_setup_teardown(an_entry_of_the_journal_has_the_fields_apart, setup,
						teardown),
		cmocka_unit_test_setup_teardown(where_no_entry_is_taken_a_line_goes, setup,
						teardown),
		cmocka_unit_test_setup_teardown(json_is_one_object_a_line, setup, teardown),
		cmocka_unit_test_setup_teardown(events_above_the_level_are_dropped, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			nothing_foreign_breaks_the_line_or_steers_a_terminal, setup, teardown),
		cmocka_unit_test_setup_teardown(quoted_values_can_be_read_back, setup, teardown),
		cmocka_unit_test(level_names_go_both_ways),
	};

	return cmocka_run_group_tests_name("base/log", tests, NULL, NULL);
}
