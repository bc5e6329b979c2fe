/*
 * kill -9 at every system call of a pass with five changes: started again, numberd converges, with
 * no update that is wrong, lost, needless or undeclared, and its history tells what was done.
 *
 * strace delivers the signal as the system call begins. The calls are those that a first run makes
 * from the reading of the file on; some sixty of them, spread evenly, unless KILL_ALL is set in the
 * environment. Where tracing is not permitted the test is skipped.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "journal/journal.h"
#include "support/daemon.h"
#include "support/test.h"

#define NUMBERS 20
#define CHANGED 5
#define SAMPLE  60

/* The `nth` system call of this name. */
struct moment {
	char name[32];
	unsigned nth;
};

struct moments {
	struct moment *list;
	size_t count, capacity;
};

static void declare(struct scene *scene, unsigned round)
{
	struct buf text = {0};
	char number[24];

	buf_add_text(&text, "version: 1\nnumbers:\n");
	for (size_t i = 0; i < NUMBERS; i++) {
		scene_number(i, number);
		buf_printf(&text, "  \"%s\": {voice_url: \"https://round-%u.example.com/\"}\n",
			   number, i < CHANGED ? round : 0);
	}
	scene_declare(scene, "%s", buf_text(&text));
	buf_finish(&text);
}

/* numberd apply under strace with one more argument for it. Its status, as scene_reap(). */
static int apply_traced(struct scene *scene, const char *option, const char *value)
{
	const char *const prefix[] = {"strace",
				      "-f",
				      "-qq",
				      "-o",
				      value ? "/dev/null" : option,
				      value ? option : "-e",
				      value ? value : "trace=all",
				      NULL};
	struct buf text = {0};
	int out, err, status;
	pid_t pid;

	pid = scene_spawn(scene, prefix, WORDS("apply"), &out, &err);
	while (scene_read(err, &text))
		;
	while (scene_read(out, &text))
		;
	close(out);
	close(err);
	status = scene_reap(pid, &text);
	buf_finish(&text);
	return status;
}

static unsigned count_name(struct moments *seen, const char *name)
{
	for (size_t i = 0; i < seen->count; i++) {
		if (strcmp(seen->list[i].name, name) == 0)
			return ++seen->list[i].nth;
	}
	mem_grow(seen->list, seen->count, seen->capacity);
	seen->list[seen->count] = (struct moment){.nth = 1};
	snprintf(seen->list[seen->count++].name, sizeof(seen->list[0].name), "%s", name);
	return 1;
}

/* Lines are "PID name(arguments) = result". */
static void read_moments(const char *path, struct moments *moments)
{
	struct moments seen = {0};
	FILE *file = fopen(path, "re");
	bool begun = false;
	char line[4096];
	struct moment moment;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%*d %31[a-z0-9_](", moment.name) != 1)
			continue;
		moment.nth = count_name(&seen, moment.name);
		begun |= strstr(line, "numbers.yaml") != NULL && moment.name[0] != 'e';
		if (!begun)
			continue;
		mem_grow(moments->list, moments->count, moments->capacity);
		moments->list[moments->count++] = moment;
	}
	fclose(file);
	mem_free(seen.list);
}

struct told {
	const char *url;
	unsigned done[CHANGED], open;
};

static void take_entry(void *context, const struct history_entry *entry)
{
	struct told *told = context;
	char number[24];

	told->open += entry->outcome == HISTORY_PENDING || entry->outcome == HISTORY_FAILED;
	if (entry->outcome != HISTORY_DONE || !text_equal(entry->after, told->url))
		return;
	for (size_t i = 0; i < CHANGED; i++) {
		scene_number(i, number);
		told->done[i] += strcmp(entry->number, number) == 0;
	}
}

/* One entry that is done for each number that was changed, and none that is left open. */
static void assert_history_is_true(struct scene *scene, const char *url)
{
	const struct history_filter filter = {.outcome = -1};
	struct told told = {.url = url};
	struct journal *journal;
	struct error error;

	assert_int_equal(journal_open(scene->state, JOURNAL_READ, NULL, 0, &journal, &error), 0);
	assert_int_equal(history_read(journal, &filter, take_entry, &told, &error), 0);
	journal_close(journal);
	assert_int_equal(told.open, 0);
	for (size_t i = 0; i < CHANGED; i++)
		assert_int_equal(told.done[i], 1);
}

static void assert_live(struct scene *scene, unsigned round)
{
	char number[24], url[64];

	for (size_t i = 0; i < NUMBERS; i++) {
		scene_number(i, number);
		snprintf(url, sizeof(url), "https://round-%u.example.com/",
			 i < CHANGED ? round : 0);
		scene_assert_value(scene, number, "voice_url", url);
	}
}

/* Kills at the moment, starts again, and looks at everything. True if it was killed. */
static bool try_moment(struct scene *scene, const struct moment *moment, unsigned round)
{
	char inject[96], url[64];
	struct daemon *daemon;
	int status;

	snprintf(inject, sizeof(inject), "inject=%s:signal=KILL:when=%u", moment->name,
		 moment->nth);
	snprintf(url, sizeof(url), "https://round-%u.example.com/", round);
	declare(scene, round);
	sim_forget(scene->sim);
	status = apply_traced(scene, "-e", inject);
	assert_true(status == 0 || status == -SIGKILL);

	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "pass", NULL);
	daemon_pass(daemon);
	daemon_stop(daemon);
	assert_live(scene, round);
	scene_assert_count(scene, "number.POST", CHANGED);
	scene_assert_posts_only(scene, WORDS("VoiceUrl"));
	assert_history_is_true(scene, url);
	return status == -SIGKILL;
}

static void begin_in_sync(struct scene *scene)
{
	struct daemon *daemon;

	scene_numbers(scene, NUMBERS);
	declare(scene, 0);
	scene_edit_numbers(scene, 0, NUMBERS, "\"voice_url\": \"https://round-0.example.com/\"");
	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "pass", NULL);
	daemon_stop(daemon);
}

static void test_every_system_call(void **state)
{
	struct scene *scene = *state;
	struct moments moments = {0};
	unsigned killed = 0, round = 1;
	size_t step;
	char path[80];

	/* NOLINTNEXTLINE(cert-env33-c): a fixed command */
	if (system("strace -o /dev/null true") != 0) {
		print_message("skipped: no leave to trace, or no strace\n");
		skip();
	}
	/* LeakSanitizer is a tracer itself, and there can be but one. */
	scene->variables[0] = "ASAN_OPTIONS=detect_leaks=0";
	begin_in_sync(scene);
	snprintf(path, sizeof(path), "%s/calls", scene->folder);
	declare(scene, round);
	assert_int_equal(apply_traced(scene, path, NULL), 0);
	assert_live(scene, round);
	read_moments(path, &moments);
	assert_true(moments.count > SAMPLE);
	step = getenv("KILL_ALL") ? 1 : moments.count / SAMPLE;
	for (size_t i = 0; i < moments.count; i += step)
		killed += try_moment(scene, &moments.list[i], ++round);
	print_message("killed %u times of %u, at %zu system calls\n", killed, round - 1,
		      moments.count);
	assert_true(killed > (round - 1) * 9 / 10);
	mem_free(moments.list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {SCENE_TEST(test_every_system_call)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
