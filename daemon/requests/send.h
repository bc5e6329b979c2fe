/*
 * Sends a plan: one POST for each number that has differences with ACTION_SEND, carrying those
 * fields alone, and proves each from the answer. A POST whose outcome is unknown is followed by a
 * read of the number, never by a blind repeat.
 *
 * A POST of several fields that Twilio refuses (a 400) is parted and sent again: what repairs a
 * drift first, then what is of one subject, then each field alone; so that the one that is refused
 * keeps no other from being stored.
 *
 * One number's failure never touches another's. It keeps no memory and decides nothing: who called
 * it is told of each number's end.
 */
#ifndef NUMBERD_REQUESTS_SEND_H
#define NUMBERD_REQUESTS_SEND_H

#include "plan/plan.h"
#include "requests/caller.h"

enum sent_state {
	SENT_STORED,     /* the answer shows what was sent */
	SENT_RESPELLED,  /* stored in another spelling, which is as good */
	SENT_IGNORED,    /* not stored, by a field that Twilio is known to ignore */
	SENT_UNDERWAY,   /* taken; Twilio is still at it, or another step follows */
	SENT_NOT_STORED, /* a success by status, and another value is stored */
	SENT_FAILED,     /* refused, or the outcome could not be learnt */
};

struct sent_field {
	const struct difference *diff;
	enum sent_state state;
	const char *stored; /* what the answer shows; NULL: unset, or SENT_FAILED */
};

struct sent_number {
	const struct wanted_number *wanted;
	struct sent_field fields[FIELD_COUNT];
	size_t count;
	bool ok;             /* no field is NOT_STORED or FAILED */
	bool refused;        /* the request is wrong: a repeat won't help until something changes */
	bool stopped;        /* not sent, or not known, because the pass was stopped */
	int64_t retry_after; /* not to be tried before this from now, ms; or 0 */
	bool unknown;        /* it may have been done all the same: the next pass will see */
	const char *text;    /* why it is not ok; "" if it is */
	const char *request_id; /* of the POST; "" */
};

/* The strings of `sent` are valid during the call. */
typedef void send_result(void *context, const struct sent_number *sent);
typedef void send_done(void *context);

struct send;

/* The plan must outlive it. `done` comes once, after the last result, never from within. */
struct send *send_start(struct caller *caller, const struct plan *plan, send_result *result,
			send_done *done, void *context);

/* After done, or after the caller is freed. */
void send_free(struct send *send);

#endif
