/*
 * The daemon's HTTP interface: what may be asked and told, and the answers (docs/http.md). It is
 * given exchanges and knows no socket.
 */
#ifndef NUMBERD_ENGINE_CONTROL_H
#define NUMBERD_ENGINE_CONTROL_H

#include "base/clock.h"
#include "base/exchange.h"
#include "engine/reconcile.h"

struct control {
	struct reconcile *reconcile;
	struct journal *journal; /* or NULL */
	const struct clock *clock;
	int64_t interval; /* ms between passes */
};

/* An exchange_handler; `control` is its context. */
void control_handle(void *control, struct exchange *exchange);

#endif
