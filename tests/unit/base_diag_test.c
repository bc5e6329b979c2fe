#include "test.h"

#include <string.h>

#include "base/diag.h"
#include "base/limits.h"

static const char numbers[] = "version: 1\n"
			      "numbers:\n"
			      "  \"+14155550100\":\n"
			      "    voice_ulr: https://ivr.example.com/support\n";

static struct mark at(const char *file, uint32_t line, uint32_t column)
{
	return (struct mark){file, line, column};
}

/* What diag prints without colours; valid until the next call. */
static const char *printed(const struct diag *diag)
{
	static char text[65536];
	struct buf out = {0};

	diag_print(diag, &out, 0);
	assert_true(out.length < sizeof(text));
	memcpy(text, buf_text(&out), out.length + 1);
	buf_finish(&out);
	return text;
}

static void prints_place_line_and_caret(void **state)
{
	struct diag diag = {0};

	(void)state;
	diag_set_source(&diag, "numbers.yaml", numbers, strlen(numbers));
	diag_add(&diag, DIAG_ERROR, at("numbers.yaml", 4, 5), 9,
		 "unknown field '%s' (did you mean '%s'?)", "voice_ulr", "voice_url");
	assert_string_equal(
		printed(&diag),
		"numbers.yaml:4:5: error: unknown field 'voice_ulr' (did you mean 'voice_url'?)\n"
		"    voice_ulr: https://ivr.example.com/support\n"
		"    ^~~~~~~~~\n");
	assert_int_equal(diag.errors, 1);
	assert_int_equal(diag.warnings, 0);
	diag_finish(&diag);
	assert_string_equal(printed(&diag), "");
}

static void without_a_place_only_what_is_known_is_shown(void **state)
{
	struct diag diag = {0};

	(void)state;
	diag_add(&diag, DIAG_ERROR, at(NULL, 0, 0), 0, "no file");
	diag_add(&diag, DIAG_WARNING, at("a.yaml", 0, 0), 0, "is empty");
	diag_add(&diag, DIAG_WARNING, at("b.yaml", 3, 1), 1, "no source given");
	assert_string_equal(printed(&diag), "error: no file\n"
					    "a.yaml: warning: is empty\n"
					    "b.yaml:3:1: warning: no source given\n");
	assert_int_equal(diag.warnings, 2);
	diag_finish(&diag);
}

static void lines_are_found_in_any_order(void **state)
{
	static const char text[] = "one\ntwo\nthree"; /* the last without an end */
	struct diag diag = {0};

	(void)state;
	diag_set_source(&diag, "a", text, strlen(text));
	diag_add(&diag, DIAG_ERROR, at("a", 3, 1), 1, "x");
	diag_add(&diag, DIAG_ERROR, at("a", 1, 1), 1, "x");
	diag_add(&diag, DIAG_ERROR, at("a", 2, 1), 1, "x");
	diag_add(&diag, DIAG_ERROR, at("a", 4, 1), 1, "past the end");
	diag_add(&diag, DIAG_ERROR, at("b", 1, 1), 1, "another file");
	assert_string_equal(diag.items[0].source, "three");
	assert_string_equal(diag.items[1].source, "one");
	assert_string_equal(diag.items[2].source, "two");
	assert_null(diag.items[3].source);
	assert_null(diag.items[4].source);
	diag_finish(&diag);
}

static void caret_counts_characters_and_stays_inside_the_line(void **state)
{
	static const char text[] = "h\xc3\xb4te: x\nab\n";
	struct diag diag = {0};

	(void)state;
	diag_set_source(&diag, "a", text, strlen(text));
	diag_add(&diag, DIAG_ERROR, at("a", 1, 7), 1, "after an o with a hat");
	diag_add(&diag, DIAG_ERROR, at("a", 2, 1), 100, "wider than the line");
	diag_add(&diag, DIAG_ERROR, at("a", 2, 100), 5, "right of its end");
	assert_string_equal(printed(&diag), "a:1:7: error: after an o with a hat\n"
					    "h\xc3\xb4te: x\n"
					    "      ^\n"
					    "a:2:1: error: wider than the line\n"
					    "ab\n"
					    "^~\n"
					    "a:2:100: error: right of its end\n"
					    "ab\n"
					    "  ^\n");
	diag_finish(&diag);
}

static void a_tab_is_shown_as_one_column(void **state)
{
	static const char text[] = "\tkey: 1\n";
	struct diag diag = {0};

	(void)state;
	diag_set_source(&diag, "a", text, strlen(text));
	diag_add(&diag, DIAG_ERROR, at("a", 1, 2), 3, "indented by a tab");
	assert_string_equal(printed(&diag), "a:1:2: error: indented by a tab\n"
					    " key: 1\n"
					    " ^~~\n");
	diag_finish(&diag);
}

static void what_cannot_be_shown_is_not_quoted(void **state)
{
	static char text[] = "NUL \0 inside\n   \n";
	char longer[1000];
	struct diag diag = {0};

	(void)state;
	memset(longer, 'x', sizeof(longer));
	diag_set_source(&diag, "a", text, sizeof(text) - 1);
	diag_add(&diag, DIAG_ERROR, at("a", 1, 1), 1, "x");
	diag_add(&diag, DIAG_ERROR, at("a", 2, 1), 1, "x");
	diag_set_source(&diag, "a", longer, sizeof(longer));
	diag_add(&diag, DIAG_ERROR, at("a", 1, 1), 1, "x");
	for (size_t i = 0; i < diag.count; i++)
		assert_null(diag.items[i].source);
	diag_finish(&diag);
}

static void secrets_in_the_line_are_not_shown(void **state)
{
	static const char text[] =
		"{a: https://x.example/, b: https://bob:hunter2@y.example/, c: z}\n";
	struct diag diag = {0};

	(void)state;
	diag_set_source(&diag, "a", text, strlen(text));
	diag_add(&diag, DIAG_ERROR, at("a", 1, 60), 1, "c?");
	assert_string_equal(printed(&diag),
			    "a:1:60: error: c?\n"
			    "{a: https://x.example/, b: https://redacted@y.example/, c: z}\n"
			    /* Under the c, which the redacting moved by three. */
			    "                                                        ^\n");
	diag_finish(&diag);
}

static void nothing_in_a_message_steers_a_terminal(void **state)
{
	struct diag diag = {0};

	(void)state;
	diag_add(&diag, DIAG_ERROR, at("a\x1b.yaml", 1, 1), 1, "unknown field '%s'", "\x1b[2J\n");
	assert_string_equal(printed(&diag),
			    "a\\x1b.yaml:1:1: error: unknown field '\\x1b[2J\\x0a'\n");
	diag_finish(&diag);
}

static void sorts_by_place_and_keeps_the_order_of_equals(void **state)
{
	struct diag diag = {0};

	(void)state;
	diag_add(&diag, DIAG_ERROR, at("b", 1, 1), 1, "5");
	diag_add(&diag, DIAG_ERROR, at("a", 2, 1), 1, "3");
	diag_add(&diag, DIAG_ERROR, at("a", 1, 9), 1, "2");
	diag_add(&diag, DIAG_ERROR, at("a", 2, 1), 1, "4");
	diag_add(&diag, DIAG_ERROR, at("a", 1, 2), 1, "1");
	diag_add(&diag, DIAG_ERROR, at(NULL, 0, 0), 1, "0");
	diag_sort(&diag);
	for (int i = 0; i < 6; i++)
		assert_int_equal(diag.items[i].message[0], '0' + i);
	diag_finish(&diag);
}

static void past_the_limit_the_rest_is_counted(void **state)
{
	struct diag diag = {0};

	(void)state;
	for (uint32_t i = 0; i < LIMIT_DIAGNOSTICS + 7; i++)
		diag_add(&diag, DIAG_ERROR, at("a", i + 1, 1), 1, "wrong");
	assert_int_equal(diag.errors, LIMIT_DIAGNOSTICS + 7);
	assert_int_equal(diag.count, LIMIT_DIAGNOSTICS);
	assert_non_null(strstr(printed(&diag), "and 7 more\n"));
	diag_finish(&diag);
}

static void an_error_is_shown_however_many_warnings_came_before(void **state)
{
	struct diag diag = {0};

	(void)state;
	for (uint32_t i = 0; i < LIMIT_DIAGNOSTICS + 7; i++)
		diag_add(&diag, DIAG_WARNING, at("a", i + 1, 1), 1, "odd");
	diag_add(&diag, DIAG_ERROR, at("a", 500, 1), 1, "wrong");
	diag_add(&diag, DIAG_ERROR, at("a", 501, 1), 1, "also wrong");
	assert_non_null(strstr(printed(&diag), "a:500:1: error: wrong\n"));
	assert_non_null(strstr(printed(&diag), "a:501:1: error: also wrong\n"));
	assert_non_null(strstr(printed(&diag), "and 9 more\n"));
	assert_int_equal(diag.errors, 2);
	assert_int_equal(diag.warnings, LIMIT_DIAGNOSTICS + 7);
	diag_finish(&diag);
}

static void color_changes_no_word(void **state)
{
	struct diag diag = {0};
	struct buf out = {0};

	(void)state;
	diag_add(&diag, DIAG_ERROR, at("a", 1, 1), 1, "wrong");
	diag_add(&diag, DIAG_WARNING, at("a", 2, 1), 1, "odd");
	diag_print(&diag, &out, 1);
	assert_string_equal(buf_text(&out), "a:1:1: \033[1;31merror:\033[0m wrong\n"
					    "a:2:1: \033[1;35mwarning:\033[0m odd\n");
	buf_finish(&out);
	diag_finish(&diag);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints_place_line_and_caret),
		cmocka_unit_test(without_a_place_only_what_is_known_is_shown),
		cmocka_unit_test(lines_are_found_in_any_order),
		cmocka_unit_test(caret_counts_characters_and_stays_inside_the_line),
		cmocka_unit_test(a_tab_is_shown_as_one_column),
		cmocka_unit_test(what_cannot_be_shown_is_not_quoted),
		cmocka_unit_test(secrets_in_the_line_are_not_shown),
		cmocka_unit_test(nothing_in_a_message_steers_a_terminal),
		cmocka_unit_test(sorts_by_place_and_keeps_the_order_of_equals),
		cmocka_unit_test(past_the_limit_the_rest_is_counted),
		cmocka_unit_test(an_error_is_shown_however_many_warnings_came_before),
		cmocka_unit_test(color_changes_no_word),
	};

	return cmocka_run_group_tests_name("base/diag", tests, NULL, NULL);
}
