#include "sys/os/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

int process_harden(struct error *error)
{
	const struct rlimit none = {0, 0};

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		/* open() takes the lowest free descriptor: this one, as those below are open. */
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
			return error_set_errno(error, -errno, "can't open /dev/null");
	}
	if (setrlimit(RLIMIT_CORE, &none) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0)
		return error_set_errno(error, -errno, "can't switch core dumps off");
	/* A file that may not grow (LimitFSIZE) is a full disk to whoever writes it, and no end. */
	if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
		return error_set_errno(error, -errno, "can't ignore SIGXFSZ");
	umask(0077);
	return 0;
}
