/*
 * One switch for each thing about the real API that nobody outside knows: a client must be right
 * both ways. docs/testing-simulator.md says what each does.
 */
#ifndef TWILIO_SIM_SWITCHES_H
#define TWILIO_SIM_SWITCHES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { BOTH_TRUNK, BOTH_APPLICATION, BOTH_REFUSE };
enum { METHODS_TWO, METHODS_SIX };
enum { CLEAR_EMPTY, CLEAR_NULL };
enum { EMERGENCY_STATUS_REFUSE, EMERGENCY_STATUS_IGNORE };
enum { PENDING_LOCKS_ADDRESS, PENDING_LOCKS_ALL };
enum { SHAPE_NESTED, SHAPE_FLAT };

struct switches {
	int64_t trunk_and_application;
	int64_t methods;
	int64_t clear_as;
	int64_t fallback_needs_primary;
	int64_t url_lower_host;
	int64_t url_trim;
	int64_t url_add_slash;
	int64_t url_drop_slash;
	int64_t url_max_length;
	int64_t name_trim;
	int64_t emergency_status_with_address;
	int64_t emergency_pending_locks;
	int64_t emergency_clear_shows_old;
	int64_t emergency_unregister_ms;
	int64_t emergency_register_ms;
	int64_t emergency_register_fails;
	int64_t emergency_unregister_fails;
	int64_t conflict_on_overlap;
	int64_t concurrency_limit;
	int64_t production_in_flight;
	int64_t events_delay_ms;
	int64_t events_shape;
	int64_t monitor_parent_sees;
	int64_t latency_ms;
	char events_origin[256];
};

void switches_reset(struct switches *switches);

/* NULL past the end. */
const char *switches_name(size_t i);

/* Booleans are "true" and "false". False where name or value is not known. */
bool switches_set(struct switches *switches, const char *name, const char *value);

/* All of them as one JSON object. */
void switches_print(const struct switches *switches, struct buf *out);

#endif
