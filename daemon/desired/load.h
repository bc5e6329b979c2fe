/*
 * From the bytes of the user's files to a whole, valid struct wanted, or to diagnostics. What could
 * not be read at all is a diagnostic like any other.
 */
#ifndef NUMBERD_DESIRED_LOAD_H
#define NUMBERD_DESIRED_LOAD_H

#include "base/diag.h"
#include "base/source.h"
#include "desired/wanted.h"

/* NULL where anything is wrong; diag says what. Warnings come with a wanted too. */
struct wanted *load_wanted(const struct source_snapshot *snapshot, const char *default_account,
			   struct diag *diag);

#endif
