/*
 * Asks the daemon over HTTP, as curl and Prometheus do; and rude clients, which connect and then
 * say nothing, or drip.
 */
#ifndef NUMBERD_TESTS_WEB_H
#define NUMBERD_TESTS_WEB_H

#include "support/scene.h"

/*
 * One request to the socket of the scene, or, with a port, over TCP. `header`: one more, or NULL.
 * The HTTP status; the body is added. Fails the test where no answer comes in 20 s.
 */
long web_request(const struct scene *scene, int port, const char *method, const char *path,
		 const char *header, struct buf *body);

/* A free TCP port of 127.0.0.1. */
int web_free_port(void);

#endif
