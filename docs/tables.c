/*
 * Prints a document with its generated parts made anew, from the tables of the program:
 *
 *	docs_tables FILE
 *
 * A generated part stands between a line that ends in "begin generated: NAME" and one that ends in
 * "end generated" (with " -->" behind in Markdown). NAME is fields or options. A .scd file gets
 * a list in the form of scdoc(5), any other a table in Markdown. tests/lint/generated calls it.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/options.h"
#include "twilio/field.h"

#define LONGEST_LINE 4096

/* A row of a table in Markdown. */
static void print_row(const char *const *cells, size_t count)
{
	for (size_t i = 0; i < count; i++)
		printf("| %s ", cells[i]);
	puts("|");
}

static void print_head(const char *const *cells, size_t count)
{
	print_row(cells, count);
	for (size_t i = 0; i < count; i++)
		printf("|---%s", i + 1 == count ? "|\n" : "");
}

static void describe_type(const struct field *field, char *text, size_t size)
{
	size_t used = 0;

	switch (field->type) {
	case FIELD_TYPE_TEXT:
		snprintf(text, size, "text, 1 to %ld characters", field->longest);
		return;
	case FIELD_TYPE_URL:
		snprintf(text, size, "URL, http or https");
		return;
	case FIELD_TYPE_SID:
		snprintf(text, size, "%s and 32 hexadecimal digits", field->prefix);
		return;
	case FIELD_TYPE_BOOL:
		snprintf(text, size, "true or false");
		return;
	default:
		for (size_t i = 0; field->choices[i]; i++)
			used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "",
						 field->choices[i]);
	}
}

static const char *describe_clear(const struct field *field, char *text, size_t size)
{
	if (field->clear == FIELD_CLEAR_EMPTY)
		return "cleared";
	if (field->clear == FIELD_CLEAR_NEVER)
		return "not possible";
	snprintf(text, size, "becomes %s", field->unset);
	return text;
}

static void print_fields(bool scd)
{
	static const char *const head[] = {"Field", "Value", "null or \"\"", "What it is"};

	if (!scd)
		print_head(head, ARRAY_LENGTH(head));
	for (enum field_id id = 0; id < FIELD_COUNT; id++) {
		const struct field *field = &field_table[id];
		char key[64], type[128], room[64];
		const char *clear = describe_clear(field, room, sizeof(room));

		snprintf(key, sizeof(key), "`%s`", field->key);
		describe_type(field, type, sizeof(type));
		if (scd)
			printf("*%s*: %s; null: %s\n\t%s\n\n", field->key, type, clear,
			       field->help);
		else
			print_row((const char *const[]){key, type, clear, field->help}, 4);
	}
}

static void print_options(bool scd)
{
	static const char *const head[] = {"Option", "Environment", "In numberd.yaml",
					   "What it does"};

	if (!scd)
		print_head(head, ARRAY_LENGTH(head));
	for (int i = 0; i < OPTION_COUNT; i++) {
		const struct option_row *row = &option_table[i];
		const char *argument = row->argument ? row->argument : "";
		const char *environment = row->environment ? row->environment : "";
		char flag[64], key[64], help[512];

		snprintf(flag, sizeof(flag), "`--%s%s%s`", row->name, *argument ? " " : "",
			 argument);
		snprintf(key, sizeof(key), "%s", row->in_file ? row->name : "");
		for (char *c = key; *c; c++)
			*c = *c == '-' ? '_' : *c;
		snprintf(help, sizeof(help), row->fallback ? "%s (default %s)" : "%s", row->help,
			 row->fallback);
		if (scd)
			printf("*--%s*%s%s%s%s%s%s\n\t%s\n\n", row->name, *argument ? " " : "",
			       argument, *environment ? ", *" : "", environment,
			       *environment ? "*" : "", *key ? ", in the file" : "", help);
		else
			print_row((const char *const[]){flag, environment, key, help}, 4);
	}
}

static bool print_part(const char *name, bool scd)
{
	if (text_starts(name, "fields"))
		print_fields(scd);
	else if (text_starts(name, "options"))
		print_options(scd);
	else
		return false;
	puts(""); /* ends the table, for both */
	return true;
}

int main(int argc, char **argv)
{
	static const char begin[] = "begin generated: ";
	char line[LONGEST_LINE];
	bool skipping = false, scd;
	FILE *file;

	if (argc != 2 || !(file = fopen(argv[1], "re"))) {
		fprintf(stderr, "usage: docs_tables FILE\n");
		return 64;
	}
	scd = strlen(argv[1]) > 4 && strcmp(argv[1] + strlen(argv[1]) - 4, ".scd") == 0;
	while (fgets(line, sizeof(line), file)) {
		const char *name = strstr(line, begin);

		if (strstr(line, "end generated"))
			skipping = false;
		if (!skipping)
			fputs(line, stdout);
		if (!name)
			continue;
		skipping = true;
		if (!print_part(name + strlen(begin), scd)) {
			fprintf(stderr, "docs_tables: %s: unknown part: %s", argv[1], name);
			return 1;
		}
	}
	fclose(file);
	return skipping;
}
