/* What is repeated, what is not, and how many requests are in flight. */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "requests/caller.h"

#define MOST 64

/* A transport whose answers the test gives, and a clock that it sets. */
struct wire {
	struct {
		http_done *done;
		void *context;
	} flights[MOST];
	unsigned started;
	unsigned canceled;
	unsigned renewed;
	int64_t now;
	struct transport transport;
	struct clock clock;
	struct rng rng;
	struct caller *caller;
};

struct ending {
	unsigned count;
	struct call_result last;
	int refuse; /* so many bodies are not what they should be */
};

static uint64_t start(void *self, const struct http_request *request, http_done *done,
		      void *context)
{
	struct wire *wire = self;

	assert_true(wire->started < MOST);
	assert_true(request->path[0] == '/');
	wire->flights[wire->started].done = done;
	wire->flights[wire->started].context = context;
	return ++wire->started;
}

static void cancel(void *self, uint64_t id)
{
	struct wire *wire = self;

	wire->flights[id - 1].done = NULL;
	wire->canceled++;
}

static void renew(void *self)
{
	((struct wire *)self)->renewed++;
}

static int64_t now(void *context)
{
	return ((struct wire *)context)->now;
}

static int setup(void **state)
{
	struct wire *wire = mem_zalloc(1, sizeof(*wire));

	wire->transport = (struct transport){start, cancel, renew, wire};
	wire->clock = (struct clock){now, now, wire};
	rng_init(&wire->rng, 7);
	wire->caller = caller_new(&wire->transport, &wire->clock, &wire->rng, 2);
	*state = wire;
	return 0;
}

static int teardown(void **state)
{
	struct wire *wire = *state;

	caller_free(wire->caller);
	mem_free(wire);
	return 0;
}

static int accept(void *context, const struct http_answer *answer, struct error *error)
{
	struct ending *ending = context;

	(void)answer;
	return ending->refuse-- > 0 ? error_set(error, -5, "not what it should be") : 0;
}

static void done(void *context, const struct call_result *result)
{
	struct ending *ending = context;

	ending->count++;
	ending->last = *result;
}

static void submit_for(struct wire *wire, const char *account, enum http_method method,
		       struct ending *ending)
{
	caller_submit(wire->caller, &(struct call){.method = method,
						   .account = account,
						   .path = "/x",
						   .body = method == HTTP_POST ? "A=b" : NULL,
						   .accept = accept,
						   .done = done,
						   .context = ending});
	caller_run(wire->caller);
}

static void submit(struct wire *wire, enum http_method method, struct ending *ending)
{
	submit_for(wire, "AC1", method, ending);
}

/* The flight's answer: a status, or one of enum http_result with status 0. */
static void answer(struct wire *wire, unsigned flight, enum http_result result, int status,
		   int64_t retry_after)
{
	assert_true(flight < wire->started && wire->flights[flight].done);
	wire->flights[flight].done(wire->flights[flight].context,
				   &(struct http_answer){.result = result,
							 .status = status,
							 .body = "",
							 .retry_after = retry_after,
							 .request_id = "",
							 .error = "no answer"});
	wire->flights[flight].done = NULL;
}

/* Goes to the moment that the caller waits for. */
static void wait_on(struct wire *wire)
{
	int64_t deadline = caller_deadline(wire->caller);

	assert_true(deadline != NEVER);
	if (deadline > wire->now)
		wire->now = deadline;
	caller_run(wire->caller);
}

static void test_no_more_in_flight_than_allowed(void **state)
{
	struct wire *wire = *state;
	struct ending ending = {0};

	for (int i = 0; i < 5; i++)
		submit(wire, HTTP_GET, &ending);
	assert_int_equal(wire->started, 2);
	assert_true(caller_deadline(wire->caller) > wire->now);
	answer(wire, 0, HTTP_ANSWERED, 200, -1);
	caller_run(wire->caller);
	assert_int_equal(wire->started, 3);
	assert_int_equal(ending.count, 1);
}

static void test_a_get_is_repeated_and_given_up_at_last(void **state)
{
	struct wire *wire = *state;
	struct ending ending = {0};

	submit(wire, HTTP_GET, &ending);
	while (!ending.count) {
		answer(wire, wire->started - 1, HTTP_ANSWERED, 503, -1);
		if (!ending.count)
			wait_on(wire);
	}
	assert_true(ending.last.gave_up);
	assert_int_equal(ending.last.verdict.class, API_UNKNOWN);
	assert_true(wire->started > 3 && wire->started < 10);
}

static void test_a_body_that_is_wrong_is_asked_for_again(void **state)
{
	struct wire *wire = *state;
	struct ending ending = {.refuse = 1};

	submit(wire, HTTP_GET, &ending);
	answer(wire, 0, HTTP_ANSWERED, 200, -1);
	assert_int_equal(ending.count, 0);
	wait_on(wire);
	answer(wire, 1, HTTP_ANSWERED, 200, -1);
	assert_int_equal(ending.last.verdict.class, API_OK);
}

static void test_a_post_of_unknown_outcome_is_never_repeated(void **state)
{
	static const struct {
		enum http_result result;
		int status;
	} cases[] = {{HTTP_UNKNOWN, 0},    {HTTP_ANSWERED, 500}, {HTTP_ANSWERED, 502},
		     {HTTP_ANSWERED, 503}, {HTTP_ANSWERED, 504}, {HTTP_ANSWERED, 404}};
	struct wire *wire = *state;

	for (unsigned i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct ending ending = {0};

		submit(wire, HTTP_POST, &ending);
		answer(wire, i, cases[i].result, cases[i].status, -1);
		assert_int_equal(ending.count, 1);
		assert_int_equal(ending.last.verdict.class, API_UNKNOWN);
		assert_int_equal(wire->started, i + 1);
	}
}

static void test_a_post_that_was_not_processed_is_repeated(void **state)
{
	struct wire *wire = *state;
	struct ending ending = {0};

	submit(wire, HTTP_POST, &ending);
	answer(wire, 0, HTTP_ANSWERED, 429, -1);
	wait_on(wire);
	answer(wire, 1, HTTP_NOT_SENT, 0, -1);
	wait_on(wire);
	answer(wire, 2, HTTP_ANSWERED, 409, -1);
	wait_on(wire);
	answer(wire, 3, HTTP_ANSWERED, 200, -1);
	assert_int_equal(ending.last.verdict.class, API_OK);
}

static void test_retry_after_is_honoured(void **state)
{
	struct wire *wire = *state;
	struct ending ending = {0};

	submit(wire, HTTP_GET, &ending);
	answer(wire, 0, HTTP_ANSWERED, 429, 7000);
	assert_true(caller_deadline(wire->caller) >= 7000);
}

static void test_a_429_lowers_what_is_in_flight(void **state)
{
	struct wire *wire = *state;
	struct ending ending = {0};

	for (int i = 0; i < 4; i++)
		submit(wire, HTTP_GET, &ending);
	answer(wire, 0, HTTP_ANSWERED, 429, -1);
	caller_run(wire->caller);
	assert_int_equal(wire->started, 2);
}

static void test_the_second_401_stops_its_account(void **state)
{
	struct wire *wire = *state;
	struct ending first = {0}, rest = {0};

	submit(wire, HTTP_GET, &first);
	submit(wire, HTTP_GET, &rest);
	submit(wire, HTTP_POST, &rest);
	answer(wire, 0, HTTP_ANSWERED, 401, -1);
	assert_int_equal(wire->renewed, 1);
	assert_int_equal(first.count, 0);
	caller_run(wire->caller);
	answer(wire, 2, HTTP_ANSWERED, 401, -1);
	assert_int_equal(first.last.verdict.class, API_AUTH);
	answer(wire, 1, HTTP_ANSWERED, 200, -1);
	caller_run(wire->caller);
	assert_int_equal(rest.count, 2);
	assert_true(rest.last.stopped);
	assert_int_equal(wire->started, 3);
	assert_int_equal(caller_sent(wire->caller, HTTP_POST), 0);
}

static void test_a_401_of_one_account_leaves_the_others_alone(void **state)
{
	struct wire *wire = *state;
	struct ending sick = {0}, well = {0};

	submit(wire, HTTP_GET, &sick);
	submit_for(wire, "AC2", HTTP_GET, &well);
	answer(wire, 0, HTTP_ANSWERED, 401, -1);
	caller_run(wire->caller);
	answer(wire, 2, HTTP_ANSWERED, 401, -1);
	assert_int_equal(sick.last.verdict.class, API_AUTH);
	/* This one was asked before the credentials were renewed. */
	answer(wire, 1, HTTP_ANSWERED, 401, -1);
	assert_int_equal(well.count, 0);
	caller_run(wire->caller);
	answer(wire, 3, HTTP_ANSWERED, 200, -1);
	assert_int_equal(well.last.verdict.class, API_OK);
	submit_for(wire, "AC2", HTTP_POST, &well);
	answer(wire, 4, HTTP_ANSWERED, 200, -1);
	assert_int_equal(well.count, 2);
	submit(wire, HTTP_POST, &sick);
	assert_true(sick.last.stopped);
	assert_non_null(strstr(sick.last.verdict.text, "AC1"));
	assert_int_equal(wire->renewed, 1);
	assert_int_equal(wire->started, 5);
}

static void test_a_long_wait_is_given_back(void **state)
{
	struct wire *wire = *state;
	struct ending ending = {0};

	submit(wire, HTTP_POST, &ending);
	answer(wire, 0, HTTP_ANSWERED, 429, 3600000);
	assert_int_equal(ending.count, 1);
	assert_true(ending.last.gave_up);
	assert_int_equal(ending.last.retry_after, 3600000);
}

static void test_accounts_take_turns(void **state)
{
	struct wire *wire = *state;
	struct ending many = {0}, one = {0};

	for (int i = 0; i < 6; i++)
		submit(wire, HTTP_GET, &many);
	submit_for(wire, "AC2", HTTP_GET, &one);
	answer(wire, 0, HTTP_ANSWERED, 200, -1);
	answer(wire, 1, HTTP_ANSWERED, 200, -1);
	caller_run(wire->caller);
	answer(wire, 2, HTTP_ANSWERED, 200, -1);
	answer(wire, 3, HTTP_ANSWERED, 200, -1);
	assert_int_equal(one.count, 1);
	assert_int_equal(many.count, 3);
}

static void test_a_slow_request_gives_its_place_away(void **state)
{
	struct wire *wire = *state;
	struct ending hung = {0}, other = {0};
	unsigned before;

	for (int i = 0; i < 8; i++)
		submit(wire, HTTP_GET, &hung);
	submit_for(wire, "AC2", HTTP_GET, &other);
	assert_int_equal(wire->started, 2);
	wait_on(wire);
	assert_int_equal(wire->started, 4);
	for (int i = 0; i < 5 && caller_deadline(wire->caller) != NEVER; i++)
		wait_on(wire);
	/* Its account has no more than twice its share in the air. */
	before = wire->started;
	assert_int_equal(before, 5);
	assert_int_equal(other.count, 0);
}

static void test_nothing_is_repeated_while_others_wait_in_vain(void **state)
{
	struct wire *wire = *state;
	struct ending ending = {0};

	caller_share(wire->caller, true);
	submit(wire, HTTP_GET, &ending);
	answer(wire, 0, HTTP_ANSWERED, 503, -1);
	assert_int_equal(ending.count, 0);
	wait_on(wire);
	wire->now += CALLER_PATIENCE_MS;
	answer(wire, 1, HTTP_UNKNOWN, 0, -1);
	assert_int_equal(ending.count, 1);
	assert_true(ending.last.gave_up);
}

static void test_stopping_lets_flights_land_and_sends_no_more(void **state)
{
	struct wire *wire = *state;
	struct ending ending = {0};

	for (int i = 0; i < 3; i++)
		submit(wire, HTTP_POST, &ending);
	caller_stop(wire->caller, "stopping");
	caller_run(wire->caller);
	assert_int_equal(ending.count, 1);
	answer(wire, 0, HTTP_ANSWERED, 429, -1);
	answer(wire, 1, HTTP_ANSWERED, 200, -1);
	assert_int_equal(ending.count, 3);
	assert_true(caller_deadline(wire->caller) == NEVER);
	assert_int_equal(wire->started, 2);
}

static void test_freeing_cancels_what_flies(void **state)
{
	struct wire *wire = *state;
	struct ending ending = {0};

	submit(wire, HTTP_GET, &ending);
	caller_free(wire->caller);
	wire->caller = NULL;
	assert_int_equal(wire->canceled, 1);
	assert_int_equal(ending.count, 0);
}

static void test_only_the_accounts_own_list_is_followed(void **state)
{
	static const struct {
		const char *uri;
		bool may;
	} cases[] = {
		{"/2010-04-01/Accounts/AC1/IncomingPhoneNumbers.json?Page=1", true},
		{"/2010-04-01/Accounts/AC1/IncomingPhoneNumbers?Page=1", true},
		{"/2010-04-01/Accounts/AC2/IncomingPhoneNumbers.json?Page=1", false},
		{"/2010-04-01/Accounts/AC1/IncomingPhoneNumbersX.json?Page=1", false},
		{"/2010-04-01/Accounts/AC1/IncomingPhoneNumbers/../../AC2", false},
		{"https://evil.example.com/2010-04-01/Accounts/AC1/IncomingPhoneNumbers.json?",
		 false},
		{"//evil.example.com/", false},
		{"/2010-04-01/Accounts/AC1/IncomingPhoneNumbers.json?a b", false},
		{"/2010-04-01/Accounts/AC1/IncomingPhoneNumbers.json?a\r\nX: y", false},
		{"", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
		assert_int_equal(api_may_follow(cases[i].uri, "AC1"), cases[i].may);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_no_more_in_flight_than_allowed),
		TEST(test_a_get_is_repeated_and_given_up_at_last),
		TEST(test_a_body_that_is_wrong_is_asked_for_again),
		TEST(test_a_post_of_unknown_outcome_is_never_repeated),
		TEST(test_a_post_that_was_not_processed_is_repeated),
		TEST(test_retry_after_is_honoured),
		TEST(test_a_429_lowers_what_is_in_flight),
		TEST(test_the_second_401_stops_its_account),
		TEST(test_a_401_of_one_account_leaves_the_others_alone),
		TEST(test_a_long_wait_is_given_back),
		TEST(test_accounts_take_turns),
		TEST(test_a_slow_request_gives_its_place_away),
		TEST(test_nothing_is_repeated_while_others_wait_in_vain),
		TEST(test_stopping_lets_flights_land_and_sends_no_more),
		TEST(test_freeing_cancels_what_flies),
		cmocka_unit_test(test_only_the_accounts_own_list_is_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
