/*
 * The journal on a real disk that is full or can't be written, and beside readers.
 */
#include "test.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/journal_place.h"

#define NUMBERS 300

/* Runs `work` in a child that root's privileges are taken from, and passes its status on. */
static void as_nobody(const struct place *place, void (*work)(const struct place *place))
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		if (geteuid() == 0 && (setegid(65534) != 0 || seteuid(65534) != 0))
			_exit(2);
		work(place);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* cmocka's asserts jump into the parent's test; a child ends by its status. */
#define REQUIRE(condition)                                                                         \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);            \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

static struct journal *open_quietly(const struct place *place, enum journal_mode mode)
{
	struct journal *journal = NULL;
	struct error error = {0};

	REQUIRE(journal_open(place->state, mode, NULL, NOW, &journal, &error) == 0);
	return journal;
}

static void read_only_work(const struct place *place)
{
	struct journal *journal = open_quietly(place, JOURNAL_READ);

	REQUIRE(!journal_trouble(journal));
	REQUIRE(!journal_is_new(journal));
	REQUIRE(place_known(journal, NUMBERS) == NUMBERS);
	REQUIRE(place_history(journal, NULL) == 1);
	journal_close(journal);
	/* A writer that can't write remembers what there is, says it once, and goes on. */
	journal = open_quietly(place, JOURNAL_WRITE);
	REQUIRE(journal_trouble(journal));
	REQUIRE(place_known(journal, NUMBERS) == NUMBERS);
	REQUIRE(place_save(journal, NUMBERS) < 0);
	REQUIRE(place_add(journal, HISTORY_PENDING) == 0);
	REQUIRE(place_save(journal, NUMBERS) < 0);
	REQUIRE(!journal_trouble(journal));
	journal_close(journal);
}

static void test_directory_read_only(void **state)
{
	const struct place *place = *state;

	place_fill(place, NUMBERS);
	assert_int_equal(chmod(place->directory, 0755), 0);
	assert_int_equal(chmod(place->db, 0644), 0);
	assert_int_equal(chmod(place->state, 0555), 0);
	as_nobody(place, read_only_work);
	assert_int_equal(chmod(place->state, 0755), 0);
	assert_int_equal(place_count(place, "numberd.db"), 1);
}

static void unreadable_work(const struct place *place)
{
	struct journal *journal = open_quietly(place, JOURNAL_READ);
	struct history_filter any = {.outcome = -1};
	struct error error = {0};

	REQUIRE(strstr(journal_trouble(journal), "numberd.db"));
	REQUIRE(journal_is_new(journal));
	REQUIRE(place_known(journal, NUMBERS) == 0);
	REQUIRE(history_read(journal, &any, NULL, NULL, &error) < 0);
	REQUIRE(strstr(error.text, "numberd.db"));
	journal_close(journal);
}

static void test_file_unreadable(void **state)
{
	const struct place *place = *state;

	place_fill(place, NUMBERS);
	assert_int_equal(chmod(place->directory, 0755), 0);
	assert_int_equal(chmod(place->state, 0555), 0);
	assert_int_equal(chmod(place->db, 0), 0);
	as_nobody(place, unreadable_work);
}

static void test_no_directory_can_be_made(void **state)
{
	struct place *place = *state;
	struct journal *journal;

	strcpy(place->state, "/proc/numberd");
	journal = place_open(place, JOURNAL_WRITE);
	place_assert_told(journal, "/proc/numberd");
	assert_true(journal_is_new(journal));
	assert_true(place_save(journal, 3) < 0);
	assert_int_equal(place_add(journal, HISTORY_PENDING), 0);
	assert_true(journal_set(journal, "pause.reason", "x") < 0);
	assert_null(journal_setting(journal, "pause.reason"));
	place_assert_quiet(journal);
	journal_close(journal);
}

static void test_modes_of_the_files(void **state)
{
	const struct place *place = *state;
	struct journal *journal = place_open(place, JOURNAL_WRITE);
	static const char *const names[] = {"numberd.db", "numberd.db-wal", "numberd.db-shm",
					    "lock"};
	struct stat info;
	char path[128];

	assert_int_equal(place_save(journal, 3), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", place->state, names[i]);
		assert_int_equal(stat(path, &info), 0);
		assert_int_equal(info.st_mode & 07777, 0600);
	}
	assert_int_equal(stat(place->state, &info), 0);
	assert_int_equal(info.st_mode & 0027, 0);
	journal_close(journal);
}

/* No file of the process grows past a ceiling: for SQLite that is a disk that is full. */
static void test_disk_full(void **state)
{
	const struct place *place = *state;
	struct journal *journal = place_open(place, JOURNAL_WRITE);
	struct rlimit before, full;

	assert_int_equal(place_save(journal, 3), 0);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	full = before;
	full.rlim_cur = 16384;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
	assert_true(place_save(journal, NUMBERS) < 0);
	assert_non_null(journal_trouble(journal));
	assert_true(place_save(journal, NUMBERS) < 0);
	place_assert_quiet(journal);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(place_save(journal, NUMBERS), 0);
	place_assert_told(journal, "works again");
	assert_int_equal(place_known(journal, NUMBERS), NUMBERS);
	assert_int_equal(place_count(place, "numberd.db.bad-"), 0);
	journal_close(journal);
}

static void test_reader_makes_nothing(void **state)
{
	const struct place *place = *state;
	struct journal *journal = place_open(place, JOURNAL_READ);

	place_assert_quiet(journal);
	assert_true(journal_is_new(journal));
	assert_int_equal(place_known(journal, 3), 0);
	assert_int_equal(place_history(journal, NULL), 0);
	assert_true(place_save(journal, 3) < 0);
	assert_int_equal(place_add(journal, HISTORY_DONE), 0);
	journal_close(journal);
	assert_int_equal(access(place->state, F_OK), -1);

	place_fill(place, 3);
	assert_int_equal(place_count(place, "numberd.db"), 1);
	journal = place_open(place, JOURNAL_READ);
	assert_int_equal(place_known(journal, 3), 3);
	assert_int_equal(place_count(place, "numberd.db"), 1);
	journal_close(journal);
}

static void test_reader_beside_a_writer(void **state)
{
	const struct place *place = *state;
	struct journal *writer = place_open(place, JOURNAL_WRITE), *reader;

	assert_int_equal(place_save(writer, 10), 0);
	reader = place_open(place, JOURNAL_READ);
	assert_int_equal(place_known(reader, NUMBERS), 10);
	for (size_t count = 20; count <= NUMBERS; count += 20) {
		assert_int_equal(place_save(writer, count), 0);
		assert_int_equal(place_known(reader, NUMBERS), count);
		assert_true(place_add(writer, HISTORY_PENDING) > 0);
		assert_int_equal(place_history(reader, NULL), count / 20);
	}
	/* One that comes and goes takes nothing with it. */
	journal_close(reader);
	assert_int_equal(place_save(writer, NUMBERS), 0);
	place_assert_quiet(writer);
	journal_close(writer);
}

/* Somebody holds a lock in sqlite3: told, nothing lost, and it works when they are done. */
static void test_busy(void **state)
{
	const struct place *place = *state;
	struct journal *journal = place_open(place, JOURNAL_WRITE);
	sqlite3 *other;

	assert_int_equal(sqlite3_open(place->db, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_true(place_save(journal, NUMBERS) < 0);
	place_assert_told(journal, "locked");
	assert_int_equal(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(other), SQLITE_OK);
	assert_int_equal(place_save(journal, NUMBERS), 0);
	assert_int_equal(place_known(journal, NUMBERS), NUMBERS);
	journal_close(journal);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, place_make, place_remove)
	const struct CMUnitTest tests[] = {
		TEST(test_directory_read_only),
		TEST(test_file_unreadable),
		TEST(test_no_directory_can_be_made),
		TEST(test_modes_of_the_files),
		TEST(test_disk_full),
		TEST(test_reader_makes_nothing),
		TEST(test_reader_beside_a_writer),
		TEST(test_busy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
