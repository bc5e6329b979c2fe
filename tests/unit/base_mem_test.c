#include "aborts.h"
#include "test.h"

#include "base/mem.h"

static volatile size_t huge = SIZE_MAX / 2;

static void zalloc_is_zero(void **state)
{
	unsigned char *bytes = mem_zalloc(100, 10);

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(bytes[i], 0);
	mem_free(bytes);
}

static void resize_keeps_what_was_there(void **state)
{
	int *numbers = mem_resize(NULL, 2, sizeof(int));

	(void)state;
	numbers[0] = 7;
	numbers[1] = 8;
	numbers = mem_resize(numbers, 1000, sizeof(int));
	assert_int_equal(numbers[0], 7);
	assert_int_equal(numbers[1], 8);
	mem_free(numbers);
}

static void strdup_copies(void **state)
{
	char text[] = "+14155550100";
	char *copy = mem_strdup(text), *part = mem_strndup(text, 5);

	(void)state;
	text[1] = 'x';
	assert_string_equal(copy, "+14155550100");
	assert_string_equal(part, "+1415");
	assert_null(mem_strdup(NULL));
	mem_free(copy);
	mem_free(part);
	mem_free(NULL);
}

static void grow_makes_room_and_keeps(void **state)
{
	size_t *array = NULL, count = 0, capacity = 0;

	(void)state;
	while (count < 1000) {
		mem_grow(array, count, capacity);
		assert_true(capacity > count);
		array[count] = count;
		count++;
	}
	for (size_t i = 0; i < count; i++)
		assert_int_equal(array[i], i);
	mem_free(array);
}

static void wipe_leaves_zeros(void **state)
{
	char secret[] = "0123456789abcdef";

	(void)state;
	mem_wipe(secret, sizeof(secret));
	for (size_t i = 0; i < sizeof(secret); i++)
		assert_int_equal(secret[i], 0);
}

static void cleanup_frees_at_the_end_of_the_scope(void **state)
{
	(void)state;
	/* Valgrind and LeakSanitizer say whether it does. */
	cleanup(mem_cleanup) char *text = mem_strdup("freed");
	cleanup(mem_cleanup) char *none = NULL;

	assert_string_equal(text, "freed");
	assert_null(none);
}

static void ask_too_much(void)
{
	mem_free(mem_alloc(huge));
}

static void resize_overflow(void)
{
	mem_free(mem_resize(NULL, huge, 4));
}

static void zalloc_overflow(void)
{
	mem_free(mem_zalloc(huge, 4));
}

static void out_of_memory_ends_the_program(void **state)
{
	(void)state;
	assert_aborts(ask_too_much);
	assert_aborts(resize_overflow);
	assert_aborts(zalloc_overflow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zalloc_is_zero),
		cmocka_unit_test(resize_keeps_what_was_there),
		cmocka_unit_test(strdup_copies),
		cmocka_unit_test(grow_makes_room_and_keeps),
		cmocka_unit_test(wipe_leaves_zeros),
		cmocka_unit_test(cleanup_frees_at_the_end_of_the_scope),
		cmocka_unit_test(out_of_memory_ends_the_program),
	};

	return cmocka_run_group_tests_name("base/mem", tests, NULL, NULL);
}
