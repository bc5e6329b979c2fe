/*
 * The plan: every difference between wanted and actual, of which kind it is, and what is to be done
 * about it. The very list that is printed is the one that is sent from, and the one that the exit
 * status is computed from.
 *
 * Making a plan compares and judges; it sends nothing. It updates the memory: what agrees is
 * remembered as in sync, what the file asks for is remembered as a wish. Only declared fields are
 * compared, and nothing is compared with a list that is not known.
 */
#ifndef NUMBERD_PLAN_PLAN_H
#define NUMBERD_PLAN_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "desired/wanted.h"
#include "plan/memory.h"
#include "twilio/actual.h"

enum diff_kind {
	DIFF_CHANGE, /* the file asks for another value than before; the number is as it was */
	DIFF_DRIFT,  /* the file is as it was; somebody changed the number */
	DIFF_BOTH,   /* both have moved */
	DIFF_NEW,    /* never seen in sync */
	DIFF_KINDS
};

enum diff_action { ACTION_SEND, ACTION_HOLD, ACTION_REPORT, ACTION_BLOCKED, ACTION_WAIT };

enum diff_reason {
	REASON_NONE,
	REASON_ON_CHANGE, /* on_change: hold */
	REASON_ON_DRIFT,  /* on_drift: report */
	REASON_GUARDED,   /* new, with nothing known of the account, and a policy forbids */
	REASON_OBSERVE,   /* --observe */
	REASON_PAUSED,
	REASON_FIGHT,     /* somebody sets it back again and again, or a person undid it */
	REASON_FAILED,    /* the last try failed; tried again later */
	REASON_LIMIT,     /* limits.max_changes */
	REASON_EMERGENCY, /* Twilio is registering or unregistering an emergency address */
	REASON_REFUSED,   /* ... and could not */
	REASON_TURN,      /* sent after the other changes of this number */
};

struct difference {
	const struct wanted_number *wanted;
	struct memory_number *memory;
	const struct actual_row *row;
	enum field_id field;
	enum diff_kind kind;
	enum diff_action action;
	enum diff_reason reason;
	bool allowed;   /* by its policy: part of what the digest stands for */
	bool done;      /* its update was proved since: part of it no more */
	bool underway;  /* a further step of a course: no policy and no limit holds it */
	bool unsettled; /* the value is as wanted, and not in force: Twilio is at it, or refused */
	int64_t until;  /* when the reason ends: wall for FIGHT, monotonic for FAILED; else 0 */
	const char *want; /* NULL: cleared */
	const char *send; /* the value of this step: `want`, or NULL to clear first */
	const char *live;
	const char *known; /* live value when last in sync; NULL: unset, or never (kind NEW) */
};

struct plan_missing {
	const struct wanted_number *wanted;
	struct memory_number *memory;
	const char *elsewhere; /* another account of the pass that has it, or NULL */
};

/* A course that came to its end: what it went for is in force. */
struct plan_end {
	const struct wanted_number *wanted;
	enum field_id field;
};

struct plan_warning {
	const struct wanted_number *wanted;
	const char *text;
};

enum plan_limit_kind { PLAN_LIMIT_CHANGE, PLAN_LIMIT_DRIFT, PLAN_LIMIT_SHRINK };

struct plan_limit {
	enum plan_limit_kind kind;
	const char *file; /* of SHRINK: the account */
	struct change_limit limit;
	uint32_t numbers;  /* that would change, or that left */
	uint32_t declared; /* that the share is of */
};

struct plan {
	struct arena arena;
	struct difference *differences; /* by account, number, field */
	size_t count;
	size_t capacity;
	struct plan_missing *missing;
	size_t missing_count;
	size_t missing_capacity;
	struct plan_end *ends;
	size_t end_count;
	size_t end_capacity;
	struct plan_warning *warnings;
	size_t warning_count;
	size_t warning_capacity;
	struct plan_limit *limits; /* those that are exceeded */
	size_t limit_count;
	size_t limit_capacity;
	uint32_t declared, live, unmanaged, in_sync, unknown; /* numbers */
	uint32_t posts;              /* numbers that have something to send */
	uint32_t counts[DIFF_KINDS]; /* differences of each kind */
	uint32_t waiting;            /* things that the digest stands for; 0: none to approve */
	char digest[72]; /* "sha256:<64 hex>": of the account, number, field, live and wanted value
			  * of every difference that policy lets be sent, and that is neither done
			  * nor a further step of a course; and of what left the file */
};

struct plan_input {
	const struct wanted *wanted;
	struct memory *memory; /* of the same wanted */
	const struct live *live;
	bool observe;
	bool paused;
	const char *approved; /* a digest that a person approved within the hour, or NULL */
	int64_t wall;
	int64_t monotonic;
};

/* The plan points into wanted, memory and live, which must outlive it. */
struct plan *plan_make(const struct plan_input *input);
void plan_free(struct plan *plan);

/* Stands for a difference within a POST; the sum of them for the POST. */
uint64_t diff_cargo(const struct difference *diff);

const char *diff_kind_name(enum diff_kind kind);
const char *diff_action_name(enum diff_action action);

/* "on_drift: report", "tried again in 4m: <why it failed>" ...; adds nothing for REASON_NONE. */
void diff_add_reason(struct buf *buf, const struct difference *diff, const struct plan_input *now);

/* "7 of 40 numbers of numbers.yaml would change, limits.max_changes allows 30%" ... */
void plan_add_limit(struct buf *buf, const struct plan_limit *limit);

/* "nothing is sent", of a plan that a limit blocks. */
const char *plan_limit_words(const struct plan *plan);

/* True if a number has more to send in a pass that may follow at once: what had to wait for its
 * turn, and what a transfer took away. */
bool plan_has_turns(const struct plan *plan);

/* Numbers that differ, be it sent or not. */
uint32_t plan_differing(const struct plan *plan);

/* True if something waits for Twilio to come to the end of it, or was refused there. */
bool plan_is_unsettled(const struct plan *plan);

/* The exit status of `plan` and `apply` before anything is sent: 0, 1, 2, 3 or 4. */
int plan_status(const struct plan *plan);

#endif
