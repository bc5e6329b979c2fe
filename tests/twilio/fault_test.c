/* Faults: each one strikes, stops, and leaves the state that it promises. */
#include "fixture.h"

static void set_fault(const char *name)
{
	char rule[160];

	snprintf(rule, sizeof(rule), "{\"fault\": \"%s\"}", name);
	tell("/_sim/faults", rule);
}

static void clear_faults(void)
{
	struct buf answer = {0};

	twilio_control(twilio, "DELETE", "/_sim/faults", NULL, 0, now, &answer);
	buf_finish(&answer);
}

static char *good_answer(const char *target)
{
	clear_faults();
	assert_int_equal(get(target), 200);
	return mem_strdup(body());
}

/* Whether the fault shows in what a client gets for this request. */
static bool shows(const char *name, const char *target, const char *form)
{
	char *before = good_answer(target);
	bool different;

	set_fault(name);
	if (form)
		post(target, form);
	else
		get(target);
	different = response.effect != TWILIO_SEND || response.status != 200;
	if (form) /* this answer differs from the one before in any case */
		different |= strcmp(value_of(US_PN, "friendly_name"), "again") != 0;
	else
		different |= strcmp(body(), before) != 0;
	mem_free(before);
	return different;
}

static bool strikes_somewhere(const char *name)
{
	/* Something older to be shown; two numbers, so that half a list is less than a list. */
	post(NUMBER(MAIN, US_PN), "FriendlyName=older");
	post(NUMBER(MAIN, US_PN), "FriendlyName=newer");
	if (shows(name, LIST(MAIN) "?PageSize=50", NULL))
		return true;
	if (shows(name, NUMBER(MAIN, US_PN), NULL))
		return true;
	return shows(name, NUMBER(MAIN, US_PN), "FriendlyName=again");
}

static void every_fault_strikes_and_stops(void **state)
{
	(void)state;
	for (size_t i = 0; twilio_fault_name(i); i++) {
		if (!strikes_somewhere(twilio_fault_name(i)))
			fail_msg("%s has no effect", twilio_fault_name(i));
		clear_faults();
		assert_int_equal(get(LIST(MAIN)), 200);
		assert_int_equal(response.effect, TWILIO_SEND);
	}
	assert_int_equal(twilio_violation_count(twilio), 0);
}

/* What is stored after an update that met the fault. */
static const char *stored_after(const char *name)
{
	post(NUMBER(MAIN, US_PN), "FriendlyName=old");
	set_fault(name);
	post(NUMBER(MAIN, US_PN), "FriendlyName=new");
	return value_of(US_PN, "friendly_name");
}

static void a_write_takes_effect_or_not_as_the_fault_says(void **state)
{
	static const char *const before[] = {"401",        "409",          "429",          "500",
					     "503",        "reset-before", "hang-before",  "301",
					     "not-stored", "echo-only",    "partly-stored"};
	static const char *const after[] = {"reset-after", "hang-after", "500-after",   "504-after",
					    "cut-body",    "drip",       "garbled-json"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(before); i++)
		assert_string_equal(stored_after(before[i]), "old");
	for (size_t i = 0; i < ARRAY_LENGTH(after); i++)
		assert_string_equal(stored_after(after[i]), "new");
}

static void a_false_answer_says_what_was_not_stored(void **state)
{
	(void)state;
	post(NUMBER(MAIN, US_PN), "FriendlyName=old");
	set_fault("echo-only");
	assert_int_equal(post(NUMBER(MAIN, US_PN), "FriendlyName=new"), 200);
	assert_non_null(strstr(body(), "\"friendly_name\": \"new\""));
	set_fault("not-stored");
	assert_int_equal(post(NUMBER(MAIN, US_PN), "FriendlyName=new"), 200);
	assert_non_null(strstr(body(), "\"friendly_name\": \"old\""));
	set_fault("no-url-fields");
	assert_int_equal(get(NUMBER(MAIN, US_PN)), 200);
	assert_null(strstr(body(), "voice_url"));
	assert_non_null(strstr(body(), "voice_method"));
}

static void a_halved_list_has_less_than_half(void **state)
{
	json_t *root;

	(void)state;
	tell("/_sim/generate", "{\"account\": \"" MAIN "\", \"numbers\": 98, \"seed\": 5}");
	set_fault("halved-list");
	assert_int_equal(get(LIST(MAIN) "?PageSize=1000"), 200);
	root = json_loads(body(), 0, NULL);
	assert_int_equal(json_array_size(json_object_get(root, "incoming_phone_numbers")), 49);
	assert_true(json_is_null(json_object_get(root, "next_page_uri")));
	json_decref(root);
}

static void rules_choose_their_requests(void **state)
{
	(void)state;
	tell("/_sim/faults", "{\"fault\": \"500\", \"method\": \"GET\", \"kind\": \"number\", "
			     "\"number\": \"+14155550101\", \"nth\": 2, \"count\": 2}");
	assert_int_equal(get(LIST(MAIN)), 200);
	assert_int_equal(get(NUMBER(MAIN, UK_PN)), 200);
	assert_int_equal(get(NUMBER(MAIN, US_PN)), 200);
	assert_int_equal(get(NUMBER(MAIN, US_PN)), 500);
	assert_int_equal(post(NUMBER(MAIN, US_PN), "FriendlyName=x"), 200);
	assert_int_equal(get(NUMBER(MAIN, US_PN)), 500);
	assert_int_equal(get(NUMBER(MAIN, US_PN)), 200);
}

/* A fingerprint of a whole run, faults at random included. */
static uint64_t run_life(void)
{
	uint64_t hash = 0;

	tell("/_sim/faults", "{\"seed\": 42, \"permille\": 300}");
	for (int i = 0; i < 200; i++) {
		get(i % 2 ? LIST(MAIN) : NUMBER(MAIN, US_PN));
		hash = hash * 31 + (uint64_t)response.status + (uint64_t)response.effect;
		post(NUMBER(MAIN, US_PN), i % 3 ? "FriendlyName=a" : "FriendlyName=b");
		for (const char *c = body(); *c && c < body() + 4096; c++)
			hash = hash * 31 + (unsigned char)*c;
	}
	return hash;
}

static void the_same_seed_makes_the_same_life(void **state)
{
	uint64_t first = run_life();

	(void)state;
	end_test(NULL);
	begin_test(NULL);
	assert_true(first == run_life());
}

static void a_reset_forgets_everything(void **state)
{
	(void)state;
	set_fault("500");
	twilio_switch_set(twilio, "methods", "six");
	twilio_reset(twilio, 7);
	assert_int_equal(get(LIST(MAIN)), 401);
	tell("/_sim/load", accounts_json);
	assert_int_equal(get(LIST(MAIN)), 200);
	post(NUMBER(MAIN, US_PN), "VoiceMethod=PUT");
	assert_error(400, 21403, NULL);
	assert_int_equal(twilio_request_count(twilio, "number.POST"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SIM_TEST(every_fault_strikes_and_stops),
		SIM_TEST(a_write_takes_effect_or_not_as_the_fault_says),
		SIM_TEST(a_false_answer_says_what_was_not_stored),
		SIM_TEST(a_halved_list_has_less_than_half),
		SIM_TEST(rules_choose_their_requests),
		SIM_TEST(the_same_seed_makes_the_same_life),
		SIM_TEST(a_reset_forgets_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
