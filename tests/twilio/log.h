/*
 * Every request received, and what is in flight. Passwords are never kept; a body is kept as it
 * came. Past LOG_MAX requests are counted and no longer kept.
 */
#ifndef TWILIO_SIM_LOG_H
#define TWILIO_SIM_LOG_H

#include "call.h"

#define LOG_MAX 1000000

/* The request is in flight from now on. Returns its id. Two POSTs at one number: a violation. */
uint64_t log_begin(struct call *call);

void log_answer(struct call *call);

/* Forgets the requests, the counters and the violations. What is in flight stays so. */
void log_clear(struct twilio *twilio);

/* Requests from id `since` on, as a JSON array. */
void log_print(const struct twilio *twilio, uint64_t since, struct buf *out);

/* Counters as members of a JSON object: "list.GET": 3, ... */
void log_print_counts(const struct twilio *twilio, struct buf *out);

#endif
