/*
 * Decides, for each difference of a plan, whether it is sent, and if not, why: policy, pause,
 * fights, failures, courses of their own, limits, in this order. Pure; called by plan_make() alone.
 */
#ifndef NUMBERD_MODEL_JUDGE_H
#define NUMBERD_MODEL_JUDGE_H

#include "model/plan.h"

/* Sets action and reason of all differences, the limits exceeded, the digest and `posts`. */
void judge_plan(struct plan *plan, const struct plan_input *input);

#endif
