#include "base/log.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"

/* The number is the priority that syslog and systemd give the level. */
static const struct {
	const char *name;
	int priority;
} levels[] = {
	[LOG_LEVEL_ERROR] = {"error", 3},   [LOG_LEVEL_WARNING] = {"warning", 4},
	[LOG_LEVEL_NOTICE] = {"notice", 5}, [LOG_LEVEL_INFO] = {"info", 6},
	[LOG_LEVEL_DEBUG] = {"debug", 7},
};

const char *log_level_name(enum log_level level)
{
	return level <= LOG_LEVEL_DEBUG ? levels[level].name : NULL;
}

bool log_level_parse(const char *name, enum log_level *ret_level)
{
	for (enum log_level level = LOG_LEVEL_ERROR; level <= LOG_LEVEL_DEBUG; level++) {
		if (strcmp(name, levels[level].name) == 0) {
			*ret_level = level;
			return true;
		}
	}
	return false;
}

static void add_value(struct buf *buf, const char *value)
{
	if (*value && !strpbrk(value, " \"=\\")) {
		text_add_printable(buf, value, strlen(value));
		return;
	}
	buf_add_char(buf, '"');
	while (*value) {
		size_t plain = strcspn(value, "\"\\");

		text_add_printable(buf, value, plain);
		value += plain;
		if (*value)
			buf_printf(buf, "\\%c", *value++);
	}
	buf_add_char(buf, '"');
}

static void add_sentence(struct buf *buf, const char *event, const char *message,
			 const struct log_field *fields, size_t count)
{
	text_add_printable(buf, message, strlen(message));
	buf_printf(buf, " event=%s", event);
	for (size_t i = 0; i < count; i++) {
		if (!fields[i].key || !fields[i].value)
			continue;
		buf_printf(buf, " %s=", fields[i].key);
		add_value(buf, fields[i].value);
	}
}

static void add_text(struct buf *buf, const struct log *log, enum log_level level,
		     const char *event, const char *message, const struct log_field *fields,
		     size_t count)
{
	if (log->format == LOG_FORMAT_JOURNAL) {
		buf_printf(buf, "<%d>", levels[level].priority);
	} else {
		text_add_time(buf, clock_wall(log->clock));
		buf_printf(buf, " %s: ", levels[level].name);
	}
	add_sentence(buf, event, message, fields, count);
	buf_add_char(buf, '\n');
}

/* Nothing in it has a newline, so the protocol's simple form does for all. */
static void add_entry(struct buf *buf, enum log_level level, const char *event, const char *message,
		      const struct log_field *fields, size_t count)
{
	buf_add_text(buf, "MESSAGE=");
	add_sentence(buf, event, message, fields, count);
	buf_printf(buf, "\nPRIORITY=%d\nSYSLOG_IDENTIFIER=numberd\nNUMBERD_EVENT=%s\n",
		   levels[level].priority, event);
	for (size_t i = 0; i < count; i++) {
		if (!fields[i].key || !fields[i].value)
			continue;
		buf_add_text(buf, "NUMBERD_");
		for (const char *c = fields[i].key; *c; c++)
			buf_add_char(buf, *c >= 'a' && *c <= 'z' ? (char)(*c & ~0x20) : *c);
		buf_add_char(buf, '=');
		text_add_printable(buf, fields[i].value, strlen(fields[i].value));
		buf_add_char(buf, '\n');
	}
}

static void add_json(struct buf *buf, const struct log *log, enum log_level level,
		     const char *event, const char *message, const struct log_field *fields,
		     size_t count)
{
	buf_add_text(buf, "{\"time\":\"");
	text_add_time(buf, clock_wall(log->clock));
	buf_printf(buf, "\",\"level\":\"%s\",\"event\":\"%s\",\"message\":", levels[level].name,
		   event);
	text_add_json(buf, message);
	for (size_t i = 0; i < count; i++) {
		if (!fields[i].key || !fields[i].value)
			continue;
		buf_printf(buf, ",\"%s\":", fields[i].key);
		text_add_json(buf, fields[i].value);
	}
	buf_add_text(buf, "}\n");
}

void log_write(const struct log *log, enum log_level level, const char *event, const char *message,
	       const struct log_field *fields, size_t count)
{
	struct buf line = {0};
	bool taken = false;

	if (level > log->level)
		return;
	if (log->format == LOG_FORMAT_JOURNAL && log->entry) {
		add_entry(&line, level, event, message, fields, count);
		taken = log->entry(log->context, line.bytes, line.length);
		buf_clear(&line);
	}
	if (!taken) {
		if (log->format == LOG_FORMAT_JSON)
			add_json(&line, log, level, event, message, fields, count);
		else
			add_text(&line, log, level, event, message, fields, count);
		log->write(log->context, line.bytes, line.length);
	}
	buf_finish(&line);
}

uint64_t log_dropped(const struct log *log)
{
	return log->dropped ? log->dropped(log->context) : 0;
}
