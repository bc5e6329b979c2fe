/*
 * Every way of replacing the configuration file (replace_ways.c), in a real folder, by the real
 * programs: it is noticed, no half file is ever given out, and the watch lives on for a second
 * change. Each way runs twice: reading at the hints only, and reading all the time besides, as a
 * pass that falls into the middle of a change would.
 */
#include "test.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "replace_ways.h"
#include "sys/disk/source_disk.h"
#include "sys/disk/watch.h"
#include "sys/os/clock_system.h"

#define PRELUDE                                                                                    \
	"set -e; body() { echo \"begin $1\"; i=0; while [ $i -lt 300 ]; do echo \"- line $i "      \
	"of\"; "                                                                                   \
	"i=$((i+1)); done; echo \"end $1\"; }; "
#define NOBODY      65534
#define PATIENCE_MS 30000
#define CLEAN_MS    800 /* below WATCH_GONE_MS: what is known from an event waits for no timer */

static char folder[64];
static char path[128];
static int64_t clock_ahead;

struct run {
	const struct way *way;
	struct loop *loop;
	struct watch *watch;
	struct source_disk *disk;
	bool reads_always;
	bool again; /* git may be at it: to be read once more, as the daemon does */
	int hints;
	int version; /* of the last whole file read; 0: none */
	struct error error;
};

static int64_t ahead(void *context)
{
	(void)context;
	return clock_monotonic(&clock_system) + clock_ahead;
}

static int64_t wall(void *context)
{
	(void)context;
	return clock_wall(&clock_system);
}

static const struct clock test_clock = {.monotonic = ahead, .wall = wall};

static bool run_shell(const char *script)
{
	char *text;
	pid_t child;
	int status;

	assert_true(asprintf(&text, "%s%s", PRELUDE, script) > 0);
	child = fork();
	if (child == 0) {
		execl("/bin/sh", "sh", "-c", text, NULL);
		_exit(127);
	}
	free(text);
	assert_int_equal(waitpid(child, &status, 0), child);
	return status == 0;
}

static pid_t start_shell(const char *script)
{
	pid_t child;
	char *text;

	assert_true(asprintf(&text, "%s%s", PRELUDE, script) > 0);
	child = fork();
	if (child == 0) {
		if (seteuid(0) != 0 && getuid() == 0)
			_exit(126);
		execl("/bin/sh", "sh", "-c", text, NULL);
		_exit(127);
	}
	free(text);
	assert_true(child > 0);
	return child;
}

/* 0 where the text is not one whole version. */
static int version_of(const char *text, size_t length)
{
	char end[32];
	int version;

	if (sscanf(text, "begin %d\n", &version) != 1)
		return 0;
	snprintf(end, sizeof(end), "\nend %d\n", version);
	if (length < strlen(end) || strcmp(text + length - strlen(end), end) != 0)
		return 0;
	return version;
}

static void look(struct run *run)
{
	const struct source *source = source_disk_source(run->disk);
	struct source_snapshot *snapshot;
	struct source_file *file;
	struct error error = {0};

	run->again = false;
	if (source->read(source->self, &snapshot, &error) < 0) {
		run->again = error.code == -EBUSY;
		if (error.code != -EAGAIN && error.code != -EBUSY)
			run->error = error;
		return;
	}
	file = &snapshot->files[snapshot->count - 1];
	run->error = file->error;
	if (file->error.code == 0) {
		int version = version_of(file->bytes, file->length);

		/*
		 * An empty file is one where the way says that it ends so. Where no event tells of
		 * it, the moment between emptying and writing can't be told from that, and does no
		 * harm: nothing is declared by an empty file.
		 */
		if (file->length == 0 && (run->way->silent || text_equal(run->way->error, "")))
			run->error.code = -ENODATA;
		else if (version == 0 && strcmp(file->bytes, "begin 1\n") != 0)
			fail_msg("%s: %zu bytes of half a file were given out: %.60s",
				 run->way->name, file->length, file->bytes);
		else
			run->version = version;
	}
	source_snapshot_free(snapshot);
}

static void on_hint(void *context)
{
	struct run *run = context;

	run->hints++;
	look(run);
}

static void turn(struct run *run)
{
	struct pollfd loop_ready = {.fd = loop_fd(run->loop), .events = POLLIN};
	int timeout = loop_timeout(run->loop, ahead(NULL));

	poll(&loop_ready, 1, run->reads_always ? 0 : timeout < 5 ? timeout : 5);
	loop_dispatch(run->loop, ahead(NULL));
	if (run->reads_always || run->again)
		look(run);
}

/* version -1: the error that the way ends with. */
static bool is_reached(const struct run *run, int version)
{
	if (version >= 0)
		return run->error.code == 0 && run->version == version;
	return run->error.code < 0 && strstr(run->error.text, run->way->error);
}

static void change(struct run *run, const char *script, int version, bool clean)
{
	pid_t child = start_shell(script);
	int64_t begin = ahead(NULL), ended = 0;
	int status;

	while (!ended || !is_reached(run, version)) {
		int64_t now = ahead(NULL);

		turn(run);
		if (!ended && waitpid(child, &status, WNOHANG) == child) {
			assert_int_equal(status, 0);
			ended = ahead(NULL);
			if (run->way->waits)
				clock_ahead += WATCH_WRITE_MS;
		}
		if (ended && run->way->silent && now > ended + 2 * WATCH_PAUSE_MS)
			look(run);
		if (now > begin + PATIENCE_MS + WATCH_WRITE_MS)
			fail_msg("%s: not noticed; version %d, %s", run->way->name, run->version,
				 run->error.code ? run->error.text : "no error");
	}
	if (clean && ahead(NULL) > ended + CLEAN_MS)
		fail_msg("%s: noticed after %lld ms only", run->way->name,
			 (long long)(ahead(NULL) - ended));
}

static void open_run(struct run *run, const struct way *way, bool reads_always)
{
	struct error error;

	*run = (struct run){.way = way, .reads_always = reads_always};
	assert_int_equal(loop_new(&run->loop, &error), 0);
	run->watch = watch_new(run->loop, &test_clock, path, on_hint, run);
	assert_true(watch_is_live(run->watch));
	run->disk = source_disk_new(path, run->watch);
	look(run);
}

static void close_run(struct run *run)
{
	source_disk_free(run->disk);
	watch_free(run->watch);
	loop_free(run->loop);
}

static void run_way(const struct way *way, bool reads_always)
{
	int64_t begin = ahead(NULL);
	struct run run;

	open_run(&run, way, reads_always);
	change(&run, way->change, way->error ? -1 : 2,
	       !way->waits && !way->silent && !way->uncommitted);
	run.error.code = 0;
	change(&run, way->again ? way->again : "body 3 >\"$P\"", 3, false);
	assert_in_range(run.hints, way->silent ? 0 : 1, 1 + (ahead(NULL) - begin) / WATCH_PAUSE_MS);
	close_run(&run);
}

static void enter_folder(const struct way *way)
{
	snprintf(folder, sizeof(folder), "/tmp/numberd-replace-XXXXXX");
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chmod(folder, 0755), 0);
	assert_int_equal(chdir(folder), 0);
	snprintf(path, sizeof(path), "%s/%s", folder, way->path ? way->path : "numbers.yaml");
	setenv("P", path, 1);
}

static void leave_folder(void)
{
	assert_int_equal(chdir("/"), 0);
	setenv("FOLDER", folder, 1);
	run_shell("umount \"$P\" 2>/dev/null || :; rm -rf \"$FOLDER\"");
}

static const char *missing(const struct way *way)
{
	char script[64];

	if (!way->tool)
		return NULL;
	snprintf(script, sizeof(script), "command -v %s >/dev/null", way->tool);
	if (!run_shell(script))
		return way->tool;
	if (way->silent &&
	    (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0))
		return "the right to mount";
	return NULL;
}

static void test_way(void **state)
{
	const struct way *way = *state;
	const char *tool = missing(way);
	bool as_nobody = getuid() == 0 && way->error && strstr(way->error, "denied");

	if (tool) {
		print_message("skipped: %s is not here\n", tool);
		skip();
	}
	for (int reads_always = 0; reads_always < 2; reads_always++) {
		enter_folder(way);
		assert_true(run_shell(way->before ? way->before : "body 1 >\"$P\""));
		/* Nothing is unreadable to root. */
		if (as_nobody)
			assert_int_equal(seteuid(NOBODY), 0);
		run_way(way, reads_always);
		if (as_nobody)
			assert_int_equal(seteuid(0), 0);
		leave_folder();
	}
}

int main(int argc, char **argv)
{
	struct CMUnitTest *tests = mem_zalloc(way_count, sizeof(*tests));
	int failed;

	for (unsigned i = 0; i < way_count; i++)
		tests[i] = (struct CMUnitTest){.name = ways[i].name,
					       .test_func = test_way,
					       .initial_state = (void *)(uintptr_t)&ways[i]};
	/* One way alone, by its name, with * and ?. */
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	failed = _cmocka_run_group_tests("replace", tests, way_count, NULL, NULL);
	mem_free(tests);
	return failed;
}
