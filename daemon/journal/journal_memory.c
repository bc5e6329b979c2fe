#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "journal/journal_db.h"

/* From so many numbers on, one walk through the tables is cheaper than a look-up of each. */
#define SCAN_FROM 256

/* Of the table `known`: where a SELECT gives them; bound one further on. As in journal_schema.c. */
enum {
	COLUMN_ACCOUNT,
	COLUMN_NUMBER,
	COLUMN_FIELD,
	COLUMN_WANT,
	COLUMN_SYNCED,
	COLUMN_LEARNT,
	COLUMN_LIVE,
	COLUMN_GUARDED,
	COLUMN_UNDERWAY,
	COLUMN_APPROVED,
	COLUMN_APPROVED_UNTIL,
	COLUMN_SAID,
	COLUMN_PUT_BACK,
	COLUMN_HELD_UNTIL = COLUMN_PUT_BACK + FIGHT_ROUNDS,
	COLUMN_HOLDS,
	COLUMN_HELD_FOR,
	COLUMN_SINCE
};

struct loading {
	struct memory *memory;
	bool *missing;    /* of each number: to be filled */
	bool scan;        /* all at once, not one by one */
	size_t strangers; /* numbers on the disk that no file declares; counted by a scan */
};

static const char *text_at(sqlite3_stmt *row, int column)
{
	return (const char *)sqlite3_column_text(row, column);
}

/* What the file says may have been written by anybody: a time that can't be is no time. */
static int64_t time_at(sqlite3_stmt *row, int column)
{
	int64_t time = sqlite3_column_int64(row, column);

	return time < 0 || time > LIMIT_TIME_MS ? 0 : time;
}

static void take_number(struct memory_number *number, sqlite3_stmt *row)
{
	if (!number->sid)
		number->sid = mem_strdup(text_at(row, 2));
	number->missing = sqlite3_column_int(row, 3) != 0;
}

static void take_fight(struct memory_value *value, sqlite3_stmt *row)
{
	struct memory_fight fight = {.held_until = time_at(row, COLUMN_HELD_UNTIL)};

	_Static_assert(FIGHT_ROUNDS == 3, "the table has three columns for them");
	for (int i = 0; i < FIGHT_ROUNDS; i++)
		fight.put_back[i] = time_at(row, COLUMN_PUT_BACK + i);
	fight.holds = (uint32_t)sqlite3_column_int(row, COLUMN_HOLDS);
	fight.held_for = (uint64_t)sqlite3_column_int64(row, COLUMN_HELD_FOR);
	if (!fight.put_back[0])
		return;
	value->fight = mem_alloc(sizeof(fight));
	*value->fight = fight;
}

static void take_known(struct memory_number *number, sqlite3_stmt *row)
{
	const char *key = text_at(row, COLUMN_FIELD), *want = text_at(row, COLUMN_WANT);
	enum field_id id = key ? field_by_key(key) : FIELD_COUNT;
	struct memory_value *value;

	if (id == FIELD_COUNT || memory_value(number, id))
		return;
	value = memory_value_make(number, id);
	value->want = mem_strdup(want);
	value->live = value->want;
	if (sqlite3_column_int(row, COLUMN_LEARNT) && !text_equal(text_at(row, COLUMN_LIVE), want))
		value->live = mem_strdup(text_at(row, COLUMN_LIVE));
	value->synced = sqlite3_column_int(row, COLUMN_SYNCED) != 0;
	value->guarded = sqlite3_column_int(row, COLUMN_GUARDED) != 0;
	value->underway = sqlite3_column_int(row, COLUMN_UNDERWAY) != 0;
	value->approved = (uint64_t)sqlite3_column_int64(row, COLUMN_APPROVED);
	value->approved_until = time_at(row, COLUMN_APPROVED_UNTIL);
	value->said = (uint64_t)sqlite3_column_int64(row, COLUMN_SAID);
	take_fight(value, row);
}

typedef void take_row(struct memory_number *number, sqlite3_stmt *row);

static int compare(const struct wanted *wanted, size_t i, const char *account, const char *number)
{
	const struct wanted_number *declared = &wanted->numbers[i];
	int order = strcmp(wanted->accounts[declared->account].sid, account);

	return order ? order : strcmp(declared->number, number);
}

/* Rows and declared numbers are in the same order: one walk through both. */
static int merge(struct journal *journal, struct loading *loading, enum journal_sql scan,
		 take_row *take)
{
	sqlite3_stmt *rows = journal_statement(journal, scan);
	const struct wanted *wanted = loading->memory->wanted;
	size_t i = 0;
	int code;

	while ((code = sqlite3_step(rows)) == SQLITE_ROW) {
		const char *account = text_at(rows, COLUMN_ACCOUNT);
		const char *number = text_at(rows, COLUMN_NUMBER);
		int order = -1;

		while (i < wanted->number_count &&
		       (order = compare(wanted, i, account, number)) < 0)
			i++;
		if (order == 0 && loading->missing[i])
			take(&loading->memory->numbers[i], rows);
		else if (order != 0 && take == take_number)
			loading->strangers++;
	}
	sqlite3_reset(rows);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

static int look_up(struct journal *journal, struct loading *loading, enum journal_sql read,
		   take_row *take)
{
	const struct wanted *wanted = loading->memory->wanted;
	int code = SQLITE_DONE;

	for (size_t i = 0; i < wanted->number_count && code == SQLITE_DONE; i++) {
		const struct wanted_number *declared = &wanted->numbers[i];
		sqlite3_stmt *rows;

		if (!loading->missing[i])
			continue;
		rows = journal_statement(journal, read);
		journal_bind(rows, 1, wanted->accounts[declared->account].sid);
		journal_bind(rows, 2, declared->number);
		while ((code = sqlite3_step(rows)) == SQLITE_ROW)
			take(&loading->memory->numbers[i], rows);
		sqlite3_reset(rows);
	}
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

static int load_table(struct journal *journal, struct loading *loading, enum journal_sql scan,
		      enum journal_sql read, take_row *take)
{
	return loading->scan ? merge(journal, loading, scan, take)
			     : look_up(journal, loading, read, take);
}

static bool has_account(const struct memory *memory, const char *sid)
{
	for (size_t i = 0; i < memory->account_count; i++) {
		if (strcmp(memory->accounts[i].sid, sid) == 0)
			return true;
	}
	return false;
}

static int load_accounts(struct journal *journal, struct memory *memory)
{
	sqlite3_stmt *rows = journal_statement(journal, SQL_ACCOUNT_SCAN);
	int code;

	sqlite3_bind_int64(rows, 1, LIMIT_ACCOUNTS);
	while ((code = sqlite3_step(rows)) == SQLITE_ROW) {
		const char *sid = text_at(rows, 0);
		struct memory_account *account;

		if (!sid || has_account(memory, sid))
			continue;
		account = memory_account(memory, sid);
		account->known = sqlite3_column_int(rows, 1) != 0;
		account->live = sqlite3_column_int64(rows, 2);
		account->declared = sqlite3_column_int64(rows, 3);
		account->strange = (uint64_t)sqlite3_column_int64(rows, 4);
		account->strange_seen = (uint32_t)sqlite3_column_int(rows, 5);
	}
	sqlite3_reset(rows);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

static int load_all(struct journal *journal, void *context)
{
	struct loading *loading = context;
	int code = load_accounts(journal, loading->memory);

	loading->strangers = 0;
	if (code == SQLITE_OK)
		code = load_table(journal, loading, SQL_NUMBER_SCAN, SQL_NUMBER_READ, take_number);
	if (code == SQLITE_OK)
		code = load_table(journal, loading, SQL_KNOWN_SCAN, SQL_KNOWN_READ, take_known);
	return code;
}

void journal_load(struct journal *journal, struct memory *memory)
{
	size_t count = memory->wanted->number_count, missing = 0;
	struct loading loading = {.memory = memory};

	loading.missing = mem_zalloc(count + 1, sizeof(*loading.missing));
	for (size_t i = 0; i < count; i++) {
		loading.missing[i] = memory->numbers[i].known == 0;
		missing += loading.missing[i];
	}
	loading.scan = missing >= SCAN_FROM;
	/* Where it can't be read, nothing is known: that is no error here. */
	journal_read(journal, load_all, &loading);
	if (loading.strangers > LIMIT_NUMBERS)
		journal->sweep = true;
	mem_free(loading.missing);
}

struct saving {
	struct memory *memory;
	int64_t now;
};

/* 0 stands for none, and is NULL in the table. */
static void bind_set(sqlite3_stmt *statement, int at, int64_t value)
{
	if (value)
		sqlite3_bind_int64(statement, at, value);
}

static int save_value(struct journal *journal, const struct saving *saving, size_t i,
		      enum field_id id)
{
	sqlite3_stmt *write = journal_statement(journal, SQL_KNOWN_WRITE);
	const struct wanted *wanted = saving->memory->wanted;
	const struct memory_value *value = memory_value(&saving->memory->numbers[i], id);
	bool learnt = value->live != value->want;

	journal_bind(write, 1 + COLUMN_ACCOUNT, wanted->accounts[wanted->numbers[i].account].sid);
	journal_bind(write, 1 + COLUMN_NUMBER, wanted->numbers[i].number);
	journal_bind(write, 1 + COLUMN_FIELD, field_table[id].key);
	journal_bind(write, 1 + COLUMN_WANT, value->want);
	sqlite3_bind_int(write, 1 + COLUMN_SYNCED, value->synced);
	sqlite3_bind_int(write, 1 + COLUMN_LEARNT, learnt);
	journal_bind(write, 1 + COLUMN_LIVE, learnt ? value->live : NULL);
	sqlite3_bind_int(write, 1 + COLUMN_GUARDED, value->guarded);
	sqlite3_bind_int(write, 1 + COLUMN_UNDERWAY, value->underway);
	bind_set(write, 1 + COLUMN_APPROVED, (int64_t)value->approved);
	bind_set(write, 1 + COLUMN_APPROVED_UNTIL, value->approved_until);
	bind_set(write, 1 + COLUMN_SAID, (int64_t)value->said);
	for (int round = 0; value->fight && round < FIGHT_ROUNDS; round++)
		bind_set(write, 1 + COLUMN_PUT_BACK + round, value->fight->put_back[round]);
	if (value->fight) {
		bind_set(write, 1 + COLUMN_HELD_UNTIL, value->fight->held_until);
		bind_set(write, 1 + COLUMN_HOLDS, value->fight->holds);
		bind_set(write, 1 + COLUMN_HELD_FOR, (int64_t)value->fight->held_for);
	}
	sqlite3_bind_int64(write, 1 + COLUMN_SINCE, saving->now);
	return journal_run(write);
}

static int save_number(struct journal *journal, const struct saving *saving, size_t i)
{
	sqlite3_stmt *write = journal_statement(journal, SQL_NUMBER_WRITE);
	const struct wanted *wanted = saving->memory->wanted;
	const struct memory_number *number = &saving->memory->numbers[i];
	enum field_id id;
	field_mask rest;
	int code;

	journal_bind(write, 1, wanted->accounts[wanted->numbers[i].account].sid);
	journal_bind(write, 2, wanted->numbers[i].number);
	journal_bind(write, 3, number->sid);
	sqlite3_bind_int(write, 4, number->missing);
	code = journal_run(write);
	FIELD_FOREACH (id, rest, number->known) {
		if (code == SQLITE_OK)
			code = save_value(journal, saving, i, id);
	}
	return code;
}

static int save_account(struct journal *journal, const struct memory_account *account)
{
	sqlite3_stmt *write = journal_statement(journal, SQL_ACCOUNT_WRITE);

	journal_bind(write, 1, account->sid);
	sqlite3_bind_int(write, 2, account->known);
	sqlite3_bind_int64(write, 3, account->live);
	sqlite3_bind_int64(write, 4, account->declared);
	sqlite3_bind_int64(write, 5, (int64_t)account->strange);
	sqlite3_bind_int64(write, 6, account->strange_seen);
	return journal_run(write);
}

/* A number that nothing is known of has no row. */
static bool to_save(const struct journal *journal, const struct memory_number *number)
{
	return number->dirty ||
	       (journal->save_all && (number->known || number->sid || number->missing));
}

static int save_all(struct journal *journal, void *context)
{
	const struct saving *saving = context;
	const struct memory *memory = saving->memory;
	int code = SQLITE_OK;

	if (journal->sweep) {
		journal->save_all = true;
		code = journal_run(journal_statement(journal, SQL_KNOWN_CLEAR));
		if (code == SQLITE_OK)
			code = journal_run(journal_statement(journal, SQL_NUMBER_CLEAR));
	}
	for (size_t i = 0; i < memory->account_count && code == SQLITE_OK; i++) {
		if (journal->save_all || memory->accounts[i].dirty)
			code = save_account(journal, &memory->accounts[i]);
	}
	for (size_t i = 0; i < memory->wanted->number_count && code == SQLITE_OK; i++) {
		if (to_save(journal, &memory->numbers[i]))
			code = save_number(journal, saving, i);
	}
	return code;
}

static bool is_clean(const struct journal *journal, const struct memory *memory)
{
	if (journal->save_all || journal->sweep)
		return false;
	for (size_t i = 0; i < memory->account_count; i++) {
		if (memory->accounts[i].dirty)
			return false;
	}
	for (size_t i = 0; i < memory->wanted->number_count; i++) {
		if (memory->numbers[i].dirty)
			return false;
	}
	return true;
}

int journal_save(struct journal *journal, struct memory *memory, int64_t now)
{
	struct saving saving = {.memory = memory, .now = now};
	int code;

	journal->now = now;
	/* Looks at the file even if there is nothing to write: it may be gone. */
	if (journal->mode == JOURNAL_READ)
		return -EROFS;
	if (!journal_ready(journal) || !journal->writable)
		return -ENODATA;
	if (is_clean(journal, memory))
		return 0;
	code = journal_write(journal, false, save_all, &saving);
	if (code)
		return code;
	for (size_t i = 0; i < memory->account_count; i++)
		memory->accounts[i].dirty = false;
	for (size_t i = 0; i < memory->wanted->number_count; i++)
		memory->numbers[i].dirty = false;
	journal->save_all = journal->sweep = false;
	return 0;
}

struct forgetting {
	const char *number, *field;
};

static int forget(struct journal *journal, void *context)
{
	const struct forgetting *what = context;
	sqlite3_stmt *remove = journal_statement(journal, SQL_KNOWN_FORGET);

	journal_bind(remove, 1, what->number);
	journal_bind(remove, 2, what->field);
	return journal_run(remove);
}

int journal_forget(struct journal *journal, const char *number, const char *field)
{
	struct forgetting what = {number, field};

	return journal_write(journal, false, forget, &what);
}
