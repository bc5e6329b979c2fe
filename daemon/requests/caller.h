/*
 * Carries the requests of one pass: at most so many in flight, the rest in line; what may be
 * repeated is repeated, with exponential backoff, full jitter, and Retry-After honoured.
 *
 * Accounts don't wait for each other. Each has its own line, and the lines take turns; a 429 makes
 * less of this account fly at once, a 401 that new credentials don't mend ends what this account
 * has in line, and a request that has no answer for a while gives its place to others.
 *
 * What may be repeated: a GET always; a POST only where it surely was not processed. A POST whose
 * outcome is unknown is given back as API_UNKNOWN, for its owner to look at the number first. What
 * is told to wait for long (CALLER_WAIT_MS) is given back too, with the time. It never blocks and
 * reads no clock but the one it is given.
 */
#ifndef NUMBERD_REQUESTS_CALLER_H
#define NUMBERD_REQUESTS_CALLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/rng.h"
#include "base/transport.h"
#include "twilio/api.h"

#define CALLER_WAIT_MS 10000 /* the longest Retry-After that is waited for here */

struct caller;

struct call_result {
	struct api_verdict verdict; /* never API_BUSY; see `gave_up` */
	bool gave_up;               /* after tries that could have been repeated */
	bool stopped;        /* never sent: the pass stops, or its account; verdict.text says why */
	int64_t retry_after; /* with gave_up: to be asked no earlier than this from now, ms; or 0 */
	const char *request_id; /* "" where there is none */
};

struct call {
	enum http_method method;
	const char *account; /* all strings are copied */
	const char *path;
	const char *body;
	int64_t delay; /* before it may start, ms */
	/*
	 * Takes the body of a 2xx answer: 0, or negative if it is not what it should be; then the
	 * answer counts as API_UNKNOWN. May be called again for the next try.
	 */
	int (*accept)(void *context, const struct http_answer *answer, struct error *error);
	/* Exactly once, never from within caller_submit(). May submit more. */
	void (*done)(void *context, const struct call_result *result);
	void *context;
};

/* The transport, clock and rng must outlive the caller. concurrency: 1..LIMIT_CONCURRENCY. */
struct caller *caller_new(const struct transport *transport, const struct clock *clock,
			  struct rng *rng, unsigned concurrency);

/* Gives up what is in flight; no done is called. */
void caller_free(struct caller *caller);

void caller_submit(struct caller *caller, const struct call *call);

/*
 * Whether what is submitted from now on is of several who all wait for the last of them. Then
 * nothing is repeated any more once CALLER_PATIENCE_MS went by without an end.
 */
#define CALLER_PATIENCE_MS 20000
void caller_share(struct caller *caller, bool shared);

/* When caller_run() is next of use (monotonic): now or before, later, or NEVER. */
int64_t caller_deadline(const struct caller *caller);
void caller_run(struct caller *caller);

/* What waits for a later try may be tried now: somebody asked. */
void caller_hurry(struct caller *caller);

/*
 * Lets what is in flight come to its end without a repeat, and ends the rest unsent (`stopped`).
 * Later calls end the same way.
 */
void caller_stop(struct caller *caller, const char *why);

/* Requests handed to the transport so far. */
uint32_t caller_sent(const struct caller *caller, enum http_method method);

#endif
