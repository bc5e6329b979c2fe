#include "model/group.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static int compare_text(const char *a, const char *b)
{
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

static int compare_kind(const struct difference *a, const struct difference *b)
{
	if (a->action != b->action)
		return (int)a->action - (int)b->action;
	if (a->reason != b->reason)
		return (int)a->reason - (int)b->reason;
	if (a->kind != b->kind)
		return (int)a->kind - (int)b->kind;
	if (a->field != b->field)
		return (int)a->field - (int)b->field;
	if (compare_text(a->want, b->want))
		return compare_text(a->want, b->want);
	return compare_text(a->live, b->live);
}

static int compare(const void *x, const void *y)
{
	const struct difference *a = *(const struct difference *const *)x;
	const struct difference *b = *(const struct difference *const *)y;
	int order = compare_kind(a, b);

	/* All stand in one array, in the order of the plan. */
	return order ? order : (a > b) - (a < b);
}

void groups_make(struct groups *groups, const struct plan *plan,
		 int (*take)(void *context, const struct difference *diff), void *context)
{
	size_t taken = 0;

	*groups = (struct groups){
		.sorted = mem_zalloc(plan->count + 1, sizeof(*groups->sorted)),
		.list = mem_zalloc(plan->count + 1, sizeof(*groups->list)),
	};
	for (size_t i = 0; i < plan->count; i++) {
		if (!take || take(context, &plan->differences[i]))
			groups->sorted[taken++] = &plan->differences[i];
	}
	qsort(groups->sorted, taken, sizeof(*groups->sorted), compare);
	for (size_t i = 0; i < taken; i++) {
		if (i == 0 || compare_kind(groups->sorted[i - 1], groups->sorted[i]))
			groups->list[groups->count++].members = &groups->sorted[i];
		groups->list[groups->count - 1].count++;
	}
}

void groups_finish(struct groups *groups)
{
	mem_free(groups->sorted);
	mem_free(groups->list);
	*groups = (struct groups){0};
}
