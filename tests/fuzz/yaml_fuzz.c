/* numbers.yaml from any bytes: a wanted that keeps its promises, or errors with their places. */
#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "desired/wanted.h"
#include "fuzz.h"

static void check_number(const struct wanted *wanted, const struct wanted_number *number)
{
	field_mask rest;
	enum field_id id;

	assert(number->account < wanted->account_count && number->file < wanted->file_count);
	assert(number->number[0] == '+' && number->mark.line);
	FIELD_FOREACH (id, rest, number->record.set) {
		const char *value = record_value(&number->record, id);

		assert(!value || (*value && text_utf8_length(value, strlen(value)) > 0));
		assert(wanted_mark(number, id).line);
	}
	assert(!record_has(&number->record, FIELD_FRIENDLY_NAME) ||
	       record_value(&number->record, FIELD_FRIENDLY_NAME));
}

static void check_wanted(const struct wanted *wanted)
{
	size_t count = 0;

	for (size_t i = 0; i < wanted->account_count; i++) {
		assert(wanted->accounts[i].first == count);
		count += wanted->accounts[i].count;
	}
	assert(count == wanted->number_count);
	for (size_t i = 0; i < wanted->number_count; i++)
		check_number(wanted, &wanted->numbers[i]);
}

/* A byte 0x1f, which YAML forbids, parts two files. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *part = size ? memchr(data, 0x1f, size) : NULL;
	size_t first = part ? (size_t)(part - data) : size;
	const struct wanted_source sources[] = {
		{"a.yaml", (const char *)data, first},
		{"b.yaml", (const char *)data + first + 1, part ? size - first - 1 : 0}};
	struct diag diag = {0};
	struct buf said = {0};
	struct wanted *wanted;

	wanted = wanted_read(sources, part ? 2 : 1, "AC0000000000000000000000000000000a", &diag);
	assert((wanted == NULL) == (diag.errors > 0));
	if (wanted)
		check_wanted(wanted);
	wanted_free(wanted);
	diag_sort(&diag);
	diag_print(&diag, &said, 0);
	assert(text_utf8_length(buf_text(&said), said.length) >= 0);
	buf_finish(&said);
	diag_finish(&diag);
	return 0;
}
