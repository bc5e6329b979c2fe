#include "aborts.h"
#include "test.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

static void text_and_code_are_kept(void **state)
{
	struct error error = {0};

	(void)state;
	assert_int_equal(error_set(&error, -EINVAL, "line %d is empty", 3), -EINVAL);
	assert_int_equal(error.code, -EINVAL);
	assert_string_equal(error.text, "line 3 is empty");
}

static void errno_adds_the_systems_words(void **state)
{
	struct error error = {0};

	(void)state;
	assert_int_equal(error_set_errno(&error, -ENOENT, "can't open %s", "a.yaml"), -ENOENT);
	assert_string_equal(error.text, "can't open a.yaml: No such file or directory");
	error_set_errno(&error, -99999, "odd");
	assert_string_equal(error.text, "odd: unknown error");
}

static void wrapping_puts_the_wider_matter_first(void **state)
{
	struct error error = {0};

	(void)state;
	error_set(&error, -EACCES, "permission denied");
	assert_int_equal(error_wrap(&error, "can't read %s", "a.yaml"), -EACCES);
	error_wrap(&error, "reload");
	assert_string_equal(error.text, "reload: can't read a.yaml: permission denied");
	assert_int_equal(error.code, -EACCES);
}

static void what_is_there_may_be_an_argument(void **state)
{
	struct error error = {0};

	(void)state;
	error_set(&error, -ENOENT, "can't open a.yaml");
	error_set(&error, -EBADMSG, "settings: %s", error.text);
	assert_string_equal(error.text, "settings: can't open a.yaml");
	error_wrap(&error, "%s again", error.text);
	assert_string_equal(error.text,
			    "settings: can't open a.yaml again: settings: can't open a.yaml");
}

static void long_text_is_cut_and_says_so(void **state)
{
	struct error error = {0};
	char longer[2 * sizeof(error.text)];

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';

	error_set(&error, -EINVAL, "%s", longer);
	assert_int_equal(strlen(error.text), sizeof(error.text) - 1);
	assert_string_equal(error.text + sizeof(error.text) - 5, "x...");
	error_set(&error, -EINVAL, "inner");
	error_wrap(&error, "%s", longer);
	assert_string_equal(error.text + sizeof(error.text) - 5, "x...");
	error_set_errno(&error, -ENOENT, "%.*s", (int)sizeof(error.text) - 10, longer);
	assert_string_equal(error.text + sizeof(error.text) - 8, "No s...");

	/* What just fits is whole. */
	error_set(&error, -EINVAL, "%.*s", (int)sizeof(error.text) - 1, longer);
	assert_string_equal(error.text + sizeof(error.text) - 4, "xxx");
}

static void a_cut_leaves_characters_whole(void **state)
{
	struct error error = {0};
	char longer[2 * sizeof(error.text)] = "";

	(void)state;
	for (size_t shift = 0; shift < 4; shift++) {
		memset(longer, 'x', shift);
		for (size_t at = shift; at + 4 < sizeof(longer); at += 4)
			memcpy(longer + at, "\xf0\x9f\x93\x9e", 5); /* a telephone */
		error_set(&error, -EINVAL, "%s", longer);
		assert_true(text_utf8_length(error.text, strlen(error.text)) > 0);
		assert_non_null(strstr(error.text, "..."));
	}
}

static void not_negative(void)
{
	struct error error = {0};

	error_set(&error, EINVAL, "a positive errno");
}

static void nothing_to_wrap(void)
{
	struct error error = {0};

	error_wrap(&error, "outer");
}

static void misuse_ends_the_program(void **state)
{
	(void)state;
	assert_aborts(not_negative);
	assert_aborts(nothing_to_wrap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_and_code_are_kept),
		cmocka_unit_test(errno_adds_the_systems_words),
		cmocka_unit_test(wrapping_puts_the_wider_matter_first),
		cmocka_unit_test(what_is_there_may_be_an_argument),
		cmocka_unit_test(long_text_is_cut_and_says_so),
		cmocka_unit_test(a_cut_leaves_characters_whole),
		cmocka_unit_test(misuse_ends_the_program),
	};

	return cmocka_run_group_tests_name("base/error", tests, NULL, NULL);
}
