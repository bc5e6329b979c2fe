/*
 * What the parts of the journal share: the open database, how work is done on it, and what becomes
 * of it in trouble. For engine/journal*.c and journal/history.c only; the contract for everybody
 * else is journal/journal.h.
 */
#ifndef NUMBERD_JOURNAL_JOURNAL_DB_H
#define NUMBERD_JOURNAL_JOURNAL_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "journal/journal.h"

/* The statements that are kept prepared; their text is in journal_schema.c. */
enum journal_sql {
	SQL_BEGIN_READ,
	SQL_BEGIN_WRITE,
	SQL_COMMIT,
	SQL_ROLLBACK,
	SQL_NUMBER_SCAN,
	SQL_NUMBER_READ,
	SQL_NUMBER_WRITE,
	SQL_NUMBER_CLEAR,
	SQL_KNOWN_SCAN,
	SQL_KNOWN_READ,
	SQL_KNOWN_WRITE,
	SQL_KNOWN_CLEAR,
	SQL_KNOWN_FORGET,
	SQL_ACCOUNT_SCAN,
	SQL_ACCOUNT_WRITE,
	SQL_HISTORY_ADD,
	SQL_HISTORY_FINISH,
	SQL_HISTORY_PRUNE_COUNT,
	SQL_HISTORY_PRUNE_AGE,
	SQL_SETTING_READ,
	SQL_SETTING_WRITE,
	SQL_SETTING_REMOVE,
	SQL_COUNT
};

/* The database and what SQLite keeps beside it. */
enum journal_part { PART_DB, PART_WAL, PART_SHM, PART_COUNT };
extern const char *const journal_suffix[PART_COUNT];

struct journal {
	enum journal_mode mode;
	bool writable; /* we hold the lock, and may create, mend and change */
	int lock;      /* its descriptor, or -1 */
	char *vfs;
	char *path;  /* of numberd.db */
	int64_t now; /* the latest time that a caller told */

	sqlite3 *db; /* NULL: nothing is remembered for now */
	sqlite3_stmt *statements[SQL_COUNT];
	bool durable;                  /* synchronous is FULL, not NORMAL */
	struct stat parts[PART_COUNT]; /* after our last work; st_ino 0: not there */

	bool is_new;
	bool save_all; /* the next save writes everything, dirty or not ... */
	bool sweep;    /* ... and nothing else stays: too many numbers that no file declares */

	char *failure;      /* why nothing new is remembered now; NULL: all is well */
	bool failed;        /* again since trouble was last asked for, */
	bool worked;        /* and once it did work */
	struct buf trouble; /* not told yet */
	struct buf told;    /* what journal_trouble() returned last */
};

/* journal_schema.c: SQL */

#define JOURNAL_APPLICATION 0x6e756d64 /* "numd", in the header of the file */

/* The i-th takes a database from version i to version i + 1. */
extern const char *const journal_migrations[];
extern const int journal_version;

/*
 * Brings a database of version `from` to version `count`, all in one transaction. Returns a SQLite
 * result code.
 */
int journal_migrate(sqlite3 *db, const char *const *migrations, int from, int count);

extern const char *const journal_sql_text[SQL_COUNT];

/* journal_files.c: the files by themselves. None of it is used with a VFS of a test's. */

/* Makes the directory and takes the lock. -EBUSY: another has it, text in error. Another negative
 * code: it can't be locked, text in error. */
int journal_lock(const char *directory, int64_t now, int *ret_lock, struct error *error);

/* Takes the lock again where its file was removed, with the directory perhaps. As journal_lock().
 */
int journal_keep_lock(struct journal *journal, struct error *error);

/* Makes numberd.db, empty, where there is none, and its mode 0600 where it is wider. -ENOTSUP:
 * something that is not a regular file stands in the place of it or of its companions. */
int journal_make(struct journal *journal, struct error *error);

/* Renames all parts to numberd.db.bad-<UTC>; ret_name gets the new name. */
int journal_set_aside(const struct journal *journal, struct buf *ret_name, struct error *error);

/* Remembers how the parts are now, to notice what others do to them. */
void journal_watch(struct journal *journal);

enum journal_change { CHANGE_NONE, CHANGE_TOUCHED, CHANGE_GONE };
enum journal_change journal_look(struct journal *journal);

/* journal_open.c: the database */

enum verdict {
	VERDICT_GOOD,
	VERDICT_NONE,  /* no journal there; not a fault in mode READ */
	VERDICT_BAD,   /* to be set aside; why is in the error */
	VERDICT_LEAVE, /* not to be touched, or out of reach; why is in the error */
};

/* What a SQLite result code says; BAD or LEAVE, why in the error. */
enum verdict journal_judge(struct journal *journal, int code, struct error *error);

/* Opens it, after begun anew where it is bad; false: there is none for now, and why was noted. */
bool journal_open_db(struct journal *journal);

/* Closes it, sets it aside and says so. False: that failed. */
bool journal_begin_anew(struct journal *journal, const struct error *why);

/* journal_db.c: work */

/* Work on the database, within a transaction; returns a SQLite result code. */
typedef int journal_work(struct journal *journal, void *context);

/*
 * Does the work in a transaction, and once more if the journal had to be begun anew. `durable`: on
 * the disk when this returns. 0, or negative, trouble noted.
 */
int journal_read(struct journal *journal, journal_work *work, void *context);
int journal_write(struct journal *journal, bool durable, journal_work *work, void *context);

/* Opens the database if it is not open or others changed it; false: there is none for now. */
bool journal_ready(struct journal *journal);
void journal_shut(struct journal *journal);

/* Notes trouble that is over already. */
void journal_note(struct journal *journal, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Notes trouble that lasts, once until journal_trouble() finds it over: what follows is of the
 * same. */
void journal_fail(struct journal *journal, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A kept statement, reset and with nothing bound. */
sqlite3_stmt *journal_statement(struct journal *journal, enum journal_sql which);

/* Text that outlives the step of the statement; NULL is bound as NULL. */
void journal_bind(sqlite3_stmt *statement, int at, const char *text);

/* Runs a statement that returns no row; SQLITE_OK or the error. */
int journal_run(sqlite3_stmt *statement);

#endif
