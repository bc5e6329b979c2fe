/*
 * What the files declare: whole, valid, immutable. It is built from the bytes of one or more files,
 * or not at all: with a single error in any of them there is no wanted, only diagnostics.
 *
 * A field that a number doesn't declare (by itself, its group or the defaults) is not in its
 * record: it is not managed, never compared, never sent. Each value carries the mark of the line
 * that asks for it, be it the number's own, the group's or the defaults'.
 *
 * It does no I/O: bytes come from the caller, and what is found wrong goes to a struct diag.
 */
#ifndef NUMBERD_DESIRED_WANTED_H
#define NUMBERD_DESIRED_WANTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "twilio/record.h"

enum on_change { ON_CHANGE_APPLY, ON_CHANGE_HOLD };
enum on_drift { ON_DRIFT_REVERT, ON_DRIFT_REPORT };

/* limits.max_changes: a share of the numbers that the file declares, or a count. */
struct change_limit {
	bool is_count;
	int64_t count;    /* of changed numbers, 0 or more */
	int64_t permille; /* of a share: 300 is 30 %; counted from CHANGE_SHARE_FROM numbers up */
	struct mark mark; /* of the value, line 0 where it is the default */
};

#define CHANGE_SHARE_DEFAULT 300 /* permille */
#define CHANGE_SHARE_FROM    10  /* declared numbers; below it a share is no limit */

/* True if so many changed numbers, of those that are declared, are over the limit. */
bool change_limit_exceeds(const struct change_limit *limit, uint32_t numbers, uint32_t declared);

/* "30 %", "12.5 %", "5" */
void change_limit_add(struct buf *buf, const struct change_limit *limit);

struct wanted_file {
	const char *name;  /* as the user named it */
	uint32_t account;  /* index into accounts */
	uint32_t declared; /* numbers */
	bool allow_transfer;
	struct change_limit limit;
};

struct wanted_account {
	const char *sid;
	uint32_t first; /* of its numbers in `numbers`, which stand together */
	uint32_t count;
};

struct wanted_number {
	const char *number; /* E.164: "+14155550100" */
	uint32_t account;
	uint32_t file;
	struct mark mark; /* of the key that declares it */
	enum on_change on_change;
	enum on_drift on_drift;
	struct record record;
	const struct mark *marks; /* one for each value of the record, in its order */
};

struct wanted {
	struct arena arena; /* everything below lives here, except `numbers` itself */
	const struct wanted_file *files;
	size_t file_count;
	const struct wanted_account *accounts; /* sorted by sid */
	size_t account_count;
	const struct wanted_number *numbers; /* sorted by account, then by number (bytewise) */
	size_t number_count;
};

struct wanted_source {
	const char *name;
	const char *bytes;
	size_t length;
};

/*
 * Reads all files. `default_account` (TWILIO_ACCOUNT_SID, or NULL) owns the numbers of a file that
 * names no account. Adds what it finds to `diag`; returns NULL if there was an error, else a wanted
 * that the caller frees. No files at all is an error, a file without numbers is not.
 */
struct wanted *wanted_read(const struct wanted_source *sources, size_t count,
			   const char *default_account, struct diag *diag);
void wanted_free(struct wanted *wanted);

/* Index of a number, whosever it is; number_count: no file declares it. */
size_t wanted_find(const struct wanted *wanted, const char *number);

/* The mark of the line that asks for a field of a number; the field must be declared. */
struct mark wanted_mark(const struct wanted_number *number, enum field_id id);

#endif
