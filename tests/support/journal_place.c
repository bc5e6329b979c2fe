#include "support/journal_place.h"

#include "test.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "support/declared.h"

int place_make(void **state)
{
	struct place *place = mem_zalloc(1, sizeof(*place));

	strcpy(place->directory, "/tmp/numberd-journal-XXXXXX");
	assert_non_null(mkdtemp(place->directory));
	snprintf(place->state, sizeof(place->state), "%s/state", place->directory);
	snprintf(place->db, sizeof(place->db), "%s/numberd.db", place->state);
	*state = place;
	return 0;
}

static int delete_one(const char *path, const struct stat *info, int type, struct FTW *walk)
{
	(void)info;
	(void)type;
	(void)walk;
	return remove(path);
}

void place_delete(const char *path)
{
	assert_int_equal(nftw(path, delete_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

int place_remove(void **state)
{
	struct place *place = *state;

	place_delete(place->directory);
	mem_free(place);
	return 0;
}

struct journal *place_open(const struct place *place, enum journal_mode mode)
{
	struct journal *journal = NULL;
	struct error error = {0};

	if (journal_open(place->state, mode, NULL, NOW, &journal, &error) != 0)
		fail_msg("%s", error.text);
	return journal;
}

int place_save(struct journal *journal, size_t count)
{
	struct wanted *wanted = in_force_new(1, count, 1);
	struct memory *memory = memory_new(wanted);
	int code;

	for (size_t i = 0; i < count; i++)
		memory_sync(&memory->numbers[i], FIELD_VOICE_URL, "https://ivr.example.com/voice",
			    "https://ivr.example.com/voice");
	memory_account(memory, DECLARED_ACCOUNT)->known = true;
	memory->accounts[0].dirty = true;
	code = journal_save(journal, memory, NOW);
	memory_free(memory);
	in_force_free(wanted);
	return code;
}

int64_t place_add(struct journal *journal, enum history_outcome outcome)
{
	struct history_entry entry = {
		.at = NOW,
		.account = DECLARED_ACCOUNT,
		.number = "+14150000001",
		.field = "voice_url",
		.kind = "change",
		.before = "https://old.example.com/",
		.after = "https://ivr.example.com/voice",
		.outcome = outcome,
	};

	history_add(journal, &entry, 1);
	return entry.id;
}

void place_fill(const struct place *place, size_t count)
{
	struct journal *journal = place_open(place, JOURNAL_WRITE);

	place_assert_quiet(journal);
	assert_int_equal(place_save(journal, count), 0);
	assert_true(place_add(journal, HISTORY_DONE) > 0);
	journal_close(journal);
}

size_t place_known(struct journal *journal, size_t count)
{
	struct wanted *wanted = in_force_new(1, count, 1);
	struct memory *memory = memory_new(wanted);
	size_t known = 0;

	journal_load(journal, memory);
	for (size_t i = 0; i < count; i++) {
		const struct memory_value *value =
			memory_value(&memory->numbers[i], FIELD_VOICE_URL);

		known += value && value->synced &&
			 text_equal(value->live, "https://ivr.example.com/voice");
	}
	memory_free(memory);
	in_force_free(wanted);
	return known;
}

static void count_row(void *context, const struct history_entry *entry)
{
	size_t *count = context;

	assert_true(entry->id > 0);
	++*count;
}

size_t place_history(struct journal *journal, const struct history_filter *filter)
{
	const struct history_filter any = {.outcome = -1};
	struct error error = {0};
	size_t count = 0;

	if (history_read(journal, filter ? filter : &any, count_row, &count, &error) != 0)
		fail_msg("%s", error.text);
	return count;
}

void place_assert_quiet(struct journal *journal)
{
	const char *trouble = journal_trouble(journal);

	if (trouble)
		fail_msg("unexpected trouble: %s", trouble);
}

void place_assert_told(struct journal *journal, const char *words)
{
	const char *trouble = journal_trouble(journal);

	if (!trouble || !strstr(trouble, words))
		fail_msg("expected trouble with '%s', not: %s", words, trouble ? trouble : "none");
}

size_t place_count(const struct place *place, const char *start)
{
	DIR *dir = opendir(place->state);
	size_t count = 0;

	for (struct dirent *entry; dir && (entry = readdir(dir));)
		count += text_starts(entry->d_name, start);
	if (dir)
		closedir(dir);
	return count;
}

void place_sql(const struct place *place, const char *sql)
{
	sqlite3 *db = NULL;
	char *message = NULL;

	assert_int_equal(sqlite3_open(place->db, &db), SQLITE_OK);
	sqlite3_exec(db, sql, NULL, NULL, &message);
	if (message)
		fail_msg("%s", message);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

long place_size(const struct place *place, const char *suffix)
{
	struct stat info;
	char path[128];

	snprintf(path, sizeof(path), "%s%s", place->db, suffix);
	return stat(path, &info) == 0 ? (long)info.st_size : -1;
}

void place_harm(const char *path, enum place_harm how)
{
	struct stat info;
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	assert_int_equal(fstat(fd, &info), 0);
	if (how == HARM_DELETE || how == HARM_REPLACE)
		assert_int_equal(unlink(path), 0);
	if (how == HARM_REPLACE) {
		close(fd);
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		assert_int_equal(write(fd, "quite another file", 18), 18);
	}
	if (how == HARM_EMPTY || how == HARM_HALVE)
		assert_int_equal(ftruncate(fd, how == HARM_EMPTY ? 0 : info.st_size / 2), 0);
	for (off_t at = 0; at < info.st_size && (how == HARM_ZEROS || how == HARM_NOISE); at++) {
		char byte = how == HARM_ZEROS ? 0 : (char)(at * 131 + 7);

		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	}
	close(fd);
}
