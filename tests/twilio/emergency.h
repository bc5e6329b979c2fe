/*
 * Emergency addresses: a small state machine. Clearing the address makes it pending-unregistration,
 * after a while unregistered; setting one on an unregistered number makes it pending-registration,
 * after a while registered or registration-failure. The answer to the POST is not the result.
 */
#ifndef TWILIO_SIM_EMERGENCY_H
#define TWILIO_SIM_EMERGENCY_H

#include <stdbool.h>

#include "state.h"

bool emergency_is_pending(const struct number *number);

/* Whether the address may be set to `sid` ("": cleared) now. NULL: yes; else the API's message. */
const char *emergency_check(const struct number *number, const char *sid);

/* Begins the change. A value that is there already changes nothing. */
void emergency_begin(struct twilio *twilio, struct number *number, const char *sid, int64_t now_ms);

/* Ends what is pending, well or badly as the switches say. */
void emergency_settle(struct twilio *twilio, struct number *number);

#endif
