#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "journal/journal_db.h"

static const char *const outcome_names[] = {
	[HISTORY_PENDING] = "pending", [HISTORY_DONE] = "done",       [HISTORY_FAILED] = "failed",
	[HISTORY_SEEN] = "seen",       [HISTORY_DROPPED] = "dropped",
};

const char *history_outcome_name(enum history_outcome outcome)
{
	return outcome_names[outcome];
}

struct batch {
	struct history_entry *added;
	const struct history_entry *finished;
	size_t count;
};

static int add_entry(struct journal *journal, struct history_entry *entry)
{
	sqlite3_stmt *add = journal_statement(journal, SQL_HISTORY_ADD);
	const char *const texts[] = {entry->account,
				     entry->number,
				     entry->sid,
				     entry->field,
				     entry->kind,
				     entry->before,
				     entry->after,
				     entry->known,
				     entry->source,
				     entry->revision,
				     entry->request,
				     entry->actor,
				     outcome_names[entry->outcome],
				     entry->detail};
	int code;

	sqlite3_bind_int64(add, 1, entry->at);
	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++)
		journal_bind(add, (int)i + 2, texts[i]);
	code = journal_run(add);
	entry->id = code == SQLITE_OK ? sqlite3_last_insert_rowid(journal->db) : 0;
	return code;
}

/* A few at a time by age, and never the newest, so that a clock that is years ahead can't empty it.
 */
static int prune(struct journal *journal, int64_t newest)
{
	sqlite3_stmt *prune = journal_statement(journal, SQL_HISTORY_PRUNE_COUNT);
	int code;

	sqlite3_bind_int64(prune, 1, newest - LIMIT_HISTORY_ENTRIES);
	code = journal_run(prune);
	if (code != SQLITE_OK)
		return code;
	prune = journal_statement(journal, SQL_HISTORY_PRUNE_AGE);
	sqlite3_bind_int64(prune, 1, journal->now - LIMIT_HISTORY_AGE_MS);
	sqlite3_bind_int64(prune, 2, LIMIT_HISTORY_PRUNED);
	sqlite3_bind_int64(prune, 3, newest - LIMIT_HISTORY_KEPT);
	return journal_run(prune);
}

static int add_all(struct journal *journal, void *context)
{
	struct batch *batch = context;
	int code = SQLITE_OK;

	for (size_t i = 0; i < batch->count && code == SQLITE_OK; i++)
		code = add_entry(journal, &batch->added[i]);
	return code == SQLITE_OK ? prune(journal, batch->added[batch->count - 1].id) : code;
}

int history_add(struct journal *journal, struct history_entry *entries, size_t count)
{
	struct batch batch = {.added = entries, .count = count};
	bool durable = false;
	int code;

	for (size_t i = 0; i < count; i++) {
		durable = durable || entries[i].outcome == HISTORY_PENDING;
		entries[i].id = 0;
	}
	if (count == 0)
		return 0;
	journal->now = entries[count - 1].at;
	code = journal_write(journal, durable, add_all, &batch);
	for (size_t i = 0; i < count && code; i++)
		entries[i].id = 0;
	return code;
}

static int finish_all(struct journal *journal, void *context)
{
	const struct batch *batch = context;
	int code = SQLITE_OK;

	for (size_t i = 0; i < batch->count && code == SQLITE_OK; i++) {
		const struct history_entry *entry = &batch->finished[i];
		sqlite3_stmt *finish = journal_statement(journal, SQL_HISTORY_FINISH);

		if (entry->id == 0)
			continue;
		sqlite3_bind_int64(finish, 1, entry->id);
		journal_bind(finish, 2, outcome_names[entry->outcome]);
		journal_bind(finish, 3, entry->request);
		journal_bind(finish, 4, entry->detail);
		code = journal_run(finish);
	}
	return code;
}

int history_finish(struct journal *journal, const struct history_entry *entries, size_t count)
{
	struct batch batch = {.finished = entries, .count = count};

	return count ? journal_write(journal, false, finish_all, &batch) : 0;
}

struct reading {
	const struct history_filter *filter;
	history_row *row;
	void *context;
};

#define COLUMNS                                                                                    \
	"id, at, account, number, sid, field, kind, before, after, known, source, revision,"       \
	" request, actor, outcome, detail"

/* The text is made of constants only; what a user asked for is bound. */
static void write_query(const struct history_filter *filter, struct buf *sql)
{
	const char *glue = " WHERE ";

	buf_printf(sql, "SELECT %s FROM history", COLUMNS);
	const struct {
		bool asked;
		const char *condition;
	} conditions[] = {
		{filter->id != 0, "id = ?1"},      {filter->since != 0, "at >= ?2"},
		{filter->account, "account = ?3"}, {filter->number, "number = ?4"},
		{filter->field, "field = ?5"},
	};
	for (size_t i = 0; i < ARRAY_LENGTH(conditions); i++) {
		if (!conditions[i].asked)
			continue;
		buf_printf(sql, "%s%s", glue, conditions[i].condition);
		glue = " AND ";
	}
	/* To the letter, so that SQLite sees that the index of the pending ones will do. */
	if (filter->outcome >= 0)
		buf_printf(sql, "%soutcome = '%s'", glue, outcome_names[filter->outcome]);
	if (filter->limit) {
		struct buf inner = *sql;

		*sql = (struct buf){0};
		buf_printf(sql, "SELECT * FROM (%s ORDER BY id DESC LIMIT ?6)", buf_text(&inner));
		buf_finish(&inner);
	}
	buf_add_text(sql, " ORDER BY id");
}

static enum history_outcome outcome_parse(const char *name)
{
	for (size_t i = 0; i < ARRAY_LENGTH(outcome_names); i++) {
		if (text_equal(name, outcome_names[i]))
			return (enum history_outcome)i;
	}
	return HISTORY_SEEN;
}

static void give_row(const struct reading *reading, sqlite3_stmt *select)
{
	const char *text[16];

	for (int i = 2; i < 16; i++)
		text[i] = (const char *)sqlite3_column_text(select, i);
	reading->row(reading->context, &(struct history_entry){
					       .id = sqlite3_column_int64(select, 0),
					       .at = sqlite3_column_int64(select, 1),
					       .account = text[2],
					       .number = text[3],
					       .sid = text[4],
					       .field = text[5],
					       .kind = text[6],
					       .before = text[7],
					       .after = text[8],
					       .known = text[9],
					       .source = text[10],
					       .revision = text[11],
					       .request = text[12],
					       .actor = text[13],
					       .outcome = outcome_parse(text[14]),
					       .detail = text[15],
				       });
}

static int read_all(struct journal *journal, void *context)
{
	const struct reading *reading = context;
	const struct history_filter *filter = reading->filter;
	sqlite3_stmt *select = NULL;
	struct buf sql = {0};
	int code;

	write_query(filter, &sql);
	code = sqlite3_prepare_v2(journal->db, buf_text(&sql), -1, &select, NULL);
	buf_finish(&sql);
	if (code != SQLITE_OK)
		return code;
	/* One that the text doesn't use is out of range, and no harm. */
	sqlite3_bind_int64(select, 1, filter->id);
	sqlite3_bind_int64(select, 2, filter->since);
	journal_bind(select, 3, filter->account);
	journal_bind(select, 4, filter->number);
	journal_bind(select, 5, filter->field);
	sqlite3_bind_int64(select, 6, (int64_t)filter->limit);
	while ((code = sqlite3_step(select)) == SQLITE_ROW)
		give_row(reading, select);
	sqlite3_finalize(select);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

int history_read(struct journal *journal, const struct history_filter *filter, history_row *row,
		 void *context, struct error *error)
{
	struct reading reading = {.filter = filter, .row = row, .context = context};
	int code = journal_read(journal, read_all, &reading);

	/* Nothing was ever remembered, or what there is can't be read. */
	if (code == -ENODATA && !journal->failure)
		return 0;
	if (code)
		return error_set(error, code, "the history can't be read: %s",
				 journal->failure ? journal->failure : journal->path);
	return 0;
}
