/*
 * Random numbers for jitter, from a seed, so that a test can replay them. Not for secrets.
 */
#ifndef NUMBERD_BASE_RNG_H
#define NUMBERD_BASE_RNG_H

#include <stdint.h>

struct rng {
	uint64_t state;
};

void rng_init(struct rng *rng, uint64_t seed);

uint64_t rng_next(struct rng *rng);

/* Even in 0..limit, both included; limit >= 0. */
int64_t rng_upto(struct rng *rng, int64_t limit);

#endif
