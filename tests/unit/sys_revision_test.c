/* The commit that a file belongs to, with real git. */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
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
	shell("rm -rf repo other bare link.yaml");
	assert_int_equal(rmdir(folder), 0);
	return 0;
}

/* What git says, and what we find, of a path below the folder. */
static void assert_same(const char *work_tree, const char *path)
{
	char command[256], expected[128], whole[256];
	FILE *git;
	char *found;

	snprintf(command, sizeof(command), "git -C %s/%s rev-parse HEAD", folder, work_tree);
	git = popen(command, "r");
	assert_non_null(git);
	assert_non_null(fgets(expected, sizeof(expected), git));
	assert_int_equal(pclose(git), 0);
	expected[strcspn(expected, "\n")] = '\0';
	snprintf(whole, sizeof(whole), "%s/%s", folder, path);
	found = revision_find(whole);
	assert_non_null(found);
	assert_string_equal(found, expected);
	mem_free(found);
}

static void test_a_branch(void **state)
{
	(void)state;
	assert_same("repo", "repo/sub/numbers.yaml");
	assert_same("repo", "repo");
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

static void test_no_work_tree_no_revision(void **state)
{
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/bare", folder);
	assert_null(revision_find(path));
	assert_null(revision_find("/nonexistent/numbers.yaml"));
	/* A repository without a commit, and one that was tampered with. */
	shell("cd bare && git init -q .");
	assert_null(revision_find(path));
	shell("cd bare && echo 'ref: refs/../../../etc/passwd' >.git/HEAD");
	assert_null(revision_find(path));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_branch),
		cmocka_unit_test(test_packed_refs),
		cmocka_unit_test(test_a_detached_head),
		cmocka_unit_test(test_a_second_work_tree),
		cmocka_unit_test(test_a_symlink_into_the_work_tree),
		cmocka_unit_test(test_no_work_tree_no_revision),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
