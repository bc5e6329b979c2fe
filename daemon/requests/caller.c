#include "requests/caller.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

/* Full jitter: a wait is even in 0 .. min(WAIT_LONGEST, WAIT_FIRST * 2^n). */
#define WAIT_FIRST   250
#define WAIT_LONGEST 10000
#define TRIES        6
#define TRIES_BUSY                                                                                 \
	12 /* nothing was processed: the account is at its limit, and will not stay so             \
	    */

struct flight {
	struct flight *next;
	struct caller *caller;
	struct call call; /* its strings are ours */
	uint64_t id;      /* the transport's; 0: not in flight */
	unsigned tries;
	int64_t not_before;
};

struct caller {
	const struct transport *transport;
	const struct clock *clock;
	struct rng *rng;
	unsigned concurrency;
	unsigned allowed; /* at once, now: less than concurrency after a 429 */
	unsigned flying;
	struct flight *first; /* in line and in flight, in the order of submission */
	struct flight **last;
	uint32_t sent[2];
	bool renewed;
	bool stopped;
	char why[512];
};

struct caller *caller_new(const struct transport *transport, const struct clock *clock,
			  struct rng *rng, unsigned concurrency)
{
	struct caller *caller = mem_zalloc(1, sizeof(*caller));

	assert(concurrency >= 1 && concurrency <= LIMIT_CONCURRENCY);
	caller->transport = transport;
	caller->clock = clock;
	caller->rng = rng;
	caller->concurrency = caller->allowed = concurrency;
	caller->last = &caller->first;
	return caller;
}

static void flight_free(struct flight *flight)
{
	mem_free((char *)flight->call.account);
	mem_free((char *)flight->call.path);
	mem_free((char *)flight->call.body);
	mem_free(flight);
}

void caller_free(struct caller *caller)
{
	struct flight *next;

	if (!caller)
		return;
	for (struct flight *flight = caller->first; flight; flight = next) {
		next = flight->next;
		if (flight->id)
			caller->transport->cancel(caller->transport->self, flight->id);
		flight_free(flight);
	}
	mem_free(caller);
}

void caller_submit(struct caller *caller, const struct call *call)
{
	struct flight *flight = mem_zalloc(1, sizeof(*flight));

	flight->caller = caller;
	flight->call = *call;
	flight->call.account = mem_strdup(call->account);
	flight->call.path = mem_strdup(call->path);
	flight->call.body = mem_strdup(call->body);
	flight->not_before = call->delay ? clock_monotonic(caller->clock) + call->delay : 0;
	*caller->last = flight;
	caller->last = &flight->next;
}

static void unlink_flight(struct caller *caller, struct flight *flight)
{
	struct flight **link = &caller->first;

	while (*link != flight)
		link = &(*link)->next;
	*link = flight->next;
	if (caller->last == &flight->next)
		caller->last = link;
}

static void finish(struct caller *caller, struct flight *flight, const struct call_result *result)
{
	unlink_flight(caller, flight);
	flight->call.done(flight->call.context, result);
	flight_free(flight);
}

static int64_t wait_for(struct caller *caller, const struct flight *flight, int64_t retry_after)
{
	unsigned shift = flight->tries < 8 ? flight->tries - 1 : 7;
	int64_t most = WAIT_FIRST << shift;
	int64_t wait = rng_upto(caller->rng, most < WAIT_LONGEST ? most : WAIT_LONGEST);

	return retry_after > 0 ? retry_after + wait : wait;
}

static void again(struct caller *caller, struct flight *flight, int64_t wait)
{
	flight->not_before = clock_monotonic(caller->clock) + wait;
}

/* True if the request may go once more, as far as its safety goes. */
static bool is_repeatable(const struct flight *flight, enum api_class class)
{
	if (class == API_BUSY)
		return flight->tries < TRIES_BUSY;
	if (class == API_UNAVAILABLE || (class == API_UNKNOWN && flight->call.method == HTTP_GET))
		return flight->tries < TRIES;
	return false;
}

/* The account's limit is shared with its live traffic: halve on a 429, grow back one by one. */
static void adapt(struct caller *caller, const struct api_verdict *verdict)
{
	if (verdict->status == 429)
		caller->allowed = caller->allowed > 1 ? caller->allowed / 2 : 1;
	else if (verdict->class == API_OK && caller->allowed < caller->concurrency)
		caller->allowed++;
}

static void on_answer(void *context, const struct http_answer *answer)
{
	struct flight *flight = context;
	struct caller *caller = flight->caller;
	struct call_result result = {.request_id = answer->request_id};
	struct error error;

	flight->id = 0;
	caller->flying--;
	api_judge(answer, &result.verdict);
	if (result.verdict.class == API_OK &&
	    flight->call.accept(flight->call.context, answer, &error) < 0) {
		result.verdict.class = API_UNKNOWN;
		snprintf(result.verdict.text, sizeof(result.verdict.text), "%s", error.text);
	}
	adapt(caller, &result.verdict);
	if (result.verdict.class == API_AUTH && !caller->stopped) {
		if (!caller->renewed) {
			caller->renewed = true;
			caller->transport->renew_credentials(caller->transport->self);
			again(caller, flight, 0);
			return;
		}
		caller_stop(caller, result.verdict.text);
	}
	if (!caller->stopped && is_repeatable(flight, result.verdict.class)) {
		again(caller, flight, wait_for(caller, flight, answer->retry_after));
		return;
	}
	result.gave_up = result.verdict.class >= API_BUSY;
	if (result.verdict.class == API_BUSY)
		result.verdict.class = API_UNAVAILABLE;
	finish(caller, flight, &result);
}

static void launch(struct caller *caller, struct flight *flight)
{
	const struct http_request request = {
		.service = HTTP_SERVICE_API,
		.method = flight->call.method,
		.account = flight->call.account,
		.path = flight->call.path,
		.body = flight->call.body,
	};

	flight->tries++;
	caller->flying++;
	caller->sent[request.method]++;
	flight->id = caller->transport->start(caller->transport->self, &request, on_answer, flight);
}

/* Ends one call that was not sent; false if there is none. */
static bool end_unsent(struct caller *caller)
{
	struct call_result result = {
		.verdict = {.class = API_UNAVAILABLE},
		.stopped = true,
		.request_id = "",
	};

	for (struct flight *flight = caller->first; flight; flight = flight->next) {
		if (flight->id)
			continue;
		snprintf(result.verdict.text, sizeof(result.verdict.text), "%s", caller->why);
		finish(caller, flight, &result);
		return true;
	}
	return false;
}

/* The first call that may start now, or, with none, the earliest moment that one may. */
static struct flight *next_flight(const struct caller *caller, int64_t now, int64_t *ret_when)
{
	*ret_when = NEVER;
	if (caller->flying >= caller->allowed)
		return NULL;
	for (struct flight *flight = caller->first; flight; flight = flight->next) {
		if (flight->id)
			continue;
		if (flight->not_before <= now) {
			*ret_when = now;
			return flight;
		}
		if (flight->not_before < *ret_when)
			*ret_when = flight->not_before;
	}
	return NULL;
}

int64_t caller_deadline(const struct caller *caller)
{
	int64_t when;

	if (caller->stopped) {
		for (const struct flight *flight = caller->first; flight; flight = flight->next) {
			if (!flight->id)
				return 0;
		}
		return NEVER;
	}
	next_flight(caller, clock_monotonic(caller->clock), &when);
	return when;
}

void caller_run(struct caller *caller)
{
	struct flight *flight;
	int64_t when;

	if (caller->stopped) {
		while (end_unsent(caller))
			;
		return;
	}
	while ((flight = next_flight(caller, clock_monotonic(caller->clock), &when)))
		launch(caller, flight);
}

void caller_hurry(struct caller *caller)
{
	for (struct flight *flight = caller->first; flight; flight = flight->next)
		flight->not_before = 0;
}

void caller_stop(struct caller *caller, const char *why)
{
	if (caller->stopped)
		return;
	caller->stopped = true;
	snprintf(caller->why, sizeof(caller->why), "%s", why);
}

uint32_t caller_sent(const struct caller *caller, enum http_method method)
{
	return caller->sent[method];
}
