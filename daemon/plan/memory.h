/*
 * What numberd remembers of each declared number from one pass to the next: the values last known
 * to be in sync, failures, fights. From it the plan tells "the file changed" from "somebody changed
 * the number".
 *
 * A value is remembered as a pair: what the file asked for, and what Twilio showed while that was
 * in force. They mostly are the same text. Where Twilio stores another spelling than it was sent,
 * the pair is how the spelling is learnt: the same two again are in sync.
 *
 * Memory is never needed to be right about Twilio: losing it makes every difference NEW and
 * guarded, and what follows is more careful, not less. It does no I/O; journal/journal.h keeps it
 * on disk.
 */
#ifndef NUMBERD_PLAN_MEMORY_H
#define NUMBERD_PLAN_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "desired/wanted.h"
#include "twilio/actual.h"

#define FIGHT_ROUNDS     3                /* put back so often ... */
#define FIGHT_WINDOW_MS  3600000          /* ... within this time is a fight */
#define FIGHT_HOLD_MS    (15 * 60000)     /* the first hold; doubled each time */
#define FIGHT_LONGEST_MS (24 * 3600000LL) /* the longest */
#define APPROVAL_MS      3600000          /* an approval is valid for an hour */
#define UNDO_HOLD_MS     3600000          /* to change the file, and not to be forgotten */

/* Times are wall-clock milliseconds, because they outlive the process. */
struct memory_fight {
	int64_t put_back[FIGHT_ROUNDS]; /* when the value was last put back, newest first; 0: not
					   yet */
	int64_t held_until;             /* 0: not held */
	uint32_t holds;                 /* so far in this fight; 0 with held_until: memory_hold() */
	uint64_t held_for;              /* of memory_hold(): stands for the value that is held */
};

struct memory_value {
	char *want;  /* NULL: unset */
	char *live;  /* own copy, or the same pointer as want */
	bool synced; /* want and live were seen to agree; else only `want` means something */
	/* Never in sync, and first seen while nothing was known of the account: not to be
	 * overwritten where on_drift says report. Ends when the file asks for another value. */
	bool guarded;
	/* A course of several steps (emergency address) was begun towards `want`: it goes on to its
	 * end, because stopping half-way would leave the number without an address. */
	bool underway;
	/* A person approved the difference with this memory_fingerprint(), until it is gone, and
	 * until then (wall) at the latest. */
	int64_t approved_until;
	uint64_t approved;
	uint64_t said; /* what was last reported of this field, 0: nothing; see report */
	struct memory_fight *fight; /* NULL: none */
};

/* Where a number stands after a pass, for `status`. Worse ones later. */
enum number_status {
	NUMBER_UNKNOWN, /* not looked at yet, or its account could not be */
	NUMBER_IN_SYNC,
	NUMBER_PENDING, /* an update is to be sent, or under way */
	NUMBER_DRIFT,   /* reported, and left alone by policy */
	NUMBER_HELD,    /* by policy, pause, fight or limit */
	NUMBER_FAILED,
	NUMBER_MISSING,
	NUMBER_STATUSES
};

/* An update that failed is not repeated before `next` (monotonic), unless the file or the number
 * has moved since (`posted` differs). */
struct memory_try {
	uint64_t posted; /* stands for what was sent */
	uint32_t failures;
	int64_t next;
	char *failure; /* why, for people; NULL after a success */
};

struct memory_number {
	field_mask known;            /* fields that have a value below */
	struct memory_value *values; /* in the order of the bits */
	char *sid;                   /* as last seen; NULL: never */
	bool missing;                /* confirmed: the account doesn't have it */
	bool said_missing;           /* reported */
	uint64_t said_warnings;      /* stands for the warnings that were reported, 0: none */
	enum number_status status;
	bool dirty;               /* differs from what is on disk */
	struct memory_try *tries; /* one for each course that has failed; NULL: none has */
	char *why;                /* what `status` stands for, for people; NULL: in sync */
};

const char *number_status_name(enum number_status status);

struct memory_account {
	char *sid;
	bool known;            /* a pass over it was remembered */
	int64_t live;          /* rows of the last list that was believed, -1: none */
	int64_t declared;      /* numbers that the last acted-on file declared, -1: none */
	uint64_t strange;      /* fingerprint of a list that is not believed yet */
	uint32_t strange_seen; /* passes in a row */
	uint32_t failures;     /* lists in a row that could not be read */
	int64_t next;          /* monotonic: the list is not asked for before; 0: it may be */
	char *why;             /* for people; NULL where the last list could be read */
	bool dirty;
};

struct memory {
	const struct wanted *wanted;   /* whose numbers these are */
	struct memory_number *numbers; /* parallel to wanted->numbers */
	struct memory_account *accounts;
	size_t account_count;
	size_t account_capacity;
};

/* Nothing is known of any number. `wanted` must outlive the memory, or be replaced first. */
struct memory *memory_new(const struct wanted *wanted);
void memory_free(struct memory *memory);

/*
 * The memory for a new file: takes over (and empties) what `old` has of numbers that both declare.
 * `old` may be NULL. The numbers that are new have known == 0.
 */
struct memory *memory_carry(struct memory *old, const struct wanted *wanted);

/* Made on first use. Valid until the next call with another sid. */
struct memory_account *memory_account(struct memory *memory, const char *sid);

/* The list could not be read, for the reason of `why` (copied), and is asked for again at `next`
 * (monotonic); NULL: it could be. */
void memory_set_unread(struct memory_account *account, const char *why, int64_t next);

/* NULL where nothing is remembered of the field. */
struct memory_value *memory_value(const struct memory_number *number, enum field_id id);

/* The field's value, made empty (not synced, not guarded, want NULL) where there was none. */
struct memory_value *memory_value_make(struct memory_number *number, enum field_id id);

/* Remembers the pair as in sync; the strings are copied. Marks the number dirty if that is news.
 * Another `want` than before ends any fight: the file has moved. What Twilio removes when it stores
 * the value is no longer known to be in sync. */
void memory_sync(struct memory_number *number, enum field_id id, const char *want,
		 const char *live);

/* Remembers what the file asks for where nothing was ever in sync. A new wish ends the guard. */
void memory_wish(struct memory_number *number, enum field_id id, const char *want, bool guarded);

/* The first step of a course towards `want` was taken: it is to be finished. */
void memory_begin_course(struct memory_number *number, enum field_id id, const char *want);

/* True if live is what Twilio shows when the file asks for want: the same text, or a learnt pair.
 */
bool memory_agrees(const struct memory_value *value, const char *want, const char *live);

/* A number that stands for one difference: what is wanted against what is live. Never 0. */
uint64_t memory_fingerprint(const char *want, const char *live);

/* A drift of the field was put back at `now` (wall). */
void memory_put_back(struct memory_number *number, enum field_id id, int64_t now);

/* When a drift that stands now may be put back: 0 at once, else the end of the hold. Starts a hold
 * where the last rounds make a fight. */
int64_t memory_fight_until(struct memory_number *number, enum field_id id, int64_t now);

/*
 * A person undid a change of the field: a drift to `live`, which is what it shows now, is left
 * alone until `until` (wall, at most FIGHT_LONGEST_MS ahead of `now`), whatever was approved
 * before. It ends early as a fight does.
 */
void memory_hold(struct memory_number *number, enum field_id id, const char *live, int64_t now,
		 int64_t until);

/* False if memory_hold() holds the field at another value than this: somebody has set it since. */
bool memory_hold_fits(const struct memory_number *number, enum field_id id, const char *live);

/* True if memory_hold(), and no fight, holds the field. */
bool memory_is_held(const struct memory_number *number, enum field_id id);

/* Forgets the fight of a field: approved, or a quiet period went by. */
void memory_fight_end(struct memory_number *number, enum field_id id);

/* The failures of one course; made where there were none. */
struct memory_try *memory_try_make(struct memory_number *number, enum field_course course);

/* The course failed, for the reason of `failure`; NULL: it did not. Copied. */
void memory_set_failure(struct memory_number *number, enum field_course course,
			const char *failure);

/* NULL where the last update of the course did not fail. */
const char *memory_failure(const struct memory_number *number, enum field_course course);

/* What failed may be tried at once. */
void memory_forget_waits(struct memory_number *number);

/* Everything that failed, numbers and lists, may be tried at once. */
void memory_forget_all_waits(struct memory *memory);

/* Nothing fails any more. */
void memory_forget_failures(struct memory_number *number);

/* Where the number stands, and why in words (copied; NULL for in sync). */
void memory_set_status(struct memory_number *number, enum number_status status, const char *why);

#endif
