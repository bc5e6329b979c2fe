#include "base/source.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"

void source_commit_finish(struct source_commit *commit)
{
	mem_free(commit->revision);
	mem_free(commit->author);
	mem_free(commit->subject);
	*commit = (struct source_commit){0};
}

bool source_commit_equal(const struct source_commit *a, const struct source_commit *b)
{
	return text_equal(a->revision, b->revision) && text_equal(a->author, b->author) &&
	       text_equal(a->subject, b->subject) && a->time == b->time;
}

void source_snapshot_free(struct source_snapshot *snapshot)
{
	if (!snapshot)
		return;
	for (size_t i = 0; i < snapshot->count; i++) {
		mem_free(snapshot->files[i].name);
		mem_free(snapshot->files[i].bytes);
	}
	mem_free(snapshot->files);
	source_commit_finish(&snapshot->commit);
	mem_free(snapshot);
}

static bool file_equal(const struct source_file *a, const struct source_file *b)
{
	if (!text_equal(a->name, b->name) || a->error.code != b->error.code)
		return false;
	if (a->error.code < 0)
		return true;
	return a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0;
}

bool source_snapshot_equal(const struct source_snapshot *a, const struct source_snapshot *b)
{
	if (!a || !b)
		return a == b;
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!file_equal(&a->files[i], &b->files[i]))
			return false;
	return true;
}
