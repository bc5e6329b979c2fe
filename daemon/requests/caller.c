#include "requests/caller.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"

/* Full jitter: a wait is even in 0 .. min(WAIT_LONGEST, WAIT_FIRST * 2^n). */
#define WAIT_FIRST   250
#define WAIT_LONGEST 10000
#define TRIES        6
#define TRIES_BUSY                                                                                 \
	12 /* nothing was processed: the account is at its limit, and will not stay so             \
	    */

#define SLOW_MS 2000 /* without an answer for this long, a request keeps no place from others */

struct lane;

struct flight {
	struct flight *next; /* in its lane's line, or in the air */
	struct lane *lane;
	struct call call; /* its strings are ours */
	uint64_t id;      /* the transport's; 0: not in flight */
	unsigned tries;
	unsigned renewals; /* of the credentials, when it was sent */
	int64_t not_before;
	int64_t started;
};

/* The requests of one account. */
struct lane {
	struct caller *caller;
	char *account;
	struct flight *first; /* in line, in the order of submission */
	struct flight **last;
	struct flight *air;
	unsigned allowed; /* at once, now: less than concurrency after a 429 */
	char *refused;    /* why nothing more of it is sent, or NULL */
};

struct caller {
	const struct transport *transport;
	const struct clock *clock;
	struct rng *rng;
	unsigned concurrency;
	struct lane **lanes;
	size_t count;
	size_t capacity;
	size_t turn; /* the lane that may start next */
	uint32_t sent[2];
	unsigned renewals;
	bool shared;
	int64_t progress; /* when something last came to its end */
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
	caller->concurrency = concurrency;
	return caller;
}

static int64_t now_of(const struct caller *caller)
{
	return clock_monotonic(caller->clock);
}

static void flight_free(struct flight *flight)
{
	mem_free((char *)flight->call.path);
	mem_free((char *)flight->call.body);
	mem_free(flight);
}

static void free_flights(struct flight *flight)
{
	struct flight *next;

	for (; flight; flight = next) {
		next = flight->next;
		flight_free(flight);
	}
}

void caller_free(struct caller *caller)
{
	if (!caller)
		return;
	for (size_t i = 0; i < caller->count; i++) {
		struct lane *lane = caller->lanes[i];

		for (struct flight *flight = lane->air; flight; flight = flight->next)
			caller->transport->cancel(caller->transport->self, flight->id);
		free_flights(lane->air);
		free_flights(lane->first);
		mem_free(lane->account);
		mem_free(lane->refused);
		mem_free(lane);
	}
	mem_free(caller->lanes);
	mem_free(caller);
}

static struct lane *lane_of(struct caller *caller, const char *account)
{
	struct lane *lane;

	for (size_t i = caller->count; i-- > 0;) {
		if (strcmp(caller->lanes[i]->account, account) == 0)
			return caller->lanes[i];
	}
	lane = mem_zalloc(1, sizeof(*lane));
	lane->caller = caller;
	lane->account = mem_strdup(account);
	lane->allowed = caller->concurrency;
	lane->last = &lane->first;
	mem_grow(caller->lanes, caller->count, caller->capacity);
	caller->lanes[caller->count++] = lane;
	return lane;
}

void caller_submit(struct caller *caller, const struct call *call)
{
	struct flight *flight = mem_zalloc(1, sizeof(*flight));
	struct lane *lane = lane_of(caller, call->account);

	flight->lane = lane;
	flight->call = *call;
	flight->call.account = lane->account;
	flight->call.path = mem_strdup(call->path);
	flight->call.body = mem_strdup(call->body);
	flight->not_before = call->delay ? now_of(caller) + call->delay : 0;
	*lane->last = flight;
	lane->last = &flight->next;
}

void caller_share(struct caller *caller, bool shared)
{
	caller->shared = shared;
	caller->progress = now_of(caller);
}

/* Takes it from its line. */
static void leave_line(struct flight *flight)
{
	struct lane *lane = flight->lane;
	struct flight **link = &lane->first;

	while (*link != flight)
		link = &(*link)->next;
	*link = flight->next;
	if (lane->last == &flight->next)
		lane->last = link;
}

static void land(struct flight *flight)
{
	struct flight **link = &flight->lane->air;

	while (*link != flight)
		link = &(*link)->next;
	*link = flight->next;
	flight->id = 0;
}

/* It is neither in line nor in the air any more. */
static void finish(struct flight *flight, const struct call_result *result)
{
	flight->lane->caller->progress = now_of(flight->lane->caller);
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

/* Back into its line, before those that came later. */
static void again(struct flight *flight, int64_t wait)
{
	struct lane *lane = flight->lane;

	flight->not_before = now_of(lane->caller) + wait;
	flight->next = lane->first;
	lane->first = flight;
	if (lane->last == &lane->first)
		lane->last = &flight->next;
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

/* False if too many would wait for too long for what might become of it. */
static bool is_worth_waiting(const struct caller *caller, int64_t retry_after)
{
	if (retry_after > CALLER_WAIT_MS)
		return false;
	return !caller->shared || now_of(caller) - caller->progress < CALLER_PATIENCE_MS;
}

/* The account's limit is shared with its live traffic: halve on a 429, grow back one by one. */
static void adapt(struct lane *lane, const struct api_verdict *verdict)
{
	if (verdict->status == 429)
		lane->allowed = lane->allowed > 1 ? lane->allowed / 2 : 1;
	else if (verdict->class == API_OK && lane->allowed < lane->caller->concurrency)
		lane->allowed++;
}

/* True if it goes once more, with credentials that are newer than those it had. */
static bool renew(struct flight *flight)
{
	struct caller *caller = flight->lane->caller;

	if (flight->renewals < caller->renewals) {
		again(flight, 0);
		return true;
	}
	if (caller->renewals)
		return false;
	caller->renewals++;
	caller->transport->renew_credentials(caller->transport->self);
	again(flight, 0);
	return true;
}

static void refuse(struct lane *lane, const char *text)
{
	struct buf why = {0};

	if (lane->refused)
		return;
	buf_printf(&why, "not sent, because account %s does not take the credentials: %s",
		   lane->account, text);
	lane->refused = buf_take(&why);
}

static void on_answer(void *context, const struct http_answer *answer)
{
	struct flight *flight = context;
	struct lane *lane = flight->lane;
	struct caller *caller = lane->caller;
	struct call_result result = {.request_id = answer->request_id};
	struct error error;

	land(flight);
	api_judge(answer, &result.verdict);
	if (result.verdict.class == API_OK &&
	    flight->call.accept(flight->call.context, answer, &error) < 0) {
		result.verdict.class = API_UNKNOWN;
		snprintf(result.verdict.text, sizeof(result.verdict.text), "%s", error.text);
	}
	adapt(lane, &result.verdict);
	if (result.verdict.class == API_AUTH && !caller->stopped) {
		if (renew(flight))
			return;
		refuse(lane, result.verdict.text);
	}
	if (!caller->stopped && is_repeatable(flight, result.verdict.class) &&
	    is_worth_waiting(caller, answer->retry_after)) {
		again(flight, wait_for(caller, flight, answer->retry_after));
		return;
	}
	result.gave_up = result.verdict.class >= API_BUSY;
	if (result.gave_up && answer->retry_after > 0)
		result.retry_after = answer->retry_after;
	if (result.verdict.class == API_BUSY)
		result.verdict.class = API_UNAVAILABLE;
	finish(flight, &result);
}

static void launch(struct flight *flight)
{
	struct lane *lane = flight->lane;
	struct caller *caller = lane->caller;
	const struct http_request request = {
		.service = HTTP_SERVICE_API,
		.method = flight->call.method,
		.account = flight->call.account,
		.path = flight->call.path,
		.body = flight->call.body,
	};

	leave_line(flight);
	flight->next = lane->air;
	lane->air = flight;
	flight->tries++;
	flight->renewals = caller->renewals;
	flight->started = now_of(caller);
	caller->sent[request.method]++;
	flight->id = caller->transport->start(caller->transport->self, &request, on_answer, flight);
}

/* Why nothing of the lane is sent; NULL: it is. */
static const char *closed(const struct lane *lane)
{
	return lane->caller->stopped ? lane->caller->why : lane->refused;
}

/* Ends what is in line and not to be sent. */
static void end_unsent(struct caller *caller)
{
	for (size_t i = 0; i < caller->count; i++) {
		struct lane *lane = caller->lanes[i];

		while (closed(lane) && lane->first) {
			struct flight *flight = lane->first;
			struct call_result result = {
				.verdict = {.class = API_UNAVAILABLE},
				.stopped = true,
				.request_id = "",
			};

			snprintf(result.verdict.text, sizeof(result.verdict.text), "%s",
				 closed(lane));
			leave_line(flight);
			finish(flight, &result);
		}
	}
}

/* Requests in the air; `quick` are those that hold a place, until `ret_slow` the first of them. */
static unsigned count_quick(const struct lane *lane, int64_t now, unsigned *ret_all,
			    int64_t *ret_slow)
{
	unsigned quick = 0;

	*ret_all = 0;
	for (const struct flight *flight = lane->air; flight; flight = flight->next) {
		int64_t slow = flight->started + SLOW_MS;

		++*ret_all;
		if (slow <= now)
			continue;
		quick++;
		if (slow < *ret_slow)
			*ret_slow = slow;
	}
	return quick;
}

/* The first of a line that may start now; with none, *ret_when becomes earlier if one may later. */
static struct flight *first_ready(const struct lane *lane, int64_t now, int64_t *ret_when)
{
	for (struct flight *flight = lane->first; flight; flight = flight->next) {
		if (flight->not_before <= now)
			return flight;
		if (flight->not_before < *ret_when)
			*ret_when = flight->not_before;
	}
	return NULL;
}

/* What may start now, or, with none, the earliest moment that something may. */
static struct flight *next_flight(const struct caller *caller, int64_t now, int64_t *ret_when)
{
	unsigned all, quick = 0;
	int64_t slow = NEVER;

	*ret_when = NEVER;
	for (size_t i = 0; i < caller->count; i++)
		quick += count_quick(caller->lanes[i], now, &all, &slow);
	for (size_t i = 0; i < caller->count; i++) {
		const struct lane *lane = caller->lanes[(caller->turn + i) % caller->count];
		struct flight *flight = first_ready(lane, now, ret_when);
		int64_t place = slow;

		if (!flight)
			continue;
		if (quick < caller->concurrency &&
		    count_quick(lane, now, &all, &place) < lane->allowed &&
		    all < 2 * caller->concurrency) {
			*ret_when = now;
			return flight;
		}
		/* An answer makes place too, and wakes whoever waits. */
		if (place < *ret_when)
			*ret_when = place;
	}
	return NULL;
}

static bool has_unsent(const struct caller *caller)
{
	for (size_t i = 0; i < caller->count; i++) {
		if (caller->lanes[i]->first && closed(caller->lanes[i]))
			return true;
	}
	return false;
}

int64_t caller_deadline(const struct caller *caller)
{
	int64_t when;

	if (has_unsent(caller))
		return 0;
	next_flight(caller, now_of(caller), &when);
	return when;
}

void caller_run(struct caller *caller)
{
	struct flight *flight;
	int64_t when;

	end_unsent(caller);
	while ((flight = next_flight(caller, now_of(caller), &when))) {
		launch(flight);
		/* The next lane in turn, so that a long line does not keep a short one waiting. */
		while (caller->lanes[caller->turn] != flight->lane)
			caller->turn = (caller->turn + 1) % caller->count;
		caller->turn = (caller->turn + 1) % caller->count;
	}
}

void caller_hurry(struct caller *caller)
{
	for (size_t i = 0; i < caller->count; i++) {
		for (struct flight *flight = caller->lanes[i]->first; flight; flight = flight->next)
			flight->not_before = 0;
	}
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
