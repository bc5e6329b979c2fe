/* JSON Schema (draft-07) of numbers.yaml, for editors: made from the field table. */
#include "base/text.h"
#include "cli/command.h"
#include "cli/output.h"
#include "twilio/field.h"

static void add_text_schema(struct buf *out, const struct field *field)
{
	buf_printf(out, "\"type\": \"string\", \"minLength\": 1, \"maxLength\": %ld",
		   field->longest);
}

static void add_choices(struct buf *out, const struct field *field)
{
	buf_add_text(out, "\"enum\": [");
	for (size_t i = 0; field->choices[i]; i++)
		buf_printf(out, "%s\"%s\"", i ? ", " : "", field->choices[i]);
	/* null clears, and "" is the same. */
	buf_add_text(out, ", null, \"\"]");
}

static void add_field(struct buf *out, const struct field *field)
{
	buf_printf(out, "      \"%s\": {\n        ", field->key);
	switch (field->type) {
	case FIELD_TYPE_TEXT:
		add_text_schema(out, field);
		break;
	case FIELD_TYPE_URL:
		buf_add_text(out, "\"type\": [\"string\", \"null\"], \"pattern\": "
				  "\"^([hH][tT][tT][pP][sS]?://.+)?$\"");
		break;
	case FIELD_TYPE_SID:
		buf_printf(out, "\"type\": %s, \"pattern\": \"^(%s[0-9a-fA-F]{32})%s$\"",
			   field->clear == FIELD_CLEAR_NEVER ? "\"string\""
							     : "[\"string\", \"null\"]",
			   field->prefix, field->clear == FIELD_CLEAR_NEVER ? "" : "?");
		break;
	case FIELD_TYPE_BOOL:
		buf_add_text(out, "\"type\": [\"boolean\", \"null\"]");
		break;
	default:
		add_choices(out, field);
		break;
	}
	if (field->unset && field->type == FIELD_TYPE_BOOL)
		buf_printf(out, ",\n        \"default\": %s", field->unset);
	else if (field->unset)
		buf_printf(out, ",\n        \"default\": \"%s\"", field->unset);
	buf_add_text(out, ",\n        \"description\": ");
	text_add_json(out, field->help);
	buf_add_text(out, "\n      }");
}

/* The fields as properties of one definition; defaults, groups and numbers refer to each of them.
 */
static void add_definitions(struct buf *out)
{
	buf_add_text(out, "  \"definitions\": {\n    \"fields\": {\n");
	for (enum field_id id = 0; id < FIELD_COUNT; id++) {
		add_field(out, &field_table[id]);
		buf_add_text(out, id + 1 < FIELD_COUNT ? ",\n" : "\n");
	}
	buf_add_text(
		out,
		"    },\n"
		"    \"on_change\": {\n"
		"      \"enum\": [\"apply\", \"hold\"], \"default\": \"apply\",\n"
		"      \"description\": \"The file changed: apply it, or hold it and report\"\n"
		"    },\n"
		"    \"on_drift\": {\n"
		"      \"enum\": [\"revert\", \"report\"], \"default\": \"revert\",\n"
		"      \"description\": \"The live number changed: put it back, or report only\"\n"
		"    }\n"
		"  },\n");
}

static void add_object(struct buf *out, const char *indent, const char *description, bool policies,
		       bool group)
{
	buf_printf(out,
		   "%s\"type\": [\"object\", \"null\"],\n%s\"description\": \"%s\",\n"
		   "%s\"additionalProperties\": false,\n%s\"properties\": {\n",
		   indent, indent, description, indent, indent);
	if (group)
		buf_printf(out,
			   "%s  \"group\": {\"type\": \"string\", \"description\": \"Name of the "
			   "group whose fields and policies it takes\"},\n",
			   indent);
	if (policies)
		buf_printf(out,
			   "%s  \"on_change\": {\"$ref\": \"#/definitions/on_change\"},\n"
			   "%s  \"on_drift\": {\"$ref\": \"#/definitions/on_drift\"},\n",
			   indent, indent);
	for (enum field_id id = 0; id < FIELD_COUNT; id++)
		buf_printf(out, "%s  \"%s\": {\"$ref\": \"#/definitions/fields/%s\"}%s\n", indent,
			   field_table[id].key, field_table[id].key,
			   id + 1 < FIELD_COUNT ? "," : "");
	buf_printf(out, "%s}\n", indent);
}

static void add_head(struct buf *out)
{
	buf_add_text(out, "{\n"
			  "  \"$schema\": \"http://json-schema.org/draft-07/schema#\",\n"
			  "  \"title\": \"numbers.yaml of numberd\",\n"
			  "  \"type\": \"object\",\n"
			  "  \"required\": [\"version\", \"numbers\"],\n"
			  "  \"additionalProperties\": false,\n");
}

static void add_top(struct buf *out)
{
	buf_add_text(
		out,
		"  \"properties\": {\n"
		"    \"version\": {\"const\": 1, \"description\": \"Of this format\"},\n"
		"    \"account\": {\"type\": \"string\", \"pattern\": \"^AC[0-9a-fA-F]{32}$\",\n"
		"      \"description\": \"Owner of the numbers; left out: TWILIO_ACCOUNT_SID\"},\n"
		"    \"allow_transfer\": {\"type\": \"boolean\", \"default\": false,\n"
		"      \"description\": \"Lets account_sid move numbers to another account\"},\n"
		"    \"on_change\": {\"$ref\": \"#/definitions/on_change\"},\n"
		"    \"on_drift\": {\"$ref\": \"#/definitions/on_drift\"},\n"
		"    \"limits\": {\n"
		"      \"type\": [\"object\", \"null\"],\n"
		"      \"additionalProperties\": false,\n"
		"      \"properties\": {\n"
		"        \"max_changes\": {\n"
		"          \"description\": \"Numbers that one pass may change: a share of the "
		"declared "
		"ones (counted from 10 up), or a count\",\n"
		"          \"default\": \"30%\",\n"
		"          \"oneOf\": [{\"type\": \"integer\", \"minimum\": 0},\n"
		"            {\"type\": \"string\", \"pattern\": \"^[0-9]+((\\\\.[0-9])? "
		"*%)?$\"}]\n"
		"        },\n"
		"        \"allowed_hosts\": {\n"
		"          \"description\": \"Hosts that URLs may name; *.example.com stands for "
		"what is "
		"below it\",\n"
		"          \"type\": [\"array\", \"null\"], \"items\": {\"type\": \"string\"}\n"
		"        }\n"
		"      }\n"
		"    },\n");
}

int command_schema(const struct options *options)
{
	struct buf out = {0};
	int status;

	(void)options;
	add_head(&out);
	add_definitions(&out);
	add_top(&out);
	buf_add_text(&out, "    \"defaults\": {\n");
	add_object(&out, "      ", "Fields for every number", false, false);
	buf_add_text(&out, "    },\n    \"groups\": {\n"
			   "      \"type\": [\"object\", \"null\"],\n"
			   "      \"description\": \"Named sets of fields and policies\",\n"
			   "      \"additionalProperties\": {\n");
	add_object(&out, "        ", "Fields and policies of a group", true, false);
	buf_add_text(&out, "      }\n    },\n    \"numbers\": {\n"
			   "      \"type\": \"object\",\n"
			   "      \"description\": \"What is wanted of each number\",\n"
			   "      \"additionalProperties\": false,\n"
			   "      \"patternProperties\": {\n"
			   "        \"^\\\\+[1-9][0-9]{7,14}$\": {\n");
	add_object(&out, "          ", "Fields and policies of a number, by its E.164 form", true,
		   true);
	buf_add_text(&out, "        }\n      }\n    }\n  }\n}\n");
	status = output_result(&out);
	buf_finish(&out);
	return status;
}
