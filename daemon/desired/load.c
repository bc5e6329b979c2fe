#include "desired/load.h"

#include "base/mem.h"

struct wanted *load_wanted(const struct source_snapshot *snapshot, const char *default_account,
			   struct diag *diag)
{
	struct wanted_source *sources = mem_zalloc(snapshot->count + 1, sizeof(*sources));
	size_t errors = diag->errors, count = 0;
	struct wanted *wanted;

	for (size_t i = 0; i < snapshot->count; i++) {
		const struct source_file *file = &snapshot->files[i];

		if (file->error.code < 0)
			diag_add(diag, DIAG_ERROR, (struct mark){.file = file->name}, 1, "%s",
				 file->error.text);
		else
			sources[count++] = (struct wanted_source){
				.name = file->name, .bytes = file->bytes, .length = file->length};
	}
	/* Files that can be read are checked all the same, so that everything is said at once. */
	wanted = count ? wanted_read(sources, count, default_account, diag) : NULL;
	mem_free(sources);
	if (diag->errors > errors) {
		wanted_free(wanted);
		return NULL;
	}
	return wanted;
}
