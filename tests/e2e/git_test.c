/*
 * The file in a clone of a repository, beside a running numberd: log, history, status and plan name
 * the commit that the content is of, and who made it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/daemon.h"
#include "support/test.h"

#define NUMBER "+14152000000"

/* Runs a script of git in the scene's folder. */
static void shell(const struct scene *scene, const char *script)
{
	char command[1024];

	snprintf(command, sizeof(command),
		 "cd %s && export GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=a@example.com "
		 "GIT_COMMITTER_NAME=C GIT_COMMITTER_EMAIL=c@example.com && { %s; }",
		 scene->folder, script);
	assert_int_equal(system(command), 0);
}

/* Commits another URL in the repository that is pulled from. */
static void commit(const struct scene *scene, unsigned round)
{
	char script[512];

	snprintf(script, sizeof(script),
		 "cd origin && printf 'version: 1\nnumbers:\n  \"%s\": {voice_url: "
		 "\"https://round-%u.example.com/\"}\n' >numbers.yaml && git add -A && "
		 "git commit -qm 'Round %u'",
		 NUMBER, round, round);
	shell(scene, script);
}

static void head_of(const struct scene *scene, char ret_head[48])
{
	char command[128];
	FILE *git;

	snprintf(command, sizeof(command), "git -C %s/clone rev-parse HEAD", scene->folder);
	git = popen(command, "r");
	assert_non_null(git);
	assert_non_null(fgets(ret_head, 48, git));
	assert_int_equal(pclose(git), 0);
	ret_head[strcspn(ret_head, "\n")] = '\0';
}

static struct daemon *begin(struct scene *scene)
{
	struct daemon *daemon;

	scene_numbers(scene, 1);
	shell(scene, "git init -q origin");
	commit(scene, 0);
	shell(scene, "git clone -q origin clone");
	snprintf(scene->config, sizeof(scene->config), "%.40s/clone/numbers.yaml", scene->folder);
	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "file_valid", "author", "Ada", "subject", "Round 0", NULL);
	daemon_wait(daemon, "applied", NULL);
	daemon_wait(daemon, "pass", NULL);
	return daemon;
}

static void assert_status(struct scene *scene, const char *revision, const char *subject)
{
	json_t *status, *file;

	assert_int_equal(scene_run(scene, WORDS("status", "--format=json")), 0);
	status = scene_json(scene);
	file = json_object_get(status, "file");
	assert_string_equal(json_string_value(json_object_get(file, "revision")), revision);
	assert_string_equal(json_string_value(json_object_get(file, "author")), "Ada");
	assert_string_equal(json_string_value(json_object_get(file, "subject")), subject);
	json_decref(status);
}

static void test_each_pull_names_its_own_commit(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon = begin(scene);

	for (unsigned round = 1; round <= 6; round++) {
		char head[48], subject[16], url[64];

		snprintf(subject, sizeof(subject), "Round %u", round);
		snprintf(url, sizeof(url), "https://round-%u.example.com/", round);
		commit(scene, round);
		shell(scene, "cd clone && git pull -q --ff-only");
		head_of(scene, head);
		daemon_wait(daemon, "file_valid", "revision", head, "subject", subject, NULL);
		daemon_wait(daemon, "applied", "new", url, NULL);
		daemon_wait(daemon, "pass", NULL);
		assert_status(scene, head, subject);
		scene_run(scene, WORDS("history", "--since=1h"));
		assert_says(&scene->out, head);
		assert_int_equal(scene_run(scene, WORDS("plan", "--format=json")), 0);
		assert_says(&scene->out, head);
	}
	assert_silent_of(daemon_log(daemon), "-dirty");
	daemon_stop(daemon);
}

/* Only HEAD moves: the content stays, so that no event tells. */
static void test_an_amended_commit(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon = begin(scene);
	char head[48];

	shell(scene, "cd clone && git commit -q --amend -m 'Better words'");
	head_of(scene, head);
	daemon_pass(daemon);
	assert_status(scene, head, "Better words");
	assert_int_equal(daemon_count(daemon, "file_commit", "revision", head, NULL), 1);
	daemon_stop(daemon);
}

static void test_an_edit_is_dirty_until_it_is_committed(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon = begin(scene);
	char head[64];

	shell(scene, "cd clone && sed -i s/round-0/edited/ numbers.yaml");
	head_of(scene, head);
	strcat(head, "-dirty");
	daemon_wait(daemon, "file_valid", "revision", head, NULL);
	daemon_wait(daemon, "applied", NULL);
	daemon_wait(daemon, "pass", NULL);
	assert_status(scene, head, "Round 0");
	shell(scene, "cd clone && git commit -qam Edited");
	head_of(scene, head);
	daemon_pass(daemon);
	assert_status(scene, head, "Edited");
	daemon_stop(daemon);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_setup, scene_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_each_pull_names_its_own_commit),
		TEST(test_an_amended_commit),
		TEST(test_an_edit_is_dirty_until_it_is_committed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
