/*
 * A running numberd whose journal comes to harm: it goes on, what on_drift: report protects stays
 * as it is, and what the file asks for is sent once.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "support/daemon.h"
#include "support/journal_place.h"
#include "support/test.h"

#define REPORTED "+14152000000" /* on_drift: report, and somebody has changed it */
#define MANAGED  "+14152000001"
#define FOREIGN  "https://elsewhere.example.com/"

static void declare(struct scene *scene, unsigned round)
{
	scene_declare(scene,
		      "version: 1\nlimits: {max_changes: 100%%}\nnumbers:\n"
		      "  \"" REPORTED "\": {on_drift: report, voice_url: " SCENE_URL "}\n"
		      "  \"" MANAGED "\": {voice_url: \"https://round-%u.example.com/\"}\n",
		      round);
}

/* Both numbers were in sync, and one of them is no longer. */
static struct daemon *begin(struct scene *scene)
{
	struct daemon *daemon;

	scene_numbers(scene, 2);
	declare(scene, 0);
	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "applied", "number", MANAGED, NULL);
	daemon_wait(daemon, "pass", NULL);
	scene_edit(scene, REPORTED, "\"voice_url\": \"" FOREIGN "\"");
	daemon_pass(daemon);
	sim_forget(scene->sim);
	return daemon;
}

/* The next version of the file is sent by one request, and nothing else ever is. */
static void assert_goes_on(struct scene *scene, struct daemon *daemon, unsigned round)
{
	char url[64];

	snprintf(url, sizeof(url), "https://round-%u.example.com/", round);
	declare(scene, round);
	daemon_wait(daemon, "applied", "number", MANAGED, "new", url, NULL);
	daemon_wait(daemon, "pass", NULL);
	daemon_pass(daemon);
	scene_assert_count(scene, "number.POST", 1);
	scene_assert_posts_only(scene, WORDS("VoiceUrl"));
	scene_assert_value(scene, REPORTED, "voice_url", FOREIGN);
	scene_assert_value(scene, MANAGED, "voice_url", url);
	sim_forget(scene->sim);
}

static void test_every_file_harmed(void **state)
{
	static const char *const parts[] = {"", "-wal", "-shm"};
	struct scene *scene = *state;
	struct daemon *daemon = begin(scene);
	unsigned round = 0;
	char path[128];

	for (size_t part = 0; part < sizeof(parts) / sizeof(parts[0]); part++) {
		snprintf(path, sizeof(path), "%s/numberd.db%s", scene->state, parts[part]);
		for (int how = 0; how < PLACE_HARMS; how++) {
			/* While it runs; then while it doesn't, after a life that was killed. */
			place_harm(path, (enum place_harm)how);
			assert_goes_on(scene, daemon, ++round);
			daemon_signal(daemon, SIGKILL);
			assert_int_equal(daemon_end(daemon), -SIGKILL);
			daemon_free(daemon);
			place_harm(path, (enum place_harm)how);
			daemon = daemon_start(scene, NULL);
			daemon_wait(daemon, "pass", NULL);
			assert_goes_on(scene, daemon, ++round);
			assert_int_equal(scene_run(scene, WORDS("history")), 0);
			assert_says(&scene->out, MANAGED);
		}
	}
	daemon_stop(daemon);
}

/* The state directory becomes a file system of its own: small, or read-only. */
static bool mount_state(struct scene *scene, const char *options)
{
	if (mount("tmpfs", scene->state, "tmpfs", 0, options) == 0)
		return true;
	print_message("skipped: no leave to mount\n");
	return false;
}

static void fill(const struct scene *scene)
{
	static const char zeros[4096];
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/filler", scene->state);
	file = fopen(path, "we");
	assert_non_null(file);
	setvbuf(file, NULL, _IONBF, 0);
	while (fwrite(zeros, 1, sizeof(zeros), file) == sizeof(zeros))
		;
	fclose(file);
}

static void test_disk_full(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon;
	char path[128];

	if (!mount_state(scene, "size=1m,mode=0700"))
		skip();
	daemon = begin(scene);
	fill(scene);
	for (unsigned round = 1; round <= 40; round++)
		assert_goes_on(scene, daemon, round);
	assert_int_equal(daemon_count(daemon, "journal", NULL), 1);
	/* A new life on the full disk knows what was remembered before. */
	daemon_stop(daemon);
	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "pass", NULL);
	assert_goes_on(scene, daemon, 100);
	snprintf(path, sizeof(path), "%s/filler", scene->state);
	assert_int_equal(unlink(path), 0);
	assert_goes_on(scene, daemon, 101);
	daemon_pass(daemon);
	daemon_stop(daemon);
	assert_int_equal(scene_run(scene, WORDS("history", MANAGED)), 0);
	assert_says(&scene->out, "https://round-101.example.com/");
}

static void test_read_only(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon;

	if (!mount_state(scene, "size=4m,mode=0700"))
		skip();
	daemon_stop(begin(scene));
	assert_int_equal(mount(NULL, scene->state, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "journal", NULL);
	daemon_wait(daemon, "pass", NULL);
	/* What was remembered is still used: it is drift, not new. */
	assert_int_equal(scene_run(scene, WORDS("plan", "--format", "json")), 3);
	assert_goes_on(scene, daemon, 1);
	assert_goes_on(scene, daemon, 2);
	assert_int_equal(daemon_count(daemon, "journal", NULL), 1);
	daemon_stop(daemon);
}

static int tear_down(void **state)
{
	struct scene *scene = *state;

	umount2(scene->state, MNT_DETACH); /* where a test has mounted it */
	return scene_teardown(state);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_setup, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_every_file_harmed),
		TEST(test_disk_full),
		TEST(test_read_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
