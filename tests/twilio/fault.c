#include "fault.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define OTHER_HOST "https://elsewhere.example.net"

#define HTTP_ERROR(name, on, status, code, text)                                                   \
	{                                                                                          \
		name, FAULT_STATUS, on, 0, status, code, text, NULL                                \
	}
#define AFTER(name, status, code, text)                                                            \
	{                                                                                          \
		name, FAULT_STATUS_AFTER, ON_UPDATE, 0, status, code, text, NULL                   \
	}
#define SPOILED(name, id, on, value)                                                               \
	{                                                                                          \
		name, id, on, value, 0, 0, NULL, NULL                                              \
	}

static const struct fault_row fault_table[] = {
	HTTP_ERROR("400", ON_ALL, 400, 20001, "Invalid parameter"),
	HTTP_ERROR("401", ON_ALL, 401, 20003, "Authenticate"),
	HTTP_ERROR("401-username", ON_ALL, 401, 20003, "Authentication Error - invalid username"),
	HTTP_ERROR("401-permission", ON_ALL, 401, 70051,
		   "Authorization Error: required permission "
		   "twilio/phone-numbers/active-numbers/list is missing"),
	HTTP_ERROR("403", ON_ALL, 403, 20403, "Forbidden"),
	HTTP_ERROR("403-suspended", ON_ALL, 403, 20005, "Account not active"),
	HTTP_ERROR("404", ON_ALL, 404, 20404, NULL),
	HTTP_ERROR("409", ON_UPDATE, 409, 20409, "Conflict: another update is in progress"),
	HTTP_ERROR("409-conflicting", ON_UPDATE, 409, 20162, "Conflicting update in progress"),
	HTTP_ERROR("429", ON_ALL, 429, 20429, "Too Many Requests"),
	{"429-retry-after", FAULT_STATUS, ON_ALL, 1, 429, 20429, "Too Many Requests",
	 FAULT_RETRY_VALUE},
	{"429-retry-after-huge", FAULT_STATUS, ON_ALL, 0, 429, 20429, "Too Many Requests",
	 "99999999999999999999"},
	{"429-retry-after-date", FAULT_STATUS, ON_ALL, 0, 429, 20429, "Too Many Requests",
	 "Thu, 01 Jan 1970 00:00:00 GMT"},
	HTTP_ERROR("500", ON_ALL, 500, 20500, "An internal server error has occurred"),
	HTTP_ERROR("500-empty", ON_ALL, 500, -1, NULL),
	HTTP_ERROR("502", ON_ALL, 502, 0, "502 Bad Gateway"),
	HTTP_ERROR("503", ON_ALL, 503, 0, "503 Service Temporarily Unavailable"),
	HTTP_ERROR("503-json", ON_ALL, 503, 20503, "Service unavailable"),
	{"503-retry-after", FAULT_STATUS, ON_ALL, 1, 503, 20503, "Service unavailable",
	 FAULT_RETRY_VALUE},
	HTTP_ERROR("504", ON_ALL, 504, 0, "504 Gateway Time-out"),
	AFTER("500-after", 500, 20500, "An internal server error has occurred"),
	AFTER("503-after", 503, 0, "503 Service Temporarily Unavailable"),
	AFTER("504-after", 504, 0, "504 Gateway Time-out"),
	{"301", FAULT_REDIRECT, ON_ALL, 0, 301, -1, OTHER_HOST, NULL},
	{"307", FAULT_REDIRECT, ON_ALL, 0, 307, -1, OTHER_HOST, NULL},
	SPOILED("reset-before", FAULT_RESET_BEFORE, ON_ALL, 0),
	SPOILED("reset-after", FAULT_RESET_AFTER, ON_ALL, 0),
	SPOILED("hang-before", FAULT_HANG_BEFORE, ON_ALL, 0),
	SPOILED("hang-after", FAULT_HANG_AFTER, ON_ALL, 0),
	SPOILED("drip", FAULT_DRIP, ON_ALL, 1000),
	SPOILED("cut-body", FAULT_CUT_BODY, ON_ALL, -1),
	SPOILED("cut-json", FAULT_CUT_JSON, ON_ALL, 0),
	SPOILED("garbled-json", FAULT_GARBLED_JSON, ON_ALL, 0),
	SPOILED("bad-utf8", FAULT_BAD_UTF8, ON_ALL, 0),
	SPOILED("deep-json", FAULT_DEEP_JSON, ON_ALL, 100000),
	SPOILED("huge-body", FAULT_HUGE_BODY, ON_ALL, 16 * 1024 * 1024),
	SPOILED("wrong-content", FAULT_WRONG_CONTENT, ON_ALL, 0),
	SPOILED("empty-body", FAULT_EMPTY_BODY, ON_ALL, 0),
	SPOILED("no-url-fields", FAULT_NO_URL_FIELDS, ON_LIST | ON_NUMBER, 0),
	SPOILED("page-loop", FAULT_PAGE_LOOP, ON_LIST, 0),
	SPOILED("page-endless", FAULT_PAGE_ENDLESS, ON_LIST, 0),
	SPOILED("foreign-host", FAULT_FOREIGN_HOST, ON_LIST, 0),
	SPOILED("foreign-scheme", FAULT_FOREIGN_SCHEME, ON_LIST, 0),
	SPOILED("foreign-account", FAULT_FOREIGN_ACCOUNT, ON_LIST, 0),
	SPOILED("empty-list", FAULT_EMPTY_LIST, ON_LIST, 0),
	SPOILED("halved-list", FAULT_HALVED_LIST, ON_LIST, 49),
	SPOILED("stale-list", FAULT_STALE, ON_LIST, 0),
	SPOILED("stale-number", FAULT_STALE, ON_FETCH, 0),
	SPOILED("duplicate-rows", FAULT_DUPLICATE_ROWS, ON_LIST, 0),
	SPOILED("missed-rows", FAULT_MISSED_ROWS, ON_LIST, 0),
	SPOILED("not-stored", FAULT_NOT_STORED, ON_UPDATE, 0),
	SPOILED("partly-stored", FAULT_PARTLY_STORED, ON_UPDATE, 0),
	SPOILED("echo-only", FAULT_ECHO_ONLY, ON_UPDATE, 0),
};

_Static_assert(ARRAY_LENGTH(fault_table) <= FAULT_MAX, "FAULT_MAX is too small");

size_t faults_row_count(void)
{
	return ARRAY_LENGTH(fault_table);
}

const struct fault_row *faults_row(size_t i)
{
	return i < ARRAY_LENGTH(fault_table) ? &fault_table[i] : NULL;
}

const struct fault_row *faults_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LENGTH(fault_table); i++) {
		if (strcmp(fault_table[i].name, name) == 0)
			return &fault_table[i];
	}
	return NULL;
}

void faults_clear(struct faults *faults)
{
	mem_free(faults->rules);
	*faults = (struct faults){0};
}

void faults_add(struct faults *faults, const struct fault_rule *rule)
{
	mem_grow(faults->rules, faults->count, faults->capacity);
	faults->rules[faults->count++] = *rule;
}

void faults_randomize(struct faults *faults, uint64_t seed, int64_t permille)
{
	assert(permille >= 0 && permille <= 1000);
	faults->random = true;
	faults->permille = permille;
	rng_init(&faults->rng, seed);
	for (size_t i = 0; i < ARRAY_LENGTH(fault_table); i++)
		faults->chosen[i] = true;
}

static bool rule_matches(const struct fault_rule *rule, const struct fault_target *target)
{
	if (!(rule->on & target->on & rule->row->on))
		return false;
	if (rule->method[0] && strcmp(rule->method, target->method) != 0)
		return false;
	if (rule->account[0] && strcmp(rule->account, target->account) != 0)
		return false;
	return !rule->number[0] || strcmp(rule->number, target->phone) == 0 ||
	       strcmp(rule->number, target->sid) == 0;
}

static const struct fault_row *pick_random(struct faults *faults, int on)
{
	const struct fault_row *fitting[FAULT_MAX];
	size_t count = 0;

	if (!faults->random || rng_upto(&faults->rng, 999) >= faults->permille)
		return NULL;
	for (size_t i = 0; i < ARRAY_LENGTH(fault_table); i++) {
		if (faults->chosen[i] && (fault_table[i].on & on))
			fitting[count++] = &fault_table[i];
	}
	return count ? fitting[rng_upto(&faults->rng, (int64_t)count - 1)] : NULL;
}

const struct fault_row *faults_pick(struct faults *faults, const struct fault_target *target,
				    int64_t *ret_value)
{
	const struct fault_row *picked = NULL;
	int64_t value = -1;

	for (size_t i = 0; i < faults->count; i++) {
		struct fault_rule *rule = &faults->rules[i];

		if (!rule_matches(rule, target))
			continue;
		rule->seen++;
		if (picked || rule->seen < rule->nth ||
		    (rule->count && rule->seen >= rule->nth + rule->count))
			continue;
		picked = rule->row;
		value = rule->value;
	}
	if (!picked)
		picked = pick_random(faults, target->on);
	if (picked)
		*ret_value = value >= 0 ? value : picked->value;
	return picked;
}

static void print_on(int on, struct buf *out)
{
	static const char *const names[] = {"list", "fetch", "update", "events"};
	const char *separator = "";

	buf_add_char(out, '[');
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		if (on & (1 << i)) {
			buf_printf(out, "%s\"%s\"", separator, names[i]);
			separator = ", ";
		}
	}
	buf_add_char(out, ']');
}

void faults_print(const struct faults *faults, struct buf *out)
{
	buf_add_text(out, "\"faults\": [");
	for (size_t i = 0; i < ARRAY_LENGTH(fault_table); i++) {
		buf_printf(out, "%s{\"name\": \"%s\", \"on\": ", i ? ", " : "",
			   fault_table[i].name);
		print_on(fault_table[i].on, out);
		buf_add_char(out, '}');
	}
	buf_add_text(out, "], \"rules\": [");
	for (size_t i = 0; i < faults->count; i++) {
		const struct fault_rule *rule = &faults->rules[i];

		buf_printf(out, "%s{\"fault\": \"%s\", \"nth\": %llu, \"count\": %llu, ",
			   i ? ", " : "", rule->row->name, (unsigned long long)rule->nth,
			   (unsigned long long)rule->count);
		buf_printf(out, "\"seen\": %llu}", (unsigned long long)rule->seen);
	}
	buf_printf(out, "], \"random\": %s, \"permille\": %lld", faults->random ? "true" : "false",
		   (long long)faults->permille);
}
