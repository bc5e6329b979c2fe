/*
 * The transport of the real program (base/transport.h) over libcurl: HTTP/2 where TLS offers it,
 * connections kept and shared, TLS 1.2 or later and always verified.
 *
 * It never follows a redirect, never sends a request twice (libcurl's own silent re-send of a POST
 * on a dead connection is switched off), never keeps cookies, never reads .netrc, and sends the
 * credentials to the origin of the named service and to nobody else: a proxy of the environment
 * (https_proxy, no_proxy) only ever carries the encrypted connection.
 *
 * HTTP_NOT_SENT is answered only where the connection was never usable: no address, no connection,
 * no TLS session, refused by the proxy, or a time-out before the first byte of the request; never
 * once libcurl has taken a byte of the body. All else is HTTP_UNKNOWN. Errors are for people and
 * never hold the secret.
 */
#ifndef NUMBERD_SYS_HTTP_HTTP_CLIENT_H
#define NUMBERD_SYS_HTTP_HTTP_CLIENT_H

#include "base/clock.h"
#include "base/error.h"
#include "base/transport.h"
#include "sys/os/loop.h"

struct http_client;

struct http_client_options {
	const char *base_url;      /* NULL or "": Twilio itself, by region and edge */
	const char *region;        /* as of sys/http/origin.h */
	const char *edge;          /* */
	const char *ca_file;       /* authorities to trust instead of the system's; NULL or "" */
	const struct clock *clock; /* a Retry-After may be a date */
	int64_t request_ms;        /* 0: LIMIT_REQUEST_MS */
	int64_t connect_ms;        /* 0: LIMIT_CONNECT_MS */
};

/* Reads the credentials too (sys/http/credentials.h); without any there is no client. */
int http_client_new(const struct http_client_options *options, struct http_client **ret_client,
		    struct error *error);
/* Requests in flight are given up; their callbacks are not called. */
void http_client_free(struct http_client *client);

/* Lives as long as the client. */
const struct transport *http_client_transport(struct http_client *client);

/*
 * Reads the credentials anew, as transport.renew_credentials() does, and says what is wrong. After
 * an error the old ones stay in force.
 */
int http_client_renew_credentials(struct http_client *client, struct error *error);

/*
 * Waits until a connection, or the loop's descriptor, has something to do, or timeout_ms (0 to
 * LOOP_FOREVER) have gone by; then moves the requests on and calls their callbacks.
 * The caller runs loop_dispatch() afterwards.
 */
void http_client_poll(struct http_client *client, const struct loop *loop, int timeout_ms);

#endif
