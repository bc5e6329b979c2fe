#include "sys/os/signals.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/mem.h"

struct signals {
	struct loop *loop;
	struct loop_source source;
	sigset_t mask_before;
	signals_callback *arrived;
	void *context;
};

static void on_ready(void *context, int64_t now)
{
	struct signals *signals = context;
	struct signalfd_siginfo info;

	/* One a turn: the callback may end this object, and the loop comes back for the next. */
	(void)now;
	if (read(signals->source.fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		signals->arrived(signals->context, (int)info.ssi_signo);
}

int signals_new(struct loop *loop, signals_callback *arrived, void *context,
		struct signals **ret_signals, struct error *error)
{
	static const int numbers[] = {SIGHUP, SIGTERM, SIGINT, SIGUSR1};
	struct signals *signals = mem_zalloc(1, sizeof(*signals));
	sigset_t mask;
	int fd, result;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&mask);
	for (size_t i = 0; i < ARRAY_LENGTH(numbers); i++)
		sigaddset(&mask, numbers[i]);
	fd = signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0) {
		mem_free(signals);
		return error_set_errno(error, -errno, "can't receive signals");
	}
	signals->loop = loop;
	signals->arrived = arrived;
	signals->context = context;
	signals->source = (struct loop_source){.fd = fd, .ready = on_ready, .context = signals};
	result = loop_add(loop, &signals->source, error);
	if (result < 0) {
		close(fd);
		mem_free(signals);
		return result;
	}
	sigprocmask(SIG_BLOCK, &mask, &signals->mask_before);
	*ret_signals = signals;
	return 0;
}

void signals_free(struct signals *signals)
{
	struct signalfd_siginfo info;

	if (!signals)
		return;
	loop_remove(signals->loop, &signals->source);
	/* A second SIGTERM that came while the first was followed must not kill what is left. */
	while (read(signals->source.fd, &info, sizeof(info)) > 0)
		;
	close(signals->source.fd);
	sigprocmask(SIG_SETMASK, &signals->mask_before, NULL);
	mem_free(signals);
}
