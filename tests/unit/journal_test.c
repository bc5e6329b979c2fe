/* The journal on a real disk: what is written comes back, and two writers are kept apart. */
#include "test.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "support/declared.h"
#include "support/journal_place.h"

static void test_values_come_back(void **state)
{
	struct wanted *wanted = declared_new(1, 3, 1);
	struct memory *memory = memory_new(wanted);
	struct journal *journal = place_open(*state, JOURNAL_WRITE);
	struct memory_account *account = memory_account(memory, DECLARED_ACCOUNT);
	struct memory_value *value;
	bool news;

	assert_true(journal_is_new(journal));
	place_assert_quiet(journal);
	memory_sync(&memory->numbers[0], FIELD_VOICE_URL, "https://a.example", "https://A.example");
	memory_sync(&memory->numbers[0], FIELD_SMS_URL, NULL, NULL);
	memory_sync(&memory->numbers[0], FIELD_TRUNK_SID, "TK1", NULL);
	memory->numbers[0].sid = mem_strdup("PN1");
	memory_wish(&memory->numbers[1], FIELD_FRIENDLY_NAME, "it's; DROP TABLE \"known\" ☎", true);
	memory_value(&memory->numbers[1], FIELD_FRIENDLY_NAME)->said = 0xfedcba9876543210;
	memory_begin_course(&memory->numbers[1], FIELD_EMERGENCY_ADDRESS_SID, "AD1");
	value = memory_value(&memory->numbers[1], FIELD_EMERGENCY_ADDRESS_SID);
	value->approved = UINT64_MAX;
	value->approved_until = NOW + 77;
	for (int i = 0; i < FIGHT_ROUNDS; i++)
		memory_put_back(&memory->numbers[1], FIELD_FRIENDLY_NAME, NOW + i);
	memory_fight_until(&memory->numbers[1], FIELD_FRIENDLY_NAME, NOW + 5, &news);
	memory->numbers[2].missing = memory->numbers[2].dirty = true;
	*account = (struct memory_account){.sid = account->sid,
					   .known = true,
					   .live = 7,
					   .declared = 3,
					   .strange = UINT64_MAX,
					   .strange_seen = 2,
					   .dirty = true};
	assert_int_equal(journal_save(journal, memory, NOW), 0);
	assert_false(memory->numbers[0].dirty);
	assert_false(memory->accounts[0].dirty);
	memory_free(memory);
	journal_close(journal);

	journal = place_open(*state, JOURNAL_WRITE);
	assert_false(journal_is_new(journal));
	memory = memory_new(wanted);
	journal_load(journal, memory);
	place_assert_quiet(journal);
	assert_string_equal(memory->numbers[0].sid, "PN1");
	assert_int_equal(__builtin_popcount(memory->numbers[0].known), 3);
	value = memory_value(&memory->numbers[0], FIELD_VOICE_URL);
	assert_true(value->synced);
	assert_true(memory_agrees(value, "https://a.example", "https://A.example"));
	assert_false(memory_agrees(value, "https://A.example", "https://a.example"));
	value = memory_value(&memory->numbers[0], FIELD_SMS_URL);
	assert_true(value->synced);
	assert_null(value->want);
	assert_null(value->live);
	value = memory_value(&memory->numbers[0], FIELD_TRUNK_SID);
	assert_true(memory_agrees(value, "TK1", NULL));
	value = memory_value(&memory->numbers[1], FIELD_FRIENDLY_NAME);
	assert_false(value->synced);
	assert_true(value->guarded);
	assert_string_equal(value->want, "it's; DROP TABLE \"known\" ☎");
	assert_true(value->said == 0xfedcba9876543210);
	assert_non_null(value->fight);
	assert_int_equal(value->fight->put_back[0], NOW + 2);
	assert_int_equal(value->fight->put_back[2], NOW);
	assert_int_equal(value->fight->held_until, NOW + 5 + FIGHT_HOLD_MS);
	assert_int_equal(value->fight->holds, 1);
	value = memory_value(&memory->numbers[1], FIELD_EMERGENCY_ADDRESS_SID);
	assert_true(value->underway);
	assert_true(value->approved == UINT64_MAX);
	assert_int_equal(value->approved_until, NOW + 77);
	assert_true(memory->numbers[2].missing);
	account = memory_account(memory, DECLARED_ACCOUNT);
	assert_true(account->known);
	assert_int_equal(account->live, 7);
	assert_int_equal(account->declared, 3);
	assert_true(account->strange == UINT64_MAX);
	assert_int_equal(account->strange_seen, 2);
	memory_free(memory);
	journal_close(journal);
	declared_free(wanted);
}

static void test_history_comes_back(void **state)
{
	struct journal *journal = place_open(*state, JOURNAL_WRITE);
	struct history_entry entries[] = {
		{.at = NOW,
		 .account = "AC1",
		 .number = "+1",
		 .field = "voice_url",
		 .kind = "change",
		 .before = "a",
		 .after = "b",
		 .outcome = HISTORY_PENDING},
		{.at = NOW + 1,
		 .account = "AC1",
		 .number = "+2",
		 .field = "sms_url",
		 .kind = "drift",
		 .outcome = HISTORY_SEEN},
	};
	struct history_filter filter;

	assert_int_equal(history_add(journal, entries, 2), 0);
	assert_int_equal(entries[0].id, 1);
	assert_int_equal(entries[1].id, 2);
	journal_close(journal);
	journal = place_open(*state, JOURNAL_WRITE);
	assert_int_equal(place_history(journal, NULL), 2);
	filter = (struct history_filter){.outcome = HISTORY_PENDING};
	assert_int_equal(place_history(journal, &filter), 1);
	entries[0].outcome = HISTORY_DONE;
	entries[0].request = "RQ1";
	assert_int_equal(history_finish(journal, entries, 1), 0);
	assert_int_equal(place_history(journal, &filter), 0);
	filter = (struct history_filter){.outcome = HISTORY_DONE,
					 .number = "+1",
					 .id = 1,
					 .since = NOW,
					 .account = "AC1",
					 .field = "voice_url",
					 .limit = 5};
	assert_int_equal(place_history(journal, &filter), 1);
	filter = (struct history_filter){.outcome = -1, .limit = 1};
	assert_int_equal(place_history(journal, &filter), 1);
	filter = (struct history_filter){.outcome = -1, .since = NOW + 1};
	assert_int_equal(place_history(journal, &filter), 1);
	place_assert_quiet(journal);
	journal_close(journal);
}

static void test_settings_come_back(void **state)
{
	struct journal *journal = place_open(*state, JOURNAL_WRITE);
	char *value;

	assert_null(journal_setting(journal, "pause.reason"));
	assert_int_equal(journal_set(journal, "pause.reason", "maintenance"), 0);
	assert_int_equal(journal_set(journal, "pause.reason", "Friday"), 0);
	journal_close(journal);
	journal = place_open(*state, JOURNAL_WRITE);
	value = journal_setting(journal, "pause.reason");
	assert_string_equal(value, "Friday");
	mem_free(value);
	assert_int_equal(journal_set(journal, "pause.reason", NULL), 0);
	assert_null(journal_setting(journal, "pause.reason"));
	journal_close(journal);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_values_come_back, place_make, place_remove),
		cmocka_unit_test_setup_teardown(test_history_comes_back, place_make, place_remove),
		cmocka_unit_test_setup_teardown(test_settings_come_back, place_make, place_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
