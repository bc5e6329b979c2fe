/*
 * What the daemon knows, as JSON: the body of /v1/status and /v1/history, documented in
 * docs/http.md. Pure: it looks at what it is given and writes to a buffer.
 */
#ifndef NUMBERD_FACES_STATUS_H
#define NUMBERD_FACES_STATUS_H

#include "base/buf.h"
#include "engine/reconcile.h"
#include "journal/journal.h"

/* `only`: a number, or NULL for all. */
void status_add_json(struct buf *out, const struct reconcile_state *state, const char *only);

/* One entry of the history as a JSON object. */
void status_add_entry(struct buf *out, const struct history_entry *entry);

#endif
