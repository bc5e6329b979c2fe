#include "aborts.h"
#include "test.h"

#include "base/rng.h"

static void same_seed_same_numbers(void **state)
{
	struct rng a, b, c;
	int equal = 0;

	(void)state;
	rng_init(&a, 42);
	rng_init(&b, 42);
	rng_init(&c, 43);
	for (int i = 0; i < 1000; i++) {
		uint64_t x = rng_next(&a);

		assert_int_equal(x, rng_next(&b));
		equal += x == rng_next(&c);
	}
	assert_int_equal(equal, 0);
}

static void follows_the_published_numbers(void **state)
{
	struct rng rng;

	(void)state;
	/* The first numbers of SplitMix64 from seed 1234567, as its users quote them. */
	rng_init(&rng, 1234567);
	assert_int_equal(rng_next(&rng), UINT64_C(6457827717110365317));
	assert_int_equal(rng_next(&rng), UINT64_C(3203168211198807973));
}

static void upto_reaches_both_ends(void **state)
{
	int seen[6] = {0};
	struct rng rng;

	(void)state;
	rng_init(&rng, 7);
	for (int i = 0; i < 6000; i++) {
		int64_t value = rng_upto(&rng, 5);

		assert_in_range(value, 0, 5);
		seen[value]++;
	}
	for (int i = 0; i < 6; i++)
		assert_in_range(seen[i], 800, 1200);
	assert_int_equal(rng_upto(&rng, 0), 0);
	assert_true(rng_upto(&rng, INT64_MAX) >= 0);
}

static void below_zero(void)
{
	struct rng rng;

	rng_init(&rng, 1);
	rng_upto(&rng, -1);
}

static void a_negative_limit_is_a_programmers_error(void **state)
{
	(void)state;
	assert_aborts(below_zero);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_seed_same_numbers),
		cmocka_unit_test(follows_the_published_numbers),
		cmocka_unit_test(upto_reaches_both_ends),
		cmocka_unit_test(a_negative_limit_is_a_programmers_error),
	};

	return cmocka_run_group_tests_name("base/rng", tests, NULL, NULL);
}
