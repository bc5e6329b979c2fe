#include "base/json.h"

#include "base/text.h"

void json_add_text(struct buf *out, const char *text)
{
	struct buf shown = {0};

	if (!text) {
		buf_add_text(out, "null");
		return;
	}
	text_add_shown(&shown, text);
	text_add_json(out, buf_text(&shown));
	buf_finish(&shown);
}

void json_add_member(struct buf *out, const char *key, const char *text)
{
	buf_printf(out, "\"%s\": ", key);
	json_add_text(out, text);
}

void json_add_time(struct buf *out, const char *key, int64_t wall_ms)
{
	struct buf text = {0};

	if (wall_ms)
		text_add_time(&text, wall_ms);
	json_add_member(out, key, wall_ms ? buf_text(&text) : NULL);
	buf_finish(&text);
}
