/*
 * A journal in trouble: whatever somebody did to its files, numberd goes on, says so, and what can
 * be saved is saved.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "journal/journal_db.h"
#include "support/journal_place.h"

#define NUMBERS 300

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* What a journal that was begun anew has to be able to do. */
static void assert_works(struct journal *journal)
{
	assert_true(journal_is_new(journal));
	assert_int_equal(place_known(journal, NUMBERS), 0);
	assert_int_equal(place_save(journal, NUMBERS), 0);
	assert_int_equal(place_known(journal, NUMBERS), NUMBERS);
	assert_true(place_add(journal, HISTORY_PENDING) > 0);
	place_assert_quiet(journal);
}

static void test_second_writer(void **state)
{
	const struct place *place = *state;
	struct journal *first = place_open(place, JOURNAL_WRITE), *second = NULL;
	struct error error = {0};
	char pid[32];

	assert_int_equal(journal_open(place->state, JOURNAL_WRITE, NULL, NOW, &second, &error),
			 -EBUSY);
	assert_null(second);
	snprintf(pid, sizeof(pid), "pid %d", (int)getpid());
	assert_non_null(strstr(error.text, pid));
	assert_non_null(strstr(error.text, "2026-11-23T09:41:00Z"));
	assert_non_null(strstr(error.text, "numberd sync"));
	assert_non_null(strstr(error.text, "systemctl stop numberd"));
	assert_non_null(strstr(error.text, "--state-dir"));
	journal_close(first);
	journal_close(place_open(place, JOURNAL_WRITE));
}

/* The lock goes with the process, however that ends. */
static void test_lock_of_the_dead(void **state)
{
	const struct place *place = *state;
	pid_t child = fork();
	int status;

	if (child == 0) {
		place_open(place, JOURNAL_WRITE);
		raise(SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	journal_close(place_open(place, JOURNAL_WRITE));
}

static void test_not_a_database(void **state)
{
	const struct place *place = *state;
	struct journal *journal;

	assert_int_equal(mkdir(place->state, 0750), 0);
	write_file(place->db, "This is no database, but somebody's notes of last summer.\n");
	journal = place_open(place, JOURNAL_WRITE);
	place_assert_told(journal, "numberd.db.bad-20261123T094100Z");
	assert_works(journal);
	journal_close(journal);
	assert_int_equal(place_size(place, ".bad-20261123T094100Z"), 58);
}

static void test_other_application(void **state)
{
	const struct place *place = *state;
	struct journal *journal;

	assert_int_equal(mkdir(place->state, 0750), 0);
	place_sql(place, "CREATE TABLE music (title TEXT)");
	journal = place_open(place, JOURNAL_WRITE);
	place_assert_told(journal, "another program");
	assert_works(journal);
	journal_close(journal);
	assert_int_equal(place_count(place, "numberd.db.bad-"), 1);
}

static void test_altered_tables(void **state)
{
	const struct place *place = *state;
	struct journal *journal;

	place_fill(place, 3);
	place_sql(place, "ALTER TABLE known RENAME COLUMN want TO wish");
	journal = place_open(place, JOURNAL_WRITE);
	place_assert_told(journal, "no such column");
	assert_works(journal);
	journal_close(journal);
}

/* A single byte of the header makes SQLite take the file for one of a later SQLite, not to write.
 */
static void test_header_forbids_writing(void **state)
{
	const struct place *place = *state;
	struct journal *journal;
	int fd;

	place_fill(place, 3);
	fd = open(place->db, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "\3", 1, 18), 1);
	close(fd);
	journal = place_open(place, JOURNAL_WRITE);
	if (place_save(journal, NUMBERS) != 0)
		assert_int_equal(place_save(journal, NUMBERS), 0);
	place_assert_told(journal, "set aside");
	assert_int_equal(place_known(journal, NUMBERS), NUMBERS);
	journal_close(journal);
}

/* A downgrade must not cost the memory of the newer version. */
static void test_newer_version(void **state)
{
	const struct place *place = *state;
	struct journal *journal;

	place_fill(place, NUMBERS);
	/* With words in its tables that this SQLite, as an older one, doesn't know. */
	place_sql(place, "PRAGMA user_version = 99; PRAGMA writable_schema = ON;"
			 "UPDATE sqlite_schema SET sql = sql || ' LATER' WHERE name = 'number'");
	for (int mode = JOURNAL_READ; mode <= JOURNAL_WRITE; mode++) {
		journal = place_open(place, (enum journal_mode)mode);
		place_assert_told(journal, "version 99");
		assert_true(journal_is_new(journal));
		assert_int_equal(place_known(journal, NUMBERS), 0);
		assert_true(place_save(journal, NUMBERS) < 0);
		assert_int_equal(place_add(journal, HISTORY_PENDING), 0);
		place_assert_quiet(journal);
		journal_close(journal);
	}
	assert_int_equal(place_count(place, "numberd.db.bad-"), 0);
	place_sql(place, "PRAGMA writable_schema = ON; UPDATE sqlite_schema"
			 " SET sql = replace(sql, ' LATER', ''); PRAGMA user_version = 2");
	journal = place_open(place, JOURNAL_WRITE);
	assert_int_equal(place_known(journal, NUMBERS), NUMBERS);
	journal_close(journal);
}

static void test_not_a_file(void **state)
{
	const struct place *place = *state;
	static const char *const suffixes[] = {"", "-wal", "-shm"};
	char path[128];

	for (size_t i = 0; i < ARRAY_LENGTH(suffixes); i++) {
		struct journal *journal;

		if (i == 0)
			assert_int_equal(mkdir(place->state, 0750), 0);
		snprintf(path, sizeof(path), "%s%s", place->db, suffixes[i]);
		assert_int_equal(mkdir(path, 0750), 0);
		journal = place_open(place, JOURNAL_WRITE);
		place_assert_told(journal, "not a regular file");
		assert_works(journal);
		journal_close(journal);
	}
}

static void test_symlink_is_not_followed(void **state)
{
	const struct place *place = *state;
	struct journal *journal;
	char target[128];

	assert_int_equal(mkdir(place->state, 0750), 0);
	snprintf(target, sizeof(target), "%s/target", place->directory);
	write_file(target, "");
	assert_int_equal(symlink(target, place->db), 0);
	journal = place_open(place, JOURNAL_WRITE);
	place_assert_told(journal, "not a regular file");
	assert_works(journal);
	journal_close(journal);
}

/* A directory behind a link is fine: systemd's DynamicUser= makes one. */
static void test_directory_behind_a_link(void **state)
{
	struct place *place = *state;
	struct journal *journal;
	char target[128];

	snprintf(target, sizeof(target), "%s/private", place->directory);
	assert_int_equal(mkdir(target, 0750), 0);
	assert_int_equal(symlink(target, place->state), 0);
	journal = place_open(place, JOURNAL_WRITE);
	assert_works(journal);
	journal_close(journal);
}

static void test_too_many_set_aside(void **state)
{
	const struct place *place = *state;
	struct journal *journal = NULL;

	assert_int_equal(mkdir(place->state, 0750), 0);
	for (int i = 0; i < LIMIT_JOURNALS_ASIDE; i++) {
		write_file(place->db, "not a database, for one time more than is good\n");
		journal = place_open(place, JOURNAL_WRITE);
		place_assert_told(journal, "set aside as");
		journal_close(journal);
	}
	write_file(place->db, "the last one\n");
	journal = place_open(place, JOURNAL_WRITE);
	place_assert_told(journal, "can't be set aside");
	assert_true(place_save(journal, 3) < 0);
	journal_close(journal);
	assert_int_equal(place_count(place, "numberd.db.bad-"), LIMIT_JOURNALS_ASIDE);
	assert_int_equal(place_size(place, ""), 13);
}

static void test_gone_while_running(void **state)
{
	const struct place *place = *state;
	struct journal *journal = place_open(place, JOURNAL_WRITE);
	char path[128];

	assert_int_equal(place_save(journal, NUMBERS), 0);
	for (int part = 0; part < PART_COUNT; part++) {
		snprintf(path, sizeof(path), "%s%s", place->db, journal_suffix[part]);
		place_delete(path);
	}
	assert_int_equal(place_save(journal, NUMBERS), 0);
	place_assert_told(journal, "removed or replaced while numberd ran");
	assert_true(journal_is_new(journal));
	assert_true(place_add(journal, HISTORY_PENDING) > 0);
	journal_close(journal);
	journal = place_open(place, JOURNAL_WRITE);
	assert_false(journal_is_new(journal));
	assert_int_equal(place_known(journal, NUMBERS), NUMBERS);
	assert_int_equal(place_history(journal, NULL), 1);
	place_assert_quiet(journal);
	journal_close(journal);
}

/* The directory itself goes, and the lock with it. */
static void test_directory_gone_while_running(void **state)
{
	const struct place *place = *state;
	struct journal *journal = place_open(place, JOURNAL_WRITE), *second = NULL;
	struct error error = {0};

	assert_int_equal(place_save(journal, NUMBERS), 0);
	place_delete(place->state);
	assert_int_equal(place_save(journal, NUMBERS), 0);
	place_assert_told(journal, "removed or replaced");
	assert_int_equal(place_known(journal, NUMBERS), NUMBERS);
	assert_int_equal(journal_open(place->state, JOURNAL_WRITE, NULL, NOW, &second, &error),
			 -EBUSY);
	journal_close(journal);
}

/* Another numberd was quicker with the new directory: it is the one that writes. */
static void test_lock_lost_to_another(void **state)
{
	const struct place *place = *state;
	struct journal *first = place_open(place, JOURNAL_WRITE), *second;

	assert_int_equal(place_save(first, NUMBERS), 0);
	place_delete(place->state);
	second = place_open(place, JOURNAL_WRITE);
	assert_true(place_save(first, NUMBERS) < 0);
	place_assert_told(first, "nothing new is remembered");
	assert_true(place_save(first, NUMBERS) < 0);
	place_assert_quiet(first);
	assert_int_equal(place_save(second, NUMBERS), 0);
	place_assert_quiet(second);
	journal_close(first);
	journal_close(second);
}

/* Nothing can be made where the directory was; when it can, the journal works again by itself. */
static void test_directory_replaced_while_running(void **state)
{
	const struct place *place = *state;
	struct journal *journal = place_open(place, JOURNAL_WRITE), *second = NULL;
	struct error error = {0};
	char moved[96];

	assert_int_equal(place_save(journal, NUMBERS), 0);
	snprintf(moved, sizeof(moved), "%s-old", place->state);
	assert_int_equal(rename(place->state, moved), 0);
	write_file(place->state, "");
	assert_true(place_save(journal, NUMBERS) < 0);
	place_assert_told(journal, "nothing new is remembered for now");
	assert_true(place_save(journal, NUMBERS) < 0);
	place_assert_quiet(journal);
	assert_int_equal(unlink(place->state), 0);
	assert_int_equal(place_save(journal, NUMBERS), 0);
	place_assert_told(journal, "works again");
	assert_int_equal(place_known(journal, NUMBERS), NUMBERS);
	assert_int_equal(journal_open(place->state, JOURNAL_WRITE, NULL, NOW, &second, &error),
			 -EBUSY);
	journal_close(journal);
}

/* Each file, harmed in each way, at each boundary of a life, with and without a restart. */
static void test_every_file_harmed(void **state)
{
	struct place *place = *state;

	for (int part = 0; part < PART_COUNT; part++) {
		for (int how = 0; how < PLACE_HARMS; how++) {
			for (int when = 0; when < 8; when++) {
				struct journal *journal = place_open(place, JOURNAL_WRITE);
				char path[128];

				snprintf(path, sizeof(path), "%s%s", place->db,
					 journal_suffix[part]);
				if (when > 0)
					place_save(journal, 20);
				if (when > 1)
					place_add(journal, HISTORY_PENDING);
				if (when > 2)
					place_known(journal, 20);
				if (when > 3)
					place_sql(place, "PRAGMA wal_checkpoint(TRUNCATE)");
				if (when % 2)
					journal_close(journal);
				place_harm(path, (enum place_harm)how);
				if (when % 2)
					journal = place_open(place, JOURNAL_WRITE);
				place_known(journal, 20);
				/* What it can't do at once, it can at the next pass. */
				if (place_save(journal, 20) != 0)
					assert_int_equal(place_save(journal, 20), 0);
				assert_true(place_add(journal, HISTORY_PENDING) > 0);
				assert_int_equal(place_known(journal, 20), 20);
				journal_close(journal);
				journal = place_open(place, JOURNAL_READ);
				place_assert_quiet(journal);
				assert_int_equal(place_known(journal, 20), 20);
				assert_true(place_history(journal, NULL) > 0);
				journal_close(journal);
				place_remove((void **)&place);
				place_make((void **)&place);
			}
		}
	}
	*state = place;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, place_make, place_remove)
	const struct CMUnitTest tests[] = {
		TEST(test_second_writer),
		TEST(test_lock_of_the_dead),
		TEST(test_not_a_database),
		TEST(test_other_application),
		TEST(test_altered_tables),
		TEST(test_header_forbids_writing),
		TEST(test_newer_version),
		TEST(test_not_a_file),
		TEST(test_symlink_is_not_followed),
		TEST(test_directory_behind_a_link),
		TEST(test_too_many_set_aside),
		TEST(test_gone_while_running),
		TEST(test_directory_gone_while_running),
		TEST(test_lock_lost_to_another),
		TEST(test_directory_replaced_while_running),
		TEST(test_every_file_harmed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
