#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "desired/wanted_reader.h"
#include "desired/wanted_url.h"

static bool read_sid(struct wanted_reader *reader, const struct field *field,
		     const struct yaml_node *node, const char *text)
{
	if (text_is_sid(text, field->prefix))
		return true;
	if (strspn(text, "0123456789abcdefABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(text) &&
	    strlen(text) != strlen(field->prefix) + TEXT_SID_DIGITS)
		wanted_error(reader, node,
			     "%s must be '%s' and 32 hexadecimal digits; this has %zu characters, "
			     "not %zu",
			     field->key, field->prefix, strlen(text),
			     strlen(field->prefix) + TEXT_SID_DIGITS);
	else
		wanted_error(reader, node, "%s must be '%s' and 32 hexadecimal digits", field->key,
			     field->prefix);
	return false;
}

static void check_host(struct wanted_reader *reader, const struct field *field,
		       const struct yaml_node *node, const struct url_finding *found)
{
	if (!reader->hosts)
		return;
	for (size_t i = 0; i < reader->host_count; i++) {
		if (wanted_host_matches(reader->hosts[i], found->host, found->host_length))
			return;
	}
	wanted_warning(reader, node, "%s: host '%.*s' is not in limits.allowed_hosts", field->key,
		       (int)found->host_length, found->host);
}

static bool read_url(struct wanted_reader *reader, const struct field *field,
		     const struct yaml_node *node, const char *text)
{
	struct url_finding found;

	switch (wanted_url_check(text, &found)) {
	case URL_BAD:
		wanted_error(reader, node, "%s: not a URL that Twilio takes: %s", field->key,
			     found.problem);
		return false;
	case URL_DOUBTFUL:
		wanted_warning(reader, node, "%s: %s", field->key, found.problem);
		break;
	case URL_GOOD:
		break;
	}
	check_host(reader, field, node, &found);
	return true;
}

static bool read_text(struct wanted_reader *reader, const struct field *field,
		      const struct yaml_node *node, const char *text)
{
	long characters = text_utf8_length(text, node->size);

	if (characters > field->longest) {
		wanted_error(reader, node, "%s has %ld characters; Twilio takes %ld at most",
			     field->key, characters, field->longest);
		return false;
	}
	if (strpbrk(text, "\n\r\t")) {
		wanted_error(reader, node,
			     "%s contains a line break or a tab: write it on one line", field->key);
		return false;
	}
	return true;
}

static const char *choice_at(const void *context, size_t i)
{
	const struct field *field = context;

	return field->choices[i];
}

/* The entry of `choices` that the text names, or NULL. */
static const char *find_choice(const struct field *field, const char *text)
{
	for (const char *const *choice = field->choices; *choice; choice++) {
		if (field->type == FIELD_TYPE_METHOD ? strcasecmp(*choice, text) == 0
						     : strcmp(*choice, text) == 0)
			return *choice;
	}
	return NULL;
}

static const char *read_choice(struct wanted_reader *reader, enum field_id id,
			       const struct yaml_node *node, const char *text)
{
	const struct field *field = &field_table[id];
	const char *choice = find_choice(field, text);
	struct buf all = {0};

	if (!choice) {
		for (size_t i = 0; field->choices[i]; i++)
			buf_printf(&all, "%s%s", i ? ", " : "", field->choices[i]);
		wanted_error(reader, node, "%s must be one of %s, not %s%s", field->key,
			     buf_text(&all), wanted_quote(reader, node),
			     wanted_hint(reader, node, choice_at, field));
		buf_finish(&all);
	} else if (field->type == FIELD_TYPE_METHOD && !field_method_is_usual(choice)) {
		wanted_warning(reader, node,
			       "%s: Twilio calls with GET or POST and may refuse %s (error 21403)",
			       field->key, choice);
	} else if (id == FIELD_VOICE_RECEIVE_MODE && strcmp(choice, "fax") == 0) {
		wanted_warning(reader, node, "voice_receive_mode: Twilio has ended fax");
	}
	return choice;
}

/* Moving a number away is never an accident: the file has to say that it may happen. */
static bool check_owner(struct wanted_reader *reader, const struct yaml_node *node,
			const char *owner)
{
	if (reader->allow_transfer || text_equal(owner, reader->account))
		return true;
	wanted_error(reader, node,
		     "account_sid differs from the file's account: this would move the number to "
		     "another account; if that is meant, add 'allow_transfer: true' at the top of "
		     "the file");
	return false;
}

static bool read_set_value(struct wanted_reader *reader, enum field_id id,
			   const struct yaml_node *node, const char **ret_value)
{
	const struct field *field = &field_table[id];
	char scratch[FIELD_SCRATCH];
	const char *text, *canonical;
	bool truth;

	if (node->size > LIMIT_VALUE_BYTES) {
		wanted_error(reader, node, "%s has %u bytes; more than %d are refused", field->key,
			     node->size, LIMIT_VALUE_BYTES);
		return false;
	}
	text = wanted_intern(reader, node);
	switch (field->type) {
	case FIELD_TYPE_BOOL:
		if (!yaml_is_bool(&reader->tree, node, &truth)) {
			wanted_error(reader, node, "%s must be true or false, not %s", field->key,
				     wanted_quote(reader, node));
			return false;
		}
		*ret_value = truth ? "true" : "false";
		return true;
	case FIELD_TYPE_METHOD:
	case FIELD_TYPE_CHOICE:
		*ret_value = read_choice(reader, id, node, text);
		return *ret_value != NULL;
	case FIELD_TYPE_TEXT:
		*ret_value = text;
		return read_text(reader, field, node, text);
	case FIELD_TYPE_URL:
		*ret_value = text;
		return read_url(reader, field, node, text);
	case FIELD_TYPE_SID:
		break;
	}
	if (!read_sid(reader, field, node, text))
		return false;
	canonical = field_canonical(id, text, scratch);
	*ret_value = canonical == text ? text : arena_strdup(reader->arena, canonical);
	return id != FIELD_ACCOUNT_SID || check_owner(reader, node, *ret_value);
}

bool wanted_read_value(struct wanted_reader *reader, enum field_id id, const struct yaml_node *node,
		       const char **ret_value)
{
	const struct field *field = &field_table[id];

	if (node->kind != YAML_SCALAR) {
		wanted_error(reader, node, "%s takes one value, not %s", field->key,
			     yaml_kind_name(node));
		return false;
	}
	if (node->size && !yaml_is_null(&reader->tree, node))
		return read_set_value(reader, id, node, ret_value);
	if (field->clear == FIELD_CLEAR_NEVER) {
		wanted_error(reader, node,
			     "%s can't be cleared at Twilio: give a value, or leave the field out "
			     "so that it is not managed",
			     field->key);
		return false;
	}
	*ret_value = field->unset;
	return true;
}
