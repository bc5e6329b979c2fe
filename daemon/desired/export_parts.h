/*
 * What the parts of export_write() share: the numbers with what is to be written of each, and the
 * groups that were found among them. For export*.c alone.
 */
#ifndef NUMBERD_DESIRED_EXPORT_PARTS_H
#define NUMBERD_DESIRED_EXPORT_PARTS_H

#include <stddef.h>

#include "base/arena.h"
#include "desired/export.h"

struct export_fields {
	field_mask set;
	const char *values[FIELD_COUNT]; /* of those in `set` */
};

struct export_group {
	const char *name;
	struct export_fields fields;
};

struct export_entry {
	const struct actual_row *row;
	struct export_fields fields; /* what neither its group nor the defaults say */
	size_t group;                /* index + 1; 0: none */
};

struct export
{
	struct arena arena;
	struct export_entry *entries; /* sorted by number */
	size_t count;
	struct export_fields defaults;
	struct export_group *groups; /* sorted by name */
	size_t group_count;
	size_t group_capacity;
};

/* Moves what the entries share into defaults and groups, and names the groups. */
void export_share(struct export *export);

/* A name for a set of values, after host and path, or the application: "ivr-support". */
char *export_name(struct arena *arena, const struct export_fields *fields);

/* What of a url seems to be a secret: "a password", "'token'"; NULL: nothing. `scratch` may hold
 * it. */
const char *export_secret(const char *url, char scratch[64]);

#endif
