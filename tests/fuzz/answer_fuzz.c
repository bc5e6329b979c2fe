/* twilio/answer.h with any body: a row is whole and canonical, and a failure adds none. */
#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "fuzz.h"
#include "twilio/answer.h"

static void check_rows(const struct actual *actual)
{
	for (size_t i = 0; i < actual->count; i++) {
		const struct actual_row *row = &actual->rows[i];

		assert(row->sid[0] && row->number[0] && row->account[0]);
		for (enum field_id id = 0; id < FIELD_COUNT; id++) {
			char scratch[FIELD_SCRATCH];
			const char *value = record_value(&row->record, id);
			const char *again = field_canonical(id, value, scratch);

			assert(value == again || strcmp(value, again) == 0);
			assert(!record_has(&row->record, id) || (value && value[0]));
		}
	}
}

static void check_page(const char *body, size_t size)
{
	struct actual *actual = actual_new();
	struct answer_page page;
	struct error error;

	if (answer_decode_page(body, size, actual, &page, &error) == 0) {
		assert(page.rows == actual->count);
		check_rows(actual);
		actual_finish(actual);
		mem_free(page.next);
	} else {
		assert(actual->count == 0 && error.text[0]);
	}
	actual_free(actual);
}

static void check_number(const char *body, size_t size)
{
	struct actual *actual = actual_new();
	struct error error;

	if (answer_decode_number(body, size, actual, &error) == 0) {
		assert(actual->count == 1);
		check_rows(actual);
	} else {
		assert(actual->count == 0 && error.text[0]);
	}
	actual_free(actual);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *body = mem_strndup((const char *)data, size);
	struct answer_error error;

	check_page(body, size);
	check_number(body, size);
	answer_decode_error(body, size, &error);
	assert(strlen(error.message) < sizeof(error.message));
	mem_free(body);
	return 0;
}
