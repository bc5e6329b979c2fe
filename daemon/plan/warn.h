/*
 * Warnings of a plan: what the file asks for and what is set at Twilio beside it have no effect, or
 * an effect that may surprise. They keep nothing from being sent. For plan/plan.c only.
 */
#ifndef NUMBERD_PLAN_WARN_H
#define NUMBERD_PLAN_WARN_H

#include "plan/plan.h"

/* `text` lives as long as the plan. */
void plan_warn(struct plan *plan, const struct wanted_number *wanted, const char *text);

/* All that is to be said of one number as it is live. */
void plan_warn_of_row(struct plan *plan, const struct wanted_number *wanted,
		      const struct actual_row *row);

#endif
