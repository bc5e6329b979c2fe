#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "journal/journal_db.h"

const char *const journal_suffix[PART_COUNT] = {"", "-wal", "-shm"};

#define LOCK_TEXT 256

static void part_path(const struct journal *journal, enum journal_part part, struct buf *ret_path)
{
	buf_clear(ret_path);
	buf_add_text(ret_path, journal->path);
	buf_add_text(ret_path, journal_suffix[part]);
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev;
}

/* "numberd run": our name and first argument, as far as they are short and plain. */
static void command_name(char *ret_name, size_t size)
{
	char line[LOCK_TEXT] = "";
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);
	const char *verb;

	if (fd >= 0)
		close(fd);
	line[length > 0 ? length : 0] = '\0';
	verb = line + strlen(line) + 1;
	if (verb >= line + length || strlen(verb) > 16 ||
	    strspn(verb, "abcdefghijklmnopqrstuvwxyz") != strlen(verb))
		verb = "";
	snprintf(ret_name, size, "%s%s%s", program_invocation_short_name, *verb ? " " : "", verb);
}

static void write_holder(int lock, int64_t now)
{
	struct buf text = {0};
	char command[64];

	command_name(command, sizeof(command));
	buf_printf(&text, "%ld ", (long)getpid());
	text_add_time(&text, now);
	buf_printf(&text, " %s\n", command);
	/* Only to be read by people and by who comes second: the lock is what counts. */
	if (ftruncate(lock, 0) == 0)
		(void)!pwrite(lock, buf_text(&text), text.length, 0);
	buf_finish(&text);
}

static int say_holder(int lock, const char *directory, struct error *error)
{
	char text[LOCK_TEXT] = "", *since, *command;
	ssize_t length = pread(lock, text, sizeof(text) - 1, 0);

	text[length > 0 ? length : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	since = strchr(text, ' ');
	command = since ? strchr(since + 1, ' ') : NULL;
	if (!command)
		return error_set(error, -EBUSY, "another numberd works in %s", directory);
	*since++ = *command++ = '\0';
	return error_set(error, -EBUSY,
			 "'%s' (pid %s, since %s) works in %s. To have it make a pass now: "
			 "'numberd sync'; to stop it: 'systemctl stop numberd' or 'kill %s'; to "
			 "work beside it: another --state-dir",
			 command, text, since, directory, text);
}

int journal_lock(const char *directory, int64_t now, int *ret_lock, struct error *error)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct buf path = {0};
	int lock, code;

	if (mkdir(directory, 0750) != 0 && errno != EEXIST)
		return error_set_errno(error, -errno, "can't make %s", directory);
	buf_printf(&path, "%s/lock", directory);
	lock = open(buf_text(&path), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	code = lock < 0 ? -errno : 0;
	if (code)
		error_set_errno(error, code, "can't open %s", buf_text(&path));
	else if (fcntl(lock, F_OFD_SETLK, &whole) != 0)
		code = errno == EWOULDBLOCK
			       ? say_holder(lock, directory, error)
			       : error_set_errno(error, -errno, "can't lock %s", buf_text(&path));
	buf_finish(&path);
	if (code) {
		if (lock >= 0)
			close(lock);
		return code;
	}
	write_holder(lock, now);
	*ret_lock = lock;
	return 0;
}

int journal_keep_lock(struct journal *journal, struct error *error)
{
	size_t length = (size_t)(strrchr(journal->path, '/') - journal->path);
	char *directory = mem_strndup(journal->path, length);
	struct stat held = {0}, there;
	struct buf path = {0};
	int code = 0;

	buf_printf(&path, "%s/lock", directory);
	if (journal->lock >= 0)
		fstat(journal->lock, &held);
	if (stat(buf_text(&path), &there) != 0 || !same_file(&held, &there)) {
		if (journal->lock >= 0)
			close(journal->lock);
		journal->lock = -1;
		code = journal_lock(directory, journal->now, &journal->lock, error);
	}
	buf_finish(&path);
	mem_free(directory);
	return code;
}

/* It has passwords within URLs. */
static void narrow(struct journal *journal, const char *path, mode_t mode)
{
	if ((mode & 077) && chmod(path, 0600) == 0)
		journal_note(journal,
			     "%s could be read by others (mode %04o): its mode is 0600 now", path,
			     (unsigned)mode & 07777);
}

int journal_make(struct journal *journal, struct error *error)
{
	struct buf path = {0};
	struct stat info;
	int fd, code = 0;

	for (int part = 0; part < PART_COUNT && !code; part++) {
		part_path(journal, part, &path);
		if (lstat(buf_text(&path), &info) != 0)
			continue;
		if (!S_ISREG(info.st_mode))
			code = error_set(error, -ENOTSUP, "%s is not a regular file",
					 buf_text(&path));
		else
			narrow(journal, buf_text(&path), info.st_mode);
	}
	buf_finish(&path);
	if (code)
		return code;
	/* SQLite would make it with mode 0644; what it puts beside it takes the mode of this. */
	fd = open(journal->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	else if (errno != EEXIST)
		return error_set_errno(error, -errno, "can't make %s", journal->path);
	return 0;
}

/* How many were set aside before. */
static unsigned count_aside(const char *path)
{
	struct buf start = {0};
	const char *slash = strrchr(path, '/');
	char *directory = mem_strndup(path, (size_t)(slash - path) + 1);
	DIR *dir = opendir(directory);
	unsigned count = 0;

	buf_printf(&start, "%s.bad-", slash + 1);
	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		size_t length = strlen(entry->d_name);

		count += text_starts(entry->d_name, buf_text(&start)) &&
			 strcmp(entry->d_name + length - 4, "-wal") != 0 &&
			 strcmp(entry->d_name + length - 4, "-shm") != 0;
	}
	if (dir)
		closedir(dir);
	mem_free(directory);
	buf_finish(&start);
	return count;
}

/* A name that nothing has yet. */
static void choose_name(const struct journal *journal, struct buf *ret_name)
{
	time_t seconds = (time_t)(journal->now / 1000);
	struct stat info;
	struct tm utc;
	char when[32];

	gmtime_r(&seconds, &utc);
	strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &utc);
	for (unsigned i = 1; i <= LIMIT_JOURNALS_ASIDE + 1; i++) {
		buf_clear(ret_name);
		buf_printf(ret_name, "%s.bad-%s", journal->path, when);
		if (i > 1)
			buf_printf(ret_name, "-%u", i);
		if (lstat(buf_text(ret_name), &info) != 0)
			return;
	}
}

int journal_set_aside(const struct journal *journal, struct buf *ret_name, struct error *error)
{
	struct buf from = {0}, to = {0};
	int code = 0;

	if (count_aside(journal->path) >= LIMIT_JOURNALS_ASIDE)
		return error_set(error, -EDQUOT,
				 "%d bad ones (%s.bad-*) lie there already: look at "
				 "the disk, and remove those",
				 LIMIT_JOURNALS_ASIDE, journal->path);
	choose_name(journal, ret_name);
	for (int part = 0; part < PART_COUNT && !code; part++) {
		part_path(journal, part, &from);
		buf_clear(&to);
		buf_printf(&to, "%s%s", buf_text(ret_name), journal_suffix[part]);
		if (rename(buf_text(&from), buf_text(&to)) != 0 && errno != ENOENT)
			code = error_set_errno(error, -errno, "can't rename %s", buf_text(&from));
	}
	buf_finish(&from);
	buf_finish(&to);
	return code;
}

static void look_at(const struct journal *journal, struct stat parts[PART_COUNT])
{
	struct buf path = {0};

	for (int part = 0; part < PART_COUNT; part++) {
		part_path(journal, part, &path);
		if (lstat(buf_text(&path), &parts[part]) != 0)
			parts[part] = (struct stat){0};
	}
	buf_finish(&path);
}

void journal_watch(struct journal *journal)
{
	if (!journal->vfs)
		look_at(journal, journal->parts);
}

static bool same_content(const struct stat *a, const struct stat *b)
{
	return same_file(a, b) && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

enum journal_change journal_look(struct journal *journal)
{
	struct stat now[PART_COUNT], *old = journal->parts;
	struct buf path = {0};
	enum journal_change change = CHANGE_NONE;

	if (journal->vfs)
		return CHANGE_NONE;
	look_at(journal, now);
	/* SQLite has the third part mapped, and would die of SIGBUS where it was cut off. Made
	 * whole with zeros, it is built up again from the second. */
	if (same_file(&now[PART_SHM], &old[PART_SHM]) &&
	    now[PART_SHM].st_size < old[PART_SHM].st_size) {
		part_path(journal, PART_SHM, &path);
		if (truncate(buf_text(&path), old[PART_SHM].st_size) == 0)
			change = CHANGE_TOUCHED;
	}
	if (!same_file(&now[PART_DB], &old[PART_DB])) {
		/* A write-ahead log of the lost file would be played into the one that comes. */
		if (now[PART_WAL].st_ino && same_file(&now[PART_WAL], &old[PART_WAL])) {
			part_path(journal, PART_WAL, &path);
			unlink(buf_text(&path));
		}
		change = CHANGE_GONE;
	} else if (!same_content(&now[PART_DB], &old[PART_DB]) ||
		   !same_content(&now[PART_WAL], &old[PART_WAL]) ||
		   !same_file(&now[PART_SHM], &old[PART_SHM])) {
		change = CHANGE_TOUCHED;
	}
	buf_finish(&path);
	return change;
}
