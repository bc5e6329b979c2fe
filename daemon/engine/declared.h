/*
 * The file in force: the last one that was valid. Reads the source, compares by content, and keeps
 * a new valid file ready until its owner takes it; a bad one is reported, once, and changes
 * nothing.
 */
#ifndef NUMBERD_ENGINE_DECLARED_H
#define NUMBERD_ENGINE_DECLARED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"
#include "base/source.h"
#include "model/wanted.h"

struct declared;

struct declared *declared_new(const struct source *source, const char *default_account,
			      const struct log *log);
void declared_free(struct declared *declared);

/*
 * Reads the source. Afterwards declared_has_next() if the content has changed and is valid. Half a
 * file is not looked at: declared_retry_at() says when to read again (monotonic; NEVER if not).
 */
void declared_read(struct declared *declared, int64_t now);
int64_t declared_retry_at(const struct declared *declared);

bool declared_has_next(const struct declared *declared);
const struct wanted *declared_next(const struct declared *declared);

/* The next one comes into force; the old one is freed. */
void declared_take(struct declared *declared);

/* In force; NULL before the first valid file. */
const struct wanted *declared_wanted(const struct declared *declared);
const char *declared_revision(const struct declared *declared);

/* Why the file on the disk is not the one in force (the first finding), or NULL. */
const char *declared_error(const struct declared *declared);

#endif
