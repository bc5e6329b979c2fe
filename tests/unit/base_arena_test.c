#include "test.h"

#include <stdalign.h>
#include <string.h>

#include "base/arena.h"

static void pieces_do_not_overlap(void **state)
{
	struct arena arena = {0};
	char *pieces[500];

	(void)state;
	/* From 1 byte to several blocks: each piece full of its own number. */
	for (size_t i = 0; i < 500; i++) {
		pieces[i] = arena_alloc(&arena, i * 100 + 1);
		memset(pieces[i], (int)(i % 251), i * 100 + 1);
	}
	for (size_t i = 0; i < 500; i++) {
		for (size_t at = 0; at < i * 100 + 1; at++)
			assert_int_equal((unsigned char)pieces[i][at], i % 251);
	}
	arena_finish(&arena);
}

static void memory_is_zero_and_aligned(void **state)
{
	struct arena arena = {0};

	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		unsigned char *piece = arena_alloc(&arena, 24);

		assert_int_equal((uintptr_t)piece % alignof(max_align_t), 0);
		for (size_t at = 0; at < 24; at++)
			assert_int_equal(piece[at], 0);
		memset(piece, 0xff, 24);
		arena_strdup(&arena, "x"); /* the next piece has to be aligned anew */
	}
	arena_finish(&arena);
}

static void text_is_copied(void **state)
{
	struct arena arena = {0};
	char text[] = "https://ivr.example.com/";
	char *copy = arena_strdup(&arena, text);
	char *part = arena_strndup(&arena, text, 5);
	char *none = arena_strndup(&arena, text, 0);
	char *made = arena_printf(&arena, "%s:%d:%d", "numbers.yaml", 14, 5);

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	assert_string_equal(copy, "https://ivr.example.com/");
	assert_string_equal(part, "https");
	assert_string_equal(none, "");
	assert_string_equal(made, "numbers.yaml:14:5");
	assert_null(arena_strdup(&arena, NULL));
	arena_finish(&arena);
}

static void total_counts_and_finish_empties(void **state)
{
	struct arena arena = {0};

	(void)state;
	arena_alloc(&arena, 0);
	arena_alloc(&arena, 1000000);
	assert_true(arena.total >= 1000000);
	assert_true(arena.total < 1100000);
	arena_finish(&arena);
	assert_int_equal(arena.total, 0);
	arena_finish(&arena);
	/* It can be used again. */
	assert_string_equal(arena_strdup(&arena, "again"), "again");
	arena_finish(&arena);
}

static void small_pieces_share_a_block(void **state)
{
	struct arena arena = {0};

	(void)state;
	for (size_t i = 0; i < 10000; i++)
		arena_strdup(&arena, "twelve chars");
	assert_true(arena.total < 10000 * 13 * 11 / 10);
	arena_finish(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_do_not_overlap),
		cmocka_unit_test(memory_is_zero_and_aligned),
		cmocka_unit_test(text_is_copied),
		cmocka_unit_test(total_counts_and_finish_empties),
		cmocka_unit_test(small_pieces_share_a_block),
	};

	return cmocka_run_group_tests_name("base/arena", tests, NULL, NULL);
}
