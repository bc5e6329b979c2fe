/*
 * The journal on a real disk that is full or can't be written, beside readers, and under kill -9 at
 * each write that SQLite makes.
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

/* SQLite's own VFS, but for the n-th call that changes a file: there the process is killed. */
static int kill_at;
static sqlite3_io_methods killing[4];
static const sqlite3_io_methods *killed[4];
static sqlite3_vfs killing_vfs, *unix_vfs;

static const sqlite3_io_methods *methods_of(sqlite3_file *file)
{
	return killed[file->pMethods - killing];
}

static void step(void)
{
	if (--kill_at == 0)
		raise(SIGKILL);
}

static int killing_write(sqlite3_file *file, const void *from, int length, sqlite3_int64 offset)
{
	step();
	/* Half of it is there, and then not a byte more. */
	if (kill_at == 1 && length > 1)
		methods_of(file)->xWrite(file, from, length / 2, offset);
	if (kill_at == 1)
		step();
	return methods_of(file)->xWrite(file, from, length, offset);
}

static int killing_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	step();
	return methods_of(file)->xTruncate(file, size);
}

static int killing_sync(sqlite3_file *file, int flags)
{
	step();
	return methods_of(file)->xSync(file, flags);
}

static int killing_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **map)
{
	step();
	return methods_of(file)->xShmMap(file, page, size, extend, map);
}

static int killing_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
	step();
	return methods_of(file)->xShmLock(file, offset, count, flags);
}

static int killing_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
	int code = unix_vfs->xOpen(unix_vfs, name, file, flags, out);
	int i = 0;

	(void)vfs;
	step();
	if (!file->pMethods)
		return code;
	while (killed[i] && killed[i] != file->pMethods)
		i++;
	killed[i] = file->pMethods;
	killing[i] = *file->pMethods;
	killing[i].xWrite = killing_write;
	killing[i].xTruncate = killing_truncate;
	killing[i].xSync = killing_sync;
	killing[i].xShmMap = killing_shm_map;
	killing[i].xShmLock = killing_shm_lock;
	file->pMethods = &killing[i];
	return code;
}

static int killing_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
	(void)vfs;
	step();
	return unix_vfs->xDelete(unix_vfs, name, sync);
}

/* Two passes; what was promised goes through the pipe, one byte a promise. */
static void live_and_die(const struct place *place, int at, int out)
{
	struct journal *journal;

	kill_at = at;
	unix_vfs = sqlite3_vfs_find(NULL);
	killing_vfs = *unix_vfs;
	killing_vfs.zName = "killing";
	killing_vfs.xOpen = killing_open;
	killing_vfs.xDelete = killing_delete;
	sqlite3_vfs_register(&killing_vfs, 1);
	journal = open_quietly(place, JOURNAL_WRITE);
	for (size_t pass = 0; pass < 2; pass++) {
		int64_t id = place_add(journal, HISTORY_PENDING);
		struct history_entry done = {.id = id, .outcome = HISTORY_DONE};

		REQUIRE(id > 0 && write(out, "p", 1) == 1);
		REQUIRE(history_finish(journal, &done, 1) == 0 && write(out, "f", 1) == 1);
		REQUIRE(place_save(journal, 20 + pass) == 0 && write(out, "s", 1) == 1);
	}
	journal_close(journal);
	_exit(0);
}

static void assert_promises(const struct place *place, const char *promises)
{
	struct history_filter done = {.outcome = HISTORY_DONE};
	struct journal *journal = place_open(place, JOURNAL_WRITE);
	size_t pending = 0, finished = 0, saved = 0, known, entries;

	for (const char *promise = promises; *promise; promise++) {
		pending += *promise == 'p';
		finished += *promise == 'f';
		saved += *promise == 's';
	}
	place_assert_quiet(journal);
	entries = place_history(journal, NULL);
	known = place_known(journal, 21);
	assert_true(entries >= pending && entries <= pending + 1);
	assert_true(place_history(journal, &done) >= finished);
	assert_true(known == (saved ? 19 + saved : 0) || known == 20 + saved);
	assert_int_equal(place_save(journal, 21), 0);
	assert_int_equal(place_known(journal, 21), 21);
	assert_true(place_add(journal, HISTORY_PENDING) > (int64_t)pending);
	journal_close(journal);
}

static void test_killed_at_every_step(void **state)
{
	struct place *place = *state;
	int status = 1;

	for (int at = 1; status != 0; at++) {
		char promises[16] = "";
		int ends[2];
		pid_t child;

		assert_int_equal(pipe(ends), 0);
		child = fork();
		if (child == 0)
			live_and_die(place, at, ends[1]);
		close(ends[1]);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(status == 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
		assert_true(read(ends[0], promises, sizeof(promises) - 1) >= 0);
		close(ends[0]);
		assert_promises(place, promises);
		assert_true(at < 1000);
		assert_true(status != 0 || at > 40);
		place_remove((void **)&place);
		place_make((void **)&place);
	}
	*state = place;
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
		TEST(test_killed_at_every_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
