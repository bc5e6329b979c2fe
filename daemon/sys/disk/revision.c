#include "sys/disk/revision.h"

#include <ctype.h>
#include <git2.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "sys/disk/file.h"

#define LONGEST_REF    4096
#define LONGEST_TEXT   500 /* of an author or a subject, in bytes */
#define LONGEST_PACKED (4 * 1024 * 1024)

/* A file of git's without the newline at its end; NULL where there is none. */
static char *read_text(const char *directory, const char *name, size_t ceiling)
{
	char path[PATH_MAX];
	struct error ignored;
	size_t length;
	char *text;

	if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path) ||
	    file_read(path, ceiling, &text, &length, NULL, &ignored) < 0)
		return NULL;
	text[text_trimmed_length(text, length)] = '\0';
	return text;
}

static bool is_commit(const char *text, size_t length)
{
	if (length != GIT_OID_HEXSZ)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (!isxdigit((unsigned char)text[i]))
			return false;
	}
	return true;
}

/* A path that git keeps in a file, perhaps relative to the folder of that file. */
static char *join(const char *directory, const char *path)
{
	char *joined;

	if (path[0] == '/')
		return mem_strdup(path);
	if (asprintf(&joined, "%s/%s", directory, path) < 0)
		abort();
	return joined;
}

/* "<commit> <ref>" lines. */
static char *find_packed(const char *common, const char *ref)
{
	cleanup(mem_cleanup) char *packed = read_text(common, "packed-refs", LONGEST_PACKED);
	char *rest = packed, *line;

	while ((line = strsep(&rest, "\n"))) {
		const char *space = strchr(line, ' ');

		if (space && strcmp(space + 1, ref) == 0 && is_commit(line, (size_t)(space - line)))
			return mem_strndup(line, (size_t)(space - line));
	}
	return NULL;
}

/* Where the work trees of one repository keep what they share. */
static char *common_folder(const char *folder)
{
	cleanup(mem_cleanup) char *shared = read_text(folder, "commondir", LONGEST_REF);

	return shared ? join(folder, shared) : mem_strdup(folder);
}

static char *resolve_ref(const char *directory, const char *ref)
{
	cleanup(mem_cleanup) char *common = common_folder(directory);
	char *commit;

	/* The name comes from a file: it must not lead out of git's folder. */
	if (!text_starts(ref, "refs/") || strstr(ref, ".."))
		return NULL;
	commit = read_text(directory, ref, LONGEST_REF);
	if (!commit)
		commit = read_text(common, ref, LONGEST_REF);
	if (commit && is_commit(commit, strlen(commit)))
		return commit;
	mem_free(commit);
	return find_packed(common, ref);
}

static char *read_head(const char *directory)
{
	cleanup(mem_cleanup) char *head = read_text(directory, "HEAD", LONGEST_REF);

	if (!head)
		return NULL;
	if (text_starts(head, "ref: "))
		return resolve_ref(directory, head + 5);
	return is_commit(head, strlen(head)) ? mem_strdup(head) : NULL;
}

/* git's folder of the work tree whose top this is, or NULL: ".git" itself, or what it points to. */
static char *git_folder(const char *top)
{
	cleanup(mem_cleanup) char *pointer = NULL;
	char path[PATH_MAX];
	struct stat info;

	if (snprintf(path, sizeof(path), "%s/.git", top) >= (int)sizeof(path) ||
	    stat(path, &info) < 0)
		return NULL;
	if (S_ISDIR(info.st_mode))
		return mem_strdup(path);
	pointer = read_text(top, ".git", LONGEST_REF);
	return pointer && text_starts(pointer, "gitdir: ") ? join(top, pointer + 8) : NULL;
}

/* The work tree that the file lies in: git's folder (mem_free), and `path` cut to the top. */
static char *find_top(char *path)
{
	char *slash;

	while ((slash = strrchr(path, '/'))) {
		char *folder;

		*slash = '\0';
		folder = git_folder(path[0] ? path : "/");
		if (folder)
			return folder;
	}
	return NULL;
}

enum likeness {
	ABSENT,  /* the commit has no such file */
	CHANGED, /* it has other bytes */
	SAME,
};

static enum likeness compare(const git_tree *tree, const char *top, const struct source_file *file)
{
	char path[PATH_MAX];
	size_t length = strlen(top);
	git_tree_entry *entry;
	enum likeness likeness = CHANGED;
	git_oid id;

	if (!realpath(file->name, path) || strncmp(path, top, length) != 0 || path[length] != '/' ||
	    git_tree_entry_bypath(&entry, tree, path + length + 1) < 0)
		return ABSENT;
	if (file->bytes && git_odb_hash(&id, file->bytes, file->length, GIT_OBJECT_BLOB) == 0 &&
	    git_oid_equal(&id, git_tree_entry_id(entry)))
		likeness = SAME;
	git_tree_entry_free(entry);
	return likeness;
}

/* Counts the files of each likeness. */
static void compare_all(const git_commit *commit, const char *top, const struct source_file *files,
			size_t count, size_t ret_counts[SAME + 1])
{
	git_tree *tree;

	if (git_commit_tree(&tree, commit) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		ret_counts[compare(tree, top, &files[i])]++;
	git_tree_free(tree);
}

/* What people wrote, without what could steer a terminal, and not endless. */
static char *shown(const char *text)
{
	struct buf buf = {0};

	if (!text)
		return NULL;
	text_add_printable(&buf, text, strnlen(text, LONGEST_TEXT));
	return buf_take(&buf);
}

static void describe(git_commit *commit, const char *name, bool dirty,
		     struct source_commit *ret_commit)
{
	const git_signature *author = git_commit_author(commit);

	if (asprintf(&ret_commit->revision, "%s%s", name, dirty ? "-dirty" : "") < 0)
		abort();
	ret_commit->author = shown(author ? author->name : NULL);
	ret_commit->subject = shown(git_commit_summary(commit));
	ret_commit->time = (int64_t)git_commit_time(commit) * 1000;
}

/* git's objects, and nothing else of the repository; NULL if they can't be opened. */
static git_repository *open_objects(const char *folder)
{
	cleanup(mem_cleanup) char *common = common_folder(folder);
	cleanup(mem_cleanup) char *path = join(common, "objects");
	git_repository *repository = NULL;
	git_odb *objects;

	if (git_odb_open(&objects, path) < 0)
		return NULL;
	if (git_repository_wrap_odb(&repository, objects) < 0)
		repository = NULL;
	git_odb_free(objects);
	return repository;
}

static git_commit *look_up(git_repository *repository, const char *name)
{
	git_commit *commit;
	git_oid id;

	if (git_oid_fromstr(&id, name) < 0 || git_commit_lookup(&commit, repository, &id) < 0)
		return NULL;
	return commit;
}

/* The library is started for this alone, and only where there is a work tree: it takes 5 ms. */
static bool find_commit(const char *folder, const char *name, const char *top,
			const struct source_file *files, size_t count,
			struct source_commit *ret_commit)
{
	size_t counts[SAME + 1] = {0};
	git_repository *repository;
	git_commit *commit = NULL;

	if (git_libgit2_init() < 0)
		return true;
	repository = open_objects(folder);
	if (repository)
		commit = look_up(repository, name);
	if (commit) {
		compare_all(commit, top, files, count, counts);
		if (counts[CHANGED] || counts[SAME])
			describe(commit, name, counts[CHANGED] || counts[ABSENT], ret_commit);
	}
	git_commit_free(commit);
	git_repository_free(repository);
	git_libgit2_shutdown();
	return !counts[CHANGED] && !counts[ABSENT];
}

bool revision_find(const struct source_file *files, size_t count, struct source_commit *ret_commit)
{
	cleanup(mem_cleanup) char *folder = NULL, *name = NULL;
	char top[PATH_MAX];

	*ret_commit = (struct source_commit){0};
	if (!realpath(files[0].name, top))
		return true;
	folder = find_top(top);
	name = folder ? read_head(folder) : NULL;
	return !name || find_commit(folder, name, top, files, count, ret_commit);
}
