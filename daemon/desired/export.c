#include "desired/export.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/phone.h"
#include "base/text.h"
#include "desired/export_parts.h"
#include "desired/wanted_reader.h"
#include "desired/wanted_url.h"

#define LINE_WIDTH 100

/* What can't be said, of all numbers together; the words stand in the head of the file. */
enum left_out { LEFT_DEAD, LEFT_SHADOWED, LEFT_UNDERWAY, LEFT_KINDS };

static const char *const left_out_words[LEFT_KINDS] = {
	[LEFT_DEAD] = ("Twilio ignores them by now: emergency_status, voice_receive_mode: fax, old "
		       "api_version"),
	[LEFT_SHADOWED] = "an application or trunk keeps them from being used",
	[LEFT_UNDERWAY] = "Twilio is still at them, or refused: emergency_address_sid",
};

struct writer {
	struct export export;
	struct buf *out;
	struct export_counts counts;
	uint32_t left_out[LEFT_KINDS];
	field_mask mask; /* fields to be written */
};

static bool is_choice(const struct field *field, const char *value)
{
	for (const char *const *choice = field->choices; *choice; choice++) {
		if (strcmp(*choice, value) == 0)
			return true;
	}
	return false;
}

/* Why the reader would refuse it, or NULL. */
static const char *problem(const struct field *field, const char *value)
{
	struct url_finding found;

	if (strlen(value) > LIMIT_VALUE_BYTES || text_utf8_length(value, strlen(value)) < 0)
		return "it is too long, or no UTF-8";
	if (field->type == FIELD_TYPE_URL && wanted_url_check(value, &found) == URL_BAD)
		return found.problem;
	if (field->type == FIELD_TYPE_SID && !text_is_sid(value, field->prefix))
		return "it is no SID of its kind";
	if (field->choices && !is_choice(field, value))
		return "it is not one of the values that are known";
	if (field->type == FIELD_TYPE_BOOL && strcmp(value, "true") != 0 &&
	    strcmp(value, "false") != 0)
		return "it is neither true nor false";
	return NULL;
}

static enum left_out reason_of(const struct actual_row *row, enum field_id id, field_mask shadowed)
{
	if (id == FIELD_EMERGENCY_STATUS || id == FIELD_VOICE_RECEIVE_MODE ||
	    id == FIELD_API_VERSION)
		return LEFT_DEAD;
	if (shadowed & FIELD_BIT(id))
		return LEFT_SHADOWED;
	if (id == FIELD_EMERGENCY_ADDRESS_SID &&
	    (emergency_is_pending(row->emergency) || emergency_is_refused(row->emergency)))
		return LEFT_UNDERWAY;
	return LEFT_KINDS;
}

static field_mask shadowed_by(const struct record *record)
{
	field_mask shadowed = 0, rest;
	enum field_id id;

	FIELD_FOREACH (id, rest, record->set) {
		if (record_value(record, id))
			shadowed |= field_table[id].shadows;
	}
	/* A trunk and an application that are both there: the trunk takes the calls. */
	if (record_value(record, FIELD_TRUNK_SID))
		shadowed |= FIELD_BIT(FIELD_VOICE_APPLICATION_SID);
	return shadowed;
}

static void choose(struct writer *writer, const struct actual_row *row)
{
	struct export_entry *entry = &writer->export.entries[writer->export.count++];
	field_mask shadowed = shadowed_by(&row->record), rest;
	enum field_id id;

	*entry = (struct export_entry){.row = row};
	FIELD_FOREACH (id, rest, row->record.set & writer->mask) {
		const char *value = record_value(&row->record, id);
		enum left_out reason;

		if (text_equal(value, field_table[id].unset))
			continue;
		reason = reason_of(row, id, shadowed);
		if (reason < LEFT_KINDS)
			writer->left_out[reason]++;
		else if (!problem(&field_table[id], value))
			entry->fields.set |= FIELD_BIT(id);
		entry->fields.values[id] = value;
		writer->counts.left_out += !(entry->fields.set & FIELD_BIT(id));
	}
}

/* What needs no quotes wherever it stands. */
static bool is_plain(const char *value)
{
	return value[0] != '?' && value[0] != '-' && value[strlen(value) - 1] != ':' &&
	       strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			     "-._~:/?&=%+@;()") == strlen(value);
}

static void add_field(struct buf *out, const struct export_fields *fields, enum field_id id)
{
	buf_printf(out, "%s: ", field_table[id].key);
	if (is_plain(fields->values[id]))
		buf_add_text(out, fields->values[id]);
	else
		text_add_json(out, fields->values[id]);
}

/* A comment above values that people would not want to see in git. */
static void add_secrets(struct writer *writer, const struct export_fields *fields, size_t indent)
{
	char scratch[64];
	field_mask rest;
	enum field_id id;

	FIELD_FOREACH (id, rest, fields->set) {
		const char *secret = NULL;

		if (field_table[id].type == FIELD_TYPE_URL)
			secret = export_secret(fields->values[id], scratch);
		if (!secret)
			continue;
		buf_add_repeat(writer->out, ' ', indent);
		buf_printf(writer->out, "# %s seems to hold a secret: ", field_table[id].key);
		text_add_printable(writer->out, secret, strlen(secret));
		buf_add_char(writer->out, '\n');
		writer->counts.secrets++;
	}
}

static void add_block(struct writer *writer, const struct export_fields *fields, size_t indent)
{
	field_mask rest;
	enum field_id id;

	add_secrets(writer, fields, indent);
	FIELD_FOREACH (id, rest, fields->set) {
		buf_add_repeat(writer->out, ' ', indent);
		add_field(writer->out, fields, id);
		buf_add_char(writer->out, '\n');
	}
}

/* The name that Twilio gives by itself says nothing: the digits alone are the number's. */
static bool is_telling(const char *name, const char *number)
{
	const char *digit = number + 1;

	for (const char *at = name; *at; at++) {
		if (strchr("+-() .", *at))
			continue;
		digit = strchr(digit, *at);
		if (*at < '0' || *at > '9' || !digit)
			return true;
		digit++;
	}
	return false;
}

static void add_name(struct buf *out, const struct actual_row *row)
{
	const char *name = record_value(&row->record, FIELD_FRIENDLY_NAME);

	if (text_is_blank(name) || !is_telling(name, row->number))
		return;
	buf_add_text(out, " # ");
	text_add_printable(out, name, text_trimmed_length(name, strlen(name)));
}

static void add_problems(struct writer *writer, const struct actual_row *row)
{
	field_mask shadowed = shadowed_by(&row->record), rest;
	enum field_id id;

	FIELD_FOREACH (id, rest, row->record.set & writer->mask) {
		const char *value = record_value(&row->record, id), *why;

		if (text_equal(value, field_table[id].unset) ||
		    reason_of(row, id, shadowed) < LEFT_KINDS)
			continue;
		why = problem(&field_table[id], value);
		if (!why)
			continue;
		buf_printf(writer->out, "  # %s left out: ", field_table[id].key);
		text_add_printable(writer->out, why, strlen(why));
		buf_add_char(writer->out, '\n');
	}
}

/* "+14155550100": {group: support} # name, or a line a field where that would be too long. */
static void add_number(struct writer *writer, const struct export_entry *entry)
{
	const char *group = entry->group ? writer->export.groups[entry->group - 1].name : NULL;
	struct buf line = {0};
	field_mask rest;
	enum field_id id;

	add_problems(writer, entry->row);
	buf_printf(&line, "  \"%s\": {", entry->row->number);
	if (group)
		buf_printf(&line, "group: %s", group);
	FIELD_FOREACH (id, rest, entry->fields.set) {
		if (group || rest != entry->fields.set)
			buf_add_text(&line, ", ");
		add_field(&line, &entry->fields, id);
	}
	buf_add_char(&line, '}');
	if (line.length <= LINE_WIDTH) {
		add_secrets(writer, &entry->fields, 2);
		buf_add(writer->out, line.bytes, line.length);
		add_name(writer->out, entry->row);
		buf_add_char(writer->out, '\n');
	} else {
		buf_printf(writer->out, "  \"%s\":", entry->row->number);
		add_name(writer->out, entry->row);
		buf_add_char(writer->out, '\n');
		if (group)
			buf_printf(writer->out, "    group: %s\n", group);
		add_block(writer, &entry->fields, 4);
	}
	buf_finish(&line);
}

static void add_head(struct writer *writer, const char *account)
{
	buf_add_text(
		writer->out,
		"# From what is live at Twilio, by 'numberd export'. A field that is left out is "
		"not managed:\n# it stays as it is. Comments behind numbers are their names in "
		"the Console.\n");
	for (int i = 0; i < LEFT_KINDS; i++) {
		if (writer->left_out[i])
			buf_printf(writer->out, "# Left out: %u value%s (%s).\n",
				   writer->left_out[i], writer->left_out[i] == 1 ? "" : "s",
				   left_out_words[i]);
	}
	buf_printf(writer->out, "version: 1\naccount: %s\n", account);
}

static void add_sections(struct writer *writer)
{
	struct export *export = &writer->export;

	if (export->defaults.set) {
		buf_add_text(writer->out, "\ndefaults:\n");
		add_block(writer, &export->defaults, 2);
	}
	if (export->group_count)
		buf_add_text(writer->out, "\ngroups:\n");
	for (size_t i = 0; i < export->group_count; i++) {
		buf_printf(writer->out, "  %s:\n", export->groups[i].name);
		add_block(writer, &export->groups[i].fields, 4);
	}
	buf_add_text(writer->out, export->count ? "\nnumbers:\n" : "\nnumbers: {}\n");
	for (size_t i = 0; i < export->count; i++)
		add_number(writer, &export->entries[i]);
}

struct export_counts export_write(struct buf *out, const char *account, const struct actual *actual,
				  bool minimal)
{
	struct writer writer = {.out = out, .mask = FIELD_BIT(FIELD_COUNT) - 1};

	writer.mask &= ~(FIELD_BIT(FIELD_ACCOUNT_SID) | FIELD_BIT(FIELD_FRIENDLY_NAME));
	if (minimal)
		writer.mask = FIELD_BIT(FIELD_VOICE_URL) | FIELD_BIT(FIELD_SMS_URL);
	writer.export.entries = mem_zalloc(actual->count + 1, sizeof(struct export_entry));
	for (size_t i = 0; i < actual->count; i++) {
		const struct actual_row *row = &actual->rows[i];

		/* Short codes and alphanumeric senders are not to be declared. */
		if (phone_is_valid(row->number, strlen(row->number)))
			choose(&writer, row);
	}
	if (!minimal)
		export_share(&writer.export);
	add_head(&writer, account);
	add_sections(&writer);
	writer.counts.numbers = (uint32_t)writer.export.count;
	writer.counts.groups = (uint32_t)writer.export.group_count;
	mem_free(writer.export.entries);
	mem_free(writer.export.groups);
	arena_finish(&writer.export.arena);
	return writer.counts;
}
