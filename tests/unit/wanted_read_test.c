/* What tests/cases can't say: the shape of what is returned, ceilings, and lives of pointers. */
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "desired/wanted.h"
#include "support/test.h"

#define ACCOUNT_A "AC0000000000000000000000000000000a"
#define ACCOUNT_B "AC0000000000000000000000000000000b"

static struct wanted *read_one(const char *text, const char *account, struct diag *diag)
{
	struct wanted_source source = {"numbers.yaml", text, strlen(text)};

	return wanted_read(&source, 1, account, diag);
}

static void test_numbers_stand_by_account_and_in_order(void **state)
{
	static const char a[] = "version: 1\naccount: " ACCOUNT_B "\nnumbers:\n"
				"  \"+14155550109\": {}\n  \"+14155550101\": {}\n";
	static const char b[] = "version: 1\nnumbers:\n  \"+14155550105\": {}\n";
	static const char c[] = "version: 1\naccount: " ACCOUNT_B "\nlimits: {max_changes: 7}\n"
				"numbers:\n  \"+14155550103\": {}\n";
	const struct wanted_source sources[] = {
		{"a", a, strlen(a)}, {"b", b, strlen(b)}, {"c", c, strlen(c)}};
	static const char *const order[] = {"+14155550105", "+14155550101", "+14155550103",
					    "+14155550109"};
	struct diag diag = {0};
	struct wanted *wanted = wanted_read(sources, 3, ACCOUNT_A, &diag);

	(void)state;
	assert_non_null(wanted);
	assert_int_equal(wanted->account_count, 2);
	assert_string_equal(wanted->accounts[0].sid, ACCOUNT_A);
	assert_int_equal(wanted->accounts[0].first, 0);
	assert_int_equal(wanted->accounts[0].count, 1);
	assert_string_equal(wanted->accounts[1].sid, ACCOUNT_B);
	assert_int_equal(wanted->accounts[1].first, 1);
	assert_int_equal(wanted->accounts[1].count, 3);
	assert_int_equal(wanted->number_count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(wanted->numbers[i].number, order[i]);
	assert_int_equal(wanted->numbers[2].file, 2);
	assert_int_equal(wanted->files[0].declared, 2);
	assert_true(wanted->files[2].limit.is_count);
	assert_int_equal(wanted->files[2].limit.count, 7);
	assert_int_equal(wanted->files[2].limit.mark.line, 3);
	assert_int_equal(wanted->files[0].limit.mark.line, 0);
	wanted_free(wanted);
	diag_finish(&diag);
}

static void test_nothing_points_into_the_source_afterwards(void **state)
{
	char name[] = "numbers.yaml";
	char text[] = "version: 1\nnumbers:\n  \"+14155550100\":\n    friendly_name: Support\n";
	const struct wanted_source source = {name, text, strlen(text)};
	struct diag diag = {0};
	struct wanted *wanted = wanted_read(&source, 1, ACCOUNT_A, &diag);
	struct mark mark;

	(void)state;
	memset(name, 'x', strlen(name));
	memset(text, 'x', strlen(text));
	assert_string_equal(wanted->numbers[0].number, "+14155550100");
	assert_string_equal(record_value(&wanted->numbers[0].record, FIELD_FRIENDLY_NAME),
			    "Support");
	mark = wanted_mark(&wanted->numbers[0], FIELD_FRIENDLY_NAME);
	assert_string_equal(mark.file, "numbers.yaml");
	assert_int_equal(mark.line, 4);
	assert_int_equal(mark.column, 5);
	wanted_free(wanted);
	diag_finish(&diag);
}

static void test_numbers_that_add_nothing_share_what_they_inherit(void **state)
{
	struct diag diag = {0};
	struct wanted *wanted = read_one("version: 1\ndefaults: {voice_method: get}\nnumbers:\n"
					 "  \"+14155550100\":\n  \"+14155550101\": {}\n",
					 ACCOUNT_A, &diag);

	(void)state;
	assert_ptr_equal(wanted->numbers[0].record.values, wanted->numbers[1].record.values);
	assert_string_equal(record_value(&wanted->numbers[1].record, FIELD_VOICE_METHOD), "GET");
	wanted_free(wanted);
	diag_finish(&diag);
}

static void test_every_field_can_be_declared_and_cleared_where_twilio_can(void **state)
{
	(void)state;
	for (enum field_id id = 0; id < FIELD_COUNT; id++) {
		static const char *const empty[] = {"null", "\"\"", ""};

		for (size_t i = 0; i < 3; i++) {
			struct diag diag = {0};
			struct buf text = {0};
			struct wanted *wanted;

			buf_printf(&text, "version: 1\nnumbers:\n  +14155550100:\n    %s: %s\n",
				   field_table[id].key, empty[i]);
			wanted = read_one(buf_text(&text), ACCOUNT_A, &diag);
			if (field_table[id].clear == FIELD_CLEAR_NEVER) {
				assert_null(wanted);
				assert_int_equal(diag.items[0].line, 4);
			} else {
				assert_non_null(wanted);
				assert_true(record_has(&wanted->numbers[0].record, id));
				assert_ptr_equal(record_value(&wanted->numbers[0].record, id),
						 field_table[id].unset);
			}
			wanted_free(wanted);
			buf_finish(&text);
			diag_finish(&diag);
		}
	}
}

static void test_max_changes_is_a_share_or_a_count(void **state)
{
	static const struct {
		const char *text;
		int64_t permille; /* -1: a count */
		int64_t count;
	} good[] = {{"30%", 300, 0}, {"30 %", 300, 0},  {"\"12.5 %\"", 125, 0},
		    {"0%", 0, 0},    {"100%", 1000, 0}, {"99.9%", 999, 0},
		    {"30", -1, 30},  {"\"7\"", -1, 7},  {"0", -1, 0}};
	static const char *const bad[] = {"-1",  "101%", "100.1%", "0.3", "12.55%", "ten",
					  "% 3", "30%%", "1e2",    "[3]", "200001"};
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct diag diag = {0};
		struct wanted *wanted;

		snprintf(text, sizeof(text),
			 "version: 1\nlimits:\n  max_changes: %s\nnumbers: {}\n", good[i].text);
		wanted = read_one(text, ACCOUNT_A, &diag);
		assert_non_null(wanted);
		assert_int_equal(wanted->files[0].limit.is_count, good[i].permille < 0);
		if (good[i].permille < 0)
			assert_int_equal(wanted->files[0].limit.count, good[i].count);
		else
			assert_int_equal(wanted->files[0].limit.permille, good[i].permille);
		wanted_free(wanted);
		diag_finish(&diag);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct diag diag = {0};

		snprintf(text, sizeof(text),
			 "version: 1\nlimits:\n  max_changes: %s\nnumbers: {}\n", bad[i]);
		assert_null(read_one(text, ACCOUNT_A, &diag));
		assert_int_equal(diag.errors, 1);
		diag_finish(&diag);
	}
}

static void test_the_environments_account_is_checked_where_it_is_needed(void **state)
{
	static const char with[] = "version: 1\naccount: " ACCOUNT_B "\nnumbers: {}\n";
	static const char without[] = "version: 1\nnumbers: {}\n";
	struct diag diag = {0};
	struct wanted *wanted = read_one(with, "nonsense", &diag);

	(void)state;
	assert_non_null(wanted);
	wanted_free(wanted);
	assert_null(read_one(without, "nonsense", &diag));
	assert_null(read_one(without, "", &diag));
	assert_null(read_one(without, NULL, &diag));
	assert_int_equal(diag.errors, 3);
	assert_non_null(strstr(diag.items[2].message, "TWILIO_ACCOUNT_SID"));
	diag_finish(&diag);
}

static void test_warnings_never_hide_an_error(void **state)
{
	struct diag diag = {0};
	struct buf text = {0};

	(void)state;
	buf_add_text(&text, "version: 1\nnumbers:\n");
	for (int i = 0; i < 2 * LIMIT_DIAGNOSTICS; i++)
		buf_printf(&text, "  \"+1415555%04d\": {voice_method: PUT}\n", i);
	buf_add_text(&text, "  \"+14165550000\": {voice_ulr: x}\n");
	assert_null(read_one(buf_text(&text), ACCOUNT_A, &diag));
	assert_int_equal(diag.count, LIMIT_DIAGNOSTICS);
	assert_int_equal(diag.errors, 1);
	assert_int_equal(diag.warnings, 2 * LIMIT_DIAGNOSTICS);
	assert_int_equal(diag.items[LIMIT_DIAGNOSTICS - 1].severity, DIAG_ERROR);
	buf_finish(&text);
	diag_finish(&diag);
}

static void test_no_file_at_all_is_an_error(void **state)
{
	struct diag diag = {0};

	(void)state;
	assert_null(wanted_read(NULL, 0, ACCOUNT_A, &diag));
	assert_int_equal(diag.errors, 1);
	diag_finish(&diag);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_stand_by_account_and_in_order),
		cmocka_unit_test(test_nothing_points_into_the_source_afterwards),
		cmocka_unit_test(test_numbers_that_add_nothing_share_what_they_inherit),
		cmocka_unit_test(test_every_field_can_be_declared_and_cleared_where_twilio_can),
		cmocka_unit_test(test_max_changes_is_a_share_or_a_count),
		cmocka_unit_test(test_the_environments_account_is_checked_where_it_is_needed),
		cmocka_unit_test(test_warnings_never_hide_an_error),
		cmocka_unit_test(test_no_file_at_all_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
