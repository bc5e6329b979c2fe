/* Keys: which are known where, and what to say about one that isn't. */
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "desired/wanted_reader.h"

static const struct {
	const char *key;
	unsigned places;
	const char *home; /* where it belongs, for messages */
} keys[] = {
	{"version", PLACE_TOP, "at the top of the file"},
	{"account", PLACE_TOP, "at the top of the file"},
	{"allow_transfer", PLACE_TOP, "at the top of the file"},
	{"limits", PLACE_TOP, "at the top of the file"},
	{"defaults", PLACE_TOP, "at the top of the file"},
	{"groups", PLACE_TOP, "at the top of the file"},
	{"numbers", PLACE_TOP, "at the top of the file"},
	{"on_change", PLACE_TOP | PLACE_GROUP | PLACE_NUMBER,
	 "at the top of the file, in a group or on a number"},
	{"on_drift", PLACE_TOP | PLACE_GROUP | PLACE_NUMBER,
	 "at the top of the file, in a group or on a number"},
	{"max_changes", PLACE_LIMITS, "under 'limits'"},
	{"allowed_hosts", PLACE_LIMITS, "under 'limits'"},
	{"group", PLACE_NUMBER, "on a number"},
};

#define FIELD_PLACES (PLACE_DEFAULTS | PLACE_GROUP | PLACE_NUMBER)

/* What the API shows and doesn't let anybody set. */
static const char *const read_only[] = {"sid",
					"phone_number",
					"uri",
					"status",
					"origin",
					"beta",
					"type",
					"capabilities",
					"date_created",
					"date_updated",
					"address_requirements",
					"emergency_address_status"};

/* The i-th key that is known at the place *context: words of the file, then fields. */
static const char *candidate(const void *context, size_t i)
{
	unsigned place = *(const enum wanted_place *)context;

	for (size_t k = 0; k < ARRAY_LENGTH(keys); k++) {
		if ((keys[k].places & place) && i-- == 0)
			return keys[k].key;
	}
	return (FIELD_PLACES & place) && i < FIELD_COUNT ? field_table[i].key : NULL;
}

/* Where a key that is wrong here would be right, or NULL. */
static const char *home_of(const char *key)
{
	for (size_t k = 0; k < ARRAY_LENGTH(keys); k++) {
		if (strcmp(keys[k].key, key) == 0)
			return keys[k].home;
	}
	return field_by_key(key) < FIELD_COUNT ? "under 'defaults', in a group or on a number"
					       : NULL;
}

static bool is_read_only(const char *key)
{
	for (size_t i = 0; i < ARRAY_LENGTH(read_only); i++) {
		if (strcmp(read_only[i], key) == 0)
			return true;
	}
	return false;
}

void wanted_unknown_key(struct wanted_reader *reader, const struct yaml_node *key,
			enum wanted_place place)
{
	const char *text, *home;

	/* Past the limit the message is only counted; making it would take time. */
	text = reader->diag->count < LIMIT_DIAGNOSTICS
		       ? arena_strndup(reader->arena, yaml_text(&reader->tree, key), key->size)
		       : "";
	home = home_of(text);
	if (home)
		wanted_error(reader, key, "'%s' doesn't belong here but %s", text, home);
	else if ((place & FIELD_PLACES) && is_read_only(text))
		wanted_error(reader, key, "'%s' can't be set: Twilio only shows it", text);
	else if (key->plain && strcmp(text, "<<") == 0)
		wanted_error(reader, key,
			     "merge keys ('<<') are not supported: put what numbers share into a "
			     "group or under 'defaults'");
	else if (place == PLACE_TOP && text[0] == '+')
		wanted_error(reader, key, "a number belongs under 'numbers': indent it below");
	else
		wanted_error(reader, key, "unknown %s %s%s", place & FIELD_PLACES ? "field" : "key",
			     wanted_quote(reader, key),
			     wanted_hint(reader, key, candidate, &place));
}

const char *wanted_hint(struct wanted_reader *reader, const struct yaml_node *word,
			const char *(*candidates)(const void *context, size_t i),
			const void *context)
{
	const char *text, *found;

	if (reader->diag->count == LIMIT_DIAGNOSTICS)
		return "";
	text = arena_strndup(reader->arena, yaml_text(&reader->tree, word), word->size);
	found = text_suggest(text, candidates, context);
	return found ? arena_printf(reader->arena, " (did you mean '%s'?)", found) : "";
}

const char *wanted_quote(struct wanted_reader *reader, const struct yaml_node *node)
{
	cleanup(buf_finish) struct buf shown = {0};

	if (reader->diag->count == LIMIT_DIAGNOSTICS)
		return "";
	yaml_add_shown(&reader->tree, node, &shown);
	return arena_printf(reader->arena, "'%s'", buf_text(&shown));
}

/* FNV-1a over length and bytes: only a cache, so a bad spread costs memory and nothing else. */
const char *wanted_intern(struct wanted_reader *reader, const struct yaml_node *node)
{
	const char *text = yaml_text(&reader->tree, node);
	uint32_t hash = 2166136261U ^ node->size;
	const char **slot;

	for (uint32_t i = 0; i < node->size; i++)
		hash = (hash ^ (unsigned char)text[i]) * 16777619U;
	slot = &reader->interned[(hash ^ hash >> 16) % WANTED_INTERN];
	if (!*slot || strncmp(*slot, text, node->size) != 0 || (*slot)[node->size])
		*slot = arena_strndup(reader->arena, text, node->size);
	return *slot;
}

/* The index of the word that a policy's value names, or -1 with an error. */
static int read_word(struct wanted_reader *reader, const struct yaml_node *key,
		     const struct yaml_node *value, const char *first, const char *second)
{
	if (value->kind == YAML_SCALAR && yaml_text_is(&reader->tree, value, first))
		return 0;
	if (value->kind == YAML_SCALAR && yaml_text_is(&reader->tree, value, second))
		return 1;
	wanted_error(reader, value, "%.*s must be '%s' or '%s', not %s", (int)key->size,
		     yaml_text(&reader->tree, key), first, second,
		     value->kind == YAML_SCALAR ? wanted_quote(reader, value)
						: yaml_kind_name(value));
	return -1;
}

bool wanted_read_policy(struct wanted_reader *reader, const struct yaml_node *key,
			const struct yaml_node *value, struct wanted_policies *policies)
{
	int word;

	if (yaml_text_is(&reader->tree, key, "on_change")) {
		word = read_word(reader, key, value, "apply", "hold");
		if (word >= 0)
			policies->on_change = word ? ON_CHANGE_HOLD : ON_CHANGE_APPLY;
	} else if (yaml_text_is(&reader->tree, key, "on_drift")) {
		word = read_word(reader, key, value, "revert", "report");
		if (word >= 0)
			policies->on_drift = word ? ON_DRIFT_REPORT : ON_DRIFT_REVERT;
	} else {
		return false;
	}
	return true;
}

bool wanted_read_field(struct wanted_reader *reader, const struct yaml_node *key,
		       const struct yaml_node *value, struct wanted_fields *fields)
{
	char name[64];
	const char *text;
	enum field_id id;

	if (key->size >= sizeof(name))
		return false;
	memcpy(name, yaml_text(&reader->tree, key), key->size);
	name[key->size] = '\0';
	id = field_by_key(name);
	if (id == FIELD_COUNT)
		return false;
	if (id == FIELD_EMERGENCY_STATUS)
		wanted_warning(reader, key,
			       "emergency_status has no effect: Twilio ignores it since 2021-10; "
			       "remove it");
	if (wanted_read_value(reader, id, value, &text)) {
		fields->set |= FIELD_BIT(id);
		fields->values[id] = text;
		fields->marks[id] = yaml_mark(&reader->tree, key);
	}
	return true;
}
