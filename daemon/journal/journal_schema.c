#include "journal/journal_db.h"

#include "base/mem.h"

/*
 * One entry a version, from 1. A later version is a further entry with what has to be altered; an
 * entry that was released is never changed. docs/journal.md says what the columns mean.
 */
const char *const journal_migrations[] = {
	"CREATE TABLE account ("
	" account TEXT PRIMARY KEY,"
	" known INTEGER NOT NULL,"
	" live INTEGER NOT NULL,"
	" declared INTEGER NOT NULL,"
	" strange INTEGER NOT NULL,"
	" strange_seen INTEGER NOT NULL"
	") STRICT, WITHOUT ROWID;"

	"CREATE TABLE number ("
	" account TEXT NOT NULL,"
	" number TEXT NOT NULL,"
	" sid TEXT,"
	" missing INTEGER NOT NULL,"
	" PRIMARY KEY (account, number)"
	") STRICT, WITHOUT ROWID;"

	"CREATE TABLE known ("
	" account TEXT NOT NULL,"
	" number TEXT NOT NULL,"
	" field TEXT NOT NULL,"
	" want TEXT,"
	" synced INTEGER NOT NULL,"
	" learnt INTEGER NOT NULL,"
	" live TEXT,"
	" guarded INTEGER NOT NULL,"
	" since INTEGER NOT NULL,"
	" underway INTEGER NOT NULL,"
	" approved INTEGER,"
	" approved_until INTEGER,"
	" said INTEGER,"
	" put_back_1 INTEGER,"
	" put_back_2 INTEGER,"
	" put_back_3 INTEGER,"
	" held_until INTEGER,"
	" holds INTEGER,"
	" PRIMARY KEY (account, number, field)"
	") STRICT, WITHOUT ROWID;"

	"CREATE TABLE history ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" at INTEGER NOT NULL,"
	" account TEXT,"
	" number TEXT,"
	" sid TEXT,"
	" field TEXT,"
	" kind TEXT,"
	" before TEXT,"
	" after TEXT,"
	" known TEXT,"
	" source TEXT,"
	" revision TEXT,"
	" request TEXT,"
	" actor TEXT,"
	" outcome TEXT NOT NULL,"
	" detail TEXT"
	") STRICT;"
	"CREATE INDEX history_number ON history (number);"
	"CREATE INDEX history_at ON history (at);"
	"CREATE INDEX history_pending ON history (outcome) WHERE outcome = 'pending';"

	"CREATE TABLE setting ("
	" key TEXT PRIMARY KEY,"
	" value TEXT NOT NULL"
	") STRICT, WITHOUT ROWID;",

	/* 2: an undo holds one value. */
	"ALTER TABLE known ADD COLUMN held_for INTEGER;",
};

const int journal_version = ARRAY_LENGTH(journal_migrations);

#define KNOWN_COLUMNS                                                                              \
	"account, number, field, want, synced, learnt, live, guarded, underway, approved,"         \
	" approved_until, said, put_back_1, put_back_2, put_back_3, held_until, holds, held_for"

const char *const journal_sql_text[SQL_COUNT] = {
	[SQL_BEGIN_READ] = "BEGIN",
	[SQL_BEGIN_WRITE] = "BEGIN IMMEDIATE",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",
	[SQL_NUMBER_SCAN] = "SELECT account, number, sid, missing FROM number"
			    " ORDER BY account, number",
	[SQL_NUMBER_READ] = "SELECT account, number, sid, missing FROM number"
			    " WHERE account = ?1 AND number = ?2",
	[SQL_NUMBER_WRITE] = "REPLACE INTO number (account, number, sid, missing)"
			     " VALUES (?1, ?2, ?3, ?4)",
	[SQL_NUMBER_CLEAR] = "DELETE FROM number",
	[SQL_KNOWN_SCAN] = "SELECT " KNOWN_COLUMNS " FROM known ORDER BY account, number",
	[SQL_KNOWN_READ] = "SELECT " KNOWN_COLUMNS " FROM known"
			   " WHERE account = ?1 AND number = ?2",
	[SQL_KNOWN_WRITE] =
		"INSERT INTO known (" KNOWN_COLUMNS ", since)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,"
		" ?17, ?18, ?19)"
		" ON CONFLICT DO UPDATE SET want = ?4, synced = ?5, learnt = ?6, live = ?7,"
		" guarded = ?8, underway = ?9, approved = ?10, approved_until = ?11, said = ?12,"
		" put_back_1 = ?13, put_back_2 = ?14, put_back_3 = ?15, held_until = ?16,"
		" holds = ?17, held_for = ?18, since = CASE"
		" WHEN want IS ?4 AND synced = ?5 AND learnt = ?6 AND live IS ?7 THEN since"
		" ELSE ?19 END",
	[SQL_KNOWN_CLEAR] = "DELETE FROM known",
	[SQL_KNOWN_FORGET] = "DELETE FROM known WHERE number = ?1 AND field = ?2",
	[SQL_ACCOUNT_SCAN] = "SELECT account, known, live, declared, strange, strange_seen"
			     " FROM account LIMIT ?1",
	[SQL_ACCOUNT_WRITE] = "REPLACE INTO account"
			      " (account, known, live, declared, strange, strange_seen)"
			      " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[SQL_HISTORY_ADD] =
		"INSERT INTO history (at, account, number, sid, field, kind, before, after, known,"
		" source, revision, request, actor, outcome, detail)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
	[SQL_HISTORY_FINISH] = "UPDATE history SET outcome = ?2, request = ?3, detail = ?4"
			       " WHERE id = ?1 AND outcome = 'pending'",
	[SQL_HISTORY_PRUNE_COUNT] = "DELETE FROM history WHERE id <= ?1",
	[SQL_HISTORY_PRUNE_AGE] = "DELETE FROM history WHERE id IN (SELECT id FROM history"
				  " WHERE at < ?1 AND id <= ?3 ORDER BY at LIMIT ?2)",
	[SQL_SETTING_READ] = "SELECT value FROM setting WHERE key = ?1",
	[SQL_SETTING_WRITE] = "REPLACE INTO setting (key, value) VALUES (?1, ?2)",
	[SQL_SETTING_REMOVE] = "DELETE FROM setting WHERE key = ?1",
};

int journal_migrate(sqlite3 *db, const char *const *migrations, int from, int count)
{
	int code = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	for (int version = from; version < count && code == SQLITE_OK; version++)
		code = sqlite3_exec(db, migrations[version], NULL, NULL, NULL);
	if (code == SQLITE_OK) {
		struct buf sql = {0};

		buf_printf(&sql, "PRAGMA application_id=%d; PRAGMA user_version=%d; COMMIT",
			   JOURNAL_APPLICATION, count);
		code = sqlite3_exec(db, buf_text(&sql), NULL, NULL, NULL);
		buf_finish(&sql);
	}
	if (!sqlite3_get_autocommit(db))
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return code;
}
