/*
 * Differences that are one thing to a person, together: a hundred numbers whose voice_url moved for
 * the same reason are a group, in a plan as in a log; those of them that moved from the same old to
 * the same new value are a variant of it.
 */
#ifndef NUMBERD_PLAN_GROUP_H
#define NUMBERD_PLAN_GROUP_H

#include <stddef.h>

#include "plan/plan.h"

/* At least one difference; all of the group's, with the same live and wanted value. */
struct variant {
	const struct difference *const *members; /* in the order of the plan */
	size_t count;
};

/* At least one variant; all have the same field, kind, action and reason. */
struct group {
	const struct variant *variants; /* most members first, then in the order of the plan */
	size_t variant_count;
	size_t count; /* differences, of all variants */
};

struct groups {
	const struct difference **sorted;
	struct variant *variants;
	struct group *list; /* by action, reason, kind and field */
	size_t count;
};

/* Groups those differences of the plan that `take` wants (NULL: all). */
void groups_make(struct groups *groups, const struct plan *plan,
		 int (*take)(void *context, const struct difference *diff), void *context);
void groups_finish(struct groups *groups);

/* What all of a group have in common, and the first of a variant has too. */
static inline const struct difference *variant_first(const struct variant *variant)
{
	return variant->members[0];
}

static inline const struct difference *group_first(const struct group *group)
{
	return variant_first(&group->variants[0]);
}

#endif
