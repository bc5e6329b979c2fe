/*
 * JSON that is written as it goes, without a tree. Values are shown as people may see them
 * (text_add_shown): redacted, and safe for a terminal.
 */
#ifndef NUMBERD_BASE_JSON_H
#define NUMBERD_BASE_JSON_H

#include <stdint.h>

#include "base/buf.h"

/* A string, or null for NULL. */
void json_add_text(struct buf *out, const char *text);

/* "key": and the text. */
void json_add_member(struct buf *out, const char *key, const char *text);

/* "key": and the moment in RFC 3339, null for 0. */
void json_add_time(struct buf *out, const char *key, int64_t wall_ms);

#endif
