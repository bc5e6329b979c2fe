/* The audit log: who changed which number, from what to what. */
#ifndef TWILIO_SIM_EVENTS_H
#define TWILIO_SIM_EVENTS_H

#include "state.h"

struct event_actor {
	const char *sid;    /* US..., AC... or SK... */
	const char *source; /* "web": a person in the Console; "api": a program */
	const char *ip;
};

/* What a number said, to be compared later. */
struct event_snapshot {
	const char *value[KEY_COUNT];
};

void events_snapshot(const struct number *number, struct event_snapshot *ret_snapshot);

/* Adds an event with what is different now; none where nothing is. null, "" and absent are alike.
 */
void events_record(struct twilio *twilio, const struct number *number,
		   const struct event_snapshot *before, const struct event_actor *actor,
		   int64_t now_ms);

#endif
