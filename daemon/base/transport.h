/*
 * One HTTP request and its answer, as the engine sees them, and the interface that carries them.
 * The program implements it with libcurl (sys/http/http_client.h), the simulation with a simulated
 * network.
 *
 * A request names a service, not a host: the transport knows the origin of each service, adds the
 * credentials, and can't be made to send them anywhere else. It never follows redirects, never
 * retries, and never sends a request twice.
 */
#ifndef NUMBERD_BASE_TRANSPORT_H
#define NUMBERD_BASE_TRANSPORT_H

#include <stddef.h>
#include <stdint.h>

enum http_service { HTTP_SERVICE_API, HTTP_SERVICE_MONITOR };

enum http_method { HTTP_GET, HTTP_POST };

struct http_request {
	enum http_service service;
	enum http_method method;
	const char *account; /* whose path it is; the user name where the credentials have none */
	const char *path;    /* "/2010-04-01/...", with its query; begins with one '/' */
	const char *body;    /* of a POST: application/x-www-form-urlencoded; else NULL */
};

enum http_result {
	HTTP_ANSWERED, /* a whole answer came; `status` says more */
	HTTP_NOT_SENT, /* no answer, and surely nothing reached the server */
	HTTP_UNKNOWN,  /* no whole answer; the request may have had its effect */
};

struct http_answer {
	enum http_result result;
	int status;             /* of HTTP_ANSWERED */
	const char *body;       /* NUL behind; "" if none; valid during the callback only */
	size_t body_length;     /* LIMIT_ANSWER_BYTES at most: more is HTTP_UNKNOWN */
	int64_t retry_after;    /* milliseconds, 0..LIMIT_RETRY_MS; -1: no such header */
	const char *request_id; /* Twilio-Request-Id or "" */
	const char *error;      /* why there is no answer, for people; "" for HTTP_ANSWERED */
};

typedef void http_done(void *context, const struct http_answer *answer);

struct transport {
	/*
	 * Begins a request; its strings are copied. `done` is called exactly once, later, never
	 * from within start(), unless cancel() came first. Returns an id that is not 0.
	 */
	uint64_t (*start)(void *self, const struct http_request *request, http_done *done,
			  void *context);
	/* Gives a request up: done won't be called. Whether it had its effect stays unknown. */
	void (*cancel)(void *self, uint64_t id);
	/* Reads the credentials anew (a 401, a reload); what is wrong with them shows as 401s. */
	void (*renew_credentials)(void *self);
	void *self;
};

#endif
