/*
 * A simulated Twilio: several accounts, their phone numbers, and the part of the API that numberd
 * talks to. Made from what is known of the real API, never from the daemon: it shares no code with
 * daemon/model.
 *
 * It is pure: no socket, no clock, no thread, no environment. Requests come in as values, the
 * time and the seed with them, and the same calls in the same order give the same bytes. The
 * program twilio-sim puts an HTTP server around it (front.h); a simulation of the daemon calls it
 * directly, with a network and a clock of its own.
 *
 * All strings handed in are copied. Nothing is safe for use by two threads at once.
 */
#ifndef TWILIO_SIM_TWILIO_H
#define TWILIO_SIM_TWILIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct twilio;

/* An empty Twilio. `seed` decides every sid that it makes. */
struct twilio *twilio_new(uint64_t seed);
void twilio_free(struct twilio *twilio);

/* Back to what twilio_new(seed) gives: no account, no number, no fault, switches at their default.
 */
void twilio_reset(struct twilio *twilio, uint64_t seed);

struct twilio_request {
	const char *method; /* "GET", "POST", ... */
	const char *target; /* "/2010-04-01/...?..." as it stands in the request line */
	const char *user;   /* of HTTP Basic; both NULL: no Authorization header */
	const char *password;
	const char *body; /* form-encoded; NULL: none */
	size_t body_length;
	const char *source_ip; /* for the events; NULL: 127.0.0.1 */
	uint64_t connection;   /* only recorded */
	int64_t now_ms;        /* wall clock; twilio_advance()'s offset is added to it */
};

/* What happens to the answer on its way. `effect_value` is bytes or milliseconds. */
enum twilio_effect {
	TWILIO_SEND,  /* the whole answer */
	TWILIO_RESET, /* the connection is reset, no byte of an answer */
	TWILIO_HANG, /* no answer ever; after effect_value ms, if not 0, the connection is closed */
	TWILIO_DRIP, /* one byte each effect_value ms */
	TWILIO_CUT,  /* headers for the whole body, effect_value bytes of it, then a close */
};

#define TWILIO_HEADERS 8

struct twilio_header {
	const char *name;
	char value[160];
};

/* All zeros before the first use; may be used again and again. */
struct twilio_response {
	uint64_t id; /* for twilio_finish(); also the request's id in the log */
	int status;
	struct twilio_header headers[TWILIO_HEADERS]; /* Content-Type among them */
	size_t header_count;
	struct buf body;
	bool spoilt; /* the body is not what a client can read */
	enum twilio_effect effect;
	int64_t effect_value;
};

/*
 * Takes one request and answers it. A write has its effect now, whatever becomes of the answer. The
 * request counts as in flight until twilio_finish(): two POSTs at one number in flight together are
 * a violation, and the limit of concurrent requests counts them.
 */
void twilio_handle(struct twilio *twilio, const struct twilio_request *request,
		   struct twilio_response *ret_response);

/* The answer was sent, or the connection is gone. Unknown ids are ignored. */
void twilio_finish(struct twilio *twilio, uint64_t id, int64_t now_ms);

void twilio_response_finish(struct twilio_response *response);

/* The value of a response header, NULL where it has none. */
const char *twilio_response_header(const struct twilio_response *response, const char *name);

/*
 * The control interface of docs/testing-simulator.md, without its HTTP: `target` begins with
 * "/_sim/". Returns the HTTP status and adds a JSON object to ret_json.
 */
int twilio_control(struct twilio *twilio, const char *method, const char *target, const char *body,
		   size_t body_length, int64_t now_ms, struct buf *ret_json);

/* A rule that the client must never break: creating, releasing, two requests at once for a number.
 */
size_t twilio_violation_count(const struct twilio *twilio);
const char *twilio_violation(const struct twilio *twilio, size_t i); /* its text, for people */

/* Requests answered so far, of one kind ("list.GET", "number.POST", ...) or all (NULL). */
uint64_t twilio_request_count(const struct twilio *twilio, const char *kind);

/*
 * A field of the live number, by its key in the resource ("voice_url"). NULL where it is null, has
 * no key, or there is no such number. `number` is a phone number or a sid. Valid until the number
 * changes.
 */
const char *twilio_value(struct twilio *twilio, const char *number, const char *key,
			 int64_t now_ms);

/* Moves the clock of the simulated Twilio ahead: pending emergency addresses settle. */
void twilio_advance(struct twilio *twilio, int64_t ms);

/* What the switch latency_ms says: how long each answer is on its way. */
int64_t twilio_latency(const struct twilio *twilio);

/* Names of all faults, switches; NULL past the end. */
const char *twilio_fault_name(size_t i);
const char *twilio_switch_name(size_t i);

/* False where there is no such switch or it doesn't take the value. */
bool twilio_switch_set(struct twilio *twilio, const char *name, const char *value);

#endif
