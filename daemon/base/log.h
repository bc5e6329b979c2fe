/*
 * One line an event. An event has a stable name ("drift") that alerts may rely on, a sentence for
 * people, and fields. As text:
 *
 *   2026-11-23T09:00:00Z warning: +14155550100: somebody changed voice_url event=drift number=...
 *
 * as JSON one object a line with time, level, event, message and the fields. Values with spaces are
 * quoted. For the journal of systemd it is an entry of its native protocol:
 *
 *   MESSAGE=+14155550100: somebody changed voice_url event=drift number=...
 *   PRIORITY=4
 *   SYSLOG_IDENTIFIER=numberd
 *   NUMBERD_EVENT=drift
 *   NUMBERD_NUMBER=+14155550100
 *
 * or, where it takes none, a line of text with "<4>" in front and no time.
 *
 * It never writes by itself: a whole line, its newline included, is handed to `write`. Values are
 * written as they are given, but for control characters and broken UTF-8; redacting is the caller's
 * (text_add_shown).
 */
#ifndef NUMBERD_BASE_LOG_H
#define NUMBERD_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_NOTICE,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JOURNAL, LOG_FORMAT_JSON };

struct log_field {
	const char *key;
	const char *value; /* NULL: the field is left out */
};

struct log {
	enum log_level level; /* events above it are dropped */
	enum log_format format;
	const struct clock *clock;
	void (*write)(void *context, const char *line, size_t length);
	void *context;
	/* For LOG_FORMAT_JOURNAL: takes an entry. False: it can't, `write` gets a line. Or NULL. */
	bool (*entry)(void *context, const char *entry, size_t length);
	/* How many lines could not be written so far; NULL: none is ever lost. */
	uint64_t (*dropped)(void *context);
};

/* As its `dropped` says. */
uint64_t log_dropped(const struct log *log);

/* "error" ... "debug", the names that settings use; NULL past the end. */
const char *log_level_name(enum log_level level);
bool log_level_parse(const char *name, enum log_level *ret_level);

void log_write(const struct log *log, enum log_level level, const char *event, const char *message,
	       const struct log_field *fields, size_t count);

/* log_event(log, LOG_LEVEL_INFO, "pass", "in sync", {"numbers", "40"}, {"took", "90ms"}) */
#define log_event(log, level, event, message, ...)                                                 \
	log_write((log), (level), (event), (message),                                              \
		  (const struct log_field[]){{NULL, NULL}, __VA_ARGS__},                           \
		  sizeof((const struct log_field[]){{NULL, NULL}, __VA_ARGS__}) /                  \
			  sizeof(struct log_field))

#endif
