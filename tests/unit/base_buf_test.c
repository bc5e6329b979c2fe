#include "test.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

static void empty_is_empty_text(void **state)
{
	struct buf buf = {0};
	char *taken;

	(void)state;
	assert_string_equal(buf_text(&buf), "");
	taken = buf_take(&buf);
	assert_string_equal(taken, "");
	mem_free(taken);
	buf_clear(&buf);
	buf_finish(&buf);
}

static void additions_come_in_order(void **state)
{
	struct buf buf = {0};

	(void)state;
	buf_add_text(&buf, "voice");
	buf_add_char(&buf, '_');
	buf_add(&buf, "url!!", 3);
	buf_add_repeat(&buf, '.', 3);
	buf_add_repeat(&buf, '.', 0);
	buf_add(&buf, NULL, 0);
	buf_printf(&buf, " %d of %s", 137, "10,000");
	assert_string_equal(buf_text(&buf), "voice_url... 137 of 10,000");
	assert_int_equal(buf.length, strlen(buf_text(&buf)));
	buf_clear(&buf);
	assert_string_equal(buf_text(&buf), "");
	buf_add_text(&buf, "again");
	assert_string_equal(buf_text(&buf), "again");
	buf_finish(&buf);
}

static void bytes_of_any_kind_are_kept(void **state)
{
	struct buf buf = {0};

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_add_char(&buf, (char)i);
	assert_int_equal(buf.length, 100000);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(buf.bytes[i], (char)i);
	assert_int_equal(buf.bytes[100000], 0);
	buf_finish(&buf);
}

static void past_the_ceiling_nothing_is_added(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 10);
	buf_add_text(&buf, "0123456789"); /* exactly full */
	assert_false(buf.overflow);
	buf_add_char(&buf, 'x');
	assert_true(buf.overflow);
	assert_string_equal(buf_text(&buf), "0123456789");
	buf_clear(&buf);
	assert_false(buf.overflow);

	buf_add_text(&buf, "12345678");
	buf_printf(&buf, "%d", 12345); /* dropped whole */
	assert_true(buf.overflow);
	buf_add_char(&buf, 'x'); /* there would be room, but a gap is worse than an end */
	assert_string_equal(buf_text(&buf), "12345678");
	buf_finish(&buf);

	buf_init(&buf, 4);
	buf_add_text(&buf, "12345");
	assert_string_equal(buf_text(&buf), "");
	buf_finish(&buf);
}

static void taken_text_is_the_callers(void **state)
{
	struct buf buf;
	char *taken;

	(void)state;
	buf_init(&buf, 8);
	buf_add_text(&buf, "mine");
	taken = buf_take(&buf);
	assert_string_equal(taken, "mine");
	assert_string_equal(buf_text(&buf), "");
	buf_add_text(&buf, "longer than 8");
	assert_true(buf.overflow); /* the ceiling stays */
	mem_free(taken);
	buf_finish(&buf);
}

static void form_keeps_only_unreserved_characters(void **state)
{
	struct buf buf = {0};

	(void)state;
	buf_add_form(&buf, "AZaz09-._~");
	assert_string_equal(buf_text(&buf), "AZaz09-._~");
	buf_clear(&buf);
	buf_add_form(&buf, "https://a.example/x?y=1&z=a b+c%#\xc3\xa9\n");
	assert_string_equal(buf_text(&buf), "https%3A%2F%2Fa.example%2Fx%3Fy%3D1%26z%3Da%20b%2Bc%25"
					    "%23%C3%A9%0A");
	buf_finish(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_is_empty_text),
		cmocka_unit_test(additions_come_in_order),
		cmocka_unit_test(bytes_of_any_kind_are_kept),
		cmocka_unit_test(past_the_ceiling_nothing_is_added),
		cmocka_unit_test(taken_text_is_the_callers),
		cmocka_unit_test(form_keeps_only_unreserved_characters),
	};

	return cmocka_run_group_tests_name("base/buf", tests, NULL, NULL);
}
