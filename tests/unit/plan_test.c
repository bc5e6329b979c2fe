/* What the plan finds, and what it calls it. */
#include "support/test.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "support/plan_fixture.h"

#define ONE   "+14155550100"
#define TWO   "+14155550101"
#define OLD   "https://old.example.com/"
#define NEW   "https://new.example.com/"
#define OTHER "https://other.example.com/"

static const char file_old[] = "numbers:\n  '" ONE "': {voice_url: '" OLD "'}\n";
static const char file_new[] = "numbers:\n  '" ONE "': {voice_url: '" NEW "'}\n";

/* The number has this voice_url now; returns its difference or NULL. */
static struct difference *look(struct plan_fixture *fixture, const char *live)
{
	fixture_clear_live(fixture);
	fixture_live(fixture, ONE, "voice_url", live, NULL);
	fixture_plan(fixture);
	return fixture_diff(fixture, ONE, "voice_url");
}

static void test_equal_is_in_sync(void **state)
{
	struct plan_fixture *fixture = *state;

	fixture_file(fixture, file_old);
	assert_null(look(fixture, OLD));
	assert_int_equal(fixture->plan->in_sync, 1);
	assert_int_equal(plan_status(fixture->plan), 0);
}

static void test_the_four_kinds(void **state)
{
	struct plan_fixture *fixture = *state;

	fixture_file(fixture, file_old);
	assert_int_equal(look(fixture, OTHER)->kind, DIFF_NEW);
	assert_int_equal(plan_status(fixture->plan), 2);
	assert_null(look(fixture, OLD));
	assert_int_equal(look(fixture, OTHER)->kind, DIFF_DRIFT);
	assert_string_equal(fixture->plan->differences[0].known, OLD);
	assert_int_equal(plan_status(fixture->plan), 3);
	fixture_file(fixture, file_new);
	assert_int_equal(look(fixture, OLD)->kind, DIFF_CHANGE);
	assert_int_equal(plan_status(fixture->plan), 2);
	assert_int_equal(look(fixture, OTHER)->kind, DIFF_BOTH);
	assert_int_equal(plan_status(fixture->plan), 3);
}

static void test_undeclared_fields_are_not_compared(void **state)
{
	struct plan_fixture *fixture = *state;

	fixture_file(fixture, file_old);
	fixture_live(fixture, ONE, "voice_url", OLD, "sms_url", OTHER, NULL);
	fixture_live(fixture, TWO, "voice_url", OTHER, NULL);
	fixture_plan(fixture);
	assert_int_equal(fixture->plan->count, 0);
	assert_int_equal(fixture->plan->unmanaged, 1);
	assert_int_equal(fixture->plan->live, 2);
}

static void test_unset_is_one_thing(void **state)
{
	struct plan_fixture *fixture = *state;

	fixture_file(fixture, "numbers:\n  '" ONE "': {voice_url: null, sms_url: '', "
			      "voice_method: POST, voice_receive_mode: voice}\n");
	fixture_live(fixture, ONE, NULL);
	fixture_plan(fixture);
	assert_int_equal(fixture->plan->count, 0);
}

static void test_a_learnt_spelling_is_no_difference(void **state)
{
	struct plan_fixture *fixture = *state;

	fixture_file(fixture, file_old);
	look(fixture, OTHER);
	memory_sync(&fixture->memory->numbers[0], FIELD_VOICE_URL, OLD, "https://OLD.example.com/");
	assert_null(look(fixture, "https://OLD.example.com/"));
	assert_int_equal(look(fixture, OTHER)->kind, DIFF_DRIFT);
	fixture_file(fixture, file_new);
	assert_int_equal(look(fixture, "https://OLD.example.com/")->kind, DIFF_CHANGE);
}

static void test_a_number_is_missing_only_when_that_is_confirmed(void **state)
{
	struct plan_fixture *fixture = *state;

	fixture_file(fixture, file_old);
	fixture_plan(fixture);
	assert_int_equal(fixture->plan->missing_count, 0);
	assert_int_equal(fixture->plan->unknown, 1);
	assert_int_equal(plan_status(fixture->plan), 1);
	fixture->memory->numbers[0].missing = true;
	fixture_plan(fixture);
	assert_int_equal(fixture->plan->missing_count, 1);
	assert_int_equal(plan_status(fixture->plan), 3);
	assert_null(look(fixture, OLD));
	assert_false(fixture->memory->numbers[0].missing);
}

static void test_an_unknown_account_has_no_differences(void **state)
{
	struct plan_fixture *fixture = *state;

	fixture_file(fixture, file_old);
	actual_free(fixture->live.accounts[0].actual);
	fixture->live.accounts[0].actual = NULL;
	plan_free(fixture->plan);
	fixture->input.wanted = fixture->wanted;
	fixture->input.memory = fixture->memory;
	fixture->input.live = &fixture->live;
	fixture->plan = plan_make(&fixture->input);
	assert_int_equal(fixture->plan->count, 0);
	assert_int_equal(fixture->plan->unknown, 1);
	assert_int_equal(plan_status(fixture->plan), 1);
}

static bool has_warning(const struct plan *plan, const char *part)
{
	for (size_t i = 0; i < plan->warning_count; i++) {
		if (strstr(plan->warnings[i].text, part))
			return true;
	}
	return false;
}

static void test_a_shadowed_url_is_warned_of_by_name(void **state)
{
	struct plan_fixture *fixture = *state;
	static const char trunk[] = "TK00000000000000000000000000000001";

	fixture_file(fixture, file_old);
	fixture_live(fixture, ONE, "voice_url", OLD, "trunk_sid", trunk, NULL);
	fixture_plan(fixture);
	assert_true(has_warning(fixture->plan, trunk));
	assert_true(has_warning(fixture->plan, "voice_url of " ONE " has no effect"));
	fixture_file(fixture, "numbers:\n  '" ONE "': {voice_url: '" OLD "', trunk_sid: null}\n");
	fixture_plan(fixture);
	assert_int_equal(fixture->plan->warning_count, 0);
}

static void test_setting_a_trunk_warns_of_the_application_it_removes(void **state)
{
	struct plan_fixture *fixture = *state;

	fixture_file(fixture,
		     "numbers:\n  '" ONE "': {trunk_sid: TK00000000000000000000000000000001}\n");
	fixture_live(fixture, ONE, "voice_application_sid", "AP00000000000000000000000000000001",
		     NULL);
	fixture_plan(fixture);
	assert_true(has_warning(fixture->plan, "makes Twilio remove its voice_application_sid"));
}

static void test_the_digest_names_one_plan(void **state)
{
	struct plan_fixture *fixture = *state;
	char first[sizeof(fixture->plan->digest)];

	fixture_file(fixture, file_old);
	look(fixture, OTHER);
	strcpy(first, fixture->plan->digest);
	look(fixture, OTHER);
	assert_string_equal(fixture->plan->digest, first);
	look(fixture, NEW);
	assert_string_not_equal(fixture->plan->digest, first);
	fixture_file(fixture, file_new);
	look(fixture, OTHER);
	assert_string_not_equal(fixture->plan->digest, first);
	assert_true(text_starts(first, "sha256:"));
	assert_int_equal(strlen(first), 7 + 64);
}

static void test_an_emergency_address_is_cleared_before_a_new_one(void **state)
{
	struct plan_fixture *fixture = *state;
	struct difference *diff;

	fixture_file(fixture, "numbers:\n  '" ONE
			      "': {emergency_address_sid: AD00000000000000000000000000000002}\n");
	fixture_live(fixture, ONE, "emergency_address_sid", "AD00000000000000000000000000000001",
		     NULL);
	fixture_plan(fixture);
	diff = fixture_diff(fixture, ONE, "emergency_address_sid");
	assert_int_equal(diff->action, ACTION_SEND);
	assert_null(diff->send);
	fixture_clear_live(fixture);
	fixture_live(fixture, ONE, NULL);
	fixture_plan(fixture);
	diff = fixture_diff(fixture, ONE, "emergency_address_sid");
	assert_string_equal(diff->send, "AD00000000000000000000000000000002");
	fixture->live.accounts[0].actual->rows[0].emergency = EMERGENCY_PENDING_UNREGISTRATION;
	fixture_plan(fixture);
	diff = fixture_diff(fixture, ONE, "emergency_address_sid");
	assert_int_equal(diff->action, ACTION_WAIT);
	assert_int_equal(diff->reason, REASON_EMERGENCY);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_equal_is_in_sync),
		TEST(test_the_four_kinds),
		TEST(test_undeclared_fields_are_not_compared),
		TEST(test_unset_is_one_thing),
		TEST(test_a_learnt_spelling_is_no_difference),
		TEST(test_a_number_is_missing_only_when_that_is_confirmed),
		TEST(test_an_unknown_account_has_no_differences),
		TEST(test_a_shadowed_url_is_warned_of_by_name),
		TEST(test_setting_a_trunk_warns_of_the_application_it_removes),
		TEST(test_the_digest_names_one_plan),
		TEST(test_an_emergency_address_is_cleared_before_a_new_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
