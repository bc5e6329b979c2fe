/*
 * SIGHUP, SIGTERM, SIGINT and SIGUSR1 as events of the loop, so that no code runs inside a signal
 * handler. SIGPIPE is ignored for good: a broken pipe shows as the error of a write.
 *
 * Make it before any thread starts (libcurl resolves names in threads): threads inherit the mask.
 */
#ifndef NUMBERD_SYS_OS_SIGNALS_H
#define NUMBERD_SYS_OS_SIGNALS_H

#include "base/error.h"
#include "sys/os/loop.h"

struct signals;

typedef void signals_callback(void *context, int number);

int signals_new(struct loop *loop, signals_callback *arrived, void *context,
		struct signals **ret_signals, struct error *error);
/* The signals act as before signals_new() again. */
void signals_free(struct signals *signals);

#endif
