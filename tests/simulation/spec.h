/*
 * What the files of a life say: made up and edited at random, written as YAML, and resolved here,
 * by rules of the simulation's own, to what each number shall be. The daemon's parser has no part
 * in it.
 */
#ifndef NUMBERD_SIMULATION_SPEC_H
#define NUMBERD_SIMULATION_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/rng.h"
#include "simulation/sim_fields.h"

#define SIM_PHONES   32 /* that files may declare */
#define SIM_FILES    3
#define SIM_GROUPS   2
#define SIM_ACCOUNTS 3

enum { POLICY_UNSAID, POLICY_CAREFREE, POLICY_CAREFUL }; /* apply, revert | hold, report */

struct spec_fields {
	uint32_t set;
	const char *value[SIM_FIELDS]; /* NULL: null */
	int on_change, on_drift;
};

struct spec_number {
	bool declared;
	int file;
	int group; /* -1: none */
	struct spec_fields own;
};

enum { LIMIT_UNSAID, LIMIT_SHARE, LIMIT_COUNT };

struct spec_file {
	int account;
	int on_change, on_drift;
	int limit_kind;
	int64_t limit; /* percent or count */
	struct spec_fields defaults;
	struct spec_fields groups[SIM_GROUPS];
	int blanks; /* lines in front: an edit that changes nothing */
};

struct spec {
	uint32_t fields; /* that this life plays with */
	int accounts, file_count, phones;
	struct spec_file files[SIM_FILES];
	struct spec_number numbers[SIM_PHONES];
};

void spec_init(struct spec *spec, struct rng *rng);

/* One random edit that leaves it valid. */
void spec_edit(struct spec *spec, struct rng *rng);

/* Most of the numbers leave the files. */
void spec_shrink(struct spec *spec, struct rng *rng);

void spec_add_yaml(const struct spec *spec, int file, struct buf *out);

/* What one number shall be. */
struct wish {
	bool declared, holds, reports;
	int file, account;
	uint32_t set;
	const char *want[SIM_FIELDS]; /* never NULL where set: "" or the default where cleared */
};

void spec_resolve(const struct spec *spec, int phone, struct wish *ret_wish);

/* Account that a phone's number belongs to, and the texts that stand for them. */
int spec_account_of(const struct spec *spec, int phone);
const char *spec_account_sid(int account);
const char *spec_phone(int phone);

/* A random field of a mask that is not 0. */
int spec_pick_field(uint32_t mask, struct rng *rng);
bool chance(struct rng *rng, int permille);

#endif
