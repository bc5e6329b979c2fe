/* What is sent, what is not, and why. */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "support/plan_fixture.h"

#define ONE           "+14155550100"
#define OLD           "https://old.example.com/"
#define NEW           "https://new.example.com/"
#define OTHER         "https://other.example.com/"
#define ADDRESS       "AD00000000000000000000000000000001"
#define OTHER_ADDRESS "AD00000000000000000000000000000002"
#define HOUR          3600000LL
#define OTHER_ACCOUNT "AC00000000000000000000000000000002"

static void declare(struct plan_fixture *fixture, const char *policy, const char *url)
{
	struct buf file = {0};

	buf_printf(&file, "%s\nnumbers:\n  '" ONE "': {voice_url: '%s'}\n", policy, url);
	fixture_file(fixture, file.bytes);
	buf_finish(&file);
}

static struct difference *look(struct plan_fixture *fixture, const char *live)
{
	fixture_clear_live(fixture);
	fixture_live(fixture, ONE, "voice_url", live, NULL);
	fixture_plan(fixture);
	return fixture_diff(fixture, ONE, "voice_url");
}

static void assert_judged(const struct difference *diff, enum diff_action action,
			  enum diff_reason reason)
{
	assert_non_null(diff);
	assert_int_equal(diff->action, action);
	assert_int_equal(diff->reason, reason);
}

static void test_a_change_is_sent_unless_the_file_holds_it(void **state)
{
	struct plan_fixture *fixture = *state;

	declare(fixture, "", OLD);
	look(fixture, OLD);
	declare(fixture, "", NEW);
	assert_judged(look(fixture, OLD), ACTION_SEND, REASON_NONE);
	declare(fixture, "on_change: hold", NEW);
	assert_judged(look(fixture, OLD), ACTION_HOLD, REASON_ON_CHANGE);
	declare(fixture, "on_drift: report", NEW);
	assert_judged(look(fixture, OLD), ACTION_SEND, REASON_NONE);
}

static void test_drift_is_put_back_unless_the_file_reports_it(void **state)
{
	struct plan_fixture *fixture = *state;

	declare(fixture, "", OLD);
	look(fixture, OLD);
	assert_judged(look(fixture, OTHER), ACTION_SEND, REASON_NONE);
	declare(fixture, "on_drift: report", OLD);
	assert_judged(look(fixture, OTHER), ACTION_REPORT, REASON_ON_DRIFT);
	declare(fixture, "on_change: hold", OLD);
	assert_judged(look(fixture, OTHER), ACTION_SEND, REASON_NONE);
}

static void test_both_needs_both_policies(void **state)
{
	struct plan_fixture *fixture = *state;

	declare(fixture, "", OLD);
	look(fixture, OLD);
	declare(fixture, "", NEW);
	assert_judged(look(fixture, OTHER), ACTION_SEND, REASON_NONE);
	declare(fixture, "on_drift: report", NEW);
	assert_judged(look(fixture, OTHER), ACTION_REPORT, REASON_ON_DRIFT);
	declare(fixture, "on_change: hold", NEW);
	assert_judged(look(fixture, OTHER), ACTION_HOLD, REASON_ON_CHANGE);
}

static void test_new_on_a_new_journal_needs_both_policies(void **state)
{
	struct plan_fixture *fixture = *state;

	declare(fixture, "on_drift: report", OLD);
	assert_judged(look(fixture, OTHER), ACTION_REPORT, REASON_GUARDED);
	/* The account is known by now, and the guard stands all the same. */
	assert_judged(look(fixture, OTHER), ACTION_REPORT, REASON_GUARDED);
	/* Until the file itself moves: that is a wish. */
	declare(fixture, "on_drift: report", NEW);
	assert_judged(look(fixture, OTHER), ACTION_SEND, REASON_NONE);
}

static void test_a_new_field_of_a_known_account_follows_on_change(void **state)
{
	struct plan_fixture *fixture = *state;

	declare(fixture, "on_drift: report", OLD);
	look(fixture, OLD);
	fixture_file(fixture, "on_drift: report\nnumbers:\n  '" ONE "': {voice_url: '" OLD
			      "', sms_url: '" NEW "'}\n");
	fixture_plan(fixture);
	assert_judged(fixture_diff(fixture, ONE, "sms_url"), ACTION_SEND, REASON_NONE);
}

static void test_observe_and_pause_send_nothing(void **state)
{
	struct plan_fixture *fixture = *state;

	declare(fixture, "", OLD);
	fixture->input.observe = true;
	assert_judged(look(fixture, OTHER), ACTION_HOLD, REASON_OBSERVE);
	assert_int_equal(fixture->plan->posts, 0);
	fixture->input.observe = false;
	fixture->input.paused = true;
	assert_judged(look(fixture, OTHER), ACTION_HOLD, REASON_PAUSED);
}

/* The POST of the difference is refused, and to be tried again in a minute. */
static void refuse(struct plan_fixture *fixture, const struct difference *diff)
{
	*memory_try_make(diff->memory, field_table[diff->field].course) =
		(struct memory_try){.posted = diff_cargo(diff),
				    .failures = 1,
				    .next = fixture->input.monotonic + 60000};
}

static void test_a_failure_waits_until_its_time_or_a_move(void **state)
{
	struct plan_fixture *fixture = *state;

	declare(fixture, "", OLD);
	refuse(fixture, look(fixture, OTHER));
	assert_judged(look(fixture, OTHER), ACTION_WAIT, REASON_FAILED);
	assert_int_equal(fixture->memory->numbers[0].status, NUMBER_FAILED);
	declare(fixture, "", NEW);
	assert_judged(look(fixture, OTHER), ACTION_SEND, REASON_NONE);
	refuse(fixture, look(fixture, OTHER));
	fixture->input.monotonic += 60000;
	assert_judged(look(fixture, OTHER), ACTION_SEND, REASON_NONE);
}

/* A refused url and a refused address each wait for themselves, and neither ends the other's wait.
 */
static void test_each_course_waits_by_itself(void **state)
{
	struct plan_fixture *fixture = *state;

	fixture_file(fixture, "numbers:\n  '" ONE "': {voice_url: '" NEW "', "
			      "emergency_address_sid: AD00000000000000000000000000000001}\n");
	fixture_clear_live(fixture);
	fixture_live(fixture, ONE, NULL);
	fixture_plan(fixture);
	refuse(fixture, fixture_diff(fixture, ONE, "voice_url"));
	fixture_plan(fixture);
	assert_judged(fixture_diff(fixture, ONE, "voice_url"), ACTION_WAIT, REASON_FAILED);
	assert_judged(fixture_diff(fixture, ONE, "emergency_address_sid"), ACTION_SEND,
		      REASON_NONE);
	refuse(fixture, fixture_diff(fixture, ONE, "emergency_address_sid"));
	for (int i = 0; i < 3; i++) {
		fixture_plan(fixture);
		assert_int_equal(fixture->plan->posts, 0);
	}
}

/* The list of the account that the number moves to fails once: what is live there is guarded as if
 * the other list had failed. */
static void test_a_number_that_moves_is_guarded_too(void **state)
{
	struct plan_fixture *fixture = *state;
	const char *values[] = {OTHER_ACCOUNT, OTHER};
	const struct actual_row row = {
		.number = ONE,
		.account = OTHER_ACCOUNT,
		.sid = "PN00000000000000000000000000000001",
		.record = {FIELD_BIT(FIELD_ACCOUNT_SID) | FIELD_BIT(FIELD_VOICE_URL), values},
	};
	struct live *live = &fixture->live;

	fixture_file(fixture, "allow_transfer: true\non_drift: report\nnumbers:\n  '" ONE
			      "': {account_sid: " OTHER_ACCOUNT ", voice_url: '" OLD "'}\n");
	fixture_clear_live(fixture);
	live->accounts = mem_resize(live->accounts, live->count + 1, sizeof(*live->accounts));
	live->accounts[live->count++] = (struct live_account){.sid = OTHER_ACCOUNT};
	fixture_plan(fixture);
	assert_int_equal(fixture->plan->unknown, 1);
	assert_int_equal(fixture->memory->numbers[0].status, NUMBER_UNKNOWN);
	live->accounts[1].actual = actual_new();
	actual_add(live->accounts[1].actual, &row);
	actual_finish(live->accounts[1].actual);
	fixture_plan(fixture);
	assert_judged(fixture_diff(fixture, ONE, "voice_url"), ACTION_REPORT, REASON_GUARDED);
}

/* The second step of an address needs no leave again: without it the number would be without one.
 */
static void test_a_course_is_not_stopped_half_way_by_a_limit(void **state)
{
	struct plan_fixture *fixture = *state;

	fixture_file(fixture, "limits: {max_changes: 0}\nnumbers:\n  '" ONE "': {voice_url: '" NEW
			      "', emergency_address_sid: AD00000000000000000000000000000001}\n");
	fixture_clear_live(fixture);
	fixture_live(fixture, ONE, NULL);
	memory_begin_course(&fixture->memory->numbers[0], FIELD_EMERGENCY_ADDRESS_SID,
			    "AD00000000000000000000000000000001");
	fixture_plan(fixture);
	assert_judged(fixture_diff(fixture, ONE, "emergency_address_sid"), ACTION_SEND,
		      REASON_NONE);
	refuse(fixture, fixture_diff(fixture, ONE, "emergency_address_sid"));
	fixture_plan(fixture);
	assert_judged(fixture_diff(fixture, ONE, "voice_url"), ACTION_BLOCKED, REASON_LIMIT);
}

static void declare_address(struct plan_fixture *fixture, const char *address)
{
	struct buf file = {0};

	buf_printf(&file, "on_change: hold\nnumbers:\n  '" ONE "': {emergency_address_sid: '%s'}\n",
		   address);
	fixture_file(fixture, file.bytes);
	buf_finish(&file);
}

static struct difference *look_at_address(struct plan_fixture *fixture, const char *live)
{
	fixture_clear_live(fixture);
	fixture_live(fixture, ONE, live ? "emergency_address_sid" : NULL, live, NULL);
	fixture_plan(fixture);
	return fixture_diff(fixture, ONE, "emergency_address_sid");
}

/* The file changes its mind between the two steps: the number gets an address, and the new one. */
static void test_a_course_half_way_follows_the_file(void **state)
{
	struct plan_fixture *fixture = *state;
	struct difference *diff;

	declare_address(fixture, ADDRESS);
	memory_begin_course(&fixture->memory->numbers[0], FIELD_EMERGENCY_ADDRESS_SID, ADDRESS);
	declare_address(fixture, OTHER_ADDRESS);
	diff = look_at_address(fixture, NULL);
	assert_judged(diff, ACTION_SEND, REASON_NONE);
	assert_string_equal(diff->send, OTHER_ADDRESS);
	/* And so it is where the file is written while the POST of that one fails. */
	refuse(fixture, diff);
	assert_judged(look_at_address(fixture, NULL), ACTION_WAIT, REASON_FAILED);
}

/* Where the number has its address, another wish is a change like any other. */
static void test_a_course_that_lacks_nothing_ends_with_its_wish(void **state)
{
	struct plan_fixture *fixture = *state;

	declare_address(fixture, ADDRESS);
	memory_begin_course(&fixture->memory->numbers[0], FIELD_EMERGENCY_ADDRESS_SID, ADDRESS);
	declare_address(fixture, "");
	assert_judged(look_at_address(fixture, ADDRESS), ACTION_HOLD, REASON_ON_CHANGE);
	assert_judged(look_at_address(fixture, ADDRESS), ACTION_HOLD, REASON_ON_CHANGE);
}

/* A field that the file names no more has no course; what it names later begins anew. */
static void test_a_course_ends_when_its_field_leaves_the_file(void **state)
{
	struct plan_fixture *fixture = *state;

	declare_address(fixture, ADDRESS);
	memory_begin_course(&fixture->memory->numbers[0], FIELD_EMERGENCY_ADDRESS_SID, ADDRESS);
	fixture_file(fixture, "numbers:\n  '" ONE "': {voice_url: ''}\n");
	look_at_address(fixture, NULL);
	declare_address(fixture, ADDRESS);
	assert_judged(look_at_address(fixture, NULL), ACTION_HOLD, REASON_ON_CHANGE);
}

static void test_a_rival_meets_three_reverts_and_then_a_hold(void **state)
{
	struct plan_fixture *fixture = *state;
	struct difference *diff;

	declare(fixture, "", OLD);
	look(fixture, OLD);
	for (int i = 0; i < 3; i++) {
		assert_judged(look(fixture, OTHER), ACTION_SEND, REASON_NONE);
		memory_put_back(&fixture->memory->numbers[0], FIELD_VOICE_URL, fixture->input.wall);
		look(fixture, OLD);
		fixture->input.wall += 120000;
	}
	diff = look(fixture, OTHER);
	assert_judged(diff, ACTION_HOLD, REASON_FIGHT);
	assert_true(diff->until == fixture->input.wall + FIGHT_HOLD_MS);
	diff = look(fixture, OTHER);
	assert_judged(diff, ACTION_HOLD, REASON_FIGHT);
	declare(fixture, "", NEW);
	assert_judged(look(fixture, OTHER), ACTION_SEND, REASON_NONE);
}

/* count numbers in the file, of which `different` have another value live. */
static void many(struct plan_fixture *fixture, const char *limit, int count, int different)
{
	struct buf file = {0};
	char number[32];

	buf_printf(&file, "%s\ndefaults: {voice_url: '" OLD "'}\nnumbers:\n", limit);
	for (int i = 0; i < count; i++)
		buf_printf(&file, "  '+1415555%04d': {}\n", i);
	fixture_file(fixture, file.bytes);
	buf_finish(&file);
	fixture_clear_live(fixture);
	for (int i = 0; i < count; i++) {
		snprintf(number, sizeof(number), "+1415555%04d", i);
		fixture_live(fixture, number, "voice_url", i < different ? OTHER : OLD, NULL);
	}
	fixture_plan(fixture);
}

/* The same for numbers that were never seen before. */
static void many_new(struct plan_fixture *fixture, const char *limit, int count, int different)
{
	fixture_finish(fixture);
	fixture_init(fixture);
	many(fixture, limit, count, different);
}

static void test_a_share_is_counted_from_ten_numbers_up(void **state)
{
	struct plan_fixture *fixture = *state;

	many_new(fixture, "", 9, 9);
	assert_int_equal(fixture->plan->limit_count, 0);
	assert_int_equal(fixture->plan->posts, 9);
	many_new(fixture, "", 10, 3);
	assert_int_equal(fixture->plan->limit_count, 0);
	many_new(fixture, "", 10, 4);
	assert_int_equal(fixture->plan->limit_count, 1);
	assert_int_equal(fixture->plan->posts, 0);
	assert_int_equal(fixture->plan->differences[0].action, ACTION_BLOCKED);
	assert_int_equal(plan_status(fixture->plan), 4);
}

static void test_a_count_is_a_limit_for_any_file(void **state)
{
	struct plan_fixture *fixture = *state;

	many_new(fixture, "limits: {max_changes: 2}", 5, 2);
	assert_int_equal(fixture->plan->posts, 2);
	many_new(fixture, "limits: {max_changes: 2}", 5, 3);
	assert_int_equal(fixture->plan->posts, 0);
	many_new(fixture, "limits: {max_changes: 0}", 5, 1);
	assert_int_equal(plan_status(fixture->plan), 4);
}

static void test_changes_and_drift_are_counted_apart(void **state)
{
	struct plan_fixture *fixture = *state;
	char number[32];

	many(fixture, "limits: {max_changes: 3}", 20, 0);
	/* Three drift, and the file asks three others for a change. */
	fixture_clear_live(fixture);
	for (int i = 0; i < 20; i++) {
		snprintf(number, sizeof(number), "+1415555%04d", i);
		fixture_live(fixture, number, "voice_url", i < 3 ? OTHER : OLD, NULL);
	}
	fixture_plan(fixture);
	assert_int_equal(fixture->plan->posts, 3);
	assert_int_equal(fixture->plan->counts[DIFF_DRIFT], 3);
	assert_int_equal(fixture->plan->limit_count, 0);
}

static void test_approval_is_for_this_very_plan(void **state)
{
	struct plan_fixture *fixture = *state;
	char digest[sizeof(fixture->plan->digest)];

	many(fixture, "", 20, 15);
	assert_int_equal(fixture->plan->posts, 0);
	strcpy(digest, fixture->plan->digest);
	fixture->input.approved = digest;
	many(fixture, "", 20, 16);
	assert_int_equal(fixture->plan->posts, 0);
	many(fixture, "", 20, 15);
	assert_int_equal(fixture->plan->posts, 15);
	/* What failed of it needs no second approval within the hour ... */
	fixture->input.approved = NULL;
	many(fixture, "", 20, 14);
	assert_int_equal(fixture->plan->posts, 14);
	/* ... and does after it. */
	fixture->input.wall += HOUR + 1;
	many(fixture, "", 20, 14);
	assert_int_equal(fixture->plan->posts, 0);
}

static void test_a_file_that_lost_most_of_its_numbers_is_held(void **state)
{
	struct plan_fixture *fixture = *state;
	char digest[sizeof(fixture->plan->digest)];

	many(fixture, "", 20, 0);
	memory_account(fixture->memory, FIXTURE_ACCOUNT)->declared = 20;
	many(fixture, "", 13, 1);
	assert_int_equal(fixture->plan->limit_count, 1);
	assert_int_equal(fixture->plan->limits[0].kind, PLAN_LIMIT_SHRINK);
	assert_int_equal(fixture->plan->limits[0].numbers, 7);
	assert_int_equal(fixture->plan->posts, 0);
	strcpy(digest, fixture->plan->digest);
	fixture->input.approved = digest;
	many(fixture, "", 13, 1);
	assert_int_equal(fixture->plan->posts, 1);
	assert_int_equal(fixture->plan->limit_count, 0);
	fixture->input.approved = NULL;
	many(fixture, "", 13, 1);
	assert_int_equal(fixture->plan->posts, 1);
}

static void test_plain_fields_go_before_those_with_a_course(void **state)
{
	struct plan_fixture *fixture = *state;

	fixture_file(fixture, "numbers:\n  '" ONE "': {voice_url: '" OLD "', "
			      "emergency_address_sid: AD00000000000000000000000000000001, "
			      "emergency_status: Active}\n");
	look(fixture, OTHER);
	assert_judged(fixture_diff(fixture, ONE, "voice_url"), ACTION_SEND, REASON_NONE);
	assert_judged(fixture_diff(fixture, ONE, "emergency_address_sid"), ACTION_WAIT,
		      REASON_TURN);
	assert_judged(fixture_diff(fixture, ONE, "emergency_status"), ACTION_WAIT, REASON_TURN);
	look(fixture, OLD);
	assert_judged(fixture_diff(fixture, ONE, "emergency_address_sid"), ACTION_SEND,
		      REASON_NONE);
	assert_judged(fixture_diff(fixture, ONE, "emergency_status"), ACTION_WAIT, REASON_TURN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_change_is_sent_unless_the_file_holds_it),
		TEST(test_drift_is_put_back_unless_the_file_reports_it),
		TEST(test_both_needs_both_policies),
		TEST(test_new_on_a_new_journal_needs_both_policies),
		TEST(test_a_new_field_of_a_known_account_follows_on_change),
		TEST(test_observe_and_pause_send_nothing),
		TEST(test_a_failure_waits_until_its_time_or_a_move),
		TEST(test_each_course_waits_by_itself),
		TEST(test_a_number_that_moves_is_guarded_too),
		TEST(test_a_course_is_not_stopped_half_way_by_a_limit),
		TEST(test_a_course_half_way_follows_the_file),
		TEST(test_a_course_that_lacks_nothing_ends_with_its_wish),
		TEST(test_a_course_ends_when_its_field_leaves_the_file),
		TEST(test_a_rival_meets_three_reverts_and_then_a_hold),
		TEST(test_a_share_is_counted_from_ten_numbers_up),
		TEST(test_a_count_is_a_limit_for_any_file),
		TEST(test_changes_and_drift_are_counted_apart),
		TEST(test_approval_is_for_this_very_plan),
		TEST(test_a_file_that_lost_most_of_its_numbers_is_held),
		TEST(test_plain_fields_go_before_those_with_a_course),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
