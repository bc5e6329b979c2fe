#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "support/test.h"
#include "twilio/field.h"

/* "voice_url" is "VoiceUrl". */
static void pascal_case(const char *key, char *ret_param)
{
	bool capital = true;

	for (; *key; key++) {
		if (*key == '_') {
			capital = true;
			continue;
		}
		*ret_param++ = (char)(capital ? toupper((unsigned char)*key) : *key);
		capital = false;
	}
	*ret_param = '\0';
}

static void test_each_param_is_its_key_in_pascal_case(void **state)
{
	char param[64];

	(void)state;
	assert_int_equal(FIELD_COUNT, 23);
	for (enum field_id id = 0; id < FIELD_COUNT; id++) {
		pascal_case(field_table[id].key, param);
		assert_string_equal(field_table[id].param, param);
	}
}

static void test_rows_are_whole_and_in_the_order_of_their_keys(void **state)
{
	(void)state;
	for (enum field_id id = 0; id < FIELD_COUNT; id++) {
		const struct field *field = &field_table[id];
		bool chosen = field->type == FIELD_TYPE_METHOD || field->type == FIELD_TYPE_CHOICE;

		assert_int_equal(field_by_key(field->key), id);
		assert_true(strlen(field->help) > 0 && field->help[strlen(field->help) - 1] != '.');
		assert_int_equal(field->clear == FIELD_CLEAR_DEFAULT, field->unset != NULL);
		assert_int_equal(field->type == FIELD_TYPE_SID, field->prefix != NULL);
		assert_int_equal(chosen, field->choices != NULL);
		assert_int_equal(field->type == FIELD_TYPE_TEXT, field->longest > 0);
		if (id > 0)
			assert_true(strcmp(field_table[id - 1].key, field->key) < 0);
	}
	assert_int_equal(field_by_key("voice_ulr"), FIELD_COUNT);
}

static void test_unset_comes_in_two_spellings_and_is_one(void **state)
{
	char scratch[FIELD_SCRATCH];

	(void)state;
	for (enum field_id id = 0; id < FIELD_COUNT; id++) {
		assert_ptr_equal(field_canonical(id, NULL, scratch), field_table[id].unset);
		assert_ptr_equal(field_canonical(id, "", scratch), field_table[id].unset);
	}
	assert_string_equal(field_canonical(FIELD_VOICE_METHOD, "", scratch), "POST");
	assert_null(field_canonical(FIELD_VOICE_URL, "", scratch));
}

static void test_spelling_is_made_one_where_case_means_nothing(void **state)
{
	char scratch[FIELD_SCRATCH];

	(void)state;
	assert_string_equal(field_canonical(FIELD_SMS_METHOD, "get", scratch), "GET");
	assert_string_equal(field_canonical(FIELD_TRUNK_SID, "TKABCdef", scratch), "TKabcdef");
	assert_string_equal(field_canonical(FIELD_VOICE_URL, "HTTPS://A.Example.com/X", scratch),
			    "HTTPS://A.Example.com/X");
	assert_string_equal(field_canonical(FIELD_FRIENDLY_NAME, " Name ", scratch), " Name ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_param_is_its_key_in_pascal_case),
		cmocka_unit_test(test_rows_are_whole_and_in_the_order_of_their_keys),
		cmocka_unit_test(test_unset_comes_in_two_spellings_and_is_one),
		cmocka_unit_test(test_spelling_is_made_one_where_case_means_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
