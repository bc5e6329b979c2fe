#include "base/rng.h"

#include <assert.h>

void rng_init(struct rng *rng, uint64_t seed)
{
	rng->state = seed;
}

/* SplitMix64 (Steele, Lea, Flood, 2014): every seed is good, and the state is one word. */
uint64_t rng_next(struct rng *rng)
{
	uint64_t z = (rng->state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

int64_t rng_upto(struct rng *rng, int64_t limit)
{
	assert(limit >= 0);
	return (int64_t)(rng_next(rng) % ((uint64_t)limit + 1));
}
