/*
 * What is remembered once an update is proved: by its answer, or, where a crash or a lost answer
 * left that open, by a later look at the number. Both go through here, so that what a crash
 * interrupts ends as if nothing had happened. Pure.
 */
#ifndef NUMBERD_PLAN_LEARN_H
#define NUMBERD_PLAN_LEARN_H

#include "plan/memory.h"

struct proof {
	enum field_id field;
	bool drift;       /* it put back what somebody had changed */
	bool underway;    /* a first step towards `want`: Twilio is at it, and more is to come */
	bool late;        /* found by a later look: some of it may be remembered already */
	const char *want; /* what was asked for; NULL: unset */
	const char *live; /* what Twilio shows for it */
	const char *from; /* of account_sid: the owner before */
	int64_t at;       /* wall clock: when it was sent */
};

/* `number` is one of the memory's. */
void learn_proved(struct memory *memory, struct memory_number *number, const struct proof *proof);

#endif
