/*
 * Reads each configuration of a folder (x.yaml, or a folder x of such files) and compares what is
 * said about it, and what it declares, with x.expected. `--update` writes those files instead: look
 * at the difference before it is committed.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/text.h"
#include "desired/wanted.h"

#define MOST_FILES      16
#define DEFAULT_ACCOUNT "AC000000000000000000000000000000ff"

static void read_whole(const char *path, struct buf *out)
{
	char chunk[4096];
	size_t got;
	FILE *file = fopen(path, "rb");

	if (!file)
		return;
	while ((got = fread(chunk, 1, sizeof(chunk), file)) > 0)
		buf_add(out, chunk, got);
	fclose(file);
}

static void describe_number(const struct wanted *wanted, const struct wanted_number *number,
			    struct buf *out)
{
	const struct wanted_file *file = &wanted->files[number->file];
	enum field_id id;
	field_mask rest;

	buf_printf(out, "%s %s (%s:%u) %s %s\n", wanted->accounts[number->account].sid,
		   number->number, file->name, number->mark.line,
		   number->on_change == ON_CHANGE_HOLD ? "hold" : "apply",
		   number->on_drift == ON_DRIFT_REPORT ? "report" : "revert");
	FIELD_FOREACH (id, rest, number->record.set) {
		const char *value = record_value(&number->record, id);
		struct mark mark = wanted_mark(number, id);

		buf_printf(out, "    %s = %s%s%s (%u:%u)\n", field_table[id].key, value ? "'" : "",
			   value ? value : "unset", value ? "'" : "", mark.line, mark.column);
	}
}

static void describe(const struct wanted *wanted, struct buf *out)
{
	for (size_t i = 0; i < wanted->file_count; i++) {
		const struct wanted_file *file = &wanted->files[i];

		buf_printf(out, "%s: %u numbers, ", file->name, file->declared);
		if (file->limit.is_count)
			buf_printf(out, "limit %ld\n", (long)file->limit.count);
		else
			buf_printf(out, "limit %ld permille\n", (long)file->limit.permille);
	}
	for (size_t i = 0; i < wanted->number_count; i++)
		describe_number(wanted, &wanted->numbers[i], out);
}

/* The account from the environment is left out where the name of the case ends in "no_account". */
static void read_case(const char *name, char *const *paths, size_t count, struct buf *out)
{
	struct wanted_source sources[MOST_FILES];
	struct buf bytes[MOST_FILES] = {0};
	struct diag diag = {0};
	struct wanted *wanted;

	for (size_t i = 0; i < count; i++) {
		const char *slash = strrchr(paths[i], '/');

		read_whole(paths[i], &bytes[i]);
		sources[i] =
			(struct wanted_source){slash + 1, buf_text(&bytes[i]), bytes[i].length};
	}
	wanted = wanted_read(sources, count, strstr(name, "no_account") ? NULL : DEFAULT_ACCOUNT,
			     &diag);
	diag_sort(&diag);
	diag_print(&diag, out, 0);
	if (wanted)
		describe(wanted, out);
	else
		buf_printf(out, "invalid: errors: %zu\n", diag.errors);
	wanted_free(wanted);
	diag_finish(&diag);
	for (size_t i = 0; i < count; i++)
		buf_finish(&bytes[i]);
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The YAML files of a folder, sorted; a file is itself. */
static size_t list_files(const char *path, char *ret_paths[MOST_FILES])
{
	struct dirent *entry;
	size_t count = 0;
	DIR *folder = opendir(path);

	if (!folder) {
		ret_paths[0] = mem_strdup(path);
		return 1;
	}
	while ((entry = readdir(folder)) && count < MOST_FILES) {
		if (entry->d_name[0] != '.' &&
		    asprintf(&ret_paths[count++], "%s/%s", path, entry->d_name) < 0)
			abort();
	}
	closedir(folder);
	qsort(ret_paths, count, sizeof(ret_paths[0]), compare_paths);
	return count;
}

/* 0, or 1 where what is said differs from what is expected. */
static int run_case(const char *folder, const char *entry, bool update)
{
	cleanup(buf_finish) struct buf said = {0}, expected = {0};
	char *paths[MOST_FILES], *path, *golden;
	const char *dot = strrchr(entry, '.');
	int stem = dot ? (int)(dot - entry) : (int)strlen(entry);
	size_t count;
	FILE *file;
	int result = 0;

	if (asprintf(&path, "%s/%s", folder, entry) < 0 ||
	    asprintf(&golden, "%s/%.*s.expected", folder, stem, entry) < 0)
		abort();
	count = list_files(path, paths);
	read_case(entry, paths, count, &said);
	read_whole(golden, &expected);
	if (update) {
		file = fopen(golden, "wb");
		if (!file || fwrite(said.bytes, 1, said.length, file) != said.length ||
		    fclose(file) != 0)
			result = 1;
	} else if (!text_equal(buf_text(&said), buf_text(&expected))) {
		printf("%s: expected\n%s\nbut it was\n%s\n", entry, buf_text(&expected),
		       buf_text(&said));
		result = 1;
	}
	for (size_t i = 0; i < count; i++)
		mem_free(paths[i]);
	mem_free(path);
	mem_free(golden);
	return result;
}

int main(int argc, char **argv)
{
	bool update = argc == 3 && strcmp(argv[2], "--update") == 0;
	struct dirent **entries;
	int count, failures = 0, cases = 0;

	if (argc != 2 && !update) {
		fprintf(stderr, "Usage: %s FOLDER [--update]\n", argv[0]);
		return 64;
	}
	count = scandir(argv[1], &entries, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;

		if (name[0] != '.' && !strstr(name, ".expected")) {
			failures += run_case(argv[1], name, update);
			cases++;
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	printf("%d cases, %d failed\n", cases, failures);
	return failures || !cases;
}
