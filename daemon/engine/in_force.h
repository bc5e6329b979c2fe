/*
 * The file in force: the last one that was valid. Reads the source, compares by content, and keeps
 * a new valid file ready until its owner takes it; a bad one is reported, once, and changes
 * nothing.
 */
#ifndef NUMBERD_ENGINE_IN_FORCE_H
#define NUMBERD_ENGINE_IN_FORCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"
#include "base/source.h"
#include "desired/wanted.h"

struct in_force;

struct in_force *in_force_new(const struct source *source, const char *default_account,
			      const struct log *log);
void in_force_free(struct in_force *declared);

/*
 * Reads the source. Afterwards in_force_has_next() if the content has changed and is valid. Half a
 * file is not looked at: in_force_retry_at() says when to read again (monotonic; NEVER if not).
 */
void in_force_read(struct in_force *declared, int64_t now);
int64_t in_force_retry_at(const struct in_force *declared);

bool in_force_has_next(const struct in_force *declared);
const struct wanted *in_force_next(const struct in_force *declared);

/* The next one comes into force; the old one is freed. */
void in_force_take(struct in_force *declared);

/* In force; NULL before the first valid file. */
const struct wanted *in_force_wanted(const struct in_force *declared);

/* Of the file in force; taken anew by each reading. Valid until the next one. */
const struct source_commit *in_force_commit(const struct in_force *declared);
const char *in_force_revision(const struct in_force *declared);

/* Why the file on the disk is not the one in force (the first finding), or NULL. */
const char *in_force_error(const struct in_force *declared);

#endif
