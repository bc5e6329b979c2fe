/*
 * Small questions about text: spelling, spans of time, moments, and how to show a value safely.
 * Pure; nothing here depends on the locale.
 */
#ifndef NUMBERD_BASE_TEXT_H
#define NUMBERD_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

bool text_equal(const char *a, const char *b); /* NULL equals NULL only */
bool text_starts(const char *text, const char *prefix);

/* NULL or "" */
static inline bool text_is_empty(const char *text)
{
	return !text || !*text;
}

/* NULL, or nothing but white space. */
bool text_is_blank(const char *text);

/* Length without white space at the end. */
size_t text_trimmed_length(const char *text, size_t length);

/* Number of characters (code points), or -1 where the bytes are not UTF-8 (RFC 3629). */
long text_utf8_length(const char *text, size_t length);

/* Offset of the first byte that is not UTF-8, or `length`. */
size_t text_utf8_valid_length(const char *text, size_t length);

/*
 * The candidate that a person most likely meant by `word`, or NULL where none is near (more than a
 * third of its letters away, by the distance of Damerau and Levenshtein). candidate(context, i)
 * gives the i-th name, NULL at the end.
 */
const char *text_suggest(const char *word, const char *(*candidate)(const void *context, size_t i),
			 const void *context);

/* "250ms", "90", "60s", "5m", "2h", "1d", "1h30m" to milliseconds; a bare number is seconds. */
bool text_parse_duration(const char *text, int64_t *ret_ms);

/* The shortest of the same spelling: 90000 is "1m30s". */
void text_add_duration(struct buf *buf, int64_t ms);

/* Whole text as a decimal number in min..max. */
bool text_parse_int(const char *text, int64_t min, int64_t max, int64_t *ret_value);

#define TEXT_SID_DIGITS 32

/* True of the prefix ("PN") with 32 hexadecimal digits behind, and nothing else. */
bool text_is_sid(const char *text, const char *prefix);

/* RFC 3339 in UTC, whole seconds: "2026-11-23T09:00:00Z". */
void text_add_time(struct buf *buf, int64_t wall_ms);

/*
 * Text that can't steer a terminal or break a line: control characters, those that turn the
 * direction of a line or can't be seen, and broken UTF-8 become "\xNN", byte by byte.
 */
void text_add_printable(struct buf *buf, const char *text, size_t length);

/*
 * A value, or a line with values in it, as it may be shown to people and kept in logs: of each URL
 * user:password@ becomes "redacted@" and each value of its query becomes "redacted"; the rest is
 * text_add_printable(). NULL adds nothing. What was shown once stays as it is when it is shown
 * again.
 */
void text_add_shown(struct buf *buf, const char *value);

/* A JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. */
void text_add_json(struct buf *buf, const char *text);

#endif
