#include "requests/fetch.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "twilio/answer.h"

#define WAIT_SHIFT 3 /* a list that can't be read is asked for every 8 intervals at least */

/* One account's list while it is read. */
struct listing {
	struct fetch *fetch;
	struct live_account *account;
	struct answer_page page; /* the last one */
	bool asked;              /* in this pass */
	bool refused;            /* the credentials are not taken */
	bool unread;             /* a request had no good end */
	int64_t retry_after;
	uint64_t *visited; /* fingerprints of the uris followed, to see a loop */
	size_t visited_count;
	size_t visited_capacity;
};

/* One number that its list did not have. */
struct search {
	struct fetch *fetch;
	struct actual *actual;
	struct memory_number *memory;
	const struct wanted_number *wanted;
	const char *account;
	bool found;
};

struct fetch {
	struct caller *caller;
	const struct wanted *wanted;
	struct memory *memory;
	const struct clock *clock;
	int64_t interval;
	struct live *live;
	struct listing *listings; /* parallel to live->accounts */
	struct search *searches;
	size_t search_count;
	size_t search_capacity;
	size_t waiting; /* calls whose end is still to come */
	bool searching;
	fetch_done *done;
	void *context;
};

static void unknown(struct live_account *account)
{
	actual_free(account->actual);
	account->actual = NULL;
	error_wrap(&account->error, "the numbers of account %s are not known", account->sid);
}

static uint32_t declared(const struct wanted *wanted, const char *sid)
{
	for (size_t i = 0; i < wanted->account_count; i++) {
		if (strcmp(wanted->accounts[i].sid, sid) == 0)
			return wanted->accounts[i].count;
	}
	return 0;
}

/* Whether the whole list can be taken for what is there. */
static void judge_list(struct fetch *fetch, struct live_account *account)
{
	struct memory_account *memory = memory_account(fetch->memory, account->sid);
	struct actual *actual = account->actual;
	int64_t count = (int64_t)actual->count;
	bool empty = count == 0 && declared(fetch->wanted, account->sid) > 0 && memory->live != 0;
	bool halved = memory->live > 0 && count * 2 < memory->live;

	memory->dirty = true;
	if (!empty && !halved) {
		memory->live = count;
		memory->strange_seen = 0;
		return;
	}
	if (memory->strange_seen && memory->strange == actual->fingerprint)
		memory->strange_seen++;
	else
		memory->strange_seen = 1;
	memory->strange = actual->fingerprint;
	if (memory->strange_seen >= FETCH_BELIEVED) {
		memory->live = count;
		memory->strange_seen = 0;
		return;
	}
	if (memory->live > 0)
		error_set(&account->error, -EBADMSG,
			  "the list has %lld numbers, and had %lld before; it is believed if it "
			  "comes back the same %d passes in a row",
			  (long long)count, (long long)memory->live, FETCH_BELIEVED);
	else
		error_set(&account->error, -EBADMSG,
			  "the list is empty, and the file declares %u; is this the right "
			  "account? It is believed if it stays empty %d passes in a row",
			  declared(fetch->wanted, account->sid), FETCH_BELIEVED);
	unknown(account);
}

static int accept_page(void *context, const struct http_answer *answer, struct error *error)
{
	struct listing *listing = context;
	struct actual *actual = listing->account->actual;
	size_t before = actual->count;
	struct answer_page page;
	int result;

	result = answer_decode_page(answer->body, answer->body_length, actual, &page, error);
	if (result < 0)
		return result;
	for (size_t i = before; result == 0 && i < actual->count; i++) {
		if (strcmp(actual->rows[i].account, listing->account->sid) != 0)
			result = error_set(error, -EBADMSG,
					   "the list has a number of another account, %s",
					   actual->rows[i].account);
	}
	if (page.next && !api_may_follow(page.next, listing->account->sid))
		result = error_set(error, -EBADMSG,
				   "the next page is said to be outside of the list, which numberd "
				   "does not follow");
	if (result < 0) {
		actual->count = before;
		mem_free(page.next);
		return result;
	}
	mem_free(listing->page.next);
	listing->page = page;
	return 0;
}

static void finish_waiting(struct fetch *fetch);
static void get_page(struct listing *listing, const char *path);

/* 0 if the next page may be asked for. */
static int check_next(struct listing *listing, struct error *error)
{
	uint64_t mark = memory_fingerprint(listing->page.next, NULL);

	for (size_t i = 0; i < listing->visited_count; i++) {
		if (listing->visited[i] == mark)
			return error_set(error, -ELOOP, "the pages of the list run in a circle");
	}
	if (listing->visited_count == LIMIT_PAGES)
		return error_set(error, -EFBIG, "the list has more than %d pages", LIMIT_PAGES);
	if (listing->account->actual->count > LIMIT_NUMBERS)
		return error_set(error, -EFBIG, "the list has more than %d numbers", LIMIT_NUMBERS);
	mem_grow(listing->visited, listing->visited_count, listing->visited_capacity);
	listing->visited[listing->visited_count++] = mark;
	return 0;
}

static void end_listing(struct listing *listing)
{
	struct fetch *fetch = listing->fetch;

	if (listing->account->actual) {
		actual_finish(listing->account->actual);
		judge_list(fetch, listing->account);
	}
	finish_waiting(fetch);
}

static void on_page(void *context, const struct call_result *result)
{
	struct listing *listing = context;
	struct live_account *account = listing->account;

	if (result->verdict.class != API_OK) {
		error_set(&account->error, -EIO, "%s", result->verdict.text);
		listing->unread = !result->stopped;
		listing->refused =
			result->verdict.class == API_AUTH && result->verdict.code == 20003;
		listing->retry_after = result->retry_after;
	} else if (listing->page.next && check_next(listing, &account->error) == 0) {
		get_page(listing, listing->page.next);
		listing->fetch->waiting--;
		return;
	}
	if (account->error.code < 0)
		unknown(account);
	end_listing(listing);
}

static void get_page(struct listing *listing, const char *path)
{
	listing->fetch->waiting++;
	caller_submit(listing->fetch->caller, &(struct call){
						      .method = HTTP_GET,
						      .account = listing->account->sid,
						      .path = path,
						      .accept = accept_page,
						      .done = on_page,
						      .context = listing,
					      });
}

static int accept_search(void *context, const struct http_answer *answer, struct error *error)
{
	struct search *search = context;
	struct actual *found = actual_new();
	struct answer_page page = {0};
	int result;

	result = answer_decode_page(answer->body, answer->body_length, found, &page, error);
	mem_free(page.next);
	for (size_t i = 0; result == 0 && i < found->count; i++) {
		if (strcmp(found->rows[i].number, search->wanted->number) == 0 &&
		    strcmp(found->rows[i].account, search->account) == 0) {
			actual_add(search->actual, &found->rows[i]);
			search->found = true;
			break;
		}
	}
	actual_free(found);
	return result;
}

static void on_search(void *context, const struct call_result *result)
{
	struct search *search = context;

	if (result->verdict.class == API_OK && !search->found) {
		search->memory->missing = true;
		search->memory->dirty = true;
	}
	finish_waiting(search->fetch);
}

static void look_for(struct search *search)
{
	struct buf path = {0};

	api_add_filter_path(&path, search->account, search->wanted->number);
	search->fetch->waiting++;
	caller_submit(search->fetch->caller, &(struct call){
						     .method = HTTP_GET,
						     .account = search->account,
						     .path = path.bytes,
						     .accept = accept_search,
						     .done = on_search,
						     .context = search,
					     });
	buf_finish(&path);
}

/* Numbers that are declared, not listed where they should be, and not yet known to be missing. */
static void add_searches(struct fetch *fetch)
{
	for (size_t i = 0; i < fetch->wanted->number_count; i++) {
		const struct wanted_number *wanted = &fetch->wanted->numbers[i];
		const char *account = fetch->wanted->accounts[wanted->account].sid;
		const char *target = record_value(&wanted->record, FIELD_ACCOUNT_SID);
		const struct live_account *live = live_find(fetch->live, account);
		const struct live_account *other = target ? live_find(fetch->live, target) : NULL;

		if (!live->actual || actual_find(live->actual, wanted->number) ||
		    fetch->memory->numbers[i].missing)
			continue;
		if (other && (!other->actual || actual_find(other->actual, wanted->number)))
			continue;
		mem_grow(fetch->searches, fetch->search_count, fetch->search_capacity);
		fetch->searches[fetch->search_count++] = (struct search){
			.fetch = fetch,
			.actual = live->actual,
			.memory = &fetch->memory->numbers[i],
			.wanted = wanted,
			.account = account,
		};
	}
}

/* Credentials that some account takes are not bad: it is the account that refuses them. */
static void blame_account(struct live_account *account)
{
	error_set(&account->error, -EACCES,
		  "the numbers of account %s are not known: it does not take the credentials that "
		  "other accounts take (HTTP 401, error 20003), so it is suspended or closed, or "
		  "not below the account that they belong to",
		  account->sid);
}

/* When the list is to be asked for again; 0: at the next pass. */
static int64_t next_try(const struct fetch *fetch, const struct listing *listing, uint32_t failures)
{
	int64_t wait = listing->retry_after;
	int64_t backoff = 0;

	if (failures)
		backoff = fetch->interval << (failures < WAIT_SHIFT ? failures : WAIT_SHIFT);
	if (fetch->live->count > 1 && backoff > wait)
		wait = backoff;
	return wait ? clock_monotonic(fetch->clock) + wait : 0;
}

/* What is remembered of the lists that were asked for, and could or could not be read. */
static void conclude(struct fetch *fetch)
{
	bool some = false;

	for (size_t i = 0; i < fetch->live->count; i++)
		some |= fetch->live->accounts[i].actual != NULL;
	for (size_t i = 0; i < fetch->live->count; i++) {
		struct listing *listing = &fetch->listings[i];
		struct memory_account *memory;

		if (!listing->asked)
			continue;
		memory = memory_account(fetch->memory, listing->account->sid);
		if (listing->refused && some)
			blame_account(listing->account);
		if (listing->account->actual)
			memory_set_unread(memory, NULL, 0);
		else if (listing->unread)
			memory_set_unread(memory, listing->account->error.text,
					  next_try(fetch, listing, memory->failures));
	}
}

static void finish_waiting(struct fetch *fetch)
{
	assert(fetch->waiting > 0);
	if (--fetch->waiting)
		return;
	if (!fetch->searching) {
		fetch->searching = true;
		add_searches(fetch);
		for (size_t i = 0; i < fetch->search_count; i++)
			look_for(&fetch->searches[i]);
		if (fetch->waiting)
			return;
	}
	for (size_t i = 0; i < fetch->live->count; i++) {
		if (fetch->search_count && fetch->live->accounts[i].actual)
			actual_finish(fetch->live->accounts[i].actual);
	}
	conclude(fetch);
	fetch->done(fetch->context);
}

static void add_account(struct live *live, const char *sid)
{
	if (live_find(live, sid))
		return;
	live->accounts = mem_resize(live->accounts, live->count + 1, sizeof(*live->accounts));
	live->accounts[live->count++] = (struct live_account){.sid = sid, .actual = actual_new()};
}

/* Whether the time has not come yet; then it is as unknown as it was. */
static bool must_wait(const struct fetch *fetch, const struct live_account *account, int64_t now)
{
	return memory_account(fetch->memory, account->sid)->next > now;
}

/* Asks for the lists whose time has come. With none of these, for all: somebody wants to know. */
static void ask(struct fetch *fetch)
{
	struct live *live = fetch->live;
	int64_t now = clock_monotonic(fetch->clock);
	size_t waiting = 0;

	for (size_t i = 0; i < live->count; i++)
		waiting += must_wait(fetch, &live->accounts[i], now);
	for (size_t i = 0; i < live->count; i++) {
		struct live_account *account = &live->accounts[i];
		struct buf path = {0};

		fetch->listings[i].fetch = fetch;
		fetch->listings[i].account = account;
		if (waiting < live->count && must_wait(fetch, account, now)) {
			actual_free(account->actual);
			account->actual = NULL;
			error_set(&account->error, -EAGAIN, "%s",
				  memory_account(fetch->memory, account->sid)->why);
			continue;
		}
		fetch->listings[i].asked = true;
		api_add_list_path(&path, account->sid);
		get_page(&fetch->listings[i], path.bytes);
		buf_finish(&path);
	}
}

struct fetch *fetch_start(const struct fetch_options *options, struct live *live, fetch_done *done,
			  void *context)
{
	const struct wanted *wanted = options->wanted;
	struct fetch *fetch = mem_zalloc(1, sizeof(*fetch));

	assert(wanted->account_count > 0);
	*fetch = (struct fetch){
		.caller = options->caller,
		.wanted = wanted,
		.memory = options->memory,
		.clock = options->clock,
		.interval = options->interval,
		.live = live,
		.done = done,
		.context = context,
	};
	for (size_t i = 0; i < wanted->account_count; i++)
		add_account(live, wanted->accounts[i].sid);
	for (size_t i = 0; i < wanted->number_count; i++) {
		const struct record *record = &wanted->numbers[i].record;

		if (record_has(record, FIELD_ACCOUNT_SID))
			add_account(live, record_value(record, FIELD_ACCOUNT_SID));
	}
	fetch->listings = mem_zalloc(live->count, sizeof(*fetch->listings));
	caller_share(options->caller, live->count > 1);
	ask(fetch);
	return fetch;
}

void fetch_free(struct fetch *fetch)
{
	if (!fetch)
		return;
	for (size_t i = 0; i < fetch->live->count; i++) {
		mem_free(fetch->listings[i].page.next);
		mem_free(fetch->listings[i].visited);
	}
	mem_free(fetch->listings);
	mem_free(fetch->searches);
	mem_free(fetch);
}
