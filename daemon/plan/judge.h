/*
 * Decides, for each difference of a plan, whether it is sent, and if not, why: policy, pause,
 * fights, failures, courses of their own, limits, in this order. Pure.
 */
#ifndef NUMBERD_PLAN_JUDGE_H
#define NUMBERD_PLAN_JUDGE_H

#include "plan/plan.h"

/* Sets action and reason of all differences, the limits exceeded, the digest and `posts`. */
void judge_plan(struct plan *plan, const struct plan_input *input);

/* The digest anew, once updates are done: that of the next plan, if nobody moves meanwhile. */
void judge_digest(struct plan *plan, const struct plan_input *input);

#endif
