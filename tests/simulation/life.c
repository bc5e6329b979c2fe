#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "simulation/world.h"

void life_trace(struct world *world, const char *format, ...)
{
	va_list arguments;

	if (!world->tracing)
		return;
	printf("%4d %9lld.%03lld ", world->step, (long long)(world->now / 1000),
	       (long long)(world->now % 1000));
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
}

void life_fail(struct world *world, const char *format, ...)
{
	va_list arguments;

	if (world->failed)
		return;
	world->failed = true;
	va_start(arguments, format);
	vsnprintf(world->failure, sizeof(world->failure), format, arguments);
	va_end(arguments);
	life_trace(world, "WRONG: %s", world->failure);
}

void life_mark(struct world *world, const void *bytes, size_t length)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < length; i++)
		world->hash = (world->hash ^ at[i]) * UINT64_C(0x100000001b3);
}

bool life_run(uint64_t seed, int steps, bool tracing, struct totals *totals, uint64_t *ret_hash,
	      int *ret_steps, char ret_failure[1024])
{
	struct world *world = mem_zalloc(1, sizeof(*world));
	bool ok;

	world->seed = seed;
	world->tracing = tracing;
	world->totals = totals;
	world->hash = UINT64_C(0xcbf29ce484222325);
	rng_init(&world->rng, seed);
	spec_init(&world->spec, &world->rng);
	world->steps = 40 + (int)rng_upto(&world->rng, 220);
	if (steps)
		world->steps = steps;
	world->lies = chance(&world->rng, 200);
	world->hands = chance(&world->rng, 700);
	world->rivalry = world->hands && chance(&world->rng, 200);
	if (world->rivalry && !steps)
		world->steps += 300; /* a fight takes its time */
	oracle_init(world);
	net_init(world);
	host_init(world);
	for (int i = 0; i < world->spec.phones; i++)
		oracle_look(world, i, WRITER_NOBODY);
	host_write_files(world, chance(&world->rng, 950));
	host_start(world);
	story_tell(world);
	if (!world->failed)
		end_check(world);
	net_deadline(world);
	host_finish(world);
	net_finish(world);
	mem_free(world->effects);
	*ret_hash = world->hash;
	*ret_steps = world->step;
	memcpy(ret_failure, world->failure, sizeof(world->failure));
	ok = !world->failed;
	totals->lives++;
	mem_free(world);
	return ok;
}
