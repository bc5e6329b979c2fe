/*
 * Which commit of git files belong to: the one checked out in the work tree they lie in, who made
 * it, and whether the bytes that were read are what was committed.
 *
 * HEAD is read from git's own files, and commits and trees by libgit2's object database alone. So
 * no configuration of the repository, of the user or of the system is looked at: nothing there can
 * run a program, include a file or refuse the owner of a folder. Only a commit, and the trees on
 * the way to the files, are looked up, so the size of a repository does not matter. It never
 * writes.
 *
 * Source: gitrepository-layout(5).
 */
#ifndef NUMBERD_SYS_DISK_REVISION_H
#define NUMBERD_SYS_DISK_REVISION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/source.h"

/*
 * The commit of files that were read, in the work tree of the first. `revision` ends in "-dirty"
 * where a file is not as the commit has it. All zero: no work tree, no commit yet, none of the
 * files is in the commit (git ignores them, or nobody added them), or a repository that can't be
 * read. source_commit_finish() frees it.
 *
 * False where there is a commit and the content of a file is not what it has: edited, not added,
 * or git has written the files of the next one and HEAD is still to follow.
 */
bool revision_find(const struct source_file *files, size_t count, struct source_commit *ret_commit);

#endif
