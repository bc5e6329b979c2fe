#include "plan/group.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static int compare_text(const char *a, const char *b)
{
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

static int compare_groups(const struct difference *a, const struct difference *b)
{
	if (a->action != b->action)
		return (int)a->action - (int)b->action;
	if (a->reason != b->reason)
		return (int)a->reason - (int)b->reason;
	if (a->kind != b->kind)
		return (int)a->kind - (int)b->kind;
	return (int)a->field - (int)b->field;
}

static int compare_values(const struct difference *a, const struct difference *b)
{
	int order = compare_text(a->want, b->want);

	return order ? order : compare_text(a->live, b->live);
}

static int compare(const void *x, const void *y)
{
	const struct difference *a = *(const struct difference *const *)x;
	const struct difference *b = *(const struct difference *const *)y;
	int order = compare_groups(a, b);

	if (!order)
		order = compare_values(a, b);
	/* All stand in one array, in the order of the plan. */
	return order ? order : (a > b) - (a < b);
}

static int compare_variants(const void *x, const void *y)
{
	const struct variant *a = x, *b = y;

	if (a->count != b->count)
		return a->count < b->count ? 1 : -1;
	return (variant_first(a) > variant_first(b)) - (variant_first(a) < variant_first(b));
}

/* Cuts the sorted differences where a value changes, and the variants where a group ends. */
static void cut(struct groups *groups, size_t taken)
{
	struct variant *next = groups->variants;
	struct group *group = NULL;

	for (size_t i = 0; i < taken; i++) {
		const struct difference *const *at = &groups->sorted[i];
		bool other = i == 0 || compare_groups(at[-1], at[0]);

		if (other) {
			group = &groups->list[groups->count++];
			group->variants = next;
		}
		if (other || compare_values(at[-1], at[0])) {
			(next++)->members = at;
			group->variant_count++;
		}
		next[-1].count++;
		group->count++;
	}
}

void groups_make(struct groups *groups, const struct plan *plan,
		 int (*take)(void *context, const struct difference *diff), void *context)
{
	struct variant *variants;
	size_t taken = 0;

	*groups = (struct groups){
		.sorted = mem_zalloc(plan->count + 1, sizeof(*groups->sorted)),
		.variants = mem_zalloc(plan->count + 1, sizeof(*groups->variants)),
		.list = mem_zalloc(plan->count + 1, sizeof(*groups->list)),
	};
	for (size_t i = 0; i < plan->count; i++) {
		if (!take || take(context, &plan->differences[i]))
			groups->sorted[taken++] = &plan->differences[i];
	}
	qsort(groups->sorted, taken, sizeof(*groups->sorted), compare);
	cut(groups, taken);
	variants = groups->variants;
	for (size_t i = 0; i < groups->count; i++) {
		qsort(variants, groups->list[i].variant_count, sizeof(*variants), compare_variants);
		variants += groups->list[i].variant_count;
	}
}

void groups_finish(struct groups *groups)
{
	mem_free(groups->sorted);
	mem_free(groups->variants);
	mem_free(groups->list);
	*groups = (struct groups){0};
}
