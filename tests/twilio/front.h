/*
 * The simulated Twilio behind HTTP/1.1 on a loopback port, plain or TLS, by libmicrohttpd on one
 * thread: requests overlap as they do over a network, since an answer that waits (latency, a hang,
 * a drip) holds up no other. "/_sim/" is the control interface.
 */
#ifndef TWILIO_SIM_FRONT_H
#define TWILIO_SIM_FRONT_H

#include <stdint.h>

#include "base/error.h"
#include "certificate.h"
#include "twilio.h"

struct front;

/* port 0: any free one. certificate NULL: plain HTTP. The strings must live as long as the front.
 */
int front_new(struct twilio *twilio, uint16_t port, const struct certificate *certificate,
	      struct front **ret_front, struct error *error);
void front_free(struct front *front);

uint16_t front_port(const struct front *front);

/* Serves until stop_fd can be read. */
void front_run(struct front *front, int stop_fd);

#endif
