/* For what ends the program: a failed assertion, memory that ran out. */
#ifndef NUMBERD_TESTS_ABORTS_H
#define NUMBERD_TESTS_ABORTS_H

#include "test.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs `function` in a child and asks that it ends the program at once. */
static inline void assert_aborts(void (*function)(void))
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		signal(SIGABRT, SIG_DFL);
		if (!freopen("/dev/null", "w", stderr))
			_exit(0);
		function();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	/* AddressSanitizer ends with a status where glibc's allocator would return NULL. */
	assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

#endif
