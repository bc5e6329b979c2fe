/* What is remembered of a number: kinds of agreement, learnt spelling, fights, a new file. */
#include "test.h"

#include <stdio.h>

#include "base/mem.h"
#include "plan/memory.h"
#include "support/declared.h"
#include "support/journal_place.h"

#define MINUTE 60000LL
#define HOUR   (60 * MINUTE)
#define URL    FIELD_VOICE_URL

static struct wanted *wanted;
static struct memory *memory;
static struct memory_number *number;

static int set_up(void **state)
{
	(void)state;
	wanted = in_force_new(1, 4, 1);
	memory = memory_new(wanted);
	number = &memory->numbers[0];
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	memory_free(memory);
	in_force_free(wanted);
	return 0;
}

static void test_nothing_known(void **state)
{
	(void)state;
	assert_null(memory_value(number, URL));
	assert_true(memory_agrees(NULL, "a", "a"));
	assert_true(memory_agrees(NULL, NULL, NULL));
	assert_false(memory_agrees(NULL, "a", "b"));
	assert_false(memory_agrees(NULL, "a", NULL));
	assert_false(number->dirty);
}

static void test_values_keep_their_places(void **state)
{
	static const enum field_id order[] = {FIELD_VOICE_URL, FIELD_ACCOUNT_SID, FIELD_SMS_URL,
					      FIELD_BUNDLE_SID, FIELD_VOICE_RECEIVE_MODE};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(order); i++)
		memory_sync(number, order[i], field_table[order[i]].key, NULL);
	for (size_t i = 0; i < ARRAY_LENGTH(order); i++)
		assert_string_equal(memory_value(number, order[i])->want,
				    field_table[order[i]].key);
	assert_null(memory_value(number, FIELD_SMS_METHOD));
}

/* Twilio keeps another spelling than it was sent: that pair is no difference from then on. */
static void test_learnt_spelling(void **state)
{
	const struct memory_value *value;

	(void)state;
	memory_sync(number, URL, "https://A.example", "https://a.example");
	value = memory_value(number, URL);
	assert_true(memory_agrees(value, "https://A.example", "https://a.example"));
	assert_true(memory_agrees(value, "https://A.example", "https://A.example"));
	assert_false(memory_agrees(value, "https://A.example", "https://b.example"));
	assert_false(memory_agrees(value, "https://B.example", "https://a.example"));
	memory_sync(number, URL, "https://c.example", "https://c.example");
	assert_false(memory_agrees(value, "https://A.example", "https://a.example"));
}

static void test_a_wish_is_not_agreement(void **state)
{
	(void)state;
	memory_wish(number, URL, "a", false);
	assert_false(memory_value(number, URL)->synced);
	assert_false(memory_agrees(memory_value(number, URL), "a", "b"));
	/* What was in sync stays known: it is what tells a change from a drift. */
	memory_sync(number, URL, "a", "a");
	memory_wish(number, URL, "b", false);
	assert_true(memory_value(number, URL)->synced);
	assert_string_equal(memory_value(number, URL)->want, "a");
}

static void test_guard(void **state)
{
	(void)state;
	memory_wish(number, URL, "a", true);
	assert_true(memory_value(number, URL)->guarded);
	memory_wish(number, URL, "a", false);
	assert_true(memory_value(number, URL)->guarded);
	memory_wish(number, URL, "b", true);
	assert_false(memory_value(number, URL)->guarded);
	memory_wish(&memory->numbers[1], URL, "a", true);
	memory_sync(&memory->numbers[1], URL, "a", "a");
	assert_false(memory_value(&memory->numbers[1], URL)->guarded);
}

static void test_only_news_is_dirty(void **state)
{
	(void)state;
	memory_sync(number, URL, "a", "b");
	assert_true(number->dirty);
	number->dirty = false;
	memory_sync(number, URL, "a", "b");
	assert_false(number->dirty);
	memory_sync(number, URL, "a", "a");
	assert_true(number->dirty);
	number->dirty = false;
	memory_wish(number, FIELD_SMS_URL, NULL, false);
	assert_true(number->dirty);
	number->dirty = false;
	memory_wish(number, FIELD_SMS_URL, NULL, false);
	assert_false(number->dirty);
}

/* Drifts at `now`: true if it may be put back, which is then done. */
static bool put_back(int64_t now)
{

	if (memory_fight_until(number, URL, now))
		return false;
	memory_put_back(number, URL, now);
	return true;
}

static void test_three_rounds(void **state)
{
	int64_t until;

	(void)state;
	/* A hand that sets the field again every two minutes, five times. */
	assert_true(put_back(NOW));
	assert_true(put_back(NOW + 2 * MINUTE));
	assert_true(put_back(NOW + 4 * MINUTE));
	until = memory_fight_until(number, URL, NOW + 6 * MINUTE);
	assert_int_equal(until, NOW + 21 * MINUTE);
	/* Said once. */
	assert_int_equal(memory_fight_until(number, URL, NOW + 8 * MINUTE), until);
	assert_false(put_back(NOW + 20 * MINUTE));
	assert_true(put_back(NOW + 21 * MINUTE));
}

/* The three rounds are to fall within an hour; when the rival comes back is another question. */
static void test_three_rounds_count_however_late_the_fourth_is(void **state)
{
	(void)state;
	for (int round = 0; round < 3; round++)
		assert_true(put_back(NOW + round * 29 * MINUTE));
	assert_false(put_back(NOW + 3 * 29 * MINUTE));
}

/* A trunk that is not in the file any more is gone with the application that is set: when it comes
 * back to the file, nobody has changed it. */
static void test_what_twilio_removes_is_not_in_sync(void **state)
{
	(void)state;
	memory_sync(number, FIELD_TRUNK_SID, "TK1", "TK1");
	memory_sync(number, FIELD_SMS_APPLICATION_SID, "AP1", "AP1");
	assert_true(memory_value(number, FIELD_TRUNK_SID)->synced);
	memory_sync(number, FIELD_VOICE_APPLICATION_SID, NULL, NULL);
	assert_true(memory_value(number, FIELD_TRUNK_SID)->synced);
	memory_sync(number, FIELD_VOICE_APPLICATION_SID, "AP1", "AP1");
	assert_false(memory_value(number, FIELD_TRUNK_SID)->synced);
	assert_true(memory_value(number, FIELD_SMS_APPLICATION_SID)->synced);
}

/* A clock that was far ahead is set right: the hold that it left ends, and a new fight is seen. */
static void test_a_clock_set_back_hides_no_fight(void **state)
{
	int64_t past = NOW - 30 * 24 * HOUR;

	(void)state;
	for (int round = 0; round < 3; round++)
		assert_true(put_back(NOW + round * MINUTE));
	assert_false(put_back(NOW + 4 * MINUTE));
	memory_put_back(number, URL, past);
	for (int round = 1; round < 3; round++)
		assert_true(put_back(past + round * MINUTE));
	assert_false(put_back(past + 5 * MINUTE));
}

static void test_slow_rival_is_no_fight(void **state)
{
	(void)state;
	for (int round = 0; round < 20; round++)
		assert_true(put_back(NOW + round * 31 * MINUTE));
}

/* 15 minutes, doubled each time, a day at most: one round between two holds. */
static void test_holds_double(void **state)
{
	int64_t now = NOW, expected = 15 * MINUTE;

	(void)state;
	for (int round = 0; round < 3; round++)
		assert_true(put_back(now += MINUTE));
	for (int hold = 0; hold < 12; hold++) {
		int64_t until = memory_fight_until(number, URL, now += MINUTE);

		assert_int_equal(until - now, expected);
		now = until;
		assert_true(put_back(now));
		expected = expected * 2 < 24 * HOUR ? expected * 2 : 24 * HOUR;
	}
}

static void test_quiet_period_ends_a_fight(void **state)
{
	int64_t until;

	(void)state;
	for (int round = 0; round < 3; round++)
		assert_true(put_back(NOW + round * MINUTE));
	until = memory_fight_until(number, URL, NOW + 3 * MINUTE);
	assert_true(put_back(until));
	/* The rival is away for longer than the window: all is forgotten, and counts from one. */
	until += HOUR + MINUTE;
	for (int round = 0; round < 3; round++)
		assert_true(put_back(until + round * MINUTE));
	until += 3 * MINUTE;
	assert_int_equal(memory_fight_until(number, URL, until) - until, 15 * MINUTE);
}

static void test_end_of_a_fight(void **state)
{

	(void)state;
	for (int round = 0; round < 3; round++)
		put_back(NOW + round);
	assert_true(memory_fight_until(number, URL, NOW + 5) > 0);
	number->dirty = false;
	memory_fight_end(number, URL);
	assert_true(number->dirty);
	assert_int_equal(memory_fight_until(number, URL, NOW + 6), 0);
	number->dirty = false;
	memory_fight_end(number, URL);
	memory_fight_end(number, FIELD_SMS_URL);
	assert_false(number->dirty);
}

/* The file asks for something else: perhaps just what the rival wanted. */
static void test_what_a_person_undid_is_held_once(void **state)
{
	int64_t until = NOW + HOUR;

	(void)state;
	memory_sync(number, URL, "a", "a");
	assert_false(memory_is_held(number, URL));
	for (int round = 0; round < 2; round++)
		put_back(NOW - 2 + round);
	memory_value(number, URL)->approved = memory_fingerprint("a", "b");
	memory_value(number, URL)->approved_until = NOW + HOUR;
	memory_hold(number, URL, "https://undone.example.com/", NOW, until);
	assert_true(memory_is_held(number, URL));
	assert_int_equal(memory_value(number, URL)->approved_until, 0);
	assert_int_equal(memory_fight_until(number, URL, until - 1), until);
	/* Then it is as if it had never been: no quiet period, no longer hold the next time. */
	assert_int_equal(memory_fight_until(number, URL, until), 0);
	assert_false(memory_is_held(number, URL));
	assert_true(put_back(until));
	assert_true(put_back(until + 1));
	assert_true(put_back(until + 2));
	assert_false(put_back(until + 3));
	assert_false(memory_is_held(number, URL));
}

static void test_a_change_of_the_file_ends_a_fight(void **state)
{

	(void)state;
	memory_sync(number, URL, "a", "a");
	for (int round = 0; round < 3; round++)
		put_back(NOW + round);
	assert_true(memory_fight_until(number, URL, NOW + 5) > 0);
	memory_sync(number, URL, "a", "A");
	assert_true(memory_fight_until(number, URL, NOW + 6) > 0);
	memory_sync(number, URL, "b", "b");
	assert_int_equal(memory_fight_until(number, URL, NOW + 7), 0);
}

static void test_clock_set_back(void **state)
{

	(void)state;
	for (int round = 0; round < 3; round++)
		put_back(NOW + round);
	assert_true(memory_fight_until(number, URL, NOW + 5) > 0);
	/* A year back: not held for a year. */
	assert_int_equal(memory_fight_until(number, URL, NOW - 365 * 24 * HOUR), 0);
}

static void test_one_field_fights_alone(void **state)
{

	(void)state;
	for (int round = 0; round < 3; round++)
		put_back(NOW + round);
	assert_int_equal(memory_fight_until(number, FIELD_SMS_URL, NOW + 5), 0);
	assert_true(memory_fight_until(number, URL, NOW + 5) > 0);
}

static void test_carried_over_a_new_file(void **state)
{
	struct wanted *later = in_force_new(2, 4, 2); /* 2, 4, 6, 8 of 1, 2, 3, 4 */
	struct memory *carried;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		memory_sync(&memory->numbers[i], URL, wanted->numbers[i].number, NULL);
		memory->numbers[i].sid = mem_strdup(wanted->numbers[i].number);
	}
	memory_account(memory, DECLARED_ACCOUNT)->live = 17;
	carried = memory_carry(memory, later);
	assert_string_equal(memory_value(&carried->numbers[0], URL)->want,
			    later->numbers[0].number);
	assert_string_equal(carried->numbers[1].sid, later->numbers[1].number);
	assert_int_equal(carried->numbers[2].known, 0);
	assert_int_equal(carried->numbers[3].known, 0);
	assert_int_equal(memory_account(carried, DECLARED_ACCOUNT)->live, 17);
	memory_free(memory);
	in_force_free(wanted);
	memory = carried;
	wanted = later;
}

static void test_carried_from_nothing(void **state)
{
	struct memory *first = memory_carry(NULL, wanted);

	(void)state;
	assert_int_equal(first->numbers[3].known, 0);
	assert_int_equal(memory_account(first, "AC2")->live, -1);
	assert_int_equal(first->account_count, 1);
	memory_free(first);
}

static void test_course(void **state)
{
	const struct memory_value *value;

	(void)state;
	memory_sync(number, FIELD_EMERGENCY_ADDRESS_SID, "AD1", "AD1");
	memory_begin_course(number, FIELD_EMERGENCY_ADDRESS_SID, "AD2");
	value = memory_value(number, FIELD_EMERGENCY_ADDRESS_SID);
	assert_true(value->underway);
	assert_false(value->synced);
	memory_sync(number, FIELD_EMERGENCY_ADDRESS_SID, "AD2", "AD2");
	assert_false(value->underway);
}

static void test_fingerprints_differ(void **state)
{
	const uint64_t prints[] = {
		memory_fingerprint(NULL, NULL), memory_fingerprint("", NULL),
		memory_fingerprint(NULL, ""),   memory_fingerprint("a", "b"),
		memory_fingerprint("b", "a"),   memory_fingerprint("ab", ""),
		memory_fingerprint("", "ab"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(prints); i++) {
		assert_true(prints[i] != 0);
		for (size_t j = 0; j < i; j++)
			assert_true(prints[i] != prints[j]);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_nothing_known),
		TEST(test_values_keep_their_places),
		TEST(test_learnt_spelling),
		TEST(test_a_wish_is_not_agreement),
		TEST(test_guard),
		TEST(test_only_news_is_dirty),
		TEST(test_three_rounds),
		TEST(test_three_rounds_count_however_late_the_fourth_is),
		TEST(test_what_twilio_removes_is_not_in_sync),
		TEST(test_a_clock_set_back_hides_no_fight),
		TEST(test_slow_rival_is_no_fight),
		TEST(test_holds_double),
		TEST(test_quiet_period_ends_a_fight),
		TEST(test_end_of_a_fight),
		TEST(test_what_a_person_undid_is_held_once),
		TEST(test_a_change_of_the_file_ends_a_fight),
		TEST(test_clock_set_back),
		TEST(test_one_field_fights_alone),
		TEST(test_carried_over_a_new_file),
		TEST(test_carried_from_nothing),
		TEST(test_course),
		TEST(test_fingerprints_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
