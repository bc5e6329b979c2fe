#include "journal/journal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "journal/journal_db.h"

int journal_open(const char *state_dir, enum journal_mode mode, const char *vfs, int64_t now,
		 struct journal **ret_journal, struct error *error)
{
	struct journal *journal = mem_zalloc(1, sizeof(*journal));
	struct error trouble = {0};
	struct buf path = {0};

	journal->mode = mode;
	buf_init(&journal->trouble, LIMIT_TROUBLE_BYTES);
	buf_init(&journal->told, LIMIT_TROUBLE_BYTES);
	journal->lock = -1;
	journal->now = now;
	journal->vfs = mem_strdup(vfs);
	buf_printf(&path, "%s/numberd.db", state_dir);
	journal->path = buf_take(&path);
	journal->writable = mode == JOURNAL_WRITE;
	if (mode == JOURNAL_WRITE && !vfs &&
	    journal_lock(state_dir, now, &journal->lock, &trouble) == -EBUSY) {
		*error = trouble;
		journal_close(journal);
		return -EBUSY;
	}
	/* Another reason for no lock is noted here, and tried again later. */
	journal_ready(journal);
	*ret_journal = journal;
	return 0;
}

void journal_close(struct journal *journal)
{
	if (!journal)
		return;
	journal_shut(journal);
	if (journal->lock >= 0)
		close(journal->lock);
	buf_finish(&journal->trouble);
	buf_finish(&journal->told);
	mem_free(journal->failure);
	mem_free(journal->path);
	mem_free(journal->vfs);
	mem_free(journal);
}

const char *journal_trouble(struct journal *journal)
{
	struct buf told = journal->told;

	/* On a disk that is full one write finds room and the next does not: it is over when there
	 * was no failure any more. */
	if (journal->failure && journal->worked && !journal->failed) {
		mem_free(journal->failure);
		journal->failure = NULL;
		journal_note(journal,
			     "%s works again; what came meanwhile is missing from the history",
			     journal->path);
	}
	journal->failed = journal->worked = false;
	if (!journal->trouble.length)
		return NULL;
	journal->told = journal->trouble;
	journal->trouble = told;
	buf_clear(&journal->trouble);
	return buf_text(&journal->told);
}

bool journal_is_new(const struct journal *journal)
{
	return journal->is_new;
}

struct setting {
	const char *key;
	const char *value;
	char *found;
};

static int read_setting(struct journal *journal, void *context)
{
	struct setting *setting = context;
	sqlite3_stmt *read = journal_statement(journal, SQL_SETTING_READ);
	int code;

	journal_bind(read, 1, setting->key);
	code = sqlite3_step(read);
	if (code == SQLITE_ROW)
		setting->found = mem_strdup((const char *)sqlite3_column_text(read, 0));
	sqlite3_reset(read);
	return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

char *journal_setting(struct journal *journal, const char *key)
{
	struct setting setting = {.key = key};

	journal_read(journal, read_setting, &setting);
	return setting.found;
}

static int write_setting(struct journal *journal, void *context)
{
	const struct setting *setting = context;
	sqlite3_stmt *write =
		journal_statement(journal, setting->value ? SQL_SETTING_WRITE : SQL_SETTING_REMOVE);

	journal_bind(write, 1, setting->key);
	if (setting->value)
		journal_bind(write, 2, setting->value);
	return journal_run(write);
}

int journal_set(struct journal *journal, const char *key, const char *value)
{
	struct setting setting = {.key = key, .value = value};

	return journal_write(journal, true, write_setting, &setting);
}
