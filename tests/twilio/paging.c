/*
 * Cursors. A token says "older than this row" (PAID) or "newer than this row" (PBID), so that a
 * number which comes, goes or moves between two pages is missed or seen twice, as with the real
 * one.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "base/text.h"
#include "call.h"

#define PAGE_SIZE_DEFAULT 50
#define PAGE_SIZE_MAX     1000

static uint64_t token_check(uint64_t order)
{
	struct rng rng;

	rng_init(&rng, order);
	return rng_next(&rng);
}

static bool token_parse(const char *token, struct paging *ret_paging)
{
	uint64_t order;
	uint64_t check;
	char again[48];

	if (strlen(token) != 36 ||
	    (strncmp(token, "PAID", 4) != 0 && strncmp(token, "PBID", 4) != 0))
		return false;
	if (sscanf(token + 4, "%16" SCNx64 "%16" SCNx64, &check, &order) != 2)
		return false;
	snprintf(again, sizeof(again), "%016" PRIx64 "%016" PRIx64, token_check(order), order);
	if (strcmp(again, token + 4) != 0)
		return false;
	ret_paging->has_token = true;
	ret_paging->backwards = token[1] == 'B';
	ret_paging->order = order;
	return true;
}

static const char *echo_filters(struct call *call, const char *const *filters)
{
	struct buf buf = {0};
	const char *echoed;

	for (; *filters; filters++) {
		const char *value = form_get(&call->query, *filters);

		if (!value)
			continue;
		buf_printf(&buf, "%s=", *filters);
		buf_add_form(&buf, value);
		buf_add_char(&buf, '&');
	}
	echoed = arena_strdup(&call->arena, buf_text(&buf));
	buf_finish(&buf);
	return echoed;
}

bool paging_read(struct call *call, const char *const *filters, struct paging *ret_paging)
{
	const char *size = form_get(&call->query, "PageSize");
	const char *page = form_get(&call->query, "Page");
	const char *token = form_get(&call->query, "PageToken");
	struct paging paging = {.size = PAGE_SIZE_DEFAULT};
	int64_t value;

	if (size) {
		if (!text_parse_int(size, 1, INT64_MAX, &value))
			return call_error(call, 400, 20007, "Page size must be a positive number");
		if (value > PAGE_SIZE_MAX)
			return call_error(call, 400, 20007, "Page size must not be larger than %d",
					  PAGE_SIZE_MAX);
		paging.size = (uint64_t)value;
	}
	if (page) {
		if (!text_parse_int(page, 0, INT32_MAX, &value))
			return call_error(call, 400, 20001, "Page is not a number");
		paging.page = (uint64_t)value;
	}
	if (token && !token_parse(token, &paging))
		return call_error(call, 400, 21481, "Invalid PageToken");
	if (paging.page && !token)
		return call_error(call, 400, 21481, "Paged requests must include a PageToken");
	paging.filters = echo_filters(call, filters);
	*ret_paging = paging;
	return true;
}

void paging_add_query(const struct paging *paging, uint64_t page, const uint64_t *order,
		      bool backwards, struct buf *out)
{
	buf_printf(out, "%sPageSize=%" PRIu64 "&Page=%" PRIu64, paging->filters, paging->size,
		   page);
	if (order)
		buf_printf(out, "&PageToken=%s%016" PRIx64 "%016" PRIx64,
			   backwards ? "PBID" : "PAID", token_check(*order), *order);
}
