/*
 * What the simulated Twilio remembers. Internal to tests/twilio; everything else goes through
 * twilio.h. Records live in one arena until the next reset.
 */
#ifndef TWILIO_SIM_STATE_H
#define TWILIO_SIM_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rng.h"
#include "fault.h"
#include "fields.h"
#include "index.h"
#include "switches.h"
#include "twilio.h"

struct api_key {
	const char *sid; /* SK... */
	const char *secret;
	const char **permissions; /* without a leading '/'; NULL: everything but /Accounts */
	size_t permission_count;
};

struct account {
	const char *sid;
	const char *auth_token;
	const char *parent; /* sid of the main account, NULL where it is one itself */
	const char *status; /* "active", "suspended", "closed" */
	bool test;          /* its auth token is a test credential */
	struct api_key *keys;
	size_t key_count;
	const char **applications; /* AP... that belong to it */
	size_t application_count;
	struct number **numbers; /* oldest first: lists are read from the end */
	size_t number_count;
	size_t number_capacity;
	uint32_t in_flight;
};

struct number {
	const char *value[KEY_COUNT]; /* NULL: null, value_absent: no such key */
	struct account *account;
	uint64_t order; /* rises with every number added or moved */
	bool removed;
	int64_t emergency_due; /* when the pending emergency status settles; 0: none */
	uint32_t posts_in_flight;
	char *json; /* the row as it goes out, kept until the number changes */
	uint32_t json_length;
	uint32_t json_capacity;
	char *old_json; /* the row before the last change; NULL: never changed */
	uint32_t old_json_length;
	uint32_t old_json_capacity;
};

struct event {
	const char *sid;
	int64_t date;
	struct account *account;
	const char *resource_sid;
	const char *actor_sid;
	const char *actor_type;
	const char *source;
	const char *ip;
	const char *type;
	const char *properties; /* a JSON object: key -> {previous, updated} */
};

/* One request received. */
struct record {
	uint64_t id;
	uint64_t connection;
	int64_t started;
	int64_t finished; /* -1: in flight */
	char *method;
	char *target;
	char *user;
	char *body;
	const char *kind;   /* "list", "number", "events", "event", "other" */
	const char *fault;  /* NULL: none */
	const char *number; /* its phone number, NULL where the path names none */
	int status;
};

struct flight {
	uint64_t id;
	struct account *account;
	struct number *number; /* of a POST, else NULL */
};

struct counter {
	char name[24];
	uint64_t count;
};

struct twilio {
	uint64_t seed;
	struct rng rng;
	struct arena arena;
	int64_t offset; /* added to the time of every request */
	struct switches switches;
	struct account **accounts;
	size_t account_count;
	size_t account_capacity;
	struct number **numbers; /* of all accounts, in the order added */
	size_t number_count;
	size_t number_capacity;
	uint64_t next_order;
	struct index by_sid;
	struct index by_phone;
	struct event **events; /* oldest first */
	size_t event_count;
	size_t event_capacity;
	struct record *records;
	size_t record_count;
	size_t record_capacity;
	uint64_t records_dropped;
	uint64_t next_id;
	struct counter counters[24];
	struct flight *flights;
	size_t flight_count;
	size_t flight_capacity;
	char **violations;
	size_t violation_count;
	size_t violation_capacity;
	struct faults faults;
};

struct account *state_account(struct twilio *twilio, const char *sid); /* NULL: none */

/* The account that an SK... belongs to, and the key itself; NULL: none. */
struct account *state_key_account(struct twilio *twilio, const char *sid,
				  const struct api_key **ret_key);

/* An active main account without numbers; its strings are copied. */
struct account *state_add_account(struct twilio *twilio, const char *sid, const char *auth_token);

/* By sid or by phone number, wherever it is; removed ones are not found. NULL: none. */
struct number *state_number(struct twilio *twilio, const char *name);

/*
 * A number as it is after a purchase, with the given phone number, a sid of its own if `sid` is
 * NULL, and the newest place in the account's list.
 */
struct number *state_add_number(struct twilio *twilio, struct account *account, const char *phone,
				const char *sid, int64_t now_ms);

/* Takes a number out of its account, and puts it into another where `to` is not NULL. */
void state_move_number(struct twilio *twilio, struct number *number, struct account *to);

/* Copies `value` unless it is NULL or value_absent. The row's text is made anew when next read. */
void state_set(struct twilio *twilio, struct number *number, enum key key, const char *value);

/* Keeps the present row as the older state that stale answers show. Before the first state_set().
 */
void state_keep_old(struct twilio *twilio, struct number *number);

/* Lets a pending emergency address settle whose time has come. Before a number is read. */
void state_settle(struct twilio *twilio, struct number *number, int64_t now_ms);

/* `prefix` and 32 hexadecimal digits from the seed. */
const char *state_make_sid(struct twilio *twilio, const char *prefix);

void state_violation(struct twilio *twilio, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
