/*
 * What one account has: a row for each live number, as its list said. Rows are keyed by the sid,
 * because paging has no snapshot: a row can come twice, or be missed, when numbers are bought or
 * moved between two pages. Who finds a number missing here asks for it by name before believing it.
 *
 * Only the fields of the table are kept, in canonical form. It does no I/O and decides nothing.
 */
#ifndef NUMBERD_TWILIO_ACTUAL_H
#define NUMBERD_TWILIO_ACTUAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "twilio/record.h"

/* emergency_address_status. A row that has none counts as unregistered. */
enum emergency_state {
	EMERGENCY_UNREGISTERED,
	EMERGENCY_REGISTERED,
	EMERGENCY_PENDING_REGISTRATION,
	EMERGENCY_REGISTRATION_FAILURE,
	EMERGENCY_PENDING_UNREGISTRATION,
	EMERGENCY_UNREGISTRATION_FAILURE,
	EMERGENCY_UNKNOWN, /* a word that we don't know */
};

/* Twilio is at it; and could not do it. */
static inline bool emergency_is_pending(enum emergency_state state)
{
	return state == EMERGENCY_PENDING_REGISTRATION || state == EMERGENCY_PENDING_UNREGISTRATION;
}

static inline bool emergency_is_refused(enum emergency_state state)
{
	return state == EMERGENCY_REGISTRATION_FAILURE || state == EMERGENCY_UNREGISTRATION_FAILURE;
}

struct actual_row {
	const char *sid;      /* "PN..." */
	const char *number;   /* "+14155550100" */
	const char *account;  /* the owner */
	struct record record; /* the fields that are set; one that isn't there is unset */
	enum emergency_state emergency;
};

struct actual {
	struct arena arena;
	struct actual_row *rows;
	size_t count;
	size_t capacity;
	uint64_t fingerprint; /* of the set of sids, after actual_finish(): the same list, the same
				 value */
};

struct actual *actual_new(void);
void actual_free(struct actual *actual);

/* Takes a copy of the row with all its strings. Returns the copy, valid until the next call. */
struct actual_row *actual_add(struct actual *actual, const struct actual_row *row);

/* Sorts by number and drops rows whose sid came before. Call once, after the last row. */
void actual_finish(struct actual *actual);

/* By number, after actual_finish(); NULL where there is none. */
const struct actual_row *actual_find(const struct actual *actual, const char *number);

/* The lists of all accounts that a pass looks at. */
struct live_account {
	const char *sid;       /* of the caller's */
	struct actual *actual; /* NULL: unknown, and `error` says why */
	struct error error;
};

struct live {
	struct live_account *accounts;
	size_t count;
};

void live_finish(struct live *live);
const struct live_account *live_find(const struct live *live, const char *sid);

/* The word that the API uses for a state, for messages. */
const char *emergency_state_name(enum emergency_state state);
enum emergency_state emergency_state_parse(const char *name);

#endif
