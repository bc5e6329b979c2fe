#include <stdlib.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/output.h"
#include "desired/load.h"
#include "sys/disk/source_disk.h"
#include "sys/os/clock_system.h"

/* A file may leave its account to the environment of the daemon, which isn't here. */
#define ANY_ACCOUNT "AC00000000000000000000000000000000"

struct verdict {
	bool valid;
	size_t numbers, accounts;
};

static struct verdict check_path(const char *path, struct diag *diag)
{
	struct source_disk *disk = source_disk_new(path, NULL);
	const struct source *source = source_disk_source(disk);
	const char *account = getenv("TWILIO_ACCOUNT_SID");
	struct source_snapshot *snapshot = NULL;
	struct wanted *wanted = NULL;
	struct verdict verdict = {0};
	struct error error;

	if (source->read(source->self, &snapshot, &error) < 0)
		diag_add(diag, DIAG_ERROR, (struct mark){0}, 1, "%s", error.text);
	else
		wanted =
			load_wanted(snapshot, text_is_empty(account) ? ANY_ACCOUNT : account, diag);
	if (wanted)
		verdict = (struct verdict){true, wanted->number_count, wanted->account_count};
	diag_sort(diag);
	wanted_free(wanted);
	source_snapshot_free(snapshot);
	source_disk_free(disk);
	return verdict;
}

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

static void add_text(struct buf *out, const char *path, const struct verdict *verdict,
		     const struct diag *diag)
{
	text_add_shown(out, path);
	if (verdict->valid)
		buf_printf(out, ": valid: %zu number%s in %zu account%s", verdict->numbers,
			   plural(verdict->numbers), verdict->accounts, plural(verdict->accounts));
	else
		buf_printf(out, ": invalid: %zu error%s", diag->errors, plural(diag->errors));
	if (diag->warnings)
		buf_printf(out, ", %zu warning%s", diag->warnings, plural(diag->warnings));
	buf_add_char(out, '\n');
}

static void add_finding(struct buf *out, const struct diag_item *item)
{
	buf_printf(out, "{\"severity\": \"%s\", \"file\": ",
		   item->severity == DIAG_ERROR ? "error" : "warning");
	if (item->file)
		text_add_json(out, item->file);
	else
		buf_add_text(out, "null");
	buf_printf(out, ", \"line\": %u, \"column\": %u, \"message\": ", item->line, item->column);
	text_add_json(out, item->message);
	buf_add_char(out, '}');
}

static void add_json(struct buf *out, const char *path, const struct verdict *verdict,
		     const struct diag *diag)
{
	buf_add_text(out, "{\"path\": ");
	text_add_json(out, path);
	buf_printf(out,
		   ", \"valid\": %s, \"numbers\": %zu, \"accounts\": %zu, \"errors\": %zu, "
		   "\"warnings\": %zu, \"findings\": [",
		   verdict->valid ? "true" : "false", verdict->numbers, verdict->accounts,
		   diag->errors, diag->warnings);
	for (size_t i = 0; i < diag->count; i++) {
		buf_add_text(out, i ? ",\n    " : "\n    ");
		add_finding(out, &diag->items[i]);
	}
	buf_add_text(out, "]}");
}

int command_check(const struct options *options)
{
	int paths = options->word_count ? options->word_count : 1, invalid = 0;
	bool json = options->format == FORMAT_JSON;
	struct buf out = {0}, list = {0};
	int status;

	for (int i = 0; i < paths; i++) {
		const char *path = options->word_count ? options->words[i] : options->config;
		struct diag diag = {0};
		struct verdict verdict = check_path(path, &diag);

		if (json) {
			buf_add_text(&list, i ? ",\n  " : "\n  ");
			add_json(&list, path, &verdict, &diag);
		} else {
			output_diag(&diag);
			add_text(&out, path, &verdict, &diag);
		}
		invalid += !verdict.valid;
		diag_finish(&diag);
	}
	if (json)
		buf_printf(&out, "{\"format_version\": 1, \"valid\": %s,\n \"paths\": [%s]}\n",
			   invalid ? "false" : "true", buf_text(&list));
	status = output_result(&out);
	buf_finish(&list);
	buf_finish(&out);
	return status || invalid ? STATUS_FAILED : 0;
}
