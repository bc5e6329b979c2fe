/* base/text.h with any text: what is shown is safe to show, what is parsed spells back. */
#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "fuzz.h"

static void check_shown(const char *text)
{
	struct buf shown = {0};

	text_add_shown(&shown, text);
	assert(text_utf8_length(buf_text(&shown), shown.length) >= 0);
	for (const char *c = buf_text(&shown); *c; c++)
		assert((unsigned char)*c >= 0x20 && *c != 0x7f);
	buf_finish(&shown);
}

static void check_json(const char *text)
{
	struct buf json = {0};

	text_add_json(&json, text);
	assert(json.length >= 2 && text_utf8_length(json.bytes, json.length) >= 0);
	buf_finish(&json);
}

static void check_duration(const char *text)
{
	struct buf spelled = {0};
	int64_t ms, again;

	if (!text_parse_duration(text, &ms))
		return;
	assert(ms >= 0);
	text_add_duration(&spelled, ms);
	assert(text_parse_duration(buf_text(&spelled), &again) && again == ms);
	buf_finish(&spelled);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_strndup((const char *)data, size);

	assert(text_utf8_valid_length(text, size) <= size);
	assert(text_trimmed_length(text, size) <= size);
	check_shown(text);
	check_json(text);
	check_duration(text);
	mem_free(text);
	return 0;
}
