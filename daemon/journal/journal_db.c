#include "journal/journal_db.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#define TROUBLE_SIZE 1024

static void add_trouble(struct journal *journal, const char *text)
{
	if (journal->trouble.length)
		buf_add_text(&journal->trouble, "; ");
	buf_add_text(&journal->trouble, text);
}

void journal_note(struct journal *journal, const char *format, ...)
{
	char text[TROUBLE_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	add_trouble(journal, text);
}

void journal_fail(struct journal *journal, const char *format, ...)
{
	char text[TROUBLE_SIZE];
	va_list args;

	journal->failed = true;
	if (journal->failure)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	journal->failure = mem_strdup(text);
	add_trouble(journal, text);
}

/*
 * What a result code says of the file: its content can't be trusted, or it can't be used now. Our
 * SQL is right and our rows fit our tables, so that an error of those is the file's too.
 */
static bool is_damage(const struct journal *journal, int code)
{
	switch (code & 0xff) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_FORMAT:
	case SQLITE_ERROR:
	case SQLITE_SCHEMA:
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
		return true;
	case SQLITE_READONLY:
		/* Not the system, but the header of the file forbids it. */
		return code == SQLITE_READONLY &&
		       (journal->vfs || access(journal->path, W_OK) == 0);
	default:
		return code == SQLITE_IOERR_SHORT_READ;
	}
}

enum verdict journal_judge(struct journal *journal, int code, struct error *error)
{
	int os = sqlite3_system_errno(journal->db);
	const char *detail = sqlite3_errmsg(journal->db);

	if (is_damage(journal, code)) {
		error_set(error, -EUCLEAN, "it is damaged (%s)", detail);
		return VERDICT_BAD;
	}
	error_set(error, -EIO, "%s%s%s", detail, os ? ": " : "", os ? strerror(os) : "");
	return VERDICT_LEAVE;
}

sqlite3_stmt *journal_statement(struct journal *journal, enum journal_sql which)
{
	sqlite3_stmt *statement = journal->statements[which];

	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return statement;
}

void journal_bind(sqlite3_stmt *statement, int at, const char *text)
{
	sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
}

int journal_run(sqlite3_stmt *statement)
{
	int code = sqlite3_step(statement);

	sqlite3_reset(statement);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

void journal_shut(struct journal *journal)
{
	for (int i = 0; i < SQL_COUNT; i++) {
		sqlite3_finalize(journal->statements[i]);
		journal->statements[i] = NULL;
	}
	sqlite3_close(journal->db);
	journal->db = NULL;
}

/*
 * Whoever removed the file may have removed the lock too, and another numberd taken a new one. What
 * could not be locked is tried again, so that it works as soon as it can.
 */
static void keep_lock(struct journal *journal)
{
	struct error error = {0};
	bool writable = journal_keep_lock(journal, &error) == 0;

	if (!writable)
		journal_fail(journal, "%s; nothing new is remembered for now", error.text);
	if (writable != journal->writable)
		journal_shut(journal);
	journal->writable = writable;
}

bool journal_ready(struct journal *journal)
{
	enum journal_change change = CHANGE_NONE;

	if (journal->db && journal->writable)
		change = journal_look(journal);
	if (change != CHANGE_NONE) {
		journal->save_all = true;
		journal_shut(journal);
	}
	if (change == CHANGE_GONE)
		journal_note(journal,
			     "%s was removed or replaced while numberd ran; what it knows of the "
			     "numbers is written again, the history that was in it is lost",
			     journal->path);
	if (journal->mode == JOURNAL_WRITE && !journal->vfs && !(journal->db && journal->writable))
		keep_lock(journal);
	return journal->db || journal_open_db(journal);
}

/* After a failed piece of work. True: begun anew, and the work may be tried again. */
static bool recover(struct journal *journal, int code)
{
	struct error error = {0};
	enum verdict verdict = journal_judge(journal, code, &error);

	if (!sqlite3_get_autocommit(journal->db))
		journal_run(journal_statement(journal, SQL_ROLLBACK));
	if (verdict == VERDICT_BAD && journal->writable)
		return journal_begin_anew(journal, &error) && journal_open_db(journal);
	journal_watch(journal);
	journal_fail(journal, "%s: %s; %s", journal->path, error.text,
		     journal->mode == JOURNAL_READ ? "it is not used any further"
						   : "what is new is not remembered for now");
	/* The disk may be another one when we come back: nothing of this is kept. */
	if ((code & 0xff) != SQLITE_BUSY && (code & 0xff) != SQLITE_FULL) {
		journal->save_all = true;
		journal_shut(journal);
	}
	return false;
}

static int set_durable(struct journal *journal, bool durable)
{
	int code = SQLITE_OK;

	if (journal->durable != durable)
		code = sqlite3_exec(journal->db,
				    durable ? "PRAGMA synchronous=FULL"
					    : "PRAGMA synchronous=NORMAL",
				    NULL, NULL, NULL);
	if (code == SQLITE_OK)
		journal->durable = durable;
	return code;
}

static int transact(struct journal *journal, enum journal_sql begin, journal_work *work,
		    void *context)
{
	int code = journal_run(journal_statement(journal, begin));

	if (code == SQLITE_OK)
		code = work(journal, context);
	if (code == SQLITE_OK)
		code = journal_run(journal_statement(journal, SQL_COMMIT));
	return code;
}

int journal_read(struct journal *journal, journal_work *work, void *context)
{
	for (int round = 0; round < 2; round++) {
		int code;

		if (!journal_ready(journal))
			return -ENODATA;
		code = transact(journal, SQL_BEGIN_READ, work, context);
		if (code == SQLITE_OK)
			return 0;
		if (!recover(journal, code))
			return -EIO;
	}
	return -EIO;
}

int journal_write(struct journal *journal, bool durable, journal_work *work, void *context)
{
	if (journal->mode == JOURNAL_READ)
		return -EROFS;
	for (int round = 0; round < 2; round++) {
		int code;

		if (!journal_ready(journal) || !journal->writable)
			return -ENODATA;
		code = set_durable(journal, durable);
		if (code == SQLITE_OK)
			code = transact(journal, SQL_BEGIN_WRITE, work, context);
		if (code == SQLITE_OK) {
			journal_watch(journal);
			journal->worked = true;
			return 0;
		}
		if (!recover(journal, code))
			return -EIO;
	}
	return -EIO;
}
