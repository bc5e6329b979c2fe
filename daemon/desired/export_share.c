/* What several numbers have in common. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "desired/export_parts.h"

/* Of the number's country and address: these never make a group, and join one that they fit. */
#define REGULATORY                                                                                 \
	(FIELD_BIT(FIELD_ADDRESS_SID) | FIELD_BIT(FIELD_BUNDLE_SID) |                              \
	 FIELD_BIT(FIELD_IDENTITY_SID) | FIELD_BIT(FIELD_EMERGENCY_ADDRESS_SID))
#define SMS                                                                                        \
	(FIELD_BIT(FIELD_SMS_APPLICATION_SID) | FIELD_BIT(FIELD_SMS_FALLBACK_METHOD) |             \
	 FIELD_BIT(FIELD_SMS_FALLBACK_URL) | FIELD_BIT(FIELD_SMS_METHOD) |                         \
	 FIELD_BIT(FIELD_SMS_URL))
#define JOINABLE_GROUPS 1000 /* each entry is compared with each of them */
#define ALL             ((FIELD_BIT(FIELD_COUNT) - 1) & ~REGULATORY)

static int compare_fields(const struct export_fields *a, const struct export_fields *b,
			  field_mask mask)
{
	field_mask rest;
	enum field_id id;
	int order = 0;

	if ((a->set & mask) != (b->set & mask))
		return (a->set & mask) < (b->set & mask) ? -1 : 1;
	FIELD_FOREACH (id, rest, a->set & mask) {
		order = strcmp(a->values[id], b->values[id]);
		if (order)
			break;
	}
	return order;
}

struct sorting {
	const struct export *export;
	field_mask mask;
};

static int compare_entries(const void *a, const void *b, void *context)
{
	const struct sorting *sorting = context;
	size_t i = *(const size_t *)a, j = *(const size_t *)b;
	int order = compare_fields(&sorting->export->entries[i].fields,
				   &sorting->export->entries[j].fields, sorting->mask);

	return order ? order : (i > j) - (i < j);
}

/* The fields of `mask` in which all these entries agree. */
static field_mask agreement(const struct export *export, const size_t *order, size_t count,
			    field_mask mask)
{
	const struct export_fields *first = &export->entries[order[0]].fields;
	field_mask rest;
	enum field_id id;

	mask &= first->set;
	for (size_t i = 1; i < count && mask; i++) {
		const struct export_fields *fields = &export->entries[order[i]].fields;

		mask &= fields->set;
		FIELD_FOREACH (id, rest, mask) {
			if (strcmp(first->values[id], fields->values[id]) != 0)
				mask &= ~FIELD_BIT(id);
		}
	}
	return mask;
}

static void move(struct export *export, const size_t *order, size_t count, field_mask mask,
		 struct export_fields *into)
{
	*into = export->entries[order[0]].fields;
	into->set &= mask;
	for (size_t i = 0; i < count; i++)
		export->entries[order[i]].fields.set &= ~mask;
}

static void add_group(struct export *export, const size_t *order, size_t count, field_mask mask)
{
	struct export_group *group;

	mem_grow(export->groups, export->group_count, export->group_capacity);
	group = &export->groups[export->group_count++];
	*group = (struct export_group){0};
	mask |= agreement(export, order, count, REGULATORY);
	move(export, order, count, mask, &group->fields);
	for (size_t i = 0; i < count; i++)
		export->entries[order[i]].group = export->group_count;
}

/* Runs of entries that are alike within `mask`, and have something there. */
static void find_groups(struct export *export, size_t *order, field_mask mask)
{
	struct sorting sorting = {export, mask};
	size_t count = 0, end;

	for (size_t i = 0; i < export->count; i++) {
		if (!export->entries[i].group && export->entries[i].fields.set & mask)
			order[count++] = i;
	}
	qsort_r(order, count, sizeof(*order), compare_entries, &sorting);
	for (size_t i = 0; i < count; i = end) {
		const struct export_fields *first = &export->entries[order[i]].fields;

		for (end = i + 1; end < count; end++) {
			if (compare_fields(first, &export->entries[order[end]].fields, mask) != 0)
				break;
		}
		if (end - i > 1)
			add_group(export, order + i, end - i, first->set & mask);
	}
}

/* An entry that has all that a group says, and more, joins the one that says most. */
static void join_groups(struct export *export)
{
	size_t groups = export->group_count;

	for (size_t i = 0; i < export->count && groups <= JOINABLE_GROUPS; i++) {
		struct export_entry *entry = &export->entries[i];
		const struct export_fields *own = &entry->fields;
		int most = 0;

		if (entry->group)
			continue;
		for (size_t g = 0; g < groups; g++) {
			const struct export_fields *fields = &export->groups[g].fields;
			int size = __builtin_popcount(fields->set);

			if ((own->set & fields->set) != fields->set || size <= most ||
			    compare_fields(own, fields, fields->set) != 0)
				continue;
			most = size;
			entry->group = g + 1;
		}
		if (entry->group)
			entry->fields.set &= ~export->groups[entry->group - 1].fields.set;
	}
}

static int compare_groups(const void *a, const void *b, void *context)
{
	const struct export *export = context;
	const struct export_group *left = &export->groups[*(const size_t *)a];
	const struct export_group *right = &export->groups[*(const size_t *)b];
	int order = strcmp(left->name, right->name);

	return order ? order : compare_fields(&left->fields, &right->fields, ~(field_mask)0);
}

/* Names are unique: those that come out alike are counted, in the order of their values. */
static void name_groups(struct export *export, size_t *order)
{
	struct export_group *sorted = mem_zalloc(export->group_count + 1, sizeof(*sorted));
	size_t *places = mem_zalloc(export->group_count + 1, sizeof(*places));
	size_t alike = 1;

	for (size_t i = 0; i < export->group_count; i++) {
		export->groups[i].name = export_name(&export->arena, &export->groups[i].fields);
		order[i] = i;
	}
	qsort_r(order, export->group_count, sizeof(*order), compare_groups, export);
	for (size_t i = 0; i < export->group_count; i++) {
		const char *name = export->groups[order[i]].name;

		alike = i && text_equal(name, export->groups[order[i - 1]].name) ? alike + 1 : 1;
		sorted[i] = export->groups[order[i]];
		/* No name ends in "_2" by itself. */
		if (alike > 1)
			sorted[i].name = arena_printf(&export->arena, "%s_%zu", name, alike);
		places[order[i]] = i;
	}
	for (size_t i = 0; i < export->count; i++) {
		if (export->entries[i].group)
			export->entries[i].group = places[export->entries[i].group - 1] + 1;
	}
	mem_free(export->groups);
	mem_free(places);
	export->groups = sorted;
}

void export_share(struct export *export)
{
	size_t *order = mem_zalloc(export->count + 1, sizeof(*order));
	field_mask shared;

	for (size_t i = 0; i < export->count; i++)
		order[i] = i;
	if (export->count > 1) {
		shared = agreement(export, order, export->count, ALL | REGULATORY);
		move(export, order, export->count, shared, &export->defaults);
	}
	find_groups(export, order, ALL);
	join_groups(export);
	find_groups(export, order, ALL & ~SMS);
	find_groups(export, order, SMS);
	name_groups(export, order);
	mem_free(order);
}
