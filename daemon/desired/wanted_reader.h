/*
 * What the parts of wanted_read() share while they read one file. For wanted*.c alone.
 *
 * Order matters: what is inherited is read before what inherits, wherever it stands in the file:
 * account, policies, limits, defaults, groups, numbers.
 */
#ifndef NUMBERD_DESIRED_WANTED_READER_H
#define NUMBERD_DESIRED_WANTED_READER_H

#include "desired/wanted.h"
#include "desired/yaml.h"

#define WANTED_INTERN 1024 /* slots of the cache of repeated values */

struct wanted_policies {
	enum on_change on_change;
	enum on_drift on_drift;
};

/* Fields by id, before they are packed into a record. Only what is in `set` is valid. */
struct wanted_fields {
	field_mask set;
	const char *values[FIELD_COUNT];
	struct mark marks[FIELD_COUNT]; /* of the key */
};

/* What a number starts from: a group over the defaults, or the defaults alone (no name). */
struct wanted_base {
	const char *name;
	struct mark mark;
	struct wanted_fields fields;
	field_mask own; /* those of `fields` that the group itself says */
	struct wanted_policies policies;
	bool used;
	field_mask said; /* findings that were reported: they'd be the same for each number */
	/* `fields` packed, shared by all numbers that add nothing of their own; made when used. */
	const char *const *values;
	const struct mark *marks;
};

struct wanted_reader {
	struct arena *arena;
	struct diag *diag;
	struct yaml_tree tree;
	uint32_t file; /* index */
	const char *account;
	bool allow_transfer;
	struct change_limit limit;
	struct wanted_policies policies;
	const char **hosts; /* allowed_hosts; NULL: any */
	size_t host_count;
	struct wanted_base defaults;
	struct wanted_base *groups; /* sorted by name */
	size_t group_count;
	struct wanted_number *numbers; /* of all files, in the order read; on the heap */
	size_t number_count;
	size_t number_capacity;
	const char *interned[WANTED_INTERN];
};

enum wanted_place {
	PLACE_TOP = 1,
	PLACE_LIMITS = 2,
	PLACE_DEFAULTS = 4,
	PLACE_GROUP = 8,
	PLACE_NUMBER = 16,
};

/* An error or warning at a node, underlining it. */
#define wanted_error(reader, node, ...)                                                            \
	diag_add((reader)->diag, DIAG_ERROR, yaml_mark(&(reader)->tree, (node)), (node)->width,    \
		 __VA_ARGS__)
#define wanted_warning(reader, node, ...)                                                          \
	diag_add((reader)->diag, DIAG_WARNING, yaml_mark(&(reader)->tree, (node)), (node)->width,  \
		 __VA_ARGS__)

/* A scalar's text in the arena; a value that came lately isn't stored a second time. */
const char *wanted_intern(struct wanted_reader *reader, const struct yaml_node *node);

/* "'x'" as a message shows a scalar; goes with the arena. */
const char *wanted_quote(struct wanted_reader *reader, const struct yaml_node *node);

/* " (did you mean 'x'?)" or "". */
const char *wanted_hint(struct wanted_reader *reader, const struct yaml_node *word,
			const char *(*candidate)(const void *context, size_t i),
			const void *context);

/* The error for a key that doesn't belong where it stands. */
void wanted_unknown_key(struct wanted_reader *reader, const struct yaml_node *key,
			enum wanted_place place);

/* Adds on_change or on_drift to `policies`; false where `key` is neither. */
bool wanted_read_policy(struct wanted_reader *reader, const struct yaml_node *key,
			const struct yaml_node *value, struct wanted_policies *policies);

/* Adds a field to `fields`; false where `key` is no field. */
bool wanted_read_field(struct wanted_reader *reader, const struct yaml_node *key,
		       const struct yaml_node *value, struct wanted_fields *fields);

/* The canonical value of one field; false where it is wrong. *ret_value NULL: unset. */
bool wanted_read_value(struct wanted_reader *reader, enum field_id id, const struct yaml_node *node,
		       const char **ret_value);

/* The sections of the file; each reports by itself. */
void wanted_read_top(struct wanted_reader *reader, const char *default_account);
void wanted_read_limits(struct wanted_reader *reader, const struct yaml_node *limits);
void wanted_read_groups(struct wanted_reader *reader, const struct yaml_node *groups);
void wanted_read_numbers(struct wanted_reader *reader, const struct yaml_node *numbers);

#endif
