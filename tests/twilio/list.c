/* The list of an account's numbers: newest first, in pages. */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "call.h"
#include "render.h"

static const char *const filter_names[] = {"FriendlyName", "Beta", "PhoneNumber", "Origin", NULL};

/* Part of a number, '*' for any one digit, as the real filter; never plain equality. */
static bool phone_matches(const char *phone, const char *pattern)
{
	if (pattern[0] == '+' || pattern[0] == ' ') /* an unescaped '+' of a query is a space */
		pattern++;
	for (phone++; *phone; phone++) {
		size_t i = 0;

		while (pattern[i] && phone[i] && (pattern[i] == '*' || pattern[i] == phone[i]))
			i++;
		if (!pattern[i])
			return true;
	}
	return false;
}

static bool is_wanted(const struct call *call, const struct number *number)
{
	const char *name = form_get(&call->query, "FriendlyName");
	const char *beta = form_get(&call->query, "Beta");
	const char *phone = form_get(&call->query, "PhoneNumber");
	const char *origin = form_get(&call->query, "Origin");

	if (value_is_set(name) && !text_equal(name, number->value[KEY_FRIENDLY_NAME]))
		return false;
	if (beta && strcmp(beta, "false") == 0 && text_equal(number->value[KEY_BETA], "true"))
		return false;
	if (value_is_set(origin) && !text_equal(origin, number->value[KEY_ORIGIN]))
		return false;
	return !value_is_set(phone) || phone_matches(number->value[KEY_PHONE_NUMBER], phone);
}

/* Index behind the newest row that is older than `order`: where a page begins, going down. */
static size_t find_order(const struct account *account, uint64_t order)
{
	size_t low = 0;
	size_t high = account->number_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (account->numbers[middle]->order < order)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct page {
	struct number *rows[1001];
	size_t count;
	bool more;   /* older rows follow */
	bool before; /* newer rows come before */
};

static bool has_wanted(const struct call *call, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		if (is_wanted(call, call->account->numbers[i]))
			return true;
	}
	return false;
}

/* Rows going down from index `top` (excluded), none under `floor`. */
static void collect(const struct call *call, size_t top, size_t floor, size_t size,
		    struct page *page)
{
	size_t i = top;

	while (i > floor && page->count < size) {
		struct number *number = call->account->numbers[--i];

		if (is_wanted(call, number))
			page->rows[page->count++] = number;
	}
	page->more = has_wanted(call, floor, i);
	page->before = has_wanted(call, top, call->account->number_count);
}

/* Where the page before the row `order` begins: `size` wanted rows above it. */
static size_t top_before(const struct call *call, uint64_t order, size_t size)
{
	size_t i = find_order(call->account, order + 1);

	while (i < call->account->number_count && size) {
		if (is_wanted(call, call->account->numbers[i]))
			size--;
		i++;
	}
	return i;
}

static void add_uri(const struct call *call, const struct paging *paging, uint64_t page,
		    const uint64_t *order, bool backwards, struct buf *out)
{
	buf_printf(out, "\"/2010-04-01/Accounts/%s/IncomingPhoneNumbers.json?", call->account->sid);
	paging_add_query(paging, page, order, backwards, out);
	buf_add_char(out, '"');
}

static void add_foreign_uri(const struct call *call, struct buf *out)
{
	const char *account = call->account->sid;
	const char *origin = "";

	if (call_has_fault(call, FAULT_FOREIGN_HOST))
		origin = "https://elsewhere.example.net";
	else if (call_has_fault(call, FAULT_FOREIGN_SCHEME))
		origin = "//elsewhere.example.net";
	else
		account = "ACffffffffffffffffffffffffffffffff";
	buf_printf(out, "\"%s/2010-04-01/Accounts/%s/IncomingPhoneNumbers.json?PageSize=50&Page=1",
		   origin, account);
	buf_add_text(out, "&PageToken=PAIDffffffffffffffffffffffffffffffff\"");
}

static void add_next(const struct call *call, const struct paging *paging, const struct page *page,
		     struct buf *out)
{
	const uint64_t *token = paging->has_token ? &paging->order : NULL;
	uint64_t top = UINT64_MAX >> 1; /* older than this: the first page */
	uint64_t order = page->count ? page->rows[page->count - 1]->order : 0;

	if (call_has_fault(call, FAULT_PAGE_LOOP)) {
		add_uri(call, paging, paging->page, token, paging->backwards, out);
	} else if (call_has_fault(call, FAULT_PAGE_ENDLESS)) {
		add_uri(call, paging, paging->page + 1, token ? token : &top, paging->backwards,
			out);
	} else if (call_has_fault(call, FAULT_FOREIGN_HOST) ||
		   call_has_fault(call, FAULT_FOREIGN_SCHEME) ||
		   call_has_fault(call, FAULT_FOREIGN_ACCOUNT)) {
		add_foreign_uri(call, out);
	} else if (page->more) {
		/* A row bought or moved between two pages: the next one begins off by one. */
		if (call_has_fault(call, FAULT_DUPLICATE_ROWS))
			order++;
		if (call_has_fault(call, FAULT_MISSED_ROWS) && order > 0)
			order--;
		add_uri(call, paging, paging->page + 1, &order, false, out);
	} else {
		buf_add_text(out, "null");
	}
}

static void add_row(const struct call *call, struct number *number, struct buf *out)
{
	if (call_has_fault(call, FAULT_NO_URL_FIELDS)) {
		render_row_without_urls(number, out);
	} else if (call_has_fault(call, FAULT_STALE) && number->old_json_length) {
		buf_add(out, number->old_json, number->old_json_length);
	} else {
		const char *row = render_row(call->twilio, number);

		buf_add(out, row, number->json_length);
	}
}

static void render_page(struct call *call, const struct paging *paging, const struct page *page)
{
	struct buf *out = &call->response->body;
	uint64_t start = paging->page * paging->size;
	uint64_t first = page->count ? page->rows[0]->order : 0;

	buf_add_text(out, "{\"first_page_uri\": ");
	add_uri(call, paging, 0, NULL, false, out);
	buf_printf(out, ", \"end\": %" PRIu64 ", \"previous_page_uri\": ",
		   page->count ? start + page->count - 1 : start);
	if (page->before && page->count)
		add_uri(call, paging, paging->page ? paging->page - 1 : 0, &first, true, out);
	else
		buf_add_text(out, "null");
	buf_add_text(out, ", \"incoming_phone_numbers\": [");
	for (size_t i = 0; i < page->count; i++) {
		if (i)
			buf_add_text(out, ", ");
		add_row(call, page->rows[i], out);
	}
	buf_add_text(out, "], \"uri\": ");
	add_uri(call, paging, paging->page, paging->has_token ? &paging->order : NULL,
		paging->backwards, out);
	buf_printf(out, ", \"page_size\": %" PRIu64 ", \"start\": %" PRIu64, paging->size, start);
	buf_add_text(out, ", \"next_page_uri\": ");
	add_next(call, paging, page, out);
	buf_printf(out, ", \"page\": %" PRIu64 "}", paging->page);
}

/* Without a next page, a row that comes twice or not at all shows within the page. */
static void spoil_rows(const struct call *call, struct page *page)
{
	if (page->more || !page->count)
		return;
	if (call_has_fault(call, FAULT_DUPLICATE_ROWS)) {
		page->rows[page->count] = page->rows[page->count / 2];
		page->count++;
	}
	if (call_has_fault(call, FAULT_MISSED_ROWS)) {
		page->count--;
		memmove(&page->rows[page->count / 2], &page->rows[page->count / 2 + 1],
			(page->count - page->count / 2) * sizeof(*page->rows));
	}
}

bool list_answer(struct call *call)
{
	struct paging paging = {0};
	struct page page = {.count = 0};
	size_t top = call->account->number_count;
	size_t floor = 0;

	if (!paging_read(call, filter_names, &paging))
		return false;
	if (paging.has_token && paging.backwards)
		top = top_before(call, paging.order, paging.size);
	else if (paging.has_token)
		top = find_order(call->account, paging.order);
	if (call_has_fault(call, FAULT_HALVED_LIST)) {
		floor = call->account->number_count;
		floor -= floor * (size_t)(call->fault_value < 100 ? call->fault_value : 100) / 100;
	}
	if (call_has_fault(call, FAULT_EMPTY_LIST))
		floor = top;
	if (floor > top)
		floor = top;
	collect(call, top, floor, paging.size, &page);
	for (size_t i = 0; i < page.count; i++)
		state_settle(call->twilio, page.rows[i], call->now);
	spoil_rows(call, &page);
	render_page(call, &paging, &page);
	return true;
}
