/* What the process does to itself before anything else. */
#include "support/test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/os/process.h"

/* In a child: writes more than a file may hold. 0 if that is an error and no end. */
static int write_too_much(int fd)
{
	const struct rlimit few = {10, 10};
	struct error error;
	char bytes[100];

	memset(bytes, 'x', sizeof(bytes));
	if (process_harden(&error) < 0 || setrlimit(RLIMIT_FSIZE, &few) < 0)
		return 1;
	/* The first fills the file, the second finds it full. */
	return write(fd, bytes, sizeof(bytes)) == 10 && write(fd, bytes, 1) < 0 && errno == EFBIG
		       ? 0
		       : 2;
}

static void test_a_file_that_may_not_grow_is_an_error(void **state)
{
	char path[] = "/tmp/numberd-process.XXXXXX";
	int fd = mkstemp(path), status = 0;
	pid_t child;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(unlink(path), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(write_too_much(fd));
	assert_int_equal(waitpid(child, &status, 0), child);
	close(fd);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_file_that_may_not_grow_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
