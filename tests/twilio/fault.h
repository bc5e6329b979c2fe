/*
 * What can go wrong between a client and Twilio: a table of named faults, and who meets which: by
 * rules, each for the nth matching request, or at random from a seed.
 *
 * It only chooses; what a fault does is done where the answer is made (handle.c, list.c, update.c,
 * spoil.c).
 */
#ifndef TWILIO_SIM_FAULT_H
#define TWILIO_SIM_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/rng.h"

enum fault_id {
	FAULT_STATUS,       /* an error answer in place of the real one; the write has no effect */
	FAULT_STATUS_AFTER, /* the same, after the write took effect */
	FAULT_REDIRECT,
	FAULT_RESET_BEFORE,
	FAULT_RESET_AFTER,
	FAULT_HANG_BEFORE,
	FAULT_HANG_AFTER,
	FAULT_DRIP,
	FAULT_CUT_BODY,
	FAULT_CUT_JSON,
	FAULT_GARBLED_JSON,
	FAULT_BAD_UTF8,
	FAULT_DEEP_JSON,
	FAULT_HUGE_BODY,
	FAULT_WRONG_CONTENT,
	FAULT_EMPTY_BODY,
	FAULT_NO_URL_FIELDS,
	FAULT_PAGE_LOOP,
	FAULT_PAGE_ENDLESS,
	FAULT_FOREIGN_HOST,
	FAULT_FOREIGN_SCHEME,
	FAULT_FOREIGN_ACCOUNT,
	FAULT_EMPTY_LIST,
	FAULT_HALVED_LIST,
	FAULT_STALE,
	FAULT_DUPLICATE_ROWS,
	FAULT_MISSED_ROWS,
	FAULT_NOT_STORED,
	FAULT_PARTLY_STORED,
	FAULT_ECHO_ONLY,
};

/* Which requests a fault makes sense for. */
enum {
	ON_LIST = 1,
	ON_FETCH = 2,
	ON_UPDATE = 4,
	ON_EVENTS = 8,
	ON_NUMBER = ON_FETCH | ON_UPDATE,
	ON_ALL = ON_LIST | ON_NUMBER | ON_EVENTS,
};

#define FAULT_RETRY_VALUE "value" /* as retry_after: so many seconds as the value says */

struct fault_row {
	const char *name;
	enum fault_id id;
	int on;
	int64_t value;    /* unless the rule says another */
	int status;       /* of the FAULT_STATUS kinds */
	int code;         /* of Twilio; 0: an HTML body, -1: no body */
	const char *text; /* message; of a redirect the location */
	const char *retry_after;
};

struct fault_rule {
	const struct fault_row *row;
	char method[8];   /* "": any */
	int on;           /* ON_ bits */
	char number[40];  /* phone number or sid; "": any */
	char account[40]; /* whose path it is; "": any */
	uint64_t nth;     /* first matching request that it hits, from 1 */
	uint64_t count;   /* how many it hits; 0: all from then on */
	int64_t value;    /* -1: the row's; of 429-retry-after and 503-retry-after the seconds */
	uint64_t seen;
};

#define FAULT_MAX 64

struct faults {
	struct fault_rule *rules;
	size_t count;
	size_t capacity;
	bool random;
	struct rng rng;
	int64_t permille;       /* of all requests while `random` */
	bool chosen[FAULT_MAX]; /* rows that random faults come from */
};

size_t faults_row_count(void);
const struct fault_row *faults_row(size_t i); /* NULL past the end */
const struct fault_row *faults_find(const char *name);

/* No rule, no random fault. */
void faults_clear(struct faults *faults);

void faults_add(struct faults *faults, const struct fault_rule *rule);

/* From now on each request meets a fault with this chance, until faults_clear(). */
void faults_randomize(struct faults *faults, uint64_t seed, int64_t permille);

/* What a request is. */
struct fault_target {
	const char *method;
	int on;            /* one ON_ bit */
	const char *phone; /* "" where it has none */
	const char *sid;
	const char *account; /* of the path */
};

/* The fault that a request meets, NULL for none. Counts the request for every rule. */
const struct fault_row *faults_pick(struct faults *faults, const struct fault_target *target,
				    int64_t *ret_value);

/* Names with what they are for, and the rules in force, as members of a JSON object. */
void faults_print(const struct faults *faults, struct buf *out);

#endif
