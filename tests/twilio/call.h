/*
 * One request on its way through the simulated Twilio, and the steps that answer it. Internal to
 * tests/twilio. Each step returns false when it has answered by itself (an error).
 */
#ifndef TWILIO_SIM_CALL_H
#define TWILIO_SIM_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "form.h"
#include "state.h"

enum call_kind { CALL_LIST, CALL_NUMBER, CALL_EVENTS, CALL_EVENT, CALL_OTHER };

struct call {
	struct twilio *twilio;
	const struct twilio_request *request;
	struct twilio_response *response;
	int64_t now;
	enum call_kind kind;
	bool is_get;
	bool is_post;
	const char *path;        /* without its query */
	const char *account_sid; /* of the path; "" where it has none */
	const char *sid;         /* of the number or event; "" where the path has none */
	struct account *account; /* whose path it is, NULL: unknown */
	struct number *number;   /* known, and of `account`; else NULL */
	struct account *actor;   /* whose credentials, after auth_check() */
	const char *actor_sid;   /* AC... or SK... */
	struct form query;
	struct form params; /* of the body */
	const struct fault_row *fault;
	int64_t fault_value;
	struct arena arena; /* for this request */
};

/* Takes request line and body apart. */
void call_parse(struct call *call);

/* The word for the kind of request: "list.GET", "number.POST", ... */
const char *call_kind_name(const struct call *call);

bool call_has_fault(const struct call *call, enum fault_id id);

/* Answers with an error in JSON. */
void call_fail(struct call *call, int status, int code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The same, and false: "return call_error(...)" says to compiler and reader that it has failed. */
#define call_error(...) (call_fail(__VA_ARGS__), false)

bool call_error_not_found(struct call *call);

void call_header(struct call *call, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Who asks, and whether it may. auth.c */
bool auth_check(struct call *call);

/* PageSize, Page, PageToken: shared by both lists. paging.c */
struct paging {
	uint64_t size;
	uint64_t page;
	bool has_token;
	bool backwards;      /* the token asks for the page before `order` */
	uint64_t order;      /* rows older (or newer) than this */
	const char *filters; /* "FriendlyName=...&", as they are echoed */
};

bool paging_read(struct call *call, const char *const *filters, struct paging *ret_paging);

/* "PageSize=50&Page=1&PageToken=PAID..." with the filters in front; backwards: PBID. */
void paging_add_query(const struct paging *paging, uint64_t page, const uint64_t *order,
		      bool backwards, struct buf *out);

bool list_answer(struct call *call);   /* list.c */
bool update_answer(struct call *call); /* update.c */
bool events_answer(struct call *call); /* events.c */
bool event_answer(struct call *call);  /* events.c */

/* The account that the number shall move to; *ret_target is NULL where it stays. transfer.c */
bool transfer_check(struct call *call, const char *account_sid, struct account **ret_target);

/* Moves it, with what it loses on the way. transfer.c */
void transfer_do(struct twilio *twilio, struct number *number, struct account *target);

/* Checks a value; what is stored, in the call's arena, differs in spelling at most. values.c */
bool value_check_url(struct call *call, const char *param, const char *value,
		     const char **ret_stored);
bool value_check(struct call *call, const struct param_row *param, const char *value,
		 const char **ret_stored);

/* Makes the body of an answer wrong, in the ways that don't depend on what it says. spoil.c */
void spoil_answer(struct call *call);

#endif
