#include "sys/disk/revision.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/text.h"
#include "sys/disk/file.h"

#define LONGEST_REF    4096
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
	if (length != 40 && length != 64)
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

static char *resolve_ref(const char *directory, const char *ref)
{
	cleanup(mem_cleanup) char *shared = read_text(directory, "commondir", LONGEST_REF);
	cleanup(mem_cleanup) char *common =
		shared ? join(directory, shared) : mem_strdup(directory);
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

char *revision_find(const char *path)
{
	char top[PATH_MAX];

	if (!realpath(path, top))
		return NULL;
	for (;;) {
		cleanup(mem_cleanup) char *folder = git_folder(top[0] ? top : "/");
		char *slash = strrchr(top, '/');

		if (folder)
			return read_head(folder);
		if (!slash || !top[0])
			return NULL;
		*slash = '\0';
	}
}
