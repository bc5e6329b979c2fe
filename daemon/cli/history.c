#include "base/text.h"
#include "cli/command.h"
#include "cli/history_print.h"
#include "cli/output.h"
#include "cli/plan_print.h"
#include "faces/status.h"
#include "sys/os/clock_system.h"

void history_print_text(struct buf *out, const struct history_entry *entry)
{
	const struct {
		const char *label, *value;
	} origins[] = {
		{"", entry->source},
		{"revision ", entry->revision},
		{"by ", entry->actor},
		{"request ", entry->request},
	};
	const char *separator = "  (";

	buf_printf(out, "%lld  ", (long long)entry->id);
	text_add_time(out, entry->at);
	buf_printf(out, "  %s  %s  %s, %s\n    ", entry->number, entry->field, entry->kind,
		   history_outcome_name(entry->outcome));
	plan_add_value(out, entry->before);
	buf_add_text(out, " -> ");
	plan_add_value(out, entry->after);
	if (plan_is_hidden(entry->before, entry->after))
		buf_add_text(out, " (they differ in a part that is not shown)");
	for (size_t i = 0; i < sizeof(origins) / sizeof(origins[0]); i++) {
		if (text_is_empty(origins[i].value))
			continue;
		buf_printf(out, "%s%s", separator, origins[i].label);
		text_add_shown(out, origins[i].value);
		separator = ", ";
	}
	buf_add_text(out, separator[0] == ',' ? ")\n" : "\n");
	if (text_is_empty(entry->detail))
		return;
	buf_add_text(out, "    ");
	text_add_shown(out, entry->detail);
	buf_add_char(out, '\n');
}

struct listing {
	struct buf out;
	bool json;
	size_t count;
};

static void add_row(void *context, const struct history_entry *entry)
{
	struct listing *listing = context;

	if (listing->json) {
		buf_add_text(&listing->out, listing->count ? ",\n  " : "\n  ");
		status_add_entry(&listing->out, entry);
	} else {
		history_print_text(&listing->out, entry);
	}
	listing->count++;
}

int command_history(const struct options *options)
{
	struct listing listing = {.json = options->format == FORMAT_JSON};
	struct history_filter filter = {
		.number = options->word_count ? options->words[0] : NULL,
		.outcome = -1,
	};
	int64_t now = clock_wall(&clock_system);
	struct journal *journal = NULL;
	struct error error;
	int status = 0;

	if (options->since)
		filter.since = now - options->since;
	if (listing.json)
		buf_add_text(&listing.out, "{\"format_version\": 1, \"history\": [");
	if (journal_open(options->state_dir, JOURNAL_READ, NULL, now, &journal, &error) < 0 ||
	    history_read(journal, &filter, add_row, &listing, &error) < 0) {
		output_error("%s", error.text);
		status = STATUS_FAILED;
	} else {
		if (listing.json)
			buf_add_text(&listing.out, "]}\n");
		else if (!listing.count)
			buf_printf(&listing.out, "No change%s%s is remembered in %s%s.\n",
				   filter.number ? " of " : "", filter.number ? filter.number : "",
				   options->state_dir,
				   journal_is_new(journal)
					   ? ": there is no journal that can be read"
					   : "");
		status = output_result(&listing.out);
	}
	journal_close(journal);
	buf_finish(&listing.out);
	return status;
}
