/*
 * When the watch gives its hints, by a clock of the test's own, and what it says where the kernel
 * can't watch. That it sees every way of replacing a file is shown in tests/torture.
 */
#include "test.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/disk/source_disk.h"
#include "sys/disk/watch.h"
#include "sys/os/clock_system.h"

static char folder[64];
static char path[128];
static int64_t now;
static int64_t wall_ahead;
static int hints;
static int refuse; /* the errno of every inotify_add_watch() */
static struct loop *loop;
static struct watch *watch;
static struct source_disk *disk;

/* Found by the linker in place of the C library's. */
int inotify_add_watch(int fd, const char *name, uint32_t mask)
{
	int (*real)(int, const char *, uint32_t) =
		(int (*)(int, const char *, uint32_t))dlsym(RTLD_NEXT, "inotify_add_watch");

	if (refuse) {
		errno = refuse;
		return -1;
	}
	return real(fd, name, mask);
}

static int64_t monotonic(void *context)
{
	(void)context;
	return now;
}

static int64_t wall(void *context)
{
	(void)context;
	return clock_wall(&clock_system) + wall_ahead;
}

static const struct clock test_clock = {.monotonic = monotonic, .wall = wall};

static void on_hint(void *context)
{
	(void)context;
	hints++;
}

/* Appends, so that an open writer can go on. */
static void write_text(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static int open_file(int flags)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0644);

	assert_true(fd >= 0);
	return fd;
}

static void save(const char *text)
{
	int fd = open_file(O_CREAT | O_TRUNC);

	write_text(fd, text);
	close(fd);
}

static int set_up(void **state)
{
	struct error error;

	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/numberd-watch-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/numbers.yaml", folder);
	save("one");
	now = 1000000;
	wall_ahead = 0;
	hints = 0;
	assert_int_equal(loop_new(&loop, &error), 0);
	watch = watch_new(loop, &test_clock, path, on_hint, NULL);
	disk = source_disk_new(path, watch);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	source_disk_free(disk);
	watch_free(watch);
	loop_free(loop);
	refuse = 0;
	unlink(path);
	return rmdir(folder);
}

/* Events are in the queue when the call that made them has come back. */
static void turn(int64_t later)
{
	now += later;
	loop_dispatch(loop, now);
}

static int read_disk(void)
{
	const struct source *source = source_disk_source(disk);
	struct source_snapshot *snapshot;
	struct error error;
	int result = source->read(source->self, &snapshot, &error);

	if (result == 0)
		source_snapshot_free(snapshot);
	return result;
}

static void test_a_save_is_hinted_at_once(void **state)
{
	(void)state;
	turn(5000);
	assert_int_equal(hints, 0);
	save("two");
	turn(0);
	assert_int_equal(hints, 1);
	assert_int_equal(read_disk(), 0);
	turn(60000);
	assert_int_equal(hints, 1);
}

static void test_an_open_writer_is_waited_for(void **state)
{
	int fd = open_file(O_TRUNC);

	(void)state;
	write_text(fd, "tw");
	turn(0);
	turn(WATCH_WRITE_MS - 1);
	assert_int_equal(hints, 0);
	assert_int_equal(read_disk(), -EAGAIN);
	write_text(fd, "o");
	close(fd);
	turn(0);
	assert_int_equal(hints, 1);
	assert_int_equal(read_disk(), 0);
}

static void test_a_writer_that_never_closes_is_given_up(void **state)
{
	int fd = open_file(O_TRUNC);

	(void)state;
	write_text(fd, "two");
	turn(0);
	turn(WATCH_WRITE_MS);
	assert_int_equal(hints, 1);
	assert_int_equal(read_disk(), 0);
	close(fd);
}

static void test_a_storm_becomes_few_hints(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++) {
		save("storm");
		turn(1);
	}
	assert_in_range(hints, 10, 11);
	turn(WATCH_PAUSE_MS);
	assert_in_range(hints, 11, 12);
}

static void test_an_overflow_of_the_queue_is_a_hint(void **state)
{
	char other[160];

	(void)state;
	/* Two names in turn, or the kernel would merge equal events. */
	snprintf(other, sizeof(other), "%s.tmp", path);
	for (int i = 0; i < 20000; i++)
		assert_int_equal(i % 2 ? rename(other, path) : rename(path, other), 0);
	turn(0);
	turn(WATCH_GONE_MS);
	assert_true(hints >= 1);
	hints = 0;
	turn(WATCH_PAUSE_MS);
	save("after");
	turn(WATCH_PAUSE_MS);
	assert_int_equal(hints, 1);
}

static void test_a_file_gone_is_told_after_a_while(void **state)
{
	(void)state;
	unlink(path);
	turn(0);
	turn(WATCH_GONE_MS - 1);
	assert_int_equal(hints, 0);
	assert_int_equal(read_disk(), -EAGAIN);
	turn(1);
	assert_int_equal(hints, 1);
	assert_int_equal(read_disk(), -ENOENT);
}

static void test_times_of_the_folder_are_no_write(void **state)
{
	(void)state;
	assert_int_equal(utimensat(AT_FDCWD, folder, NULL, 0), 0);
	assert_int_equal(chmod(path, 0600), 0);
	turn(0);
	assert_int_equal(hints, 1);
	assert_int_equal(read_disk(), 0);
}

static void test_other_files_are_no_hint(void **state)
{
	char other[160];
	int fd;

	(void)state;
	snprintf(other, sizeof(other), "%s/.numbers.yaml.swp", folder);
	fd = open(other, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	write_text(fd, "swap");
	close(fd);
	unlink(other);
	turn(60000);
	assert_int_equal(hints, 0);
}

static void test_without_watches_it_says_so_once_and_files_have_to_settle(void **state)
{
	struct error problem = {0};

	(void)state;
	assert_false(watch_take_problem(watch, &problem));
	watch_free(watch);
	source_disk_free(disk);
	refuse = ENOSPC;
	watch = watch_new(loop, &test_clock, path, on_hint, NULL);
	disk = source_disk_new(path, watch);
	assert_false(watch_is_live(watch));
	assert_true(watch_take_problem(watch, &problem));
	assert_non_null(strstr(problem.text, "fs.inotify.max_user_watches"));
	assert_false(watch_take_problem(watch, &problem));
	save("two");
	assert_int_equal(read_disk(), -EAGAIN);
	turn(WATCH_YOUNG_MS);
	assert_int_equal(hints, 1);
	wall_ahead = WATCH_YOUNG_MS;
	assert_int_equal(read_disk(), 0);
}

static void test_a_folder_needs_a_yaml_file_and_skips_hidden_ones(void **state)
{
	char member[160];
	struct source_snapshot *snapshot;
	const struct source *source;
	struct error error;

	(void)state;
	source_disk_free(disk);
	disk = source_disk_new(folder, NULL);
	source = source_disk_source(disk);
	assert_int_equal(source->read(source->self, &snapshot, &error), 0);
	assert_int_equal(snapshot->count, 1);
	assert_string_equal(snapshot->files[0].name, path);
	assert_string_equal(snapshot->files[0].bytes, "one");
	source_snapshot_free(snapshot);
	snprintf(member, sizeof(member), "%s/.hidden.yaml", folder);
	assert_int_equal(rename(path, member), 0);
	assert_int_equal(source->read(source->self, &snapshot, &error), -ENOENT);
	assert_non_null(strstr(error.text, "has no *.yaml or *.yml file"));
	assert_int_equal(rename(member, path), 0);
}

#define WATCH_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WATCH_TEST(test_a_save_is_hinted_at_once),
		WATCH_TEST(test_an_open_writer_is_waited_for),
		WATCH_TEST(test_a_writer_that_never_closes_is_given_up),
		WATCH_TEST(test_a_storm_becomes_few_hints),
		WATCH_TEST(test_an_overflow_of_the_queue_is_a_hint),
		WATCH_TEST(test_a_file_gone_is_told_after_a_while),
		WATCH_TEST(test_times_of_the_folder_are_no_write),
		WATCH_TEST(test_other_files_are_no_hint),
		WATCH_TEST(test_without_watches_it_says_so_once_and_files_have_to_settle),
		WATCH_TEST(test_a_folder_needs_a_yaml_file_and_skips_hidden_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
