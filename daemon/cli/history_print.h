/*
 * Entries of the history as text for people. Pure: everything goes to a buffer.
 */
#ifndef NUMBERD_CLI_HISTORY_PRINT_H
#define NUMBERD_CLI_HISTORY_PRINT_H

#include "base/buf.h"
#include "journal/journal.h"

void history_print_text(struct buf *out, const struct history_entry *entry);

#endif
