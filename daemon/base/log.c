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

/* Control characters as \xNN: one event is one line, whatever a server or a file puts into it. */
static void add_line_text(struct buf *buf, const char *text)
{
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (*c < 0x20 || *c == 0x7f)
			buf_printf(buf, "\\x%02x", *c);
		else
			buf_add(buf, c, 1);
	}
}

static void add_value(struct buf *buf, const char *value)
{
	if (*value && !strpbrk(value, " \"=\\")) {
		add_line_text(buf, value);
		return;
	}
	buf_add_char(buf, '"');
	for (; *value; value++) {
		char one[2] = {*value, '\0'};

		if (*value == '"' || *value == '\\')
			buf_add_char(buf, '\\');
		add_line_text(buf, one);
	}
	buf_add_char(buf, '"');
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
	add_line_text(buf, message);
	buf_printf(buf, " event=%s", event);
	for (size_t i = 0; i < count; i++) {
		if (!fields[i].key || !fields[i].value)
			continue;
		buf_printf(buf, " %s=", fields[i].key);
		add_value(buf, fields[i].value);
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
	buf_add_char(buf, '}');
}

void log_write(const struct log *log, enum log_level level, const char *event, const char *message,
	       const struct log_field *fields, size_t count)
{
	struct buf line = {0};

	if (level > log->level)
		return;
	if (log->format == LOG_FORMAT_JSON)
		add_json(&line, log, level, event, message, fields, count);
	else
		add_text(&line, log, level, event, message, fields, count);
	buf_add_char(&line, '\n');
	log->write(log->context, line.bytes, line.length);
	buf_finish(&line);
}
