/*
 * The simulated Twilio as a child of a test: started on a free port, told what to do over its
 * control interface, stopped at the end. All calls block, and fail the test where they can't do
 * what they are for. docs/testing-simulator.md lists the paths and options.
 */
#ifndef NUMBERD_TESTS_SIM_H
#define NUMBERD_TESTS_SIM_H

#include <stdint.h>

#include "base/buf.h"

#define SIM_ACCOUNT "AC00000000000000000000000000000001"
#define SIM_TOKEN   "5ec2e7f0e751a70e5ec2e7f0e751a70e"

struct sim;

/*
 * `options` are those of twilio-sim, up to a NULL; NULL for none. It serves once this returns, and
 * dies with the test. With "--tls" the authority to trust is in sim_ca_file().
 */
struct sim *sim_start(const char *const *options);

/* Asserts that there was no violation, then ends it and asserts that it ended well. */
void sim_stop(struct sim *sim);

const char *sim_url(const struct sim *sim); /* "http://127.0.0.1:34567" */
const char *sim_ca_file(const struct sim *sim);

/*
 * One request. `credentials` is "user:password", NULL for none; body NULL sends none. Returns the
 * HTTP status, 0 where no whole answer came. The answer's body replaces what is in ret_body, which
 * may be NULL.
 */
long sim_request(struct sim *sim, const char *method, const char *path, const char *credentials,
		 const char *body, struct buf *ret_body);

/* POST of JSON to a path of the control interface, which must take it. printf's format. */
void sim_post(struct sim *sim, const char *path, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Requests so far of one kind: "list.GET", "number.POST", ..., "all". */
uint64_t sim_count(struct sim *sim, const char *kind);

/* Forgets the requests received, and the violations: for a test that makes one on purpose. */
void sim_forget(struct sim *sim);

/* A field of the live number (mem_free); NULL where it is null or has no key. */
char *sim_value(struct sim *sim, const char *number, const char *key);

#endif
