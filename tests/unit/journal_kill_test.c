/*
 * The journal on a real disk, and kill -9 at each call of SQLite's that changes a file: what was
 * promised before it is there after it.
 */
#include "test.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/journal_place.h"

/* In the child, where cmocka's asserts would jump into the parent's test. */
#define REQUIRE(condition)                                                                         \
	do {                                                                                       \
		if (!(condition))                                                                  \
			_exit(1);                                                                  \
	} while (0)

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
	struct journal *journal = NULL;
	struct error error = {0};

	kill_at = at;
	unix_vfs = sqlite3_vfs_find(NULL);
	killing_vfs = *unix_vfs;
	killing_vfs.zName = "killing";
	killing_vfs.xOpen = killing_open;
	killing_vfs.xDelete = killing_delete;
	sqlite3_vfs_register(&killing_vfs, 1);
	REQUIRE(journal_open(place->state, JOURNAL_WRITE, NULL, NOW, &journal, &error) == 0);
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
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_killed_at_every_step, place_make,
						place_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
