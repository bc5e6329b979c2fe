/* Groups and numbers: who inherits what, and what does not go together. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/phone.h"
#include "base/text.h"
#include "desired/wanted_reader.h"

#define SUGGESTED_GROUPS 200 /* compared with a name that is unknown */

static int compare_bases(const void *a, const void *b)
{
	return strcmp(((const struct wanted_base *)a)->name, ((const struct wanted_base *)b)->name);
}

/* Puts the base's fields below those that the number has of its own. */
static void inherit(struct wanted_fields *fields, const struct wanted_base *base)
{
	field_mask rest;
	enum field_id id;

	FIELD_FOREACH (id, rest, base->fields.set & ~fields->set) {
		fields->values[id] = base->fields.values[id];
		fields->marks[id] = base->fields.marks[id];
	}
	fields->set |= base->fields.set;
}

static void read_group(struct wanted_reader *reader, const struct yaml_node *name,
		       const struct yaml_node *body)
{
	struct wanted_base *group = &reader->groups[reader->group_count++];
	const struct yaml_node *key, *value;
	struct wanted_fields own;

	*group = reader->defaults;
	group->name = wanted_intern(reader, name);
	group->mark = yaml_mark(&reader->tree, name);
	if (!name->size)
		wanted_error(reader, name, "a group needs a name");
	if (yaml_is_null(&reader->tree, body))
		return;
	if (body->kind != YAML_MAPPING) {
		wanted_error(reader, body, "group '%s' must hold fields, not %s", group->name,
			     yaml_kind_name(body));
		return;
	}
	own.set = 0;
	YAML_FOREACH (key, value, body) {
		if (!wanted_read_policy(reader, key, value, &group->policies) &&
		    !wanted_read_field(reader, key, value, &own))
			wanted_unknown_key(reader, key, PLACE_GROUP);
	}
	group->own = own.set;
	inherit(&own, &reader->defaults);
	group->fields = own;
}

void wanted_read_groups(struct wanted_reader *reader, const struct yaml_node *groups)
{
	const struct yaml_node *key, *value;

	if (!groups || yaml_is_null(&reader->tree, groups))
		return;
	if (groups->kind != YAML_MAPPING) {
		wanted_error(reader, groups, "groups must be names with fields below them, not %s",
			     yaml_kind_name(groups));
		return;
	}
	if (groups->at / 2 > LIMIT_GROUPS) {
		wanted_error(reader, groups, "more than %d groups", LIMIT_GROUPS);
		return;
	}
	reader->groups = mem_zalloc(groups->at / 2 + 1, sizeof(*reader->groups));
	YAML_FOREACH (key, value, groups)
		read_group(reader, key, value);
	qsort(reader->groups, reader->group_count, sizeof(*reader->groups), compare_bases);
}

static const char *group_at(const void *context, size_t i)
{
	const struct wanted_reader *reader = context;

	return i < reader->group_count && i < SUGGESTED_GROUPS ? reader->groups[i].name : NULL;
}

/* The group that a number names; the defaults where there is none of that name. */
static struct wanted_base *find_group(struct wanted_reader *reader, const struct yaml_node *value)
{
	struct wanted_base wanted = {0}, *found = NULL;

	if (value->kind != YAML_SCALAR || yaml_is_null(&reader->tree, value)) {
		wanted_error(reader, value, "group takes the name of one group, not %s",
			     value->kind == YAML_SCALAR ? "nothing" : yaml_kind_name(value));
		return &reader->defaults;
	}
	wanted.name = wanted_intern(reader, value);
	if (reader->groups)
		found = bsearch(&wanted, reader->groups, reader->group_count,
				sizeof(*reader->groups), compare_bases);
	if (found) {
		found->used = true;
		return found;
	}
	wanted_error(reader, value, "unknown group %s%s", wanted_quote(reader, value),
		     wanted_hint(reader, value, group_at, reader));
	return &reader->defaults;
}

static bool check_number(struct wanted_reader *reader, const struct yaml_node *key)
{
	char guess[PHONE_SIZE];
	char text[64] = "";

	if (phone_is_valid(yaml_text(&reader->tree, key), key->size))
		return true;
	if (key->size < sizeof(text))
		memcpy(text, yaml_text(&reader->tree, key), key->size);
	if (field_by_key(text) < FIELD_COUNT)
		wanted_error(reader, key,
			     "%s is a field: it belongs below a number, indented deeper", text);
	else if (phone_guess(text, guess))
		wanted_error(reader, key, "%s is not a number in E.164 form (did you mean \"%s\"?)",
			     wanted_quote(reader, key), guess);
	else
		wanted_error(reader, key,
			     "%s is not a number in E.164 form: '+', country code and the rest, 8 "
			     "to 15 digits",
			     wanted_quote(reader, key));
	return false;
}

static const char *value_of(const struct wanted_fields *fields, enum field_id id)
{
	return fields->set & FIELD_BIT(id) ? fields->values[id] : NULL;
}

/*
 * A finding about `fields` that involves nothing of the number's own would be the same for every
 * number of the base: true the first time only.
 */
static bool is_news(struct wanted_base *base, field_mask own, field_mask involved,
		    enum field_id about)
{
	if (own & involved)
		return true;
	if (base->said & FIELD_BIT(about))
		return false;
	base->said |= FIELD_BIT(about);
	return true;
}

/* 2: said by the number itself, 1: by its group, 0: by the defaults. */
static int nearness(const struct wanted_base *base, field_mask own, enum field_id id)
{
	return own & FIELD_BIT(id) ? 2 : base->own & FIELD_BIT(id) ? 1 : 0;
}

#define report(reader, severity, fields, id, ...)                                                  \
	diag_add((reader)->diag, (severity), (fields)->marks[id], strlen(field_table[id].key),     \
		 __VA_ARGS__)

static void check_trunk(struct wanted_reader *reader, struct wanted_base *base,
			const struct wanted_fields *fields, field_mask own)
{
	enum field_id at = FIELD_VOICE_APPLICATION_SID, other = FIELD_TRUNK_SID;

	if (!value_of(fields, at) || !value_of(fields, other) ||
	    !is_news(base, own, FIELD_BIT(at) | FIELD_BIT(other), at))
		return;
	if (nearness(base, own, at) < nearness(base, own, other)) {
		at = FIELD_TRUNK_SID;
		other = FIELD_VOICE_APPLICATION_SID;
	}
	report(reader, DIAG_ERROR, fields, at,
	       "%s and %s (line %u) delete each other at Twilio: a number can have one of them; "
	       "set "
	       "the other to null",
	       field_table[at].key, field_table[other].key, fields->marks[other].line);
}

static void check_shadows(struct wanted_reader *reader, struct wanted_base *base,
			  const struct wanted_fields *fields, field_mask own, enum field_id shadow)
{
	field_mask rest;
	enum field_id id;

	if (!value_of(fields, shadow))
		return;
	FIELD_FOREACH (id, rest, fields->set & field_table[shadow].shadows) {
		if (field_table[id].type != FIELD_TYPE_URL || !fields->values[id] ||
		    !is_news(base, own, FIELD_BIT(id) | FIELD_BIT(shadow), id))
			continue;
		/* Shown where the later decision was made: nearest to the number. */
		if (nearness(base, own, id) >= nearness(base, own, shadow))
			report(reader, DIAG_WARNING, fields, id,
			       "%s has no effect while %s (line %u) is set", field_table[id].key,
			       field_table[shadow].key, fields->marks[shadow].line);
		else
			report(reader, DIAG_WARNING, fields, shadow,
			       "%s leaves %s (line %u) without effect", field_table[shadow].key,
			       field_table[id].key, fields->marks[id].line);
	}
}

static void check_fallback(struct wanted_reader *reader, struct wanted_base *base,
			   const struct wanted_fields *fields, field_mask own,
			   enum field_id fallback, enum field_id primary)
{
	if (value_of(fields, fallback) && !value_of(fields, primary) &&
	    is_news(base, own, FIELD_BIT(fallback) | FIELD_BIT(primary), fallback))
		report(reader, DIAG_WARNING, fields, fallback,
		       "%s without %s: Twilio may refuse it (errors 21405, 21406)",
		       field_table[fallback].key, field_table[primary].key);
}

static void check_together(struct wanted_reader *reader, struct wanted_base *base,
			   const struct wanted_fields *fields, field_mask own)
{
	check_trunk(reader, base, fields, own);
	check_shadows(reader, base, fields, own, FIELD_TRUNK_SID);
	check_shadows(reader, base, fields, own, FIELD_VOICE_APPLICATION_SID);
	check_shadows(reader, base, fields, own, FIELD_SMS_APPLICATION_SID);
	check_fallback(reader, base, fields, own, FIELD_VOICE_FALLBACK_URL, FIELD_VOICE_URL);
	check_fallback(reader, base, fields, own, FIELD_SMS_FALLBACK_URL, FIELD_SMS_URL);
}

/* The values and marks of `fields` next to each other, in the order of the table. */
static void pack(struct arena *arena, const struct wanted_fields *fields,
		 const char *const **ret_values, const struct mark **ret_marks)
{
	size_t count = (size_t)__builtin_popcount(fields->set), i = 0;
	struct mark *marks = arena_alloc(arena, count * (sizeof(*marks) + sizeof(char *)));
	const char **values = (const char **)(marks + count);
	field_mask rest;
	enum field_id id;

	FIELD_FOREACH (id, rest, fields->set) {
		marks[i] = fields->marks[id];
		values[i++] = fields->values[id];
	}
	*ret_values = values;
	*ret_marks = marks;
}

/* What stands below the key of a number. `policies` gets what it says itself. */
static struct wanted_base *read_body(struct wanted_reader *reader, const struct yaml_node *body,
				     struct wanted_fields *fields, struct wanted_policies *policies)
{
	struct wanted_base *base = &reader->defaults;
	const struct yaml_node *key, *value;

	if (body->kind != YAML_MAPPING) {
		if (!yaml_is_null(&reader->tree, body))
			wanted_error(reader, body,
				     "a number must have fields below it, not %s: a group is named "
				     "by 'group: NAME'",
				     yaml_kind_name(body));
		*policies = base->policies;
		return base;
	}
	YAML_FOREACH (key, value, body) {
		if (yaml_text_is(&reader->tree, key, "group"))
			base = find_group(reader, value);
	}
	*policies = base->policies;
	YAML_FOREACH (key, value, body) {
		if (!yaml_text_is(&reader->tree, key, "group") &&
		    !wanted_read_field(reader, key, value, fields) &&
		    !wanted_read_policy(reader, key, value, policies))
			wanted_unknown_key(reader, key, PLACE_NUMBER);
	}
	return base;
}

static void read_number(struct wanted_reader *reader, const struct yaml_node *key,
			const struct yaml_node *body)
{
	struct wanted_fields fields;
	struct wanted_policies policies;
	struct wanted_number *number;
	struct wanted_base *base;
	bool valid = check_number(reader, key);
	field_mask own;

	/* Where the key is no number, what isn't fields either has been said. */
	if (!valid && body->kind != YAML_MAPPING)
		return;
	fields.set = 0;
	base = read_body(reader, body, &fields, &policies);
	own = fields.set;
	inherit(&fields, base);
	if (own || !base->values)
		check_together(reader, base, &fields, own);
	if (!valid)
		return;
	mem_grow(reader->numbers, reader->number_count, reader->number_capacity);
	number = &reader->numbers[reader->number_count++];
	*number = (struct wanted_number){
		.number = arena_strndup(reader->arena, yaml_text(&reader->tree, key), key->size),
		.file = reader->file,
		.mark = yaml_mark(&reader->tree, key),
		.on_change = policies.on_change,
		.on_drift = policies.on_drift,
		.record.set = fields.set,
	};
	if (own) {
		pack(reader->arena, &fields, &number->record.values, &number->marks);
		return;
	}
	if (!base->values)
		pack(reader->arena, &base->fields, &base->values, &base->marks);
	number->record.values = base->values;
	number->marks = base->marks;
}

static void warn_unused(struct wanted_reader *reader)
{
	for (size_t i = 0; i < reader->group_count; i++) {
		const struct wanted_base *group = &reader->groups[i];

		if (!group->used)
			diag_add(reader->diag, DIAG_WARNING, group->mark, strlen(group->name),
				 "no number uses group '%s'", group->name);
	}
}

void wanted_read_numbers(struct wanted_reader *reader, const struct yaml_node *numbers)
{
	const struct yaml_node *key, *value;

	if (yaml_is_null(&reader->tree, numbers)) {
		wanted_error(reader, numbers,
			     "numbers is empty: a file that declares none says so with "
			     "'numbers: {}'");
		return;
	}
	if (numbers->kind != YAML_MAPPING) {
		wanted_error(reader, numbers,
			     "numbers must be phone numbers as keys (\"+14155550100\":) with "
			     "fields below them, not %s",
			     yaml_kind_name(numbers));
		return;
	}
	YAML_FOREACH (key, value, numbers) {
		if (reader->number_count == LIMIT_NUMBERS) {
			wanted_error(reader, key, "more than %d numbers: the files are refused",
				     LIMIT_NUMBERS);
			return;
		}
		read_number(reader, key, value);
	}
	warn_unused(reader);
}
