/* The journal on a real disk: what is written comes back, and two writers are kept apart. */
#include "test.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "journal/journal_db.h"
#include "support/declared.h"
#include "support/journal_place.h"

/* One of everything that a memory can hold. */
static void fill_memory(struct memory *memory)
{
	struct memory_account *account = memory_account(memory, DECLARED_ACCOUNT);
	struct memory_number *numbers = memory->numbers;
	struct memory_value *value;

	memory_sync(&numbers[0], FIELD_VOICE_URL, "https://a.example", "https://A.example");
	memory_sync(&numbers[0], FIELD_SMS_URL, NULL, NULL);
	memory_sync(&numbers[0], FIELD_TRUNK_SID, "TK1", NULL);
	numbers[0].sid = mem_strdup("PN1");
	memory_wish(&numbers[1], FIELD_FRIENDLY_NAME, "it's; DROP TABLE \"known\" ☎", true);
	memory_value(&numbers[1], FIELD_FRIENDLY_NAME)->said = 0xfedcba9876543210;
	memory_begin_course(&numbers[1], FIELD_EMERGENCY_ADDRESS_SID, "AD1");
	value = memory_value(&numbers[1], FIELD_EMERGENCY_ADDRESS_SID);
	value->approved = UINT64_MAX;
	value->approved_until = NOW + 77;
	for (int i = 0; i < FIGHT_ROUNDS; i++)
		memory_put_back(&numbers[1], FIELD_FRIENDLY_NAME, NOW + i);
	memory_fight_until(&numbers[1], FIELD_FRIENDLY_NAME, NOW + 5);
	numbers[2].missing = numbers[2].dirty = true;
	*account = (struct memory_account){.sid = account->sid,
					   .known = true,
					   .live = 7,
					   .declared = 3,
					   .strange = UINT64_MAX,
					   .strange_seen = 2,
					   .dirty = true};
}

static void assert_values(struct memory_number *numbers)
{
	struct memory_value *value;

	assert_string_equal(numbers[0].sid, "PN1");
	assert_int_equal(__builtin_popcount(numbers[0].known), 3);
	value = memory_value(&numbers[0], FIELD_VOICE_URL);
	assert_true(value->synced);
	assert_true(memory_agrees(value, "https://a.example", "https://A.example"));
	assert_false(memory_agrees(value, "https://A.example", "https://a.example"));
	value = memory_value(&numbers[0], FIELD_SMS_URL);
	assert_true(value->synced);
	assert_null(value->want);
	assert_null(value->live);
	assert_true(memory_agrees(memory_value(&numbers[0], FIELD_TRUNK_SID), "TK1", NULL));
	value = memory_value(&numbers[1], FIELD_FRIENDLY_NAME);
	assert_false(value->synced);
	assert_true(value->guarded);
	assert_string_equal(value->want, "it's; DROP TABLE \"known\" ☎");
	assert_true(value->said == 0xfedcba9876543210);
	value = memory_value(&numbers[1], FIELD_EMERGENCY_ADDRESS_SID);
	assert_true(value->underway);
	assert_true(value->approved == UINT64_MAX);
	assert_int_equal(value->approved_until, NOW + 77);
	assert_true(numbers[2].missing);
}

static void assert_fight(const struct memory_fight *fight)
{
	assert_non_null(fight);
	assert_int_equal(fight->put_back[0], NOW + 2);
	assert_int_equal(fight->put_back[2], NOW);
	assert_int_equal(fight->held_until, NOW + 5 + FIGHT_HOLD_MS);
	assert_int_equal(fight->holds, 1);
}

static void assert_account(const struct memory_account *account)
{
	assert_true(account->known);
	assert_int_equal(account->live, 7);
	assert_int_equal(account->declared, 3);
	assert_true(account->strange == UINT64_MAX);
	assert_int_equal(account->strange_seen, 2);
}

static void test_values_come_back(void **state)
{
	struct wanted *wanted = in_force_new(1, 3, 1);
	struct memory *memory = memory_new(wanted);
	struct journal *journal = place_open(*state, JOURNAL_WRITE);

	assert_true(journal_is_new(journal));
	place_assert_quiet(journal);
	fill_memory(memory);
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
	assert_values(memory->numbers);
	assert_fight(memory_value(&memory->numbers[1], FIELD_FRIENDLY_NAME)->fight);
	assert_account(memory_account(memory, DECLARED_ACCOUNT));
	memory_free(memory);
	journal_close(journal);
	in_force_free(wanted);
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
	/* What was never added, or is gone since, is nothing to finish. */
	entries[0].id = 0;
	entries[1].id = 999;
	assert_int_equal(history_finish(journal, entries, 2), 0);
	assert_int_equal(history_add(journal, entries, 0), 0);
	assert_int_equal(place_history(journal, NULL), 2);
	assert_string_equal(history_outcome_name(HISTORY_DROPPED), "dropped");
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

/* Many are read in one walk through the tables, few by look-up: the same comes out. */
static void test_some_of_many(void **state)
{
	struct journal *journal = place_open(*state, JOURNAL_WRITE);
	struct wanted *wanted = in_force_new(1, 1000, 1), *other;

	assert_int_equal(place_save(journal, 1000), 0);
	for (size_t step = 1; step <= 400; step *= 20) {
		struct memory *memory;

		/* 501, 501 + step ...: some of them were saved, some are new to the file. */
		other = in_force_new(501, 1000, step);
		memory = memory_new(other);
		memory_sync(&memory->numbers[0], FIELD_SMS_URL, "mine", "mine");
		journal_load(journal, memory);
		for (size_t i = 0; i < 1000; i++) {
			bool saved = 501 + i * step <= 1000 && i > 0;

			assert_int_equal(memory->numbers[i].known & FIELD_BIT(FIELD_VOICE_URL),
					 saved ? FIELD_BIT(FIELD_VOICE_URL) : 0);
		}
		memory_free(memory);
		in_force_free(other);
	}
	/* A file that declares other numbers takes nothing away: they may come back. */
	other = in_force_new(5000, 10, 1);
	for (int i = 0; i < 2; i++) {
		struct memory *memory = memory_new(i ? wanted : other);

		journal_load(journal, memory);
		memory->numbers[0].dirty = true;
		assert_int_equal(journal_save(journal, memory, NOW), 0);
		assert_int_equal(memory->numbers[9].known != 0, i);
		memory_free(memory);
	}
	in_force_free(other);
	in_force_free(wanted);
	place_assert_quiet(journal);
	journal_close(journal);
}

static void test_100000_numbers(void **state)
{
	struct journal *journal = place_open(*state, JOURNAL_WRITE);

	assert_int_equal(place_save(journal, 100000), 0);
	journal_close(journal);
	journal = place_open(*state, JOURNAL_WRITE);
	assert_int_equal(place_known(journal, 100000), 100000);
	place_assert_quiet(journal);
	journal_close(journal);
}

/* Numbers that no file declares any more go, all at once, when there are too many of them. */
static void test_strangers_have_a_ceiling(void **state)
{
	struct journal *journal = place_open(*state, JOURNAL_WRITE);
	struct place *place = *state;

	assert_int_equal(place_save(journal, 300), 0);
	place_sql(place, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT "
			 "200001) INSERT INTO number SELECT 'AC9', '+1' || i, NULL, 0 FROM n");
	assert_int_equal(place_known(journal, 300), 300);
	assert_int_equal(place_save(journal, 300), 0);
	assert_int_equal(place_known(journal, 300), 300);
	place_sql(place, "CREATE TEMP TABLE one (i CHECK (i = 300));"
			 "INSERT INTO one SELECT count(*) FROM number;"
			 "INSERT INTO one SELECT count(*) FROM known");
	journal_close(journal);
}

static int64_t since_of(const struct place *place)
{
	sqlite3_stmt *select;
	sqlite3 *db;
	int64_t since;

	assert_int_equal(sqlite3_open(place->db, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT since FROM known", -1, &select, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_step(select), SQLITE_ROW);
	since = sqlite3_column_int64(select, 0);
	sqlite3_finalize(select);
	sqlite3_close(db);
	return since;
}

static void test_since_is_when_it_became_so(void **state)
{
	const struct place *place = *state;
	struct wanted *wanted = in_force_new(1, 1, 1);
	struct memory *memory = memory_new(wanted);
	struct journal *journal = place_open(place, JOURNAL_WRITE);

	memory_sync(&memory->numbers[0], FIELD_VOICE_URL, "a", "a");
	assert_int_equal(journal_save(journal, memory, NOW + 1), 0);
	assert_int_equal(since_of(place), NOW + 1);
	memory_value(&memory->numbers[0], FIELD_VOICE_URL)->said = 5;
	memory->numbers[0].dirty = true;
	assert_int_equal(journal_save(journal, memory, NOW + 2), 0);
	assert_int_equal(since_of(place), NOW + 1);
	memory_sync(&memory->numbers[0], FIELD_VOICE_URL, "a", "A");
	assert_int_equal(journal_save(journal, memory, NOW + 3), 0);
	assert_int_equal(since_of(place), NOW + 3);
	journal_close(journal);
	memory_free(memory);
	in_force_free(wanted);
}

/* What is too old goes with the next entry, but for the newest; an id never comes twice. */
static void test_history_has_a_ceiling(void **state)
{
	struct journal *journal = place_open(*state, JOURNAL_WRITE);
	struct history_entry entry = {.at = NOW - LIMIT_HISTORY_AGE_MS - 1,
				      .outcome = HISTORY_DONE};

	for (int i = 0; i < 3; i++)
		assert_int_equal(history_add(journal, &entry, 1), 0);
	entry.at = NOW;
	assert_int_equal(history_add(journal, &entry, 1), 0);
	assert_int_equal(entry.id, 4);
	assert_int_equal(place_history(journal, NULL), 4);
	place_sql(*state, "UPDATE sqlite_sequence SET seq = 10003");
	assert_int_equal(history_add(journal, &entry, 1), 0);
	assert_int_equal(entry.id, 10004);
	assert_int_equal(place_history(journal, NULL), 2);
	place_sql(*state, "DELETE FROM history");
	place_sql(*state, "UPDATE sqlite_sequence SET seq = 1010004");
	assert_int_equal(history_add(journal, &entry, 1), 0);
	assert_int_equal(entry.id, 1010005);
	assert_int_equal(place_history(journal, NULL), 1);
	place_assert_quiet(journal);
	journal_close(journal);
}

/* A table of version 1 as it was released: what it holds must stay readable for good. */
static const char *const version_1 =
	"PRAGMA application_id = 1853189476; PRAGMA user_version = 1;"
	"CREATE TABLE account (account TEXT PRIMARY KEY, known INTEGER NOT NULL,"
	" live INTEGER NOT NULL, declared INTEGER NOT NULL, strange INTEGER NOT NULL,"
	" strange_seen INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE TABLE number (account TEXT NOT NULL, number TEXT NOT NULL, sid TEXT,"
	" missing INTEGER NOT NULL, PRIMARY KEY (account, number)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE known (account TEXT NOT NULL, number TEXT NOT NULL, field TEXT NOT NULL,"
	" want TEXT, synced INTEGER NOT NULL, learnt INTEGER NOT NULL, live TEXT,"
	" guarded INTEGER NOT NULL, since INTEGER NOT NULL, underway INTEGER NOT NULL,"
	" approved INTEGER, approved_until INTEGER, said INTEGER, put_back_1 INTEGER,"
	" put_back_2 INTEGER, put_back_3 INTEGER, held_until INTEGER, holds INTEGER,"
	" PRIMARY KEY (account, number, field)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE history (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL,"
	" account TEXT, number TEXT, sid TEXT, field TEXT, kind TEXT, before TEXT, after TEXT,"
	" known TEXT, source TEXT, revision TEXT, request TEXT, actor TEXT,"
	" outcome TEXT NOT NULL, detail TEXT) STRICT;"
	"CREATE INDEX history_number ON history (number);"
	"CREATE INDEX history_at ON history (at);"
	"CREATE INDEX history_pending ON history (outcome) WHERE outcome = 'pending';"
	"CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
	"INSERT INTO account VALUES ('" DECLARED_ACCOUNT "', 1, 2, 1, 0, 0);"
	"INSERT INTO number VALUES ('" DECLARED_ACCOUNT "', '+14150000001', 'PN1', 0);"
	"INSERT INTO known VALUES ('" DECLARED_ACCOUNT "', '+14150000001', 'voice_url',"
	" 'https://ivr.example.com/voice', 1, 0, NULL, 0, 1795426860000, 0, NULL, NULL, NULL,"
	" NULL, NULL, NULL, NULL, NULL);"
	"INSERT INTO history (at, outcome) VALUES (1795426860000, 'done');"
	"INSERT INTO setting VALUES ('pause.reason', 'Friday');";

static void test_a_file_of_version_1(void **state)
{
	const struct place *place = *state;
	struct journal *journal;
	struct stat info;
	char *setting;

	assert_int_equal(mkdir(place->state, 0750), 0);
	place_sql(place, version_1);
	/* Anybody may read it; it has passwords within URLs. */
	assert_int_equal(chmod(place->db, 0644), 0);
	journal = place_open(place, JOURNAL_WRITE);
	place_assert_told(journal, "its mode is 0600 now");
	assert_int_equal(stat(place->db, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	assert_false(journal_is_new(journal));
	assert_int_equal(place_known(journal, 1), 1);
	assert_int_equal(place_history(journal, NULL), 1);
	setting = journal_setting(journal, "pause.reason");
	assert_string_equal(setting, "Friday");
	mem_free(setting);
	assert_int_equal(place_save(journal, 2), 0);
	journal_close(journal);
}

static int version_of(sqlite3 *db)
{
	sqlite3_stmt *select;
	int version;

	sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &select, NULL);
	assert_int_equal(sqlite3_step(select), SQLITE_ROW);
	version = sqlite3_column_int(select, 0);
	sqlite3_finalize(select);
	return version;
}

/* Each step in its turn, once, and all of them or none. */
static void test_migration(void **state)
{
	const char *steps[] = {"CREATE TABLE a (x)", "INSERT INTO a VALUES (1)",
			       "UPDATE a SET x = x * 10"};
	const char *const broken[] = {"", "INSERT INTO a VALUES (2)", "no SQL"};
	sqlite3 *db;

	(void)state;
	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	assert_int_equal(journal_migrate(db, steps, 0, 1), SQLITE_OK);
	assert_int_equal(version_of(db), 1);
	assert_int_not_equal(journal_migrate(db, broken, 1, 3), SQLITE_OK);
	assert_int_equal(version_of(db), 1);
	assert_int_equal(journal_migrate(db, steps, 1, 3), SQLITE_OK);
	assert_int_equal(version_of(db), 3);
	assert_int_equal(sqlite3_exec(db,
				      "CREATE TABLE one (i CHECK (i = 10));"
				      "INSERT INTO one SELECT sum(x) FROM a",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	sqlite3_close(db);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, place_make, place_remove)
	const struct CMUnitTest tests[] = {
		TEST(test_values_come_back),
		TEST(test_history_comes_back),
		TEST(test_settings_come_back),
		TEST(test_some_of_many),
		TEST(test_100000_numbers),
		TEST(test_strangers_have_a_ceiling),
		TEST(test_since_is_when_it_became_so),
		TEST(test_history_has_a_ceiling),
		TEST(test_a_file_of_version_1),
		TEST(test_migration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
