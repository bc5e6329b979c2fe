#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "journal/journal_db.h"

#define BUSY_MS           1000
#define CACHE_KIB         2048
#define WAL_KEPT          (4 * 1024 * 1024) /* bytes of the log that are kept after a large pass */
#define FOUND_SIZE        128
#define PLAUSIBLE_VERSION 100 /* above it is no newer numberd, but damage */

static int get_int(sqlite3 *db, const char *sql, int64_t *ret_value)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code == SQLITE_ROW) {
		*ret_value = sqlite3_column_int64(statement, 0);
		code = SQLITE_OK;
	}
	sqlite3_finalize(statement);
	return code;
}

/* What SQLite advises for files that others may have written: sqlite.org/security.html */
static int distrust(sqlite3 *db)
{
	static const struct {
		int option, value;
	} options[] = {
		{SQLITE_DBCONFIG_DEFENSIVE, 1},      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
		{SQLITE_DBCONFIG_ENABLE_TRIGGER, 0}, {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
		{SQLITE_DBCONFIG_DQS_DML, 0},        {SQLITE_DBCONFIG_DQS_DDL, 0},
	};
	static const struct {
		int limit, value;
	} limits[] = {
		{SQLITE_LIMIT_LENGTH, LIMIT_JOURNAL_ROW_BYTES},
		{SQLITE_LIMIT_SQL_LENGTH, 16384},
		{SQLITE_LIMIT_COLUMN, 64},
		{SQLITE_LIMIT_EXPR_DEPTH, 20},
		{SQLITE_LIMIT_COMPOUND_SELECT, 3},
		{SQLITE_LIMIT_ATTACHED, 0},
		{SQLITE_LIMIT_WORKER_THREADS, 0},
	};
	int code = SQLITE_OK;

	for (size_t i = 0; i < ARRAY_LENGTH(options) && code == SQLITE_OK; i++)
		code = sqlite3_db_config(db, options[i].option, options[i].value, NULL);
	for (size_t i = 0; i < ARRAY_LENGTH(limits); i++)
		sqlite3_limit(db, limits[i].limit, limits[i].value);
	return code;
}

static int set_up(struct journal *journal)
{
	int code = distrust(journal->db);

	sqlite3_extended_result_codes(journal->db, 1);
	sqlite3_busy_timeout(journal->db, BUSY_MS);
	/* A VFS of a test's needs no shared memory then. Before anything reads the file. */
	if (code == SQLITE_OK && journal->vfs)
		code = sqlite3_exec(journal->db, "PRAGMA locking_mode=EXCLUSIVE", NULL, NULL, NULL);
	return code;
}

/* Those that read the tables, which can't be before we know whose they are. */
static int tune(sqlite3 *db, bool writes)
{
	struct buf sql = {0};
	int code;

	buf_printf(&sql,
		   "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY;"
		   "PRAGMA cache_size=-%d;",
		   CACHE_KIB);
	if (writes)
		buf_printf(&sql,
			   "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
			   "PRAGMA journal_size_limit=%d;",
			   WAL_KEPT);
	code = sqlite3_exec(db, buf_text(&sql), NULL, NULL, NULL);
	buf_finish(&sql);
	return code;
}

/* Whose database it is, and of which version. */
static enum verdict identify(struct journal *journal, int *ret_version, struct error *error)
{
	int64_t application = 0, version = 0, objects = 0;
	int code = get_int(journal->db, "PRAGMA application_id", &application);

	if (code == SQLITE_OK)
		code = get_int(journal->db, "PRAGMA user_version", &version);
	if (code == SQLITE_OK && application == JOURNAL_APPLICATION && version > journal_version &&
	    version <= PLAUSIBLE_VERSION) {
		error_set(error, -ENOTSUP,
			  "a newer numberd wrote it (version %d; this one knows "
			  "%d): install the newer one again, or move the file away",
			  (int)version, journal_version);
		return VERDICT_LEAVE;
	}
	if (code == SQLITE_OK)
		code = get_int(journal->db, "SELECT count(*) FROM sqlite_schema", &objects);
	if (code != SQLITE_OK)
		return journal_judge(journal, code, error);
	if (application != JOURNAL_APPLICATION && (application || version || objects)) {
		error_set(error, -ENOTSUP, "it is a database of another program");
		return VERDICT_BAD;
	}
	if (version < 0 || version > journal_version || (version == 0) != (objects == 0)) {
		error_set(error, -EUCLEAN, "it has a version that numberd never had");
		return VERDICT_BAD;
	}
	*ret_version = (int)version;
	return VERDICT_GOOD;
}

static int take_text(void *context, int argc, char **argv, char **names)
{
	(void)names;
	if (argc == 1 && argv[0])
		snprintf(context, FOUND_SIZE, "%s", argv[0]);
	return 0;
}

/* Looks through the whole file and brings it to our version. */
static enum verdict mend(struct journal *journal, int version, struct error *error)
{
	char found[FOUND_SIZE] = "ok";
	int code = sqlite3_exec(journal->db, "PRAGMA quick_check(1)", take_text, found, NULL);

	if (code == SQLITE_OK && strcmp(found, "ok") != 0) {
		error_set(error, -EUCLEAN, "it is damaged (%s)", found);
		return VERDICT_BAD;
	}
	if (code == SQLITE_OK)
		code = tune(journal->db, true);
	if (code == SQLITE_OK && version < journal_version)
		code = journal_migrate(journal->db, journal_migrations, version, journal_version);
	journal->durable = false;
	return code == SQLITE_OK ? VERDICT_GOOD : journal_judge(journal, code, error);
}

/* To read from: what is not of our version can't be brought to it. */
static enum verdict accept(struct journal *journal, int version, struct error *error)
{
	int code = tune(journal->db, false);

	if (code != SQLITE_OK)
		return journal_judge(journal, code, error);
	if (version == 0)
		return VERDICT_NONE;
	if (version < journal_version) {
		error_set(error, -ENOTSUP,
			  "an older numberd wrote it (version %d), and no 'numberd run' has "
			  "brought it up to date yet",
			  version);
		return VERDICT_LEAVE;
	}
	return VERDICT_GOOD;
}

static enum verdict prepare(struct journal *journal, struct error *error)
{
	for (int i = 0; i < SQL_COUNT; i++) {
		int code = sqlite3_prepare_v3(journal->db, journal_sql_text[i], -1,
					      SQLITE_PREPARE_PERSISTENT, &journal->statements[i],
					      NULL);

		if (code != SQLITE_OK)
			return journal_judge(journal, code, error);
	}
	return VERDICT_GOOD;
}

static enum verdict open_as(struct journal *journal, const char *name, int flags,
			    struct error *error)
{
	enum verdict verdict;
	int64_t rows = 0;
	int version = 0;
	int code = sqlite3_open_v2(name, &journal->db, flags | SQLITE_OPEN_NOMUTEX, journal->vfs);

	if (code == SQLITE_OK)
		code = set_up(journal);
	if (code != SQLITE_OK)
		return journal_judge(journal, code, error);
	verdict = identify(journal, &version, error);
	if (verdict == VERDICT_GOOD)
		verdict = flags & SQLITE_OPEN_READONLY ? accept(journal, version, error)
						       : mend(journal, version, error);
	if (verdict == VERDICT_GOOD)
		verdict = prepare(journal, error);
	if (verdict != VERDICT_GOOD)
		return verdict;
	code = get_int(journal->db,
		       "SELECT EXISTS (SELECT 1 FROM account)"
		       " OR EXISTS (SELECT 1 FROM known)",
		       &rows);
	if (code != SQLITE_OK)
		return journal_judge(journal, code, error);
	journal->is_new = journal->is_new || !rows;
	return VERDICT_GOOD;
}

/*
 * To read from a file in WAL mode SQLite needs its two companions, and makes them where they are
 * missing. Where there is no log nobody writes, and the file alone is the whole truth.
 */
static enum verdict open_to_read(struct journal *journal, struct error *error)
{
	enum verdict verdict = VERDICT_LEAVE;
	struct buf uri = {0}, wal = {0};
	struct stat info;
	bool alone;

	if (!journal->vfs && stat(journal->path, &info) != 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return VERDICT_NONE;
		error_set_errno(error, -errno, "can't be read");
		return VERDICT_LEAVE;
	}
	buf_add_text(&uri, "file:");
	buf_add_form(&uri, journal->path);
	buf_add_text(&uri, "?immutable=1");
	buf_printf(&wal, "%s%s", journal->path, journal_suffix[PART_WAL]);
	alone = !journal->vfs && stat(buf_text(&wal), &info) != 0;
	for (int attempt = 0; attempt < 2 && verdict != VERDICT_GOOD; attempt++, alone = !alone) {
		journal_shut(journal);
		if (alone)
			verdict = open_as(journal, buf_text(&uri),
					  SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, error);
		else
			verdict = open_as(journal, journal->path, SQLITE_OPEN_READONLY, error);
	}
	buf_finish(&uri);
	buf_finish(&wal);
	return verdict;
}

static enum verdict open_to_write(struct journal *journal, struct error *error)
{
	int code = journal->vfs ? 0 : journal_make(journal, error);

	if (code)
		return code == -ENOTSUP ? VERDICT_BAD : VERDICT_LEAVE;
	return open_as(journal, journal->path,
		       SQLITE_OPEN_READWRITE | (journal->vfs ? SQLITE_OPEN_CREATE : 0), error);
}

/* A test's VFS has no names to give: there the parts are deleted. */
static int delete_parts(struct journal *journal)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(journal->vfs);
	struct buf path = {0};

	for (int part = 0; part < PART_COUNT; part++) {
		buf_clear(&path);
		buf_printf(&path, "%s%s", journal->path, journal_suffix[part]);
		vfs->xDelete(vfs, buf_text(&path), 1);
	}
	buf_finish(&path);
	return 0;
}

bool journal_begin_anew(struct journal *journal, const struct error *why)
{
	struct buf name = {0};
	struct error error = {0};
	int code;

	journal_shut(journal);
	code = journal->vfs ? delete_parts(journal) : journal_set_aside(journal, &name, &error);
	journal->is_new = true;
	journal->save_all = true;
	if (code == 0)
		journal_note(journal, "%s: %s; it was set aside as %s and a new one begun",
			     journal->path, why->text, buf_text(&name));
	else
		journal_fail(journal,
			     "%s: %s, and it can't be set aside: %s; nothing is "
			     "remembered until that is mended",
			     journal->path, why->text, error.text);
	buf_finish(&name);
	return code == 0;
}

bool journal_open_db(struct journal *journal)
{
	enum verdict verdict = VERDICT_BAD;
	struct error error = {0};

	for (int attempt = 0; attempt < 2; attempt++) {
		verdict = journal->writable ? open_to_write(journal, &error)
					    : open_to_read(journal, &error);
		if (verdict != VERDICT_BAD || !journal->writable || attempt)
			break;
		if (!journal_begin_anew(journal, &error))
			break;
	}
	if (verdict == VERDICT_GOOD) {
		journal_watch(journal);
		return true;
	}
	journal_shut(journal);
	journal->is_new = true;
	journal->save_all = true;
	if (verdict != VERDICT_NONE)
		journal_fail(journal, "%s: %s; %s", journal->path, error.text,
			     journal->mode == JOURNAL_READ ? "it is not used"
							   : "nothing is remembered for now");
	return false;
}
