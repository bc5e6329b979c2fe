/* The commit that a file belongs to, with real git. */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "sys/disk/file.h"
#include "sys/disk/revision.h"

static char folder[] = "/tmp/numberd-revision-XXXXXX";

/* Runs a script within the folder. */
static void shell(const char *script)
{
	char command[1024];

	snprintf(command, sizeof(command), "cd %s && %s", folder, script);
	assert_int_equal(system(command), 0);
}

static int setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	shell("mkdir repo bare && cd repo && git init -q . && mkdir sub && "
	      "git config user.name t && git config user.email t@example.com && "
	      "echo 1 >sub/numbers.yaml && git add -A && git commit -qm one");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	shell("rm -rf repo other bare link.yaml plain.yaml shallow");
	assert_int_equal(rmdir(folder), 0);
	return 0;
}

/* Of the file as it is now, below the folder. */
static bool find(const char *path, struct source_commit *ret_commit)
{
	struct source_file file = {0};
	char whole[256];
	bool settled;

	snprintf(whole, sizeof(whole), "%s/%s", folder, path);
	file.name = whole;
	file_read(whole, 4096, &file.bytes, &file.length, NULL, &file.error);
	settled = revision_find(&file, 1, ret_commit);
	mem_free(file.bytes);
	return settled;
}

/* What git says, and what we find, of a path below the folder. */
static void assert_same(const char *work_tree, const char *path)
{
	char command[256], expected[128];
	FILE *git;
	struct source_commit found;

	snprintf(command, sizeof(command), "git -C %s/%s rev-parse HEAD", folder, work_tree);
	git = popen(command, "r");
	assert_non_null(git);
	assert_non_null(fgets(expected, sizeof(expected), git));
	assert_int_equal(pclose(git), 0);
	expected[strcspn(expected, "\n")] = '\0';
	assert_true(find(path, &found));
	assert_non_null(found.revision);
	assert_string_equal(found.revision, expected);
	source_commit_finish(&found);
}

static void test_a_branch(void **state)
{
	(void)state;
	assert_same("repo", "repo/sub/numbers.yaml");
	shell("cd repo && git commit -q --allow-empty -m two");
	assert_same("repo", "repo/sub/numbers.yaml");
}

static void test_packed_refs(void **state)
{
	(void)state;
	shell("cd repo && git pack-refs --all");
	assert_same("repo", "repo/sub/numbers.yaml");
}

static void test_a_detached_head(void **state)
{
	(void)state;
	shell("cd repo && git checkout -q --detach HEAD");
	assert_same("repo", "repo/sub/numbers.yaml");
	shell("cd repo && git checkout -q -");
}

static void test_a_second_work_tree(void **state)
{
	(void)state;
	shell("cd repo && git worktree add -q -b other ../other && cd ../other && "
	      "git commit -q --allow-empty -m three");
	assert_same("other", "other/sub/numbers.yaml");
	shell("cd repo && git pack-refs --all");
	assert_same("other", "other/sub/numbers.yaml");
}

static void test_a_symlink_into_the_work_tree(void **state)
{
	(void)state;
	shell("ln -s repo/sub/numbers.yaml link.yaml");
	assert_same("repo", "link.yaml");
}

static void assert_none(const char *path, bool settled)
{
	struct source_commit found;

	assert_int_equal(find(path, &found), settled);
	assert_null(found.revision);
	assert_null(found.author);
}

static void test_who_and_what(void **state)
{
	struct source_commit found;

	(void)state;
	shell("cd repo && git commit -q --allow-empty --author 'Zoë B <z@example.com>' "
	      "--date 2020-01-01T00:00:00Z -m 'Route support' -m 'A body.'");
	assert_true(find("repo/sub/numbers.yaml", &found));
	assert_string_equal(found.author, "Zoë B");
	assert_string_equal(found.subject, "Route support");
	assert_true(found.time > 1600000000000);
	source_commit_finish(&found);
}

static void test_edited_content_is_dirty(void **state)
{
	struct source_commit found;

	(void)state;
	shell("cd repo && echo 2 >sub/numbers.yaml");
	assert_false(find("repo/sub/numbers.yaml", &found));
	assert_string_equal(found.revision + 40, "-dirty");
	source_commit_finish(&found);
	/* What is staged is not committed. */
	shell("cd repo && git add -A");
	assert_false(find("repo/sub/numbers.yaml", &found));
	source_commit_finish(&found);
	shell("cd repo && git commit -qm two");
	assert_same("repo", "repo/sub/numbers.yaml");
	/* Somebody else's file is not ours. */
	shell("cd repo && echo 1 >sub/other.txt");
	assert_same("repo", "repo/sub/numbers.yaml");
}

static void test_a_file_of_no_commit_has_none(void **state)
{
	(void)state;
	shell("cd repo && echo 1 >sub/new.yaml && echo 1 >ignored.yaml && "
	      "echo ignored.yaml >.gitignore && git add .gitignore && git commit -qm ignore");
	assert_none("repo/sub/new.yaml", false);
	assert_none("repo/ignored.yaml", false);
	shell("echo 1 >plain.yaml");
	assert_none("plain.yaml", true);
}

static void test_objects_of_another_repository(void **state)
{
	(void)state;
	shell("git clone -q --shared repo shallow && cd shallow && git gc -q");
	assert_same("shallow", "shallow/sub/numbers.yaml");
}

/* Its configuration is not looked at: a FIFO that it includes would block, a broken one fail. */
static void test_a_hostile_configuration(void **state)
{
	struct source_commit found;

	(void)state;
	shell("cd bare && git init -q . && git config user.name t && git config user.email t@t && "
	      "echo 1 >a.yaml && git add a.yaml && git commit -qm one && mkfifo .git/fifo && "
	      "printf '[include]\\n\\tpath = fifo\\n[broken\\n' >>.git/config");
	assert_true(find("bare/a.yaml", &found));
	assert_string_equal(found.subject, "one");
	source_commit_finish(&found);
	shell("rm -rf bare/.git bare/a.yaml");
}

static void test_no_work_tree_no_revision(void **state)
{
	(void)state;
	assert_none("nonexistent/numbers.yaml", true);
	/* A repository without a commit, and some that were tampered with. */
	shell("cd bare && git init -q . && echo 1 >numbers.yaml");
	assert_none("bare/numbers.yaml", true);
	shell("cd bare && echo 'ref: refs/../../../etc/passwd' >.git/HEAD");
	assert_none("bare/numbers.yaml", true);
	shell("cd bare && echo 1234567890123456789012345678901234567890 >.git/HEAD");
	assert_none("bare/numbers.yaml", true);
	shell("cd bare && rm -rf .git/objects");
	assert_none("bare/numbers.yaml", true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_branch),
		cmocka_unit_test(test_packed_refs),
		cmocka_unit_test(test_a_detached_head),
		cmocka_unit_test(test_a_second_work_tree),
		cmocka_unit_test(test_a_symlink_into_the_work_tree),
		cmocka_unit_test(test_who_and_what),
		cmocka_unit_test(test_edited_content_is_dirty),
		cmocka_unit_test(test_a_file_of_no_commit_has_none),
		cmocka_unit_test(test_objects_of_another_repository),
		cmocka_unit_test(test_a_hostile_configuration),
		cmocka_unit_test(test_no_work_tree_no_revision),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
