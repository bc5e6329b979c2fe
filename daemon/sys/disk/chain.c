#include "sys/disk/chain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MOST_LINKS 40 /* as the kernel's own limit, path_resolution(7) */

struct walk {
	char current[PATH_MAX]; /* without symlinks; "" is the root */
	char rest[PATH_MAX];    /* still to be looked up */
	int links;
};

/* Takes the next name off `rest`; "" at the end. */
static void take_name(struct walk *walk, char name[NAME_MAX + 1])
{
	const char *at = walk->rest + strspn(walk->rest, "/");
	size_t length = strcspn(at, "/");

	snprintf(name, NAME_MAX + 1, "%.*s", (int)length, at);
	memmove(walk->rest, at + length, strlen(at + length) + 1);
}

static int follow_link(struct walk *walk, const char *path)
{
	char target[PATH_MAX], joined[2 * PATH_MAX];
	ssize_t length = readlink(path, target, sizeof(target) - 1);

	if (length < 0)
		return -errno;
	if (++walk->links > MOST_LINKS)
		return -ELOOP;
	target[length] = '\0';
	snprintf(joined, sizeof(joined), "%s/%s", target, walk->rest);
	if (strlen(joined) >= sizeof(walk->rest))
		return -ENAMETOOLONG;
	strcpy(walk->rest, joined);
	if (target[0] == '/')
		walk->current[0] = '\0';
	return 0;
}

static int look_up(struct walk *walk, const char *name, struct stat *ret_info)
{
	char path[PATH_MAX + NAME_MAX + 2];

	snprintf(path, sizeof(path), "%s/%s", walk->current, name);
	if (strlen(path) >= sizeof(walk->current))
		return -ENAMETOOLONG;
	if (lstat(path, ret_info) < 0)
		return -errno;
	if (S_ISLNK(ret_info->st_mode))
		return follow_link(walk, path);
	strcpy(walk->current, path);
	return 0;
}

int chain_walk(const char *path, chain_step *step, void *context, char ret_end[PATH_MAX],
	       struct stat *ret_info)
{
	struct walk walk = {.links = 0};
	char name[NAME_MAX + 1];
	struct stat info;

	if (strlen(path) >= sizeof(walk.rest))
		return -ENAMETOOLONG;
	strcpy(walk.rest, path);
	for (take_name(&walk, name); name[0]; take_name(&walk, name)) {
		int result;

		if (strcmp(name, ".") == 0)
			continue;
		if (strcmp(name, "..") == 0) {
			char *last = strrchr(walk.current, '/');

			if (last)
				*last = '\0';
			continue;
		}
		step(context, walk.current[0] ? walk.current : "/", name);
		result = look_up(&walk, name, &info);
		if (result < 0)
			return result;
	}
	/* The last look-up may have been of a link that led back up with "..". */
	if (lstat(walk.current[0] ? walk.current : "/", &info) < 0)
		return -errno;
	strcpy(ret_end, walk.current[0] ? walk.current : "/");
	*ret_info = info;
	return 0;
}
