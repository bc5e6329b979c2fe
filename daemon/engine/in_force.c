#include "engine/in_force.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "desired/load.h"

#define RETRY_MS 1000 /* a file that is being written is read again after this */
#define GIT_MS   20   /* and one whose commit is about to be made, after this */

struct version {
	struct wanted *wanted;
	struct source_commit commit;
	bool is_on_disk; /* what was last read is this */
};

struct in_force {
	const struct source *source;
	const char *default_account;
	const struct log *log;
	struct source_snapshot *snapshot; /* the last whole reading, valid or not */
	struct version current, next;
	char *error;
	int64_t retry_at;
};

struct in_force *in_force_new(const struct source *source, const char *default_account,
			      const struct log *log)
{
	struct in_force *declared = mem_zalloc(1, sizeof(*declared));

	declared->source = source;
	declared->default_account = default_account;
	declared->log = log;
	declared->retry_at = NEVER;
	return declared;
}

static void version_finish(struct version *version)
{
	wanted_free(version->wanted);
	source_commit_finish(&version->commit);
	*version = (struct version){0};
}

void in_force_free(struct in_force *declared)
{
	if (!declared)
		return;
	version_finish(&declared->current);
	version_finish(&declared->next);
	source_snapshot_free(declared->snapshot);
	mem_free(declared->error);
	mem_free(declared);
}

static void set_error(struct in_force *declared, const char *text)
{
	mem_free(declared->error);
	declared->error = mem_strdup(text);
}

/* "numbers.yaml:14:5" of a finding. */
static void add_place(struct buf *buf, const struct diag_item *item)
{
	buf_add_text(buf, item->file ? item->file : "the files");
	if (item->line)
		buf_printf(buf, ":%u:%u", item->line, item->column);
}

static void log_findings(struct in_force *declared, const struct diag *diag)
{
	for (size_t i = 0; i < diag->count; i++) {
		const struct diag_item *item = &diag->items[i];
		bool error = item->severity == DIAG_ERROR;
		struct buf place = {0}, message = {0};

		add_place(&place, item);
		buf_printf(&message, "%s: %s", buf_text(&place), item->message);
		log_event(declared->log, error ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING,
			  error ? "file_error" : "file_warning", buf_text(&message),
			  {"source", buf_text(&place)});
		buf_finish(&place);
		buf_finish(&message);
	}
}

/* The first error, which the status shows; the log has all. */
static void say_invalid(struct in_force *declared, const char *first)
{
	struct buf message = {0};

	set_error(declared, first);
	buf_printf(&message, "the file is not valid, %s: %s",
		   declared->current.wanted ? "the last valid one stays in force"
					    : "and nothing is done until it is",
		   first);
	log_event(declared->log, LOG_LEVEL_ERROR, "file_invalid", buf_text(&message));
	buf_finish(&message);
}

static void read_invalid(struct in_force *declared, const struct diag *diag)
{
	struct buf first = {0};

	for (size_t i = 0; i < diag->count && !first.length; i++) {
		if (diag->items[i].severity != DIAG_ERROR)
			continue;
		add_place(&first, &diag->items[i]);
		buf_printf(&first, ": %s", diag->items[i].message);
	}
	say_invalid(declared, buf_text(&first));
	buf_finish(&first);
	version_finish(&declared->next);
}

static void read_valid(struct in_force *declared, struct wanted *wanted)
{
	struct buf message = {0};

	set_error(declared, NULL);
	version_finish(&declared->next);
	declared->next = (struct version){
		.wanted = wanted,
		.commit = declared->snapshot->commit,
		.is_on_disk = true,
	};
	declared->snapshot->commit = (struct source_commit){0};
	buf_printf(&message, "the file declares %zu number%s in %zu account%s",
		   wanted->number_count, wanted->number_count == 1 ? "" : "s",
		   wanted->account_count, wanted->account_count == 1 ? "" : "s");
	log_event(declared->log, LOG_LEVEL_NOTICE, "file_valid", buf_text(&message),
		  {"revision", declared->next.commit.revision},
		  {"author", declared->next.commit.author},
		  {"subject", declared->next.commit.subject});
	buf_finish(&message);
}

/* There is nothing to read, or nothing whole. */
static void read_nothing(struct in_force *declared, const struct error *error, int64_t now)
{
	if (error->code == -EAGAIN || error->code == -EBUSY) {
		declared->retry_at = now + (error->code == -EBUSY ? GIT_MS : RETRY_MS);
		return;
	}
	source_snapshot_free(declared->snapshot);
	declared->snapshot = NULL;
	declared->current.is_on_disk = false;
	version_finish(&declared->next);
	if (!text_equal(declared->error, error->text))
		say_invalid(declared, error->text);
}

static void log_commit(const struct in_force *declared, const struct source_commit *commit)
{
	struct buf message = {0};

	if (commit->revision)
		buf_printf(&message, "the same content is now that of commit %s", commit->revision);
	else
		buf_add_text(&message, "the same content is of no commit any more");
	log_event(declared->log, LOG_LEVEL_NOTICE, "file_commit", buf_text(&message),
		  {"revision", commit->revision}, {"author", commit->author},
		  {"subject", commit->subject});
	buf_finish(&message);
}

/* The content is what it was; only HEAD may have moved. */
static void renew_commit(struct in_force *declared, struct source_snapshot *snapshot)
{
	struct version *version = declared->next.wanted ? &declared->next : &declared->current;

	if (!version->is_on_disk || source_commit_equal(&version->commit, &snapshot->commit))
		return;
	source_commit_finish(&version->commit);
	version->commit = snapshot->commit;
	snapshot->commit = (struct source_commit){0};
	log_commit(declared, &version->commit);
}

void in_force_read(struct in_force *declared, int64_t now)
{
	struct source_snapshot *snapshot;
	struct diag diag = {0};
	struct wanted *wanted;
	struct error error;

	declared->retry_at = NEVER;
	if (declared->source->read(declared->source->self, &snapshot, &error) < 0) {
		read_nothing(declared, &error, now);
		return;
	}
	if (source_snapshot_equal(snapshot, declared->snapshot)) {
		renew_commit(declared, snapshot);
		source_snapshot_free(snapshot);
		return;
	}
	source_snapshot_free(declared->snapshot);
	declared->snapshot = snapshot;
	declared->current.is_on_disk = false;
	wanted = load_wanted(snapshot, declared->default_account, &diag);
	diag_sort(&diag);
	log_findings(declared, &diag);
	if (wanted)
		read_valid(declared, wanted);
	else
		read_invalid(declared, &diag);
	diag_finish(&diag);
}

int64_t in_force_retry_at(const struct in_force *declared)
{
	return declared->retry_at;
}

bool in_force_has_next(const struct in_force *declared)
{
	return declared->next.wanted != NULL;
}

const struct wanted *in_force_next(const struct in_force *declared)
{
	return declared->next.wanted;
}

void in_force_take(struct in_force *declared)
{
	version_finish(&declared->current);
	declared->current = declared->next;
	declared->next = (struct version){0};
}

const struct wanted *in_force_wanted(const struct in_force *declared)
{
	return declared->current.wanted;
}

const struct source_commit *in_force_commit(const struct in_force *declared)
{
	return &declared->current.commit;
}

const char *in_force_revision(const struct in_force *declared)
{
	return declared->current.commit.revision;
}

const char *in_force_error(const struct in_force *declared)
{
	return declared->error;
}
