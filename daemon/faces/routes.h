/*
 * The daemon's HTTP interface: what may be asked and told, and the answers (docs/http.md). It is
 * given exchanges and knows no socket.
 */
#ifndef NUMBERD_FACES_ROUTES_H
#define NUMBERD_FACES_ROUTES_H

#include "base/clock.h"
#include "base/exchange.h"
#include "engine/reconcile.h"

struct routes {
	struct reconcile *reconcile;
	struct journal *journal; /* or NULL */
	const struct clock *clock;
	int64_t interval; /* ms between passes */
};

/* An exchange_handler; `control` is its context. */
void routes_handle(void *control, struct exchange *exchange);

#endif
