/*
 * Equal differences together: a hundred numbers whose voice_url moved from the same old to the same
 * new value for the same reason are one thing to a person, in a plan as in a log.
 */
#ifndef NUMBERD_MODEL_GROUP_H
#define NUMBERD_MODEL_GROUP_H

#include <stddef.h>

#include "model/plan.h"

/* At least one difference; all have the same field, kind, action, reason, live and wanted value. */
struct group {
	const struct difference *const *members; /* in the order of the plan */
	size_t count;
};

struct groups {
	const struct difference **sorted;
	struct group *list; /* by action, kind and field */
	size_t count;
};

/* Groups those differences of the plan that `take` wants (NULL: all). */
void groups_make(struct groups *groups, const struct plan *plan,
		 int (*take)(void *context, const struct difference *diff), void *context);
void groups_finish(struct groups *groups);

#endif
